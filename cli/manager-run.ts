// The manager's commands at work: the API of DOOR OS with a token that may manage.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Contract, ReplyOf } from '#protocol/api/contract.ts';
import type { Person } from '#protocol/api/people.ts';
import { PropertyWish, type Property } from '#protocol/api/property.ts';
import { routes } from '#protocol/api/routes.ts';
import { callCloud, type CallInput } from '#gateway/cloud-call.ts';
import { everyPage } from '#gateway/cloud-client.ts';
import type { Context } from './context.ts';
import { cloudAddress } from './courier-session.ts';
import { CliError } from './errors.ts';
import { EXIT } from './exit-codes.ts';
import type { Outcome } from './output.ts';

export interface ImportOptions {
  readonly property?: string;
  readonly preview?: true;
}

type CallAsManager = <C extends Contract>(
  contract: C,
  input?: CallInput<C>,
  deadlineMs?: number,
) => Promise<ReplyOf<C>>;

const SEARCH_MAX = 80;
/** Longer than the cloud's own deadline, so that its word on the end is heard. */
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
  for (const { line, column, reason } of preview.errors) {
    output.data(
      'row-left-out',
      { line, column, reason },
      `line ${line}${column === null ? '' : `, ${column}`}: ${reason}`,
    );
  }
  if (preview.errorsLeftOut > 0) output.note(`and ${preview.errorsLeftOut} more errors that are not listed`);
  const exit = preview.errors.length > 0 ? EXIT.partly : EXIT.done;
  const { invites, additions, dateChanges, unchanged, skipped } = preview;
  const counts = { invites, additions, dateChanges, unchanged, skipped };
  const words = `${invites} invited, ${additions} given more Keys, ${dateChanges} given other dates, ${unchanged} unchanged, ${skipped} left out`;
  if (options.preview === true) return { exit, result: counts, text: `Would be: ${words}.` };
  const confirm = { params: { importId: preview.id }, body: {} };
  const done = await call(routes.confirmImport, confirm, IMPORT_CALL_DEADLINE_MS);
  return {
    exit,
    result: { ...counts, doorsToSync: done.doorsToSync },
    text: `${words}; ${doorsNeedSync(done.doorsToSync.length)}.`,
  };
}

export async function showCodes(context: Context, email: string): Promise<Outcome> {
  const { output } = context;
  const call = cloudOf(context);
  const person = await findPerson(call, email);
  const { items } = await call(routes.personCodes, { params: { personId: person.id } });
  for (const { doorName, code, atLock } of items) {
    output.data(
      'code',
      { door: doorName, code, atLock },
      `${code}  ${doorName}  ${atLock.replaceAll('-', ' ')}`,
    );
  }
  return {
    result: { codes: items.length },
    ...(items.length === 0 ? { text: `${email} has no doorcode.` } : {}),
  };
}

export async function revokeKeys(context: Context, email: string): Promise<Outcome> {
  const call = cloudOf(context);
  const person = await findPerson(call, email);
  const { doorsToSync } = await call(routes.revokeAllKeys, { params: { personId: person.id } });
  const doors = await Promise.all(doorsToSync.map((doorId) => call(routes.door, { params: { doorId } })));
  // Where there is no lock no code opens anything.
  const names = doors.filter(({ sync }) => sync.state !== 'no-lock').map(({ name }) => name);
  return {
    result: { doorsToSync, doors: names },
    text:
      names.length === 0
        ? `${email} holds no Key any more, and no lock has a code of theirs.`
        : `${email} holds no Key any more. Until their Door Sync the old codes still open: ${names.join(', ')}.`,
  };
}

/** Throws INPUT_NEEDED where there is no token; its calls throw CloudError. */
function cloudOf({ config, clock, signal }: Context): CallAsManager {
  const address = cloudAddress({ config });
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

/** By address, in whichever property. */
async function findPerson(call: CallAsManager, email: string): Promise<Person> {
  for (const { id: propertyId } of await everyProperty(call)) {
    const query = { search: email.slice(0, SEARCH_MAX), showExpired: 'true' };
    const page = await call(routes.listPeople, { params: { propertyId }, query });
    const person = page.items.find((one) => one.email === email.toLowerCase());
    if (person !== undefined) return person;
  }
  throw new CliError('USAGE', `Nobody has the address ${email}.`, {
    next: 'Check it, or invite them first.',
  });
}
