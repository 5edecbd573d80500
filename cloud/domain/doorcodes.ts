// Doorcodes: one a person and door, drawn by the cloud, never chosen. The first Key that reaches a door brings
// one, further Keys keep it, and losing the last deletes it.
import { uniform, type Random } from '#protocol/ports/random.ts';
import { EQUAL_VERIFIERS_MAX } from '#protocol/limits.ts';
import { nextNumber } from './counters.ts';
import { liveGrantsAt, type LiveGrant } from './live-access.ts';
import { Refusal } from './refusal.ts';
import { isRetired, retireCode } from './retired-codes.ts';
import type { Work } from './work.ts';

export const FULL_LENGTH = 7;
/** Far beyond need: at the densest that is allowed, one draw in a thousand meets a code in use. */
const DRAWS_MAX = 64;

/** How many codes a door may have at `length` digits; at full length the lock's table is the limit. */
export const codesMax = (length: number): number => 10 ** (length === FULL_LENGTH ? length : length - 3);

/** Digits with leading zeros, uniform. */
export const drawCode = (random: Random, length: number): string =>
  String(uniform(random, 10 ** length)).padStart(length, '0');

/**
 * Brings the codes of one person at these doors in line with the grants as they now are. Call it after the
 * grants are written. Throws CODES_EXHAUSTED, TOO_MANY_OVERLAPS.
 */
export async function settleDoorcodes(
  work: Work,
  personId: string,
  doorIds: readonly string[],
): Promise<void> {
  for (const doorId of doorIds) {
    const live = await liveGrantsAt(work.trx, doorId, work.nowS, personId);
    if (live.length === 0) {
      await retireEnded(work, [doorId], personId);
      continue;
    }
    await requireOverlaps(work, doorId, live);
    await ensureCode(work, personId, doorId);
  }
}

/**
 * Takes the codes of those away whose last Key at these doors has ended, by its date as well. Call it before new
 * access is written: who lost the last Key gets a new code with the next.
 */
export async function retireEnded(work: Work, doorIds: readonly string[], personId?: string): Promise<void> {
  for (const doorId of doorIds) {
    const codes = await work.trx
      .selectFrom('credentials')
      .select(['number', 'person_id', 'door_id', 'value'])
      .where('door_id', '=', doorId)
      .$if(personId !== undefined, (query) => query.where('person_id', '=', personId ?? ''))
      .execute();
    if (codes.length === 0) continue;
    const live = await liveGrantsAt(work.trx, doorId, work.nowS, personId);
    const holders = new Set(live.map((grant) => grant.personId));
    for (const code of codes) if (!holders.has(code.person_id)) await retireCode(work, code);
  }
}

/** The lock holds at most eight rows of one code. */
async function requireOverlaps(work: Work, doorId: string, live: readonly LiveGrant[]): Promise<void> {
  if (live.length <= EQUAL_VERIFIERS_MAX) return;
  const { name } = await doorOf(work, doorId);
  throw new Refusal(
    'TOO_MANY_OVERLAPS',
    `${live.length} Keys with different dates would overlap at ${name} for one person; a lock holds ` +
      `${EQUAL_VERIFIERS_MAX} rows of one code.`,
    { subject: doorId, next: 'Give overlapping Keys the same dates, or remove one of them.' },
  );
}

async function ensureCode(work: Work, personId: string, doorId: string): Promise<void> {
  const { trx, nowS, random } = work;
  const existing = await trx
    .selectFrom('credentials')
    .select('number')
    .where('person_id', '=', personId)
    .where('door_id', '=', doorId)
    .executeTakeFirst();
  if (existing !== undefined) return;
  const door = await doorOf(work, doorId);
  if (door.doorcode_length < FULL_LENGTH) await requireFreeCodes(work, doorId, door);
  await trx
    .insertInto('credentials')
    .values({
      number: await nextNumber(trx, 'credential'),
      kind: 'doorcode',
      person_id: personId,
      door_id: doorId,
      value: await freeCode(work, random, doorId, door),
      created_at_s: nowS,
    })
    .execute();
}

interface DoorOfCode {
  readonly name: string;
  readonly doorcode_length: number;
}

const doorOf = (work: Work, doorId: string): Promise<DoorOfCode> =>
  work.trx
    .selectFrom('doors')
    .innerJoin('properties', 'properties.id', 'doors.property_id')
    .select(['doors.name', 'properties.doorcode_length'])
    .where('doors.id', '=', doorId)
    .executeTakeFirstOrThrow();

async function requireFreeCodes(work: Work, doorId: string, door: DoorOfCode): Promise<void> {
  await retireEnded(work, [doorId]);
  const { count } = await work.trx
    .selectFrom('credentials')
    .select(({ fn }) => fn.countAll().as('count'))
    .where('door_id', '=', doorId)
    .executeTakeFirstOrThrow();
  if (Number(count) < codesMax(door.doorcode_length)) return;
  throw exhausted(doorId, door, `has ${Number(count)} doorcodes of ${door.doorcode_length} digits`);
}

async function freeCode(work: Work, random: Random, doorId: string, door: DoorOfCode): Promise<string> {
  for (let draw = 0; draw < DRAWS_MAX; draw++) {
    const value = drawCode(random, door.doorcode_length);
    const taken = await work.trx
      .selectFrom('credentials')
      .select('number')
      .where('door_id', '=', doorId)
      .where('kind', '=', 'doorcode')
      .where('value', '=', value)
      .executeTakeFirst();
    if (taken === undefined && !(await isRetired(work.trx, doorId, value))) return value;
  }
  throw exhausted(doorId, door, `gave no free doorcode in ${DRAWS_MAX} draws`);
}

const exhausted = (doorId: string, door: DoorOfCode, what: string): Refusal =>
  new Refusal(
    'CODES_EXHAUSTED',
    `${door.name} ${what}; at most ${codesMax(door.doorcode_length)} keep guessing hard.`,
    { subject: doorId, next: 'Use longer doorcodes at this property, or remove people who have left.' },
  );
