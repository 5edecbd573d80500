// Slots of daily codes: who has which at a door. A slot that was taken away is barred in the next table and given to
// nobody else on the same local day; giving one that no table bars needs no Door Sync.
import { DAY_S, localDayOf, startOfDayS } from '../local-day.ts';
import { barredAtLock } from '../sync/heads-at-lock.ts';
import type { AccessChange } from '../access/access-changes.ts';
import {
  codesOfEpoch,
  dailyDoorOf,
  permanentCodesAt,
  slotsFull,
  type CodeOfDay,
  type DailyDoor,
} from './daily-codes.ts';
import { endLapsedDailyCodes } from './daily-lapses.ts';
import { prepared } from '../../db/prepared.ts';
import type { Schema } from '../../db/schema.ts';
import { newId } from '../ids.ts';
import { comingVersions } from './retired-credentials.ts';
import type { Work } from '../work.ts';

/** How far ahead a slot's codes are held against the doorcodes of the door. */
const DAYS_AHEAD = 366;

export interface DailyWish {
  readonly personId: string;
  readonly doorId: string;
  readonly isSingleUse: boolean;
  readonly startsAtS: number;
}

/** Of these people at these doors: slots for who wishes one and has none, an end for the others. Throws DAILY_SLOTS_FULL. */
export async function settleDailyCodes(
  work: Work,
  personIds: readonly string[],
  doorIds: readonly string[],
  wishes: readonly DailyWish[],
  change: AccessChange,
): Promise<void> {
  const held = await work.trx
    .selectFrom('daily_codes')
    .selectAll()
    .where('person_id', 'in', [...personIds])
    .where('door_id', 'in', [...doorIds])
    .where('ended_at_s', 'is', null)
    .execute();
  const isOf = (row: Schema['daily_codes'], wish: DailyWish): boolean =>
    row.person_id === wish.personId &&
    row.door_id === wish.doorId &&
    (row.single_use === 1) === wish.isSingleUse;
  const over = held.filter((row) => !wishes.some((wish) => isOf(row, wish)));
  const missing = wishes.filter((wish) => !held.some((row) => isOf(row, wish)));
  await endSlots(work, over, change);
  for (const wish of missing) {
    const needsSync = await giveSlot(work, await dailyDoorOf(work, wish.doorId), wish);
    if (needsSync) work.changes.note(wish.doorId, change.reason, change.dueS);
  }
}

/**
 * Gives all who have a slot another one, under the next epoch: what was known of the old ones opens nothing once the
 * lock has its table, which the caller notes. Throws DAILY_SLOTS_FULL.
 */
export async function beginEpoch(work: Work, doorId: string): Promise<void> {
  await endLapsedDailyCodes(work, [doorId]);
  const held = await work.trx
    .selectFrom('daily_codes')
    .selectAll()
    .where('door_id', '=', doorId)
    .where('ended_at_s', 'is', null)
    .orderBy('given_at_s')
    .orderBy('id')
    .execute();
  await endRows(work, held);
  await work.trx
    .updateTable('doors')
    .set((eb) => ({ daily_epoch: eb('daily_epoch', '+', 1) }))
    .where('id', '=', doorId)
    .execute();
  const door = await dailyDoorOf(work, doorId);
  for (const row of held) {
    const isSingleUse = row.single_use === 1;
    await takeSlot(work, door, { personId: row.person_id, doorId, isSingleUse, startsAtS: work.nowS });
  }
}

/** Whether the lock must have another table before the code opens. */
async function giveSlot(work: Work, door: DailyDoor, wish: DailyWish): Promise<boolean> {
  const found = await takeSlot(work, door, wish, false);
  if (found !== undefined) return found.isBarred;
  // Those of today are barred until tomorrow, or by another epoch at once.
  await endLapsedDailyCodes(work, [door.id]);
  const again = await takeSlot(work, door, wish, false);
  if (again !== undefined) return again.isBarred;
  if (!(await hasEndedSlots(work, door, wish))) throw slotsFull(door, wish.isSingleUse);
  await beginEpoch(work, door.id);
  // Others wait for the table that gives them another code, whenever this one begins.
  work.changes.note(door.id, 'access-changed', work.nowS);
  await takeSlot(work, await dailyDoorOf(work, door.id), wish);
  return true;
}

function takeSlot(work: Work, door: DailyDoor, wish: DailyWish): Promise<{ isBarred: boolean }>;
function takeSlot(
  work: Work,
  door: DailyDoor,
  wish: DailyWish,
  mustHave: false,
): Promise<{ isBarred: boolean } | undefined>;
async function takeSlot(
  work: Work,
  door: DailyDoor,
  wish: DailyWish,
  mustHave = true,
): Promise<{ isBarred: boolean } | undefined> {
  const free = await freeSlots(work, door, wish.isSingleUse);
  if (free.length === 0) {
    if (mustHave) throw slotsFull(door, wish.isSingleUse);
    return undefined;
  }
  const barred = await barredAtLock(work, door);
  const isBarred = (slot: number): boolean => barred(slot, wish.isSingleUse);
  const inOrder = [...free.filter((slot) => !isBarred(slot)), ...free.filter(isBarred)];
  const slot = await withoutCollision(work, door, wish, inOrder);
  await work.trx
    .insertInto('daily_codes')
    .values({
      id: newId(work.random, 'daily'),
      door_id: door.id,
      epoch: door.daily_epoch,
      slot,
      single_use: wish.isSingleUse ? 1 : 0,
      person_id: wish.personId,
      given_at_s: work.nowS,
      ended_at_s: null,
      barred_version: null,
    })
    .execute();
  return { isBarred: isBarred(slot) };
}

const rangeOf = (door: DailyDoor, isSingleUse: boolean): readonly [from: number, to: number] =>
  isSingleUse ? [door.daily_slots, door.daily_slots + door.single_use_slots] : [0, door.daily_slots];

/** Nobody has them now, and nobody had them today. */
async function freeSlots(work: Work, door: DailyDoor, isSingleUse: boolean): Promise<number[]> {
  const [from, to] = rangeOf(door, isSingleUse);
  const taken = await takenSlots(work, door);
  const free: number[] = [];
  for (let slot = from; slot < to; slot++) if (!taken.has(slot)) free.push(slot);
  return free;
}

async function takenSlots(work: Work, door: DailyDoor): Promise<Set<number>> {
  const todayS = startOfDayS(door.zone, localDayOf(door.zone, work.nowS));
  const rows = await work.trx
    .selectFrom('daily_codes')
    .select('slot')
    .where('door_id', '=', door.id)
    .where('epoch', '=', door.daily_epoch)
    .where((eb) => eb.or([eb('ended_at_s', 'is', null), eb('ended_at_s', '>=', todayS)]))
    .execute();
  return new Set(rows.map(({ slot }) => slot));
}

async function hasEndedSlots(work: Work, door: DailyDoor, wish: DailyWish): Promise<boolean> {
  const [from, to] = rangeOf(door, wish.isSingleUse);
  const held = await work.trx
    .selectFrom('daily_codes')
    .select('slot')
    .where('door_id', '=', door.id)
    .where('epoch', '=', door.daily_epoch)
    .where('ended_at_s', 'is', null)
    .where('single_use', '=', wish.isSingleUse ? 1 : 0)
    .execute();
  return held.length < to - from;
}

/** The first of these slots none of whose codes is a doorcode of the door in the time to come. */
async function withoutCollision(
  work: Work,
  door: DailyDoor,
  wish: DailyWish,
  slots: readonly number[],
): Promise<number> {
  const codeOf = codesOfEpoch(work, door, door.daily_epoch);
  const first = slots[0] as number;
  if (codeOf === undefined) return first;
  const permanent = await permanentCodesAt(work, door.id);
  if (permanent.size === 0) return first;
  const fromDay = localDayOf(door.zone, Math.max(work.nowS, wish.startsAtS));
  return slots.find((slot) => !collides(codeOf, slot, fromDay, permanent)) ?? first;
}

function collides(codeOf: CodeOfDay, slot: number, fromDay: number, permanent: ReadonlySet<string>): boolean {
  for (let day = fromDay; day < fromDay + DAYS_AHEAD; day++)
    if (permanent.has(codeOf(slot, day))) return true;
  return false;
}

async function endSlots(
  work: Work,
  rows: readonly Schema['daily_codes'][],
  change: AccessChange,
): Promise<void> {
  const withLock = await endRows(work, rows);
  for (const doorId of withLock) work.changes.note(doorId, change.reason, change.dueS);
}

/** The doors among them that have a lock: their next table bars the slots. */
async function endRows(work: Work, rows: readonly Schema['daily_codes'][]): Promise<Set<string>> {
  const comingOf = await comingVersions(
    work.trx,
    rows.map((row) => row.door_id),
  );
  for (const row of rows) {
    await work.trx
      .updateTable('daily_codes')
      .set({ ended_at_s: work.nowS, barred_version: comingOf.get(row.door_id) ?? null })
      .where('id', '=', row.id)
      .execute();
  }
  return new Set(comingOf.keys());
}

/** The bars of a table that is made now: slots whose codes of today somebody knows who may not use them any more. */
export async function barredSlots(
  work: Pick<Work, 'trx' | 'nowS'>,
  door: Pick<DailyDoor, 'id' | 'zone' | 'daily_epoch'>,
): Promise<ReadonlySet<number>> {
  const todayS = startOfDayS(door.zone, localDayOf(door.zone, work.nowS));
  const rows = await slotsSince(work.trx, door.id, door.daily_epoch, todayS - DAY_S);
  const held = new Set(rows.flatMap(({ slot, ended_at_s }) => (ended_at_s === null ? [slot] : [])));
  return new Set(rows.flatMap(({ slot }) => (held.has(slot) ? [] : [slot])));
}

const slotsSince = prepared((db, doorId: string, epoch: number, endedSinceS: number) =>
  db
    .selectFrom('daily_codes')
    .select(['slot', 'ended_at_s'])
    .where('door_id', '=', doorId)
    .where('epoch', '=', epoch)
    .where((eb) => eb.or([eb('ended_at_s', 'is', null), eb('ended_at_s', '>=', endedSinceS)])),
);
