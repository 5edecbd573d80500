// The manager's commands at work: the API of DOOR OS with a token that may manage.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Contract, ReplyOf } from '#protocol/api/contract.ts';
import { IMPORT_WAIT_MAX_S, type ImportPreview, type ImportStatus } from '#protocol/api/imports.ts';
import type { Code, Person } from '#protocol/api/people.ts';
import { PropertyWish, type Property } from '#protocol/api/property.ts';
import { routes } from '#protocol/api/routes.ts';
import { callCloud, type CallInput } from '#gateway/cloud-call.ts';
import { everyPage } from '#gateway/cloud-client.ts';
import type { Context } from './context.ts';
import { cloudAddress } from './courier-session.ts';
import { CliError } from './errors.ts';
import { EXIT } from './exit-codes.ts';
import { oneStep } from './one-step.ts';
import type { Outcome, Progress } from './output.ts';

export interface ImportOptions {
  readonly property?: string;
  readonly preview?: true;
}

export interface PersonOptions {
  /** One property by name; otherwise every one where the person is. */
  readonly property?: string;
}

type CallAsManager = <C extends Contract>(
  contract: C,
  input?: CallInput<C>,
  deadlineMs?: number,
) => Promise<ReplyOf<C>>;

/** Longer than the cloud's own deadlines, so that its word on the end is heard. */
const IMPORT_CALL_DEADLINE_MS = 120_000;
const EXAMPLE_PROPERTY = 'Take lab/demo/property.json as an example.';

export async function createProperty(context: Context, file: string): Promise<Outcome> {
  const body = definitionOf(file, new TextDecoder().decode(await contentOf(context.cwd, file)));
  const property = await cloudOf(context)(routes.createProperty, { body });
  return {
    result: { id: property.id, name: property.name },
    text: `${property.name} is there, with ${body.doors.length} doors and ${body.keys.length} Keys.`,
  };
}

export async function importPeople(context: Context, file: string, options: ImportOptions): Promise<Outcome> {
  const { cwd, output } = context;
  const call = cloudOf(context);
  const body = await contentOf(cwd, file);
  const params = { propertyId: (await chooseProperty(call, options.property)).id };
  const preview = await call(routes.previewImport, { params, body }, IMPORT_CALL_DEADLINE_MS);
  if (options.preview === true) {
    tellLeftOut(output, preview);
    return { exit: exitOf(preview), result: countsOf(preview), text: `Would be: ${wordsOf(preview)}.` };
  }
  // Its own word counts: between the two anybody else may have changed something.
  const done = await oneStep(context, `Import ${preview.rows} rows`, (progress) =>
    carryOut(call, preview.id, progress),
  );
  tellLeftOut(output, done);
  return {
    exit: exitOf(done),
    result: { ...countsOf(done), doorsToSync: done.doorsToSync },
    text: `${wordsOf(done)}; ${doorsNeedSync(done.doorsToSync.length)}.`,
  };
}

/** The cloud does it, whether anybody waits for it or not. */
async function carryOut(call: CallAsManager, importId: string, progress: Progress): Promise<ImportStatus> {
  const params = { importId };
  let status = await call(routes.confirmImport, { params, body: {} });
  while (status.state === 'running') {
    progress.at(status.rowsDone, status.rowsTotal, 'rows');
    const query = { waitS: String(IMPORT_WAIT_MAX_S), rowsDone: String(status.rowsDone) };
    status = await call(routes.import, { params, query }, IMPORT_CALL_DEADLINE_MS);
  }
  progress.at(status.rowsDone, status.rowsTotal, 'rows');
  if (status.state === 'done') return status;
  const why = status.failure ?? 'Somebody cancelled it.';
  throw new CliError(
    'IMPORT_STOPPED',
    `The import stopped after ${status.rowsDone} of ${status.rowsTotal} rows: ${why}`,
    { next: 'What is done stays; upload the file again for the rest.' },
  );
}

type Counted = ImportPreview | ImportStatus;

function tellLeftOut(output: Context['output'], { errors, errorsLeftOut }: Counted): void {
  for (const { line, column, reason } of errors) {
    const where = column === null ? '' : `, ${column}`;
    output.data('row-left-out', { line, column, reason }, `line ${line}${where}: ${reason}`);
  }
  if (errorsLeftOut > 0) output.note(`and ${errorsLeftOut} more errors that are not listed`);
}

const exitOf = ({ errors }: Counted) => (errors.length > 0 ? EXIT.partly : EXIT.done);

const countsOf = ({ invites, additions, restored, dateChanges, unchanged, skipped }: Counted) => ({
  invites,
  additions,
  restored,
  dateChanges,
  unchanged,
  skipped,
});

const wordsOf = ({ invites, additions, restored, dateChanges, unchanged, skipped }: Counted): string =>
  [
    `${invites} invited`,
    `${additions} given more Keys`,
    ...(restored > 0 ? [`${restored} given access again that had ended or been revoked`] : []),
    `${dateChanges} given other dates`,
    `${unchanged} unchanged`,
    `${skipped} left out`,
  ].join(', ');

export async function showCodes(
  context: Context,
  email: string,
  options: PersonOptions = {},
): Promise<Outcome> {
  const { output } = context;
  const call = cloudOf(context);
  let codes = 0;
  for (const { property, person } of await findPeople(call, email, options)) {
    const { items } = await call(routes.personCodes, { params: { personId: person.id } });
    for (const { doorName, code, atLock, startsAtS } of items) {
      output.data(
        'code',
        { property: property.name, door: doorName, code, atLock, startsAtS },
        `${code}  ${doorName}, ${property.name}  ${stateText(atLock, startsAtS)}`,
      );
      codes++;
    }
  }
  return { result: { codes }, ...(codes === 0 ? { text: `${email} has no doorcode.` } : {}) };
}

export async function revokeKeys(
  context: Context,
  email: string,
  options: PersonOptions = {},
): Promise<Outcome> {
  const call = cloudOf(context);
  const people = await findPeople(call, email, options);
  const doorsToSync: string[] = [];
  for (const { person } of people) {
    doorsToSync.push(...(await call(routes.revokeAllKeys, { params: { personId: person.id } })).doorsToSync);
  }
  // Asked of the cloud, not told by what changed just now: an earlier change may not have reached its lock either.
  const names: string[] = [];
  for (const { property, person } of people) {
    const { items } = await call(routes.exposure, { params: { personId: person.id } });
    names.push(
      ...items.map(({ doorName }) => (people.length > 1 ? `${doorName}, ${property.name}` : doorName)),
    );
  }
  const where = people.map(({ property }) => property.name);
  const held = `${email} holds no Key any more at ${where.join(', ')}`;
  return {
    result: { properties: where, doorsToSync, doors: names },
    text:
      names.length === 0
        ? `${held}, and no lock has a code of theirs.`
        : `${held}. Until their Door Sync old codes may still open: ${names.join('; ')}.`,
  };
}

function stateText(atLock: Code['atLock'], startsAtS: number | null): string {
  if (atLock !== 'starts-later' || startsAtS === null) return atLock.replaceAll('-', ' ');
  return `from ${new Date(startsAtS * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** Throws INPUT_NEEDED where there is no token; its calls throw CloudError. */
export function cloudOf({ config, output, clock, signal }: Context): CallAsManager {
  const address = cloudAddress({ config, output });
  return (contract, input, deadlineMs) =>
    callCloud(address, clock, contract, input, {
      signal,
      ...(deadlineMs === undefined ? {} : { deadlineMs }),
    });
}

const doorsNeedSync = (count: number): string =>
  count === 1 ? '1 door needs a Door Sync' : `${count} doors need a Door Sync`;

/** Throws FILE_MISSING, or what the file system throws. */
async function contentOf(cwd: string, file: string): Promise<Uint8Array> {
  const path = resolve(cwd, file);
  if (existsSync(path)) return readFile(path);
  throw new CliError('FILE_MISSING', `There is no file ${path}.`, { next: 'Check the path.' });
}

function definitionOf(file: string, text: string): PropertyWish {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (cause) {
    throw new CliError('FILE_UNREADABLE', `${file} is not JSON.`, { cause, next: EXAMPLE_PROPERTY });
  }
  const parsed = PropertyWish.safeParse(raw);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.map(String).join('.') ?? '';
  throw new CliError(
    'FILE_UNREADABLE',
    `${file} is no property${where === '' ? '' : `, at ${where}`}: ${issue?.message ?? 'not one'}.`,
    { next: EXAMPLE_PROPERTY },
  );
}

async function chooseProperty(call: CallAsManager, name: string | undefined): Promise<Property> {
  const items = await everyProperty(call);
  const found = name === undefined ? items : items.filter((property) => property.name === name);
  const [property, other] = found;
  if (property !== undefined && other === undefined) return property;
  if (items.length === 0)
    throw new CliError('USAGE', 'There is no property yet.', {
      next: 'Make one: doorlab property create FILE',
    });
  throw new CliError(
    'USAGE',
    property === undefined ? 'There is no such property.' : 'There are several properties.',
    { next: `Name one with --property: ${items.map((one) => one.name).join(', ')}.` },
  );
}

const everyProperty = (call: CallAsManager): Promise<Property[]> =>
  everyPage((after) => call(routes.listProperties, { query: { after } }));

interface PersonAt {
  readonly property: Property;
  readonly person: Person;
}

/** By the whole address: the record at every property, or at the one that is named. Throws USAGE for nobody. */
export async function findPeople(
  call: CallAsManager,
  email: string,
  { property: name }: PersonOptions,
): Promise<PersonAt[]> {
  const properties = name === undefined ? await everyProperty(call) : [await chooseProperty(call, name)];
  const found: PersonAt[] = [];
  for (const property of properties) {
    const query = { email, showExpired: 'true' };
    const { items } = await call(routes.listPeople, { params: { propertyId: property.id }, query });
    found.push(...items.map((person) => ({ property, person })));
  }
  if (found.length > 0) return found;
  throw new CliError('USAGE', `Nobody${name === undefined ? '' : ` at ${name}`} has the address ${email}.`, {
    next: 'Check it, or invite them first.',
  });
}
