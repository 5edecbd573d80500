// The head of a door's table: schedules, the zone for the years to come, holidays, daily codes and policies. The salt
// changes only with the rest of the head, so that one version has one table and one hash.
import { lockoutProfiles, type LockoutProfile } from '#protocol/api/property.ts';
import { bitmapBytes, setBit } from '#protocol/bitmap.ts';
import { equalBytes } from '#protocol/bytes.ts';
import { WireError } from '#protocol/wire-error.ts';
import type { Random } from '#protocol/ports/random.ts';
import { decodeHead, encodeHead, SALT_BYTES, type Head, type ScheduleWindow } from '#protocol/table/head.ts';
import { ALWAYS } from '#protocol/table/rows.ts';
import { barredSlots } from '../domain/codes/daily-slots.ts';
import { holidaysFrom } from '../domain/properties/holidays.ts';
import { holdOpenFrom, schedulesAt, windowsOf } from '../domain/access/key-schedules.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Work } from '../domain/work.ts';
import { zoneOfHeads } from '../domain/zone-of-heads.ts';

export interface DoorForHead {
  readonly id: string;
  readonly name: string;
  readonly property_id: string;
  readonly zone: string;
  readonly lockout_profile: LockoutProfile;
  readonly unlock_s: number;
  readonly hold_open: string | null;
  readonly daily_slots: number;
  readonly single_use_slots: number;
  readonly daily_epoch: number;
}

/** What the head is to say, but for the order of its schedules and the salt. */
export interface HeadWish {
  readonly door: DoorForHead;
  /** As kept, each once. */
  readonly schedules: readonly string[];
  readonly holidays: readonly number[];
  readonly daily: Head['daily'];
}

/** What it takes of a transaction. */
export type HeadWork = Pick<Work, 'trx' | 'nowS'>;

export async function headWishOf(work: HeadWork, door: DoorForHead): Promise<HeadWish> {
  const { daily_epoch: epoch, daily_slots: dailySlots, single_use_slots: singleUseSlots } = door;
  const bars = new Uint8Array(bitmapBytes(dailySlots + singleUseSlots));
  for (const slot of await barredSlots(work, door)) setBit(bars, slot);
  return {
    door,
    schedules: await schedulesAt(work, door),
    holidays: await holidaysFrom(work, door.property_id, door.zone),
    daily: { epoch, dailySlots, singleUseSlots, bars },
  };
}

/**
 * Whether the head would still say the same. A slot that is given while no table bars it needs no other version: a table
 * that was drafted before must not come to bar it after.
 */
export async function isSameHead(
  work: HeadWork,
  { door, head }: { readonly door: DoorForHead; readonly head: HeadWish },
): Promise<boolean> {
  const now = await headWishOf(work, door);
  return (
    equalBytes(now.daily.bars, head.daily.bars) &&
    JSON.stringify([now.schedules, now.holidays]) === JSON.stringify([head.schedules, head.holidays])
  );
}

export interface MadeHead {
  readonly headBytes: Uint8Array;
  /** Of a row with this schedule. */
  numberOf(schedule: string | null): number;
}

/** Whether rows of the table with that head still say by their numbers what they said. */
export const keepsNumbers = (wish: HeadWish, previous: Uint8Array): boolean =>
  inOrder(wish.schedules, decodeHead(previous).schedules).keepsNumbers;

/** `previous`: the head of the table before. Throws HEAD_LIMIT. */
export function makeHead(
  random: Random,
  nowS: number,
  wish: HeadWish,
  previous: Uint8Array | undefined,
): MadeHead {
  const before = previous === undefined ? undefined : decodeHead(previous);
  const { order } = inOrder(wish.schedules, before?.schedules ?? []);
  const numberOf = (schedule: string | null): number =>
    schedule === null ? ALWAYS : order.indexOf(schedule) + 1;
  const holdOpen = holdOpenFrom(wish.door.hold_open);
  const withSalt = (salt: Uint8Array): Uint8Array =>
    encoded(wish.door, {
      format: 1,
      salt,
      schedules: order.map(windowsOf),
      zone: zoneOfHeads(wish.door.zone, nowS),
      holidays: wish.holidays,
      daily: wish.daily,
      policies: {
        lockoutProfile: lockoutProfiles.indexOf(wish.door.lockout_profile),
        unlockSeconds: wish.door.unlock_s,
        holdOpen:
          holdOpen === null
            ? null
            : {
                schedule: numberOf(JSON.stringify(holdOpen.schedule)),
                needsFirstUnlock: holdOpen.firstUnlock,
                exceptHolidays: holdOpen.exceptHolidays,
              },
      },
    });
  if (before !== undefined && previous !== undefined) {
    const kept = withSalt(before.salt);
    if (equalBytes(kept, previous)) return { headBytes: previous, numberOf };
  }
  return { headBytes: withSalt(random.bytes(SALT_BYTES)), numberOf };
}

/** Those of the head before keep their numbers while all of them are still used; new ones come behind. */
function inOrder(
  schedules: readonly string[],
  before: readonly (readonly ScheduleWindow[])[],
): { order: string[]; keepsNumbers: boolean } {
  const byWindows = new Map(schedules.map((schedule) => [JSON.stringify(windowsOf(schedule)), schedule]));
  const kept = before.flatMap((windows) => byWindows.get(JSON.stringify(windows.map(plainWindow))) ?? []);
  if (new Set(kept).size < before.length) return { order: [...schedules], keepsNumbers: false };
  const fresh = schedules.filter((schedule) => !kept.includes(schedule));
  return { order: [...kept, ...fresh], keepsNumbers: true };
}

const plainWindow = ({ days, startMinute, endMinute }: ScheduleWindow): ScheduleWindow => ({
  days,
  startMinute,
  endMinute,
});

function encoded(door: DoorForHead, head: Head): Uint8Array {
  try {
    return encodeHead(head);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw new Refusal('HEAD_LIMIT', `The head of ${door.name} is beyond a limit: ${error.message}.`, {
      cause: error,
      subject: door.id,
      next: 'Use fewer schedules, holidays or daily codes at this door.',
    });
  }
}
