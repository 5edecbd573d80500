// Daily doorcodes as a lock derives them: of one door, one local day and one slot. Nothing of them is kept but who has
// which slot. WIRE 6.5.
import { codesStillAtLock } from './retired-credentials.ts';
import { dailyCode, dailyEpochKey, DAILY_CODE_DIGITS } from '#protocol/table/daily-code.ts';
import { wireDoorId } from '../ids.ts';
import { Refusal } from '../refusal.ts';
import { provenVersion } from '../sync/proven-table.ts';
import type { Work } from '../work.ts';
import { localDayOf } from '../local-day.ts';

export interface DailyDoor {
  readonly id: string;
  readonly name: string;
  readonly zone: string;
  readonly daily_slots: number;
  readonly single_use_slots: number;
  readonly daily_epoch: number;
  /** Null without a lock: there are no codes before there is one. */
  readonly daily_key: Uint8Array | null;
}

export async function dailyDoorOf(work: Work, doorId: string): Promise<DailyDoor> {
  return work.trx
    .selectFrom('doors')
    .innerJoin('properties', 'properties.id', 'doors.property_id')
    .leftJoin('locks', 'locks.door_id', 'doors.id')
    .select(['doors.id', 'doors.name', 'doors.daily_slots', 'doors.single_use_slots', 'doors.daily_epoch'])
    .select(['properties.zone', 'locks.daily_key'])
    .where('doors.id', '=', doorId)
    .executeTakeFirstOrThrow();
}

export type CodeOfDay = (slot: number, localDay: number) => string;

/** Of the door's lock in this epoch. */
export function codesOfEpoch(work: Work, door: DailyDoor, epoch: number): CodeOfDay | undefined {
  if (door.daily_key === null) return undefined;
  const { engine } = work;
  const key = dailyEpochKey(engine, door.daily_key, epoch);
  const doorId = wireDoorId(door.id);
  return (slot, localDay) => dailyCode(engine, key, doorId, localDay, slot);
}

/**
 * Doorcodes that a lock would find before a daily code of the same digits: those that it may still hold as well. What it has
 * proven to have left behind is none, whenever it is swept.
 */
export async function permanentCodesAt(work: Work, doorId: string): Promise<ReadonlySet<string>> {
  const digits = '_'.repeat(DAILY_CODE_DIGITS);
  const current = await work.trx
    .selectFrom('credentials')
    .select('value')
    .where('door_id', '=', doorId)
    .where('kind', '=', 'doorcode')
    .where('value', 'like', digits)
    .execute();
  const retired = await codesStillAtLock(work.trx, doorId, await provenVersion(work.trx, doorId))
    .select('value')
    .where('value', 'like', digits)
    .execute();
  return new Set([...current, ...retired].map(({ value }) => value));
}

/** By door, the codes of all slots that somebody has, around today: no doorcode is drawn that is one of them. */
export async function dailyCodesNear(
  work: Work,
  doorIds: readonly string[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const held = await work.trx
    .selectFrom('daily_codes')
    .select(['door_id', 'slot'])
    .where('door_id', 'in', [...doorIds])
    .where('ended_at_s', 'is', null)
    .execute();
  const near = new Map<string, Set<string>>();
  for (const doorId of new Set(held.map(({ door_id }) => door_id))) {
    const door = await dailyDoorOf(work, doorId);
    const today = localDayOf(door.zone, work.nowS);
    const codeOf = codesOfEpoch(work, door, door.daily_epoch);
    if (codeOf === undefined) continue;
    const slots = held.filter(({ door_id }) => door_id === doorId).map(({ slot }) => slot);
    const days = [today - 1, today, today + 1];
    near.set(doorId, new Set(slots.flatMap((slot) => days.map((day) => codeOf(slot, day)))));
  }
  return near;
}

export const slotsFull = (door: DailyDoor, isSingleUse: boolean): Refusal => {
  const count = isSingleUse ? door.single_use_slots : door.daily_slots;
  const kind = isSingleUse ? 'single-use daily doorcodes' : 'daily doorcodes';
  return new Refusal('DAILY_SLOTS_FULL', `All ${count} ${kind} of ${door.name} are taken.`, {
    subject: door.id,
    next: 'Give the door more daily doorcodes, or take the Key from somebody who has one.',
  });
};
