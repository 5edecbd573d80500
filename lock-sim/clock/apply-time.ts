// Performs what a time statement was judged to do: floor and row first, then the clock part itself. A cut in between
// leaves a clock that is what it was, and rows that can be dated all the same.
import { encodeEventData } from '#protocol/log/event-fields.ts';
import type { Storage } from '../storage/storage.ts';
import type { LockTime } from './lock-time.ts';
import type { TimeEffect } from './take-time.ts';

/** Throws StorageError, and then the clock is not set. */
export function applyTime(
  time: LockTime,
  { settings, events }: Pick<Storage, 'settings' | 'events'>,
  effect: Extract<TimeEffect, { type: 'set-clock' | 'raise-clock-floor' }>,
): void {
  if (effect.type === 'raise-clock-floor') {
    time.raiseFloor(effect.floorS, effect.keyEpoch);
    return;
  }
  const { setting } = effect;
  const row = time.prepare(setting);
  if (row !== undefined) {
    const { bootCount } = settings.values;
    const data = encodeEventData('clockSet', row);
    events.append({ type: 'clockSet', bootCount, timeS: setting.utcS, clockTrust: 'trusted', data });
  }
  time.set(setting);
}
