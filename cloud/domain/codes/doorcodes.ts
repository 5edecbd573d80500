// Doorcodes: one a person and door, drawn by the cloud, never chosen. No two people have the same at a door, nor one
// that a lock may still hold of somebody, nor one that is somebody's daily code just now.
import { codesStillAtLock } from './retired-credentials.ts';
import { uniform, type Random } from '#protocol/ports/random.ts';
import type { PersonAtDoor } from '../access/access-changes.ts';
import { batchesOf } from '../batches.ts';
import { dailyCodesNear } from './daily-codes.ts';
import { retireEnded } from './ended-credentials.ts';
import { provenVersion } from '../sync/proven-table.ts';
import { Refusal } from '../refusal.ts';
import type { Trx } from '../../db/store.ts';
import type { Work } from '../work.ts';

export const FULL_LENGTH = 7;
/** Far beyond need: at the densest that is allowed, one draw in a thousand meets a code in use. */
const DRAWS_MAX = 64;
const DOORS_AT_ONCE = 200;
/** Terms of one condition. */
const CODES_AT_ONCE = 200;

/** How many codes a door may have at `length` digits; at full length the lock's table is the limit. */
export const codesMax = (length: number): number => 10 ** (length === FULL_LENGTH ? length : length - 3);

/** Digits with leading zeros, uniform. */
export const drawCode = (random: Random, length: number): string =>
  String(uniform(random, 10 ** length)).padStart(length, '0');

export interface DrawnCodes {
  /** The next of that door; there are as many as were asked for. */
  take(doorId: string): string;
}

/** One code for each entry, of the length of the door's property. Throws CODES_EXHAUSTED. */
export async function drawDoorcodes(work: Work, wishes: readonly PersonAtDoor[]): Promise<DrawnCodes> {
  const counts = new Map<string, number>();
  for (const { doorId } of wishes) counts.set(doorId, (counts.get(doorId) ?? 0) + 1);
  const drawn = new Map<string, string[]>();
  for (const ids of batchesOf([...counts.keys()], DOORS_AT_ONCE)) {
    const doors = await doorsOf(work, ids);
    for (const door of doors)
      if (door.length < FULL_LENGTH) await requireFreeCodes(work, door, personsAt(wishes, door.id));
    for (const [id, codes] of await drawAt(work, doors, counts)) drawn.set(id, codes);
  }
  return { take: (doorId) => drawn.get(doorId)?.pop() ?? '' };
}

const personsAt = (wishes: readonly PersonAtDoor[], doorId: string): string[] =>
  wishes.flatMap((wish) => (wish.doorId === doorId ? [wish.personId] : []));

interface DoorOfCode {
  readonly id: string;
  readonly name: string;
  readonly length: number;
}

const doorsOf = (work: Work, doorIds: readonly string[]): Promise<DoorOfCode[]> =>
  work.trx
    .selectFrom('doors')
    .innerJoin('properties', 'properties.id', 'doors.property_id')
    .select(['doors.id', 'doors.name', 'properties.doorcode_length as length'])
    .where('doors.id', 'in', [...doorIds])
    .execute();

async function drawAt(
  work: Work,
  doors: readonly DoorOfCode[],
  counts: ReadonlyMap<string, number>,
): Promise<Map<string, string[]>> {
  const daily = await dailyCodesNear(
    work,
    doors.map(({ id }) => id),
  );
  const free = new Map<string, string[]>(doors.map(({ id }) => [id, []]));
  for (let draw = 0; draw < DRAWS_MAX; draw++) {
    const open = doors.filter(({ id }) => (free.get(id)?.length ?? 0) < (counts.get(id) ?? 0));
    if (open.length === 0) return free;
    const tried = open.map(({ id, length }): [string, Set<string>] => {
      const [had, wanted] = [free.get(id) ?? [], counts.get(id) ?? 0];
      const codes = Array.from({ length: wanted - had.length }, () => drawCode(work.random, length));
      return [id, new Set(codes.filter((code) => daily.get(id)?.has(code) !== true && !had.includes(code)))];
    });
    const used = await usedCodes(work.trx, tried);
    for (const [id, codes] of tried)
      free.get(id)?.push(...[...codes].filter((code) => !used.has(codeAt(id, code))));
  }
  throw exhausted(doors[0] as DoorOfCode, `gave no free doorcode in ${DRAWS_MAX} draws`);
}

async function requireFreeCodes(work: Work, door: DoorOfCode, personIds: readonly string[]): Promise<void> {
  if ((await codesOfLength(work, door, personIds)) + personIds.length <= codesMax(door.length)) return;
  await retireEnded(work, [door.id]);
  const present = await codesOfLength(work, door, personIds);
  if (present + personIds.length <= codesMax(door.length)) return;
  throw exhausted(door, `has ${present} doorcodes of ${door.length} digits`);
}

/**
 * Those that people have, and those of others that the lock may still hold: a table has one code of a person, so that
 * another one in place of the former adds none. Longer ones from before do not make a short one easier to guess.
 */
async function codesOfLength(work: Work, door: DoorOfCode, personIds: readonly string[]): Promise<number> {
  const { count } = await work.trx
    .selectFrom('credentials')
    .select(({ fn }) => fn.countAll().as('count'))
    .where('door_id', '=', door.id)
    .where('kind', '=', 'doorcode')
    .where('value', 'like', '_'.repeat(door.length))
    .executeTakeFirstOrThrow();
  return Number(count) + (await codesLeftAtLock(work, door, personIds));
}

async function codesLeftAtLock(work: Work, door: DoorOfCode, personIds: readonly string[]): Promise<number> {
  const left = await codesStillAtLock(work.trx, door.id, await provenVersion(work.trx, door.id))
    .select('person_id')
    .distinct()
    .where('value', 'like', '_'.repeat(door.length))
    .where('person_id', 'not in', (eb) =>
      eb
        .selectFrom('credentials')
        .select('credentials.person_id')
        .where('credentials.door_id', '=', door.id)
        .where('credentials.kind', '=', 'doorcode'),
    )
    .execute();
  const again = new Set(personIds);
  return left.filter(({ person_id: id }) => !again.has(id)).length;
}

/** Of these: those that somebody has at that door, or had and its lock may still hold. */
async function usedCodes(trx: Trx, tried: readonly (readonly [string, ReadonlySet<string>])[]) {
  const used = new Set<string>();
  const pairs = tried.flatMap(([doorId, codes]) => [...codes].map((code) => ({ doorId, code })));
  for (const batch of batchesOf(pairs, CODES_AT_ONCE)) {
    const codesAt = new Map<string, string[]>();
    for (const { doorId, code } of batch) codesAt.set(doorId, [...(codesAt.get(doorId) ?? []), code]);
    for (const table of ['credentials', 'retired_credentials'] as const) {
      const rows = await trx
        .selectFrom(table)
        .select(['door_id', 'value'])
        .where('kind', '=', 'doorcode')
        .where((eb) =>
          eb.or(
            [...codesAt].map(([id, codes]) => eb.and([eb('door_id', '=', id), eb('value', 'in', codes)])),
          ),
        )
        .execute();
      for (const row of rows) used.add(codeAt(row.door_id, row.value));
    }
  }
  return used;
}

const codeAt = (doorId: string, code: string): string => `${doorId} ${code}`;

const exhausted = (door: DoorOfCode, what: string): Refusal =>
  new Refusal(
    'CODES_EXHAUSTED',
    `${door.name} ${what}; at most ${codesMax(door.length)} keep guessing hard.`,
    {
      subject: door.id,
      next: 'Use longer doorcodes at this property, or remove people who have left and sync the door.',
    },
  );
