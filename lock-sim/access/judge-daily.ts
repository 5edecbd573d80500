// Daily codes: no rows, found by deriving the codes of the local day slot by slot. Asked only where no permanent
// code has these digits. A single-use code opens once, and one that may have opened counts as used. WIRE 6.5.
import { bitmapBytes, getBit, setBit } from '#protocol/bitmap.ts';
import { DAILY_SLOTS_MAX } from '#protocol/limits.ts';
import type { Head } from '#protocol/table/head.ts';
import { localTimeOf } from '#protocol/table/zone.ts';
import { refusal, type BurnedSlots, type LockState, type Verdict } from './decision.ts';

/** A day that is not known: single-use codes may have been burned and forgotten. */
export const UNKNOWN_DAY = 0xffff_ffff;
const LAST_DAY = 0xffff_fffe;
const ALL_SLOTS_BYTES = bitmapBytes(DAILY_SLOTS_MAX);

export interface DailySearch {
  readonly head: Head;
  readonly tableVersion: number;
  readonly isCode: (epoch: number, localDay: number, slot: number) => boolean;
}

/** Undefined where the digits are no daily code of this local day. The clock must not be lost. */
export function judgeDaily(
  { head, tableVersion, isCode }: DailySearch,
  state: LockState,
): Verdict | undefined {
  const { epoch, dailySlots, singleUseSlots } = head.daily;
  const { day } = localTimeOf(head.zone, state.clock.nowS);
  if (day < 0 || day > LAST_DAY) return undefined;
  let refused: Verdict | undefined;
  for (let slot = 0; slot < dailySlots + singleUseSlots; slot++) {
    if (!isCode(epoch, day, slot)) continue;
    // Two slots can have one code; whichever is live opens, daily ones first, so that nothing is burned in vain.
    const verdict = judgeSlot(head, slot, day, tableVersion, state);
    if (verdict.outcome === 'open') return verdict;
    refused ??= verdict;
  }
  return refused;
}

function judgeSlot(head: Head, slot: number, day: number, tableVersion: number, state: LockState): Verdict {
  const { bars, dailySlots, epoch } = head.daily;
  const isSingleUse = slot >= dailySlots;
  const credential = isSingleUse ? 'dailySingleUse' : 'daily';
  const code = `The ${isSingleUse ? 'single-use daily' : 'daily'} code of slot ${slot}`;
  const more = { credential, slot } as const;
  if (getBit(bars, slot)) {
    return refusal('CODE_BARRED', `${code} is barred by table version ${tableVersion}.`, more);
  }
  const isUsed = isSingleUse ? isBurned(epoch, slot, day, state) : wasSingleUse(epoch, slot, day, state);
  if (isUsed) {
    return refusal('CODE_USED', `${code} has been used on this day, or may have been.`, more);
  }
  if (state.privacyThrown) {
    return refusal('PRIVACY', `${code} is valid, but the privacy deadbolt is thrown.`, more);
  }
  const sentence = `${code} is valid on this day under daily epoch ${epoch}.`;
  return { outcome: 'open', reason: 'OPENED', sentence, ...more };
}

/**
 * Days before the one that is remembered count as used: a zone or a clock may turn a day back. Another owner's
 * codes hang on another key, and a raised epoch makes all codes new.
 */
function isBurned(epoch: number, slot: number, day: number, { burned, ownershipEpoch }: LockState): boolean {
  if (ownershipEpoch !== burned.ownershipEpoch) return ownershipEpoch < burned.ownershipEpoch;
  if (burned.localDay === UNKNOWN_DAY) return true;
  if (epoch !== burned.dailyEpoch) return epoch < burned.dailyEpoch;
  return day === burned.localDay ? getBit(burned.slots, slot) : day < burned.localDay;
}

/**
 * A slot that was burned stays so where a table that should have raised the epoch makes it a daily one (WIRE 6.5). A
 * memory that takes all for used says nothing of this one.
 */
function wasSingleUse(epoch: number, slot: number, day: number, state: LockState): boolean {
  const { burned, ownershipEpoch } = state;
  const isOfNow =
    ownershipEpoch === burned.ownershipEpoch && epoch === burned.dailyEpoch && day === burned.localDay;
  const isEach = burned.slots.length === ALL_SLOTS_BYTES && burned.slots.every((byte) => byte === 0xff);
  return isOfNow && !isEach && getBit(burned.slots, slot);
}

/** What to remember once that slot has opened. */
export function burn(head: Head, slot: number, state: LockState): BurnedSlots {
  const { burned, ownershipEpoch } = state;
  const { epoch, dailySlots, singleUseSlots } = head.daily;
  const localDay = localTimeOf(head.zone, state.clock.nowS).day;
  const isSameDay =
    burned.ownershipEpoch === ownershipEpoch && burned.dailyEpoch === epoch && burned.localDay === localDay;
  const before = isSameDay ? burned.slots : new Uint8Array(0);
  // A table with fewer slots forgets none that was used under the one before.
  const slots = new Uint8Array(Math.max(bitmapBytes(dailySlots + singleUseSlots), before.length));
  slots.set(before);
  setBit(slots, slot);
  return { ownershipEpoch, dailyEpoch: epoch, localDay, slots };
}

/** From a memory that was lost: every single-use code of this local day counts as used. */
export const burnAll = (head: Head, state: LockState): BurnedSlots => ({
  ownershipEpoch: state.ownershipEpoch,
  dailyEpoch: head.daily.epoch,
  localDay: localTimeOf(head.zone, state.clock.nowS).day,
  slots: new Uint8Array(ALL_SLOTS_BYTES).fill(0xff),
});
