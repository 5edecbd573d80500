// The heads of those tables that a door's lock may have: the one that its last receipt proved, and any made since.
import { getBit } from '#protocol/bitmap.ts';
import { decodeHead, type Head } from '#protocol/table/head.ts';
import type { DailyDoor } from '../codes/daily-codes.ts';
import { tablesAtLock } from './rows-at-lock.ts';
import type { Work } from '../work.ts';

export interface HeadAtLock {
  readonly isProven: boolean;
  readonly head: Head;
}

/** None where the door has no lock. */
export async function headsAtLock(work: Work, doorId: string): Promise<HeadAtLock[]> {
  const tables = await tablesAtLock(work, doorId, 'head');
  // Of a table that the lock left behind nothing is kept.
  const kept = (tables ?? []).filter(({ bytes }) => bytes.length > 0);
  return kept.map(({ isProven, bytes }) => ({ isProven, head: decodeHead(bytes) }));
}

/** Whether a lock with this head takes the slot's code on its day. */
export function takesSlot({ daily }: Head, epoch: number, slot: number, isSingleUse: boolean): boolean {
  const { dailySlots, singleUseSlots } = daily;
  const isOfKind = isSingleUse ? slot >= dailySlots && slot < dailySlots + singleUseSlots : slot < dailySlots;
  return daily.epoch === epoch && isOfKind && !getBit(daily.bars, slot);
}

/** Which slots of the door's epoch its lock does not take before a Door Sync. */
export async function barredAtLock(
  work: Work,
  door: DailyDoor,
): Promise<(slot: number, isSingleUse: boolean) => boolean> {
  const heads = await headsAtLock(work, door.id);
  return (slot, isSingleUse) =>
    heads.some(({ head }) => !takesSlot(head, door.daily_epoch, slot, isSingleUse));
}
