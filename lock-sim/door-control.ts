// Where a decision meets the door: what was presented is decided, its row is written, and only then something moves.
// One boot's life.
import { encodeEvent } from '#protocol/log/event-fields.ts';
import type { EventType } from '#protocol/log/event-types.ts';
import type { Clock } from '#protocol/ports/clock.ts';
import type { AccessControl } from './access/access-control.ts';
import type { Decision, LockClock } from './access/decision.ts';
import { isInSchedule } from './access/schedule.ts';
import type { DoorHardware } from './door-hardware.ts';
import type { Digit } from './mechanics/keypad.ts';
import { Mechanics, type HoldOpenPlan } from './mechanics/mechanics.ts';
import { LATCH_DEFAULT_S } from './mechanics/profile.ts';

export interface DoorControlParts {
  readonly clock: Clock;
  readonly hardware: DoorHardware;
  readonly access: AccessControl;
  readonly lockClock: () => LockClock;
  /** Durable when it returns. */
  readonly record: (type: EventType, data: Uint8Array) => void;
  readonly flashOperations: () => number;
}

export class DoorControl {
  readonly mechanics: Mechanics;
  readonly #access: AccessControl;
  #decided: Decision | undefined;

  constructor({ clock, hardware, access, lockClock, record, flashOperations }: DoorControlParts) {
    this.#access = access;
    this.mechanics = new Mechanics({
      clock,
      profile: hardware.profile,
      body: hardware.body,
      keepBody: (body) => {
        hardware.body = body;
      },
      battery: hardware.battery,
      unlockSeconds: () => access.head?.policies.unlockSeconds ?? LATCH_DEFAULT_S,
      record: (event) => record(event.type, encodeEvent(event)),
      onEntry: (digits) => this.#decide(access.enterCode(digits)).outcome,
      // What is in the way of a bolt keeps it from coming out, not from going back.
      jam: (run) => hardware.isJammed && run === 'extend',
      holdOpen: hardware.profile === 'reader' ? holdOpenPlan(access, lockClock) : undefined,
      onLed: (led) => hardware.onLed(led),
      flashOperations,
    });
  }

  /** Wakes the keypad, presses the digits, then the check key. Undefined where no entry came of it. */
  pressCode(digits: string): Decision | undefined {
    this.mechanics.touch();
    for (const digit of digits) if (isDigit(digit)) this.mechanics.key(digit);
    return this.key('check');
  }

  /** Undefined where this key ended no entry. */
  key(key: Digit | 'check'): Decision | undefined {
    this.#decided = undefined;
    this.mechanics.key(key);
    return this.#decided;
  }

  /** The card's bytes, held to the reader. Undefined where there is no charge left to read it. */
  tapCard(cardBytes: Uint8Array): Decision | undefined {
    return this.#present(() => this.#access.presentCard(cardBytes));
  }

  /** The X25519 key that a phone has proven over its channel. Undefined where there is no charge left. */
  unlockByApp(phoneKey: Uint8Array): Decision | undefined {
    return this.#present(() => this.#access.appUnlock(phoneKey));
  }

  #present(decideNow: () => Decision): Decision | undefined {
    if (!this.mechanics.canActuate()) return undefined;
    const decision = decideNow();
    if (decision.outcome === 'open') this.mechanics.grant();
    return decision;
  }

  #decide(decision: Decision): Decision {
    this.#decided = decision;
    return decision;
  }
}

function holdOpenPlan(access: AccessControl, lockClock: () => LockClock): HoldOpenPlan {
  return {
    rule: () => access.head?.policies.holdOpen ?? undefined,
    times: {
      isInSchedule: (schedule, exceptHolidays) => {
        const { head } = access;
        const { nowS, trust } = lockClock();
        const isKnown = head !== undefined && trust !== 'lost';
        return isKnown && isInSchedule(head, schedule, nowS, exceptHolidays);
      },
      nowS: () => lockClock().nowS,
    },
  };
}

const isDigit = (key: string): key is Digit => /^[0-9]$/.test(key);
