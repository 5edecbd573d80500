// What holds for every actuation profile, whatever comes in whatever order.
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import {
  actuationView,
  opensFromOutside,
  startActuation,
  stepActuation,
} from '#lock-sim/mechanics/actuation.ts';
import type { ActuatorInput } from '#lock-sim/mechanics/actuator.ts';
import { LOCKED_BODY } from '#lock-sim/mechanics/body.ts';
import { DEFAULT_ALARM_TIMES, PROFILES, releaseMs } from '#lock-sim/mechanics/profile.ts';
import { brief, INPUTS, NOW_MS } from './actuation-table.ts';

describe('every profile', () => {
  const anInput = fc.constantFrom(...(Object.values(INPUTS) as ActuatorInput[]));
  const MOVES = 300;

  it.each(PROFILES)('%s opens from the inside, whatever was before', (profile) => {
    fc.assert(
      fc.property(fc.array(anInput, { maxLength: MOVES }), (inputs) => {
        let state = startActuation(profile, LOCKED_BODY, DEFAULT_ALARM_TIMES, 0).state;
        for (const input of inputs) state = stepActuation(state, input, NOW_MS).state;
        state = stepActuation(state, INPUTS.exit, NOW_MS).state;
        const { state: after, effects } = stepActuation(state, INPUTS.doorOpens, NOW_MS);
        expect(after.body.door).toBe('open');
        expect(effects.map(brief)).not.toContain('doorForced');
      }),
    );
  });

  const WITHOUT_A_GRANT = Object.entries(INPUTS)
    .filter(([name]) => !['grant', 'window', 'insideUnlock', 'keyUnlock', 'exit'].includes(name))
    .map(([, input]) => input as ActuatorInput);

  it.each(PROFILES)(
    '%s stays locked from outside by anything but a grant, a key, a schedule or a hand inside',
    (profile) => {
      fc.assert(
        fc.property(fc.array(fc.constantFrom(...WITHOUT_A_GRANT), { maxLength: MOVES }), (inputs) => {
          let state = startActuation(profile, LOCKED_BODY, DEFAULT_ALARM_TIMES, 0).state;
          for (const input of inputs) {
            state = stepActuation(state, input, NOW_MS).state;
            expect(opensFromOutside(state)).toBe(false);
            expect(actuationView(state).bolt).toBe('locked');
          }
        }),
      );
    },
  );

  it.each(PROFILES)('%s releases nothing at boot', (profile) => {
    const { state } = startActuation(profile, { ...LOCKED_BODY, door: 'open' }, DEFAULT_ALARM_TIMES, 0);
    expect(opensFromOutside(state)).toBe(false);
  });

  it.each([
    ['motor-deadbolt', 60, 0],
    ['thumbturn-deadbolt', 60, 10_000],
    ['mortise', 10, 10_000],
    ['mortise', 60, 60_000],
    ['mortise', 0, 1_000],
    ['mortise', 1e9, 60_000],
    ['mortise', NaN, 10_000],
    ['reader', 1, 5_000],
    ['reader', 5, 5_000],
    ['reader', 6, 10_000],
    ['reader', 60, 10_000],
    ['reader', NaN, 5_000],
  ] as const)('%s with a policy of %s s is released for %s ms', (profile, unlockSeconds, ms) => {
    expect(releaseMs(profile, unlockSeconds)).toBe(ms);
  });
});
