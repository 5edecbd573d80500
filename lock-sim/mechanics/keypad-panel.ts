// The shell around the keypad's machine: its timer, its light, and who decides an entry.
import type { Clock } from '#protocol/ports/clock.ts';
import {
  KEYPAD_GAP_MS,
  SLEEPING_KEYPAD,
  stepKeypad,
  type Keypad,
  type KeypadEffect,
  type KeypadInput,
  type LedPattern,
} from './keypad.ts';
import { NamedTimers } from './named-timers.ts';

export interface Led {
  readonly pattern: LedPattern;
  /** A spin comes twice where the battery is low: there is no other colour to say it in. */
  readonly times: 1 | 2;
}

export interface KeypadPanelParts {
  readonly clock: Clock;
  /** Decides a whole entry; its row is written when it returns. */
  readonly onEntry: (digits: string) => 'open' | 'refused';
  readonly onOpen: () => void;
  readonly onWoke: () => void;
  readonly onLed: (led: Led) => void;
  readonly isBatteryLow: () => boolean;
}

export class KeypadPanel {
  readonly #parts: KeypadPanelParts;
  readonly #timers: NamedTimers<'gap'>;
  #keypad: Keypad = SLEEPING_KEYPAD;
  #isStopped = false;

  constructor(parts: KeypadPanelParts) {
    this.#parts = parts;
    this.#timers = new NamedTimers(parts.clock);
  }

  get phase(): Keypad['phase'] {
    return this.#keypad.phase;
  }

  take(input: KeypadInput): void {
    if (this.#isStopped) return;
    const { keypad, effects } = stepKeypad(this.#keypad, input);
    this.#keypad = keypad;
    for (const effect of effects) this.#perform(effect);
  }

  stop(): void {
    this.#isStopped = true;
    this.#timers.cancelAll();
  }

  #perform(effect: KeypadEffect): void {
    switch (effect.type) {
      case 'entry':
        this.#decide(effect.digits);
        return;
      case 'led': {
        const isTwice = effect.pattern === 'spin' && this.#parts.isBatteryLow();
        this.#parts.onLed({ pattern: effect.pattern, times: isTwice ? 2 : 1 });
        return;
      }
      case 'woke':
        this.#parts.onWoke();
        return;
      case 'startGap':
        // A pause of exactly the limit is not over it.
        this.#timers.start('gap', KEYPAD_GAP_MS + 1, () => {
          this.take({ type: 'gap' });
        });
        return;
      case 'cancelGap':
        this.#timers.cancel('gap');
        return;
    }
  }

  #decide(digits: string): void {
    let is: 'open' | 'refused' = 'refused';
    try {
      is = this.#parts.onEntry(digits);
    } finally {
      // Also where the decision failed: a keypad left waiting for its answer would be dead until the next boot.
      this.take({ type: 'answer', is });
    }
    if (is === 'open') this.#parts.onOpen();
  }
}
