// A bolt moved by a motor. It never locks by itself; a bolt that jams on its way out is drawn back and tried again,
// up to three times, and then stays retracted. A hand on the key or the thumbturn wins over the motor.
import { tell, type ActuatorEffect, type ActuatorInput } from './actuator.ts';
import { moveByHand, type Body, type HandAct } from './body.ts';
import { ANTI_JAM_TRIES } from './profile.ts';

interface Move {
  readonly run: 'extend' | 'retract';
  /** `given-up`: drawn back for good after the last try to extend. */
  readonly goal: 'extended' | 'retracted' | 'given-up';
  readonly stalls: number;
}

export interface MotorDeadbolt {
  readonly profile: 'motor-deadbolt';
  readonly body: Body;
  /** Undefined: the motor rests. */
  readonly move: Move | undefined;
  /** The last move was given up. Told until a move succeeds. */
  readonly isJammed: boolean;
}

interface Step {
  readonly state: MotorDeadbolt;
  readonly effects: readonly ActuatorEffect[];
}

/**
 * No motor moves at boot: a battery that gives way under its load would boot for ever. A bolt left between waits
 * for the next grant, lock command or hand.
 */
export const startMotorDeadbolt = (body: Body): MotorDeadbolt => ({
  profile: 'motor-deadbolt',
  body,
  move: undefined,
  isJammed: false,
});

export function stepMotorDeadbolt(state: MotorDeadbolt, input: ActuatorInput): Step {
  switch (input.type) {
    case 'grant':
      return takeGrant(state);
    case 'lockCommand':
      return takeLockCommand(state);
    case 'motor':
      if (state.move === undefined) return { state, effects: [] };
      return input.is === 'done' ? takeDone(state, state.move) : takeStall(state, state.move);
    case 'thumbturn':
    case 'key':
    case 'exit':
    case 'door':
    case 'privacy':
      return takeHand(state, input);
    case 'timer':
    case 'holdWindow':
      return { state, effects: [] };
  }
}

function takeGrant(state: MotorDeadbolt): Step {
  const { move, body } = state;
  if (move === undefined) {
    return body.bolt === 'retracted'
      ? { state, effects: [] }
      : run(state, { run: 'retract', goal: 'retracted', stalls: 0 });
  }
  if (move.goal === 'retracted') return { state, effects: [] };
  if (move.run === 'extend') return run(state, { run: 'retract', goal: 'retracted', stalls: 0 });
  return { state: { ...state, move: { run: 'retract', goal: 'retracted', stalls: 0 } }, effects: [] };
}

function takeLockCommand(state: MotorDeadbolt): Step {
  const { move, body } = state;
  const isWanted = move === undefined ? body.bolt !== 'extended' : move.goal === 'retracted';
  return isWanted ? run(state, { run: 'extend', goal: 'extended', stalls: 0 }) : { state, effects: [] };
}

function takeDone(state: MotorDeadbolt, move: Move): Step {
  if (move.run === 'extend') {
    return rest(state, 'extended', false, tell({ type: 'boltLocked', cause: 'command' }));
  }
  switch (move.goal) {
    case 'extended':
      return run(state, { ...move, run: 'extend' });
    case 'retracted':
      return rest(state, 'retracted', false, tell({ type: 'boltUnlocked', cause: 'credential' }));
    case 'given-up':
      return rest(state, 'retracted', true);
  }
}

function takeStall(state: MotorDeadbolt, move: Move): Step {
  const stalls = move.stalls + 1;
  const isOver = stalls > ANTI_JAM_TRIES;
  const jammed = tell({ type: 'boltJammed', tries: stalls - 1 });
  if (move.run === 'extend') {
    if (!isOver) return run(state, { run: 'retract', goal: 'extended', stalls });
    const givenUp = run({ ...state, isJammed: true }, { run: 'retract', goal: 'given-up', stalls });
    return { state: givenUp.state, effects: [...givenUp.effects, jammed] };
  }
  if (!isOver) return run(state, { ...move, stalls });
  // Where it was given up before, the log knows already.
  return move.goal === 'given-up' ? rest(state, 'between', true) : rest(state, 'between', true, jammed);
}

function takeHand(state: MotorDeadbolt, act: HandAct): Step {
  const body = moveByHand(state.profile, state.body, act);
  if (body === state.body) return { state, effects: [] };
  if (body.bolt === state.body.bolt) return { state: { ...state, body }, effects: [] };
  const cause = act.type === 'key' ? 'key' : 'inside';
  const isLocked = body.bolt === 'extended';
  const effects: ActuatorEffect[] = state.move === undefined ? [] : [{ type: 'motor', run: 'off' }];
  effects.push(tell({ type: isLocked ? 'boltLocked' : 'manualUnlock', cause }));
  return { state: { ...state, body, move: undefined, isJammed: false }, effects };
}

/** From here until the motor has done the bolt stands between, whatever happens to the power. */
const run = (state: MotorDeadbolt, move: Move): Step => ({
  state: { ...state, body: { ...state.body, bolt: 'between' }, move },
  effects: [{ type: 'motor', run: move.run }],
});

const rest = (
  state: MotorDeadbolt,
  bolt: Body['bolt'],
  isJammed: boolean,
  ...effects: ActuatorEffect[]
): Step => ({ state: { ...state, body: { ...state.body, bolt }, move: undefined, isJammed }, effects });
