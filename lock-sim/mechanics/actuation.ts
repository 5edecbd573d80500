// One door's actuation, whichever its profile: where each input goes, and what can be seen of the state. Pure.
import type { ActuatorEffect, ActuatorInput } from './actuator.ts';
import type { Body } from './body.ts';
import { startMortise, stepMortise, type Mortise } from './mortise.ts';
import { startMotorDeadbolt, stepMotorDeadbolt, type MotorDeadbolt } from './motor-deadbolt.ts';
import type { DoorAlarmTimes, Profile } from './profile.ts';
import { isRelayOn, startReader, stepReader, type Reader } from './reader.ts';
import {
  startThumbturnDeadbolt,
  stepThumbturnDeadbolt,
  type ThumbturnDeadbolt,
} from './thumbturn-deadbolt.ts';

export type Actuation = MotorDeadbolt | ThumbturnDeadbolt | Mortise | Reader;

interface Step {
  readonly state: Actuation;
  readonly effects: readonly ActuatorEffect[];
}

export interface ActuationView {
  readonly profile: Profile;
  /** Of a mortise its latch, of a reader its relay. `jammed`: a move was given up or not finished. */
  readonly bolt: 'locked' | 'unlocked' | 'jammed';
  /** Latch or relay. */
  readonly latch: 'released' | 'secured';
  readonly thumbturn: 'engaged' | 'free';
  readonly isMoving: boolean;
  readonly hold: Reader['hold'];
  readonly alarm: 'none' | 'ajar' | 'forced';
  readonly body: Body;
}

/** A boot finds the metal as it is: springs have freed what power held, and nothing moves. */
export function startActuation(profile: Profile, body: Body, times: DoorAlarmTimes, nowMs: number): Step {
  switch (profile) {
    case 'motor-deadbolt':
      return { state: startMotorDeadbolt(body), effects: [] };
    case 'thumbturn-deadbolt':
      return { state: startThumbturnDeadbolt(body), effects: [] };
    case 'mortise':
      return { state: startMortise(body), effects: [] };
    case 'reader':
      return startReader(body, times, nowMs);
  }
}

/** `nowMs` of the monotonic clock. */
export function stepActuation(state: Actuation, input: ActuatorInput, nowMs: number): Step {
  switch (state.profile) {
    case 'motor-deadbolt':
      return stepMotorDeadbolt(state, input);
    case 'thumbturn-deadbolt':
      return stepThumbturnDeadbolt(state, input);
    case 'mortise':
      return stepMortise(state, input);
    case 'reader':
      return stepReader(state, input, nowMs);
  }
}

export function actuationView(state: Actuation): ActuationView {
  const { profile, body } = state;
  const resting = {
    profile,
    body,
    latch: 'secured',
    thumbturn: 'free',
    isMoving: false,
    hold: 'idle',
    alarm: 'none',
  } as const;
  const bolt = body.bolt === 'between' ? 'jammed' : body.bolt === 'extended' ? 'locked' : 'unlocked';
  switch (state.profile) {
    case 'motor-deadbolt': {
      const isMoving = state.move !== undefined;
      // On its way it counts as unlocked: it does not hold the door yet, or no longer.
      const moving = state.isJammed ? 'jammed' : 'unlocked';
      return { ...resting, bolt: isMoving ? moving : state.isJammed ? 'jammed' : bolt, isMoving };
    }
    case 'thumbturn-deadbolt':
      return { ...resting, bolt, thumbturn: state.isEngaged ? 'engaged' : 'free' };
    case 'mortise':
      return { ...resting, ...latchView(state.isReleased) };
    case 'reader': {
      const alarm = state.alarm.phase === 'watched' && state.alarm.isTold ? state.alarm.cause : 'none';
      return { ...resting, ...latchView(isRelayOn(state)), hold: state.hold, alarm };
    }
  }
}

/** Whether a hand outside, without a key, would open the door now. */
export function opensFromOutside(state: Actuation): boolean {
  const isBoltBack = state.body.bolt === 'retracted';
  switch (state.profile) {
    case 'motor-deadbolt':
      return isBoltBack;
    case 'thumbturn-deadbolt':
      return isBoltBack || state.isEngaged;
    case 'mortise':
      return state.isReleased;
    case 'reader':
      return isRelayOn(state);
  }
}

const latchView = (isReleased: boolean): Pick<ActuationView, 'bolt' | 'latch'> =>
  isReleased ? { bolt: 'unlocked', latch: 'released' } : { bolt: 'locked', latch: 'secured' };
