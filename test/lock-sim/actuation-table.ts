// A table of an actuation profile: it names what has an effect in which state; whatever it does not name must leave
// the state as it was and do nothing.
import { expect, it } from 'vitest';
import { stepActuation, type Actuation } from '#lock-sim/mechanics/actuation.ts';
import type { ActuatorEffect, ActuatorInput } from '#lock-sim/mechanics/actuator.ts';
import { LOCKED_BODY, type Body } from '#lock-sim/mechanics/body.ts';

export const NOW_MS = 100_000;

/** Every input that there is. */
export const INPUTS = {
  grant: { type: 'grant', releaseMs: 10_000 },
  lock: { type: 'lockCommand' },
  motorDone: { type: 'motor', is: 'done' },
  motorStalled: { type: 'motor', is: 'stalled' },
  releaseOver: { type: 'timer', timer: 'release' },
  allowanceOver: { type: 'timer', timer: 'allowance' },
  alarmDue: { type: 'timer', timer: 'alarm' },
  window: { type: 'holdWindow', isIn: true, needsFirstUnlock: false },
  windowFirst: { type: 'holdWindow', isIn: true, needsFirstUnlock: true },
  windowOver: { type: 'holdWindow', isIn: false, needsFirstUnlock: false },
  outsideUnlock: { type: 'thumbturn', side: 'outside', to: 'unlock' },
  outsideLock: { type: 'thumbturn', side: 'outside', to: 'lock' },
  insideUnlock: { type: 'thumbturn', side: 'inside', to: 'unlock' },
  insideLock: { type: 'thumbturn', side: 'inside', to: 'lock' },
  keyUnlock: { type: 'key', to: 'unlock' },
  keyLock: { type: 'key', to: 'lock' },
  exit: { type: 'exit' },
  doorOpens: { type: 'door', is: 'open' },
  doorCloses: { type: 'door', is: 'closed' },
  privacyThrown: { type: 'privacy', is: 'thrown' },
  privacyReleased: { type: 'privacy', is: 'released' },
} as const satisfies Record<string, ActuatorInput>;
type InputName = keyof typeof INPUTS;

/** What changes in the state, then the effects in their order. */
export type Row<S> = readonly [Partial<S>, ...string[]];
type Table<S> = Readonly<Record<string, { readonly from: S } & Partial<Record<InputName, Row<S>>>>>;

export const brief = (effect: ActuatorEffect): string => {
  switch (effect.type) {
    case 'motor':
      return `motor ${effect.run}`;
    case 'thumbturn':
    case 'latch':
    case 'relay':
      return `${effect.type} ${effect.is}`;
    case 'startTimer':
      return `${effect.timer} in ${effect.delayMs / 1_000} s`;
    case 'cancelTimer':
      return `no ${effect.timer}`;
    case 'rowFirst':
      return `first ${effect.event.type}`;
    case 'event': {
      const { type, ...fields } = effect.event;
      return [type, ...Object.values<unknown>(fields)].join(' ');
    }
  }
};

/** A case for every state of the table with every input. */
export function holds<S extends Actuation>(table: Table<S>): void {
  const cases = Object.entries(table).flatMap(([state, { from, ...rows }]) =>
    Object.entries(INPUTS).map(
      ([name, input]) => [state, name, from, input, (rows as Partial<Record<string, Row<S>>>)[name]] as const,
    ),
  );
  it.each(cases)('%s: %s', (_, _name, from, input, row) => {
    const [change, ...effects] = row ?? [{}];
    const step = stepActuation(from, input, NOW_MS);
    expect(step.state).toEqual({ ...from, ...change });
    expect(step.effects.map(brief)).toEqual(effects);
  });
}

export const bolt = (is: Body['bolt']): { body: Body } => ({ body: { ...LOCKED_BODY, bolt: is } });
export const OPEN: Body = { ...LOCKED_BODY, door: 'open' };
export const RETRACTED_OPEN: Body = { ...OPEN, bolt: 'retracted' };
