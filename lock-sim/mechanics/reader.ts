// A reader on the building's power: a grant switches the relay of the door's strike on for 5 or 10 s, a schedule
// may hold it on, and the door sensor tells a door forced or left ajar. The inside opens without the relay.
import { tell, type ActuatorEffect, type ActuatorInput, type ActuatorTimer } from './actuator.ts';
import { moveByHand, type Body } from './body.ts';
import { startDoorAlarm, stepDoorAlarm, type DoorAlarm, type DoorAlarmInput } from './door-alarm.ts';
import { stepHoldOpen, type HoldOpen } from './hold-open.ts';
import { ALLOWANCE_MS, type DoorAlarmTimes } from './profile.ts';

export interface Reader {
  readonly profile: 'reader';
  readonly body: Body;
  /** By a grant, until its timer runs. */
  readonly isReleased: boolean;
  /** Somebody leaves, or has a key: the door may open, without the relay. */
  readonly isAllowed: boolean;
  readonly hold: HoldOpen;
  readonly alarm: DoorAlarm;
  readonly times: DoorAlarmTimes;
}

interface Step {
  readonly state: Reader;
  readonly effects: readonly ActuatorEffect[];
}

/** The relay drops with the power. A window with first-unlock waits for its first unlock again. */
export function startReader(body: Body, times: DoorAlarmTimes, nowMs: number): Step {
  const { alarm, effects } = startDoorAlarm(body.door, nowMs, times);
  return {
    state: { profile: 'reader', body, isReleased: false, isAllowed: false, hold: 'idle', alarm, times },
    effects,
  };
}

export function stepReader(state: Reader, input: ActuatorInput, nowMs: number): Step {
  switch (input.type) {
    case 'grant':
      return changed(
        state,
        { ...state, isReleased: true, hold: stepHoldOpen(state.hold, { type: 'grant' }) },
        [{ type: 'startTimer', timer: 'release', delayMs: input.releaseMs }],
        nowMs,
      );
    case 'lockCommand': {
      const hold = stepHoldOpen(state.hold, { type: 'lockCommand' });
      const timer: ActuatorEffect = { type: 'cancelTimer', timer: 'release' };
      return changed(state, { ...state, isReleased: false, hold }, state.isReleased ? [timer] : [], nowMs);
    }
    case 'holdWindow':
      return changed(state, { ...state, hold: stepHoldOpen(state.hold, input) }, [], nowMs);
    case 'timer':
      return takeTimer(state, input.timer, nowMs);
    case 'exit':
      return allow(state, []);
    case 'key':
      if (input.to === 'lock') return { state, effects: [] };
      return allow(state, [tell({ type: 'manualUnlock', cause: 'key' })]);
    case 'door': {
      const body = moveByHand(state.profile, state.body, input);
      if (body === state.body) return { state, effects: [] };
      const opened: DoorAlarmInput = {
        type: 'opened',
        isAllowed: isRelayOn(state) || state.isAllowed,
        isHeld: state.hold === 'holding',
      };
      return ofAlarm({ ...state, body }, body.door === 'open' ? opened : { type: 'closed' }, nowMs);
    }
    case 'motor':
    case 'thumbturn':
    case 'privacy':
      return { state, effects: [] };
  }
}

export const isRelayOn = ({ isReleased, hold }: Reader): boolean => isReleased || hold === 'holding';

function takeTimer(state: Reader, timer: ActuatorTimer, nowMs: number): Step {
  switch (timer) {
    case 'release':
      return changed(state, { ...state, isReleased: false }, [], nowMs);
    case 'allowance':
      return { state: { ...state, isAllowed: false }, effects: [] };
    case 'alarm':
      return ofAlarm(state, { type: 'timer' }, nowMs);
  }
}

const allow = (state: Reader, events: readonly ActuatorEffect[]): Step => ({
  state: { ...state, isAllowed: true },
  effects: [{ type: 'startTimer', timer: 'allowance', delayMs: ALLOWANCE_MS }, ...events],
});

function ofAlarm(state: Reader, input: DoorAlarmInput, nowMs: number): Step {
  const { alarm, effects } = stepDoorAlarm(state.alarm, input, nowMs, state.times);
  return { state: { ...state, alarm }, effects };
}

/**
 * What follows from the change: the relay, the rows of the hold, the alarm. No person's row stands for a door that
 * is held open, so its own is written first.
 */
function changed(before: Reader, after: Reader, timers: readonly ActuatorEffect[], nowMs: number): Step {
  const isOn = isRelayOn(after);
  const relay: ActuatorEffect[] =
    isOn === isRelayOn(before) ? [] : [{ type: 'relay', is: isOn ? 'on' : 'off' }];
  if (before.hold !== 'holding' && after.hold === 'holding') {
    const { state, effects } = ofAlarm(after, { type: 'holdStarted' }, nowMs);
    const row: ActuatorEffect = { type: 'rowFirst', event: { type: 'holdOpenStarted' } };
    return { state, effects: [row, ...relay, ...timers, ...effects] };
  }
  if (before.hold === 'holding' && after.hold !== 'holding') {
    const { state, effects } = ofAlarm(after, { type: 'holdEnded' }, nowMs);
    return { state, effects: [...relay, ...timers, ...effects, tell({ type: 'holdOpenEnded' })] };
  }
  return { state: after, effects: [...relay, ...timers] };
}
