// A latch that a grant releases for some seconds, and a privacy deadbolt thrown from the inside. Both levers draw
// the privacy bolt along: it is the decision that keeps daily codes out while it is thrown.
import { tell, type ActuatorEffect, type ActuatorInput } from './actuator.ts';
import { moveByHand, type Body, type HandAct } from './body.ts';

export interface Mortise {
  readonly profile: 'mortise';
  readonly body: Body;
  readonly isReleased: boolean;
}

interface Step {
  readonly state: Mortise;
  readonly effects: readonly ActuatorEffect[];
}

/** A spring secures the latch when the power goes. */
export const startMortise = (body: Body): Mortise => ({ profile: 'mortise', body, isReleased: false });

export function stepMortise(state: Mortise, input: ActuatorInput): Step {
  switch (input.type) {
    case 'grant': {
      const timer: ActuatorEffect = { type: 'startTimer', timer: 'release', delayMs: input.releaseMs };
      if (state.isReleased) return { state, effects: [timer] };
      return { state: { ...state, isReleased: true }, effects: [{ type: 'latch', is: 'released' }, timer] };
    }
    case 'lockCommand':
      return secure(state, [{ type: 'cancelTimer', timer: 'release' }]);
    case 'timer':
      return input.timer === 'release' ? secure(state, []) : { state, effects: [] };
    case 'key':
      if (input.to === 'lock') return { state, effects: [] };
      // The cylinder draws the latch for as long as it is turned: nothing stays, but the log knows.
      return takeHand(state, input, [tell({ type: 'manualUnlock', cause: 'key' })]);
    case 'thumbturn':
    case 'exit':
    case 'door':
    case 'privacy':
      return takeHand(state, input, []);
    case 'motor':
    case 'holdWindow':
      return { state, effects: [] };
  }
}

function secure(state: Mortise, also: readonly ActuatorEffect[]): Step {
  if (!state.isReleased) return { state, effects: [] };
  return { state: { ...state, isReleased: false }, effects: [{ type: 'latch', is: 'secured' }, ...also] };
}

function takeHand(state: Mortise, act: HandAct, first: readonly ActuatorEffect[]): Step {
  const body = moveByHand(state.profile, state.body, act);
  if (body.privacy === state.body.privacy) return { state: { ...state, body }, effects: first };
  const type = body.privacy === 'thrown' ? 'privacyThrown' : 'privacyReleased';
  return { state: { ...state, body }, effects: [...first, tell({ type })] };
}
