// Asks a running lock what it would answer, without a hand on the door: nothing is opened, counted or written there.
// What opens a door comes from stdin, a prompt or the cloud, and is never shown.
import type { Code } from '#protocol/api/people.ts';
import { routes } from '#protocol/api/routes.ts';
import { chooseDoor } from '#gateway/door-choice.ts';
import { ControlError } from '#lock-sim/control/control-error.ts';
import type { PresentedAtBench } from '#lock-sim/control/messages.ts';
import type { DecidedAtBench } from '#lock-sim/control/replies.ts';
import { isLockFolder } from '#lock-sim/lock-folder.ts';
import type { Context } from './context.ts';
import { openCloud } from './courier-session.ts';
import { isLockName, lockFolder } from './data-folders.ts';
import { decisionJson, decisionParts, exitOf } from './decision-text.ts';
import { CliError } from './errors.ts';
import { EXIT } from './exit-codes.ts';
import { lockNames, reportOrOff } from './lock-bench.ts';
import { cloudOf, findPeople } from './manager-run.ts';
import { timeOf } from './numbers.ts';
import type { JsonObject, Outcome } from './output.ts';
import { ask, askForCard, askForCode } from './running-lock.ts';

export interface ExplainOptions {
  readonly person?: string;
  readonly card?: true;
  readonly code?: true;
  readonly at?: string;
}

interface CloudDoor {
  readonly doorId: string;
  readonly doorName: string;
  /** The first digits of it, as a lock shows them. */
  readonly lock: string;
}

interface DoorHere {
  /** Of the lock in the data folder. */
  readonly lockName: string;
  /** Where the cloud was asked for it by its name. */
  readonly door: CloudDoor | undefined;
}

export async function explainDoor(context: Context, door: string, options: ExplainOptions): Promise<Outcome> {
  const { person, card, code, at } = options;
  if ([person, card, code].filter((given) => given !== undefined).length !== 1) {
    throw new CliError('USAGE', 'Say one thing to ask about: --person EMAIL, --card or --code.', {
      next: 'Example: printf 1234567 | doorlab explain DOOR --code',
    });
  }
  const atS = at === undefined ? undefined : Math.floor(timeOf('--at', at) / 1_000);
  const here = await findDoor(context, door, person !== undefined);
  const question = { ...(atS === undefined ? {} : { atS }) };
  if (person !== undefined) return explainPerson(context, here, person, question);
  const presented: PresentedAtBench =
    card === true
      ? { kind: 'card', card: await askForCard(context) }
      : { kind: 'code', digits: await askForCode(context) };
  const decided = await explain(context, here, presented, question);
  return { exit: exitOf(decided), result: decisionJson(decided), text: textOf(decided) };
}

/** Every doorcode that the person has for this door; opens where one of them would. */
async function explainPerson(
  context: Context,
  here: DoorHere,
  email: string,
  question: { readonly atS?: number },
): Promise<Outcome> {
  const door = here.door ?? (await doorOfLock(context, here.lockName));
  const { codes, isExposed } = await codesFor(context, email, door.doorId);
  let opening = 0;
  for (const { code: digits, atLock } of codes) {
    const decided = await explain(context, here, { kind: 'code', digits }, question);
    if (decided.outcome === 'open') opening++;
    const fields: JsonObject = { door: door.doorName, atLock, ...decisionJson(decided) };
    const cloudLine = `  cloud       ${atLock.replaceAll('-', ' ')}`;
    context.output.data('decision', fields, `${textOf(decided)}\n${cloudLine}`);
  }
  const remarks = [
    ...(codes.length > 0 ? [] : [`${email} has no doorcode for ${door.doorName}.`]),
    ...(isExposed
      ? [
          'Until its next Door Sync the lock may still open for an older one, which can be asked about with --code.',
        ]
      : []),
  ];
  return {
    // An older code that DOOR OS does not hold any more can't be asked about: that is no refusal.
    exit: opening > 0 ? EXIT.done : isExposed ? EXIT.partly : EXIT.refused,
    result: { door: door.doorName, asked: codes.length, opening, mayOpenForOlder: isExposed },
    ...(remarks.length === 0 ? {} : { text: remarks.join(' ') }),
  };
}

/** What DOOR OS gives the person for the door, and whether the lock may still know more. */
async function codesFor(context: Context, email: string, doorId: string) {
  const call = cloudOf(context);
  const codes: Code[] = [];
  let isExposed = false;
  for (const { person } of await findPeople(call, email, {})) {
    const params = { personId: person.id };
    const { items } = await call(routes.personCodes, { params });
    codes.push(...items.filter((code) => code.doorId === doorId));
    const exposure = await call(routes.exposure, { params });
    isExposed ||= exposure.items.some((door) => door.doorId === doorId);
  }
  return { codes, isExposed };
}

async function explain(
  context: Context,
  { lockName }: DoorHere,
  presented: PresentedAtBench,
  question: { readonly atS?: number },
): Promise<DecidedAtBench> {
  return (await ask(context, lockName, { do: 'explain', presented, ...question })).decided;
}

const textOf = (decided: DecidedAtBench): string =>
  [
    `${decided.outcome === 'open' ? 'Would open' : 'Would be refused'}: ${decided.sentence}`,
    ...decisionParts(decided),
  ].join('\n');

/** A lock's own name first, then a door's where the cloud knows which lock it has. */
async function findDoor(context: Context, name: string, asManager: boolean): Promise<DoorHere> {
  const { config, clock } = context;
  if (isLockName(name) && isLockFolder(lockFolder(config, name))) return { lockName: name, door: undefined };
  const door = chooseDoor(await cloudDoors(context, asManager), name);
  for (const lockName of lockNames(config)) {
    const report = await reportOrOff(lockFolder(config, lockName), clock);
    if (report?.lockId !== undefined && door.lock.startsWith(report.lockId)) return { lockName, door };
  }
  throw new ControlError('LOCK_NOT_RUNNING', `The lock of ${door.doorName} does not run in ${config.data}.`, {
    next: 'Start it with: doorlab lock run NAME.',
  });
}

async function doorOfLock(context: Context, lockName: string): Promise<CloudDoor> {
  const { report } = await ask(context, lockName, { do: 'report' });
  const { lockId } = report;
  const door = (await cloudDoors(context, true)).find(
    ({ lock }) => lockId !== undefined && lock.startsWith(lockId),
  );
  if (door !== undefined) return door;
  throw new CliError('USAGE', `The cloud knows of no door with the lock ${lockName}.`, {
    next: 'Activate it at a door first, or ask with --code.',
  });
}

/** Doors with a lock, as far as the token shows them. Throws INPUT_NEEDED without a token, CloudError. */
async function cloudDoors(context: Context, asManager: boolean): Promise<CloudDoor[]> {
  const cloud = openCloud(context);
  const { signal } = context;
  if (asManager) {
    const doors = await cloud.doors({ signal });
    return doors.flatMap(({ id, name, lockId }) =>
      lockId === null ? [] : [{ doorId: id, doorName: name, lock: lockId }],
    );
  }
  const doors = await cloud.courierDoors({ signal });
  return doors.map(({ doorId, doorName, lockId }) => ({ doorId, doorName, lock: lockId }));
}
