// Doorcodes: one a person and door, drawn by the cloud, never chosen. No two people have the same at a door, nor one
// that a lock may still hold of somebody, nor one that is somebody's daily code just now.
import { uniform, type Random } from '#protocol/ports/random.ts';
import { batchesOf } from './batches.ts';
import { dailyCodesNear } from './daily-codes.ts';
import { retireEnded } from './ended-credentials.ts';
import { Refusal } from './refusal.ts';
import { isRetired } from './retired-credentials.ts';
import type { Work } from './work.ts';

export const FULL_LENGTH = 7;
/** Far beyond need: at the densest that is allowed, one draw in a thousand meets a code in use. */
const DRAWS_MAX = 64;

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
export async function drawDoorcodes(work: Work, doorIds: readonly string[]): Promise<DrawnCodes> {
  const drawn = new Map<string, string[]>();
  const counts = new Map<string, number>();
  for (const doorId of doorIds) counts.set(doorId, (counts.get(doorId) ?? 0) + 1);
  for (const doors of batchesOf([...counts.keys()])) {
    for (const door of await doorsOf(work, doors)) {
      drawn.set(door.id, await drawAt(work, door, counts.get(door.id) ?? 0));
    }
  }
  return { take: (doorId) => drawn.get(doorId)?.pop() ?? '' };
}

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

async function drawAt(work: Work, door: DoorOfCode, count: number): Promise<string[]> {
  if (door.length < FULL_LENGTH) await requireFreeCodes(work, door, count);
  const daily = await dailyCodesNear(work, door.id);
  const drawn = new Set<string>();
  while (drawn.size < count)
    drawn.add(await freeCode(work, door, (code) => drawn.has(code) || daily.has(code)));
  return [...drawn];
}

async function requireFreeCodes(work: Work, door: DoorOfCode, count: number): Promise<void> {
  if ((await codesOfLength(work, door)) + count <= codesMax(door.length)) return;
  await retireEnded(work, [door.id]);
  const present = await codesOfLength(work, door);
  if (present + count <= codesMax(door.length)) return;
  throw exhausted(door, `has ${present} doorcodes of ${door.length} digits`);
}

/** Longer ones from before do not make a short one easier to guess. */
async function codesOfLength(work: Work, door: DoorOfCode): Promise<number> {
  const { count } = await work.trx
    .selectFrom('credentials')
    .select(({ fn }) => fn.countAll().as('count'))
    .where('door_id', '=', door.id)
    .where('kind', '=', 'doorcode')
    .where('value', 'like', '_'.repeat(door.length))
    .executeTakeFirstOrThrow();
  return Number(count);
}

async function freeCode(work: Work, door: DoorOfCode, isTaken: (code: string) => boolean): Promise<string> {
  for (let draw = 0; draw < DRAWS_MAX; draw++) {
    const code = drawCode(work.random, door.length);
    if (isTaken(code)) continue;
    const used = await work.trx
      .selectFrom('credentials')
      .select('number')
      .where('door_id', '=', door.id)
      .where('kind', '=', 'doorcode')
      .where('value', '=', code)
      .executeTakeFirst();
    if (used === undefined && !(await isRetired(work.trx, door.id, code))) return code;
  }
  throw exhausted(door, `gave no free doorcode in ${DRAWS_MAX} draws`);
}

const exhausted = (door: DoorOfCode, what: string): Refusal =>
  new Refusal(
    'CODES_EXHAUSTED',
    `${door.name} ${what}; at most ${codesMax(door.length)} keep guessing hard.`,
    { subject: door.id, next: 'Use longer doorcodes at this property, or remove people who have left.' },
  );
