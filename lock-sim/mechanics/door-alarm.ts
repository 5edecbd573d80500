// The door sensor's alarms. Opened without a grant, an exit or a key is forced: told at once. Open for 30, 60 or
// 90 s is told, as forced or as ajar, and again every 5, 10 or 15 minutes until the door closes.
import { tell, type ActuatorEffect } from './actuator.ts';
import type { DoorAlarmTimes } from './profile.ts';

export type DoorAlarm =
  | { readonly phase: 'closed' }
  /** Open while it is held open: that is nobody's alarm. */
  | { readonly phase: 'held' }
  | {
      readonly phase: 'watched';
      readonly cause: 'ajar' | 'forced';
      readonly sinceMs: number;
      /** Whether a row told of it. */
      readonly isTold: boolean;
    };

export type DoorAlarmInput =
  | { readonly type: 'opened'; readonly isAllowed: boolean; readonly isHeld: boolean }
  | { readonly type: 'closed' }
  | { readonly type: 'timer' }
  | { readonly type: 'holdStarted' }
  | { readonly type: 'holdEnded' };

interface Step {
  readonly alarm: DoorAlarm;
  readonly effects: readonly ActuatorEffect[];
}

/** A door found open at boot is watched from then on: who opened it is not known. */
export const startDoorAlarm = (door: 'open' | 'closed', nowMs: number, times: DoorAlarmTimes): Step =>
  door === 'open' ? watch('ajar', nowMs, times) : { alarm: { phase: 'closed' }, effects: [] };

/** `nowMs` of the monotonic clock. */
export function stepDoorAlarm(
  alarm: DoorAlarm,
  input: DoorAlarmInput,
  nowMs: number,
  times: DoorAlarmTimes,
): Step {
  switch (input.type) {
    case 'opened':
      if (alarm.phase !== 'closed') return { alarm, effects: [] };
      if (input.isHeld) return { alarm: { phase: 'held' }, effects: [] };
      return watch(input.isAllowed ? 'ajar' : 'forced', nowMs, times);
    case 'closed':
      return end(alarm, { phase: 'closed' }, nowMs);
    case 'timer':
      return alarm.phase === 'watched' ? ring(alarm, nowMs, times) : { alarm, effects: [] };
    case 'holdStarted':
      // A door that was forced stays forced until it closes.
      return alarm.phase === 'watched' && alarm.cause === 'ajar'
        ? end(alarm, { phase: 'held' }, nowMs)
        : { alarm, effects: [] };
    case 'holdEnded':
      return alarm.phase === 'held' ? watch('ajar', nowMs, times) : { alarm, effects: [] };
  }
}

function watch(cause: 'ajar' | 'forced', nowMs: number, times: DoorAlarmTimes): Step {
  const isTold = cause === 'forced';
  const effects = [ringAfter(times.ajarAfterS)];
  if (isTold) effects.push(tell({ type: 'doorForced' }));
  return { alarm: { phase: 'watched', cause, sinceMs: nowMs, isTold }, effects };
}

function ring(alarm: DoorAlarm & { phase: 'watched' }, nowMs: number, times: DoorAlarmTimes): Step {
  const row =
    alarm.cause === 'forced'
      ? tell({ type: 'doorForced' })
      : tell({ type: 'doorAjar', openSeconds: openSeconds(alarm.sinceMs, nowMs) });
  return { alarm: { ...alarm, isTold: true }, effects: [ringAfter(times.repeatEveryMin * 60), row] };
}

function end(alarm: DoorAlarm, next: DoorAlarm, nowMs: number): Step {
  if (alarm.phase !== 'watched') return { alarm: next, effects: [] };
  const effects: ActuatorEffect[] = [{ type: 'cancelTimer', timer: 'alarm' }];
  if (alarm.isTold) {
    effects.push(tell({ type: 'ajarEnded', openSeconds: openSeconds(alarm.sinceMs, nowMs) }));
  }
  return { alarm: next, effects };
}

const openSeconds = (sinceMs: number, nowMs: number): number => Math.floor((nowMs - sinceMs) / 1_000);

const ringAfter = (delayS: number): ActuatorEffect => ({
  type: 'startTimer',
  timer: 'alarm',
  delayMs: delayS * 1_000,
});
