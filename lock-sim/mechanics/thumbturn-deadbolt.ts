// A bolt that only hands move. Outside, the thumbturn spins freely but for ten seconds after a grant; there is no
// cylinder; inside it always turns.
import { tell, type ActuatorEffect, type ActuatorInput } from './actuator.ts';
import { moveByHand, type Body, type HandAct } from './body.ts';

export interface ThumbturnDeadbolt {
  readonly profile: 'thumbturn-deadbolt';
  readonly body: Body;
  readonly isEngaged: boolean;
}

interface Step {
  readonly state: ThumbturnDeadbolt;
  readonly effects: readonly ActuatorEffect[];
}

/** A spring frees the thumbturn when the power goes. */
export const startThumbturnDeadbolt = (body: Body): ThumbturnDeadbolt => ({
  profile: 'thumbturn-deadbolt',
  body,
  isEngaged: false,
});

export function stepThumbturnDeadbolt(state: ThumbturnDeadbolt, input: ActuatorInput): Step {
  switch (input.type) {
    case 'grant': {
      const timer: ActuatorEffect = { type: 'startTimer', timer: 'release', delayMs: input.releaseMs };
      if (state.isEngaged) return { state, effects: [timer] };
      return {
        state: { ...state, isEngaged: true },
        effects: [{ type: 'thumbturn', is: 'engaged' }, timer],
      };
    }
    case 'lockCommand':
      return free(state, [{ type: 'cancelTimer', timer: 'release' }]);
    case 'timer':
      return input.timer === 'release' ? free(state, []) : { state, effects: [] };
    case 'thumbturn':
      return input.side === 'inside'
        ? takeHand(state, input)
        : state.isEngaged
          ? turnOutside(state, input.to === 'lock' ? 'extended' : 'retracted')
          : { state, effects: [] };
    case 'key':
    case 'exit':
    case 'door':
    case 'privacy':
      return takeHand(state, input);
    case 'motor':
    case 'holdWindow':
      return { state, effects: [] };
  }
}

/** What moves the bolt is the hand: it needs no permission to lock itself out again. */
function free(state: ThumbturnDeadbolt, also: readonly ActuatorEffect[]): Step {
  if (!state.isEngaged) return { state, effects: [] };
  return { state: { ...state, isEngaged: false }, effects: [{ type: 'thumbturn', is: 'free' }, ...also] };
}

function turnOutside(state: ThumbturnDeadbolt, bolt: 'extended' | 'retracted'): Step {
  if (state.body.bolt === bolt) return { state, effects: [] };
  const type = bolt === 'extended' ? 'boltLocked' : 'boltUnlocked';
  return {
    state: { ...state, body: { ...state.body, bolt } },
    effects: [tell({ type, cause: 'hand' })],
  };
}

function takeHand(state: ThumbturnDeadbolt, act: HandAct): Step {
  const body = moveByHand(state.profile, state.body, act);
  if (body === state.body) return { state, effects: [] };
  const effects: ActuatorEffect[] = [];
  if (body.bolt !== state.body.bolt) {
    const isLocked = body.bolt === 'extended';
    effects.push(tell({ type: isLocked ? 'boltLocked' : 'manualUnlock', cause: 'inside' }));
  }
  return { state: { ...state, body }, effects };
}
