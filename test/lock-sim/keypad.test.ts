// The keypad's machine as a table: every phase with every input, and what mashing leads to.
import { describe, expect, it } from 'vitest';
import { uniform } from '#protocol/ports/random.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import {
  ENTRY_DIGITS_MAX,
  SLEEPING_KEYPAD,
  stepKeypad,
  type Digit,
  type Keypad,
  type KeypadEffect,
  type KeypadInput,
} from '#lock-sim/mechanics/keypad.ts';

const awake = (digits: string): Keypad => ({ phase: 'awake', digits });
const overfull: Keypad = { phase: 'overfull' };
const deciding: Keypad = { phase: 'deciding' };
const FULL = '1234567890123456';

const touch: KeypadInput = { type: 'touch' };
const seven: KeypadInput = { type: 'digit', digit: '7' };
const check: KeypadInput = { type: 'check' };
const gap: KeypadInput = { type: 'gap' };
const open: KeypadInput = { type: 'answer', is: 'open' };
const refused: KeypadInput = { type: 'answer', is: 'refused' };

const woke: KeypadEffect = { type: 'woke' };
const startGap: KeypadEffect = { type: 'startGap' };
const cancelGap: KeypadEffect = { type: 'cancelGap' };
const spin: KeypadEffect = { type: 'led', pattern: 'spin' };
const blink: KeypadEffect = { type: 'led', pattern: 'blink' };
const entry = (digits: string): KeypadEffect => ({ type: 'entry', digits });

describe('the keypad', () => {
  it.each<[string, Keypad, KeypadInput, Keypad, KeypadEffect[]]>([
    ['wakes by a touch', SLEEPING_KEYPAD, touch, awake(''), [woke, startGap]],
    ['ignores a digit while it sleeps', SLEEPING_KEYPAD, seven, SLEEPING_KEYPAD, []],
    ['ignores the check key while it sleeps', SLEEPING_KEYPAD, check, SLEEPING_KEYPAD, []],
    ['ignores a late timer while it sleeps', SLEEPING_KEYPAD, gap, SLEEPING_KEYPAD, []],
    ['ignores a late answer while it sleeps', SLEEPING_KEYPAD, open, SLEEPING_KEYPAD, []],
    ['stays awake by a touch before the first digit', awake(''), touch, awake(''), [startGap]],
    ['is not held open by a hand that rests on it', awake('12'), touch, awake('12'), []],
    ['takes a digit', awake('12'), seven, awake('127'), [startGap]],
    ['takes no check key before a digit', awake(''), check, awake(''), []],
    ['ends an entry by the check key', awake('127'), check, deciding, [cancelGap, entry('127')]],
    ['ends an entry of the longest kind', awake(FULL), check, deciding, [cancelGap, entry(FULL)]],
    ['discards an entry after the gap', awake('127'), gap, SLEEPING_KEYPAD, []],
    ['goes to sleep where nothing was entered', awake(''), gap, SLEEPING_KEYPAD, []],
    ['ignores an answer to nothing', awake('12'), open, awake('12'), []],
    ['voids an entry of too many digits', awake(FULL), seven, overfull, [startGap]],
    ['keeps a void entry void', overfull, seven, overfull, [startGap]],
    ['ignores a touch in a void entry', overfull, touch, overfull, []],
    ['ignores an answer in a void entry', overfull, open, overfull, []],
    ['refuses a void entry without asking', overfull, check, awake(''), [blink, startGap]],
    ['discards a void entry after the gap', overfull, gap, SLEEPING_KEYPAD, []],
    ['spins for accepted, and sleeps', deciding, open, SLEEPING_KEYPAD, [spin]],
    ['blinks for refused, and waits for another try', deciding, refused, awake(''), [blink, startGap]],
    ['ignores a touch while it decides', deciding, touch, deciding, []],
    ['ignores a digit while it decides', deciding, seven, deciding, []],
    ['ignores the check key while it decides', deciding, check, deciding, []],
    ['ignores the timer while it decides', deciding, gap, deciding, []],
  ])('%s', (_, from, input, to, effects) => {
    expect(stepKeypad(from, input)).toEqual({ keypad: to, effects });
  });

  it('that is mashed asks for no entry but of 1 to 16 digits, each entered since the last answer', () => {
    const SEED = 20_261;
    const random = seededRandom(SEED);
    const inputs: readonly KeypadInput[] = [touch, check, gap, seven, seven, seven, seven, seven, seven];
    let keypad: Keypad = SLEEPING_KEYPAD;
    let digitsSince = 0;
    let entries = 0;
    for (let i = 0; i < 100_000; i++) {
      const input = inputs[uniform(random, inputs.length)]!;
      if (input.type === 'digit') digitsSince++;
      if (input.type === 'gap') digitsSince = 0;
      const step = stepKeypad(keypad, input);
      keypad = step.keypad;
      for (const effect of step.effects) {
        if (effect.type !== 'entry') continue;
        entries++;
        expect(effect.digits.length, `seed ${SEED}, input ${i}`).toBeLessThanOrEqual(
          Math.min(digitsSince, ENTRY_DIGITS_MAX),
        );
        expect(effect.digits).not.toBe('');
        keypad = stepKeypad(keypad, refused).keypad;
        digitsSince = 0;
      }
    }
    expect(entries).toBeGreaterThan(1_000);
  });

  it('keeps the digits in the order in which they came', () => {
    let keypad = stepKeypad(SLEEPING_KEYPAD, touch).keypad;
    for (const digit of '0123456789') {
      keypad = stepKeypad(keypad, { type: 'digit', digit: digit as Digit }).keypad;
    }
    expect(stepKeypad(keypad, check).effects).toContainEqual(entry('0123456789'));
  });
});
