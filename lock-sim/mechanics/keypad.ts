// The keypad: a touch wakes it, digits follow, the check key ends the entry. Digits on a sleeping keypad are nothing;
// a gap over five seconds discards what was entered. Its light spins for accepted, blinks for refused, no more.

/** A longer pause between two keys discards the entry. */
export const KEYPAD_GAP_MS = 5_000;
/** No code is longer: what goes beyond is refused without a comparison. */
export const ENTRY_DIGITS_MAX = 16;

export type Keypad =
  | { readonly phase: 'asleep' }
  | { readonly phase: 'awake'; readonly digits: string }
  /** More digits than any entry has: void up to the check key or the gap. */
  | { readonly phase: 'overfull' }
  | { readonly phase: 'deciding' };

export type KeypadInput =
  | { readonly type: 'touch' }
  | { readonly type: 'digit'; readonly digit: Digit }
  | { readonly type: 'check' }
  /** The gap's timer has run. */
  | { readonly type: 'gap' }
  | { readonly type: 'answer'; readonly is: 'open' | 'refused' };

export type Digit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9';
export type LedPattern = 'spin' | 'blink';

export type KeypadEffect =
  | { readonly type: 'entry'; readonly digits: string }
  | { readonly type: 'led'; readonly pattern: LedPattern }
  | { readonly type: 'woke' }
  /** Counted from the newest key. */
  | { readonly type: 'startGap' }
  | { readonly type: 'cancelGap' };

interface Step {
  readonly keypad: Keypad;
  readonly effects: readonly KeypadEffect[];
}

export const SLEEPING_KEYPAD: Keypad = { phase: 'asleep' };
const FRESH: Keypad = { phase: 'awake', digits: '' };

export function stepKeypad(keypad: Keypad, input: KeypadInput): Step {
  switch (keypad.phase) {
    case 'asleep':
      return input.type === 'touch'
        ? { keypad: FRESH, effects: [{ type: 'woke' }, { type: 'startGap' }] }
        : { keypad, effects: [] };
    case 'awake':
      return stepAwake(keypad, keypad.digits, input);
    case 'overfull':
      return stepOverfull(keypad, input);
    case 'deciding':
      return input.type === 'answer' ? takeAnswer(input.is) : { keypad, effects: [] };
  }
}

function stepAwake(keypad: Keypad, digits: string, input: KeypadInput): Step {
  switch (input.type) {
    case 'touch':
      // With digits entered it counts for nothing: a hand that rests on the keypad must not hold an entry open.
      return { keypad, effects: digits === '' ? [{ type: 'startGap' }] : [] };
    case 'digit':
      return digits.length === ENTRY_DIGITS_MAX
        ? { keypad: { phase: 'overfull' }, effects: [{ type: 'startGap' }] }
        : { keypad: { phase: 'awake', digits: digits + input.digit }, effects: [{ type: 'startGap' }] };
    case 'check':
      if (digits === '') return { keypad, effects: [] };
      return { keypad: { phase: 'deciding' }, effects: [{ type: 'cancelGap' }, { type: 'entry', digits }] };
    case 'gap':
      return { keypad: SLEEPING_KEYPAD, effects: [] };
    case 'answer':
      return { keypad, effects: [] };
  }
}

function stepOverfull(keypad: Keypad, input: KeypadInput): Step {
  switch (input.type) {
    case 'digit':
      return { keypad, effects: [{ type: 'startGap' }] };
    case 'check':
      return takeAnswer('refused');
    case 'gap':
      return { keypad: SLEEPING_KEYPAD, effects: [] };
    case 'touch':
    case 'answer':
      return { keypad, effects: [] };
  }
}

/** After a refusal the keypad stays awake for another try. */
const takeAnswer = (is: 'open' | 'refused'): Step =>
  is === 'open'
    ? { keypad: SLEEPING_KEYPAD, effects: [{ type: 'led', pattern: 'spin' }] }
    : { keypad: FRESH, effects: [{ type: 'led', pattern: 'blink' }, { type: 'startGap' }] };
