// What a decision at the door rests on and what it says: one outcome, one reason code, one sentence, and all that
// it was made from. Never a code, a key or a name.
import type { EventCredential, EventReason } from '#protocol/log/event-types.ts';
import type { ClockTrust } from '#protocol/signed/receipt.ts';
import type { Head } from '#protocol/table/head.ts';
import type { CredentialKind, Row } from '#protocol/table/rows.ts';

/** What a decision needs of the table in force. */
export interface TableView {
  readonly tableVersion: number;
  /** Undefined where the flash has lost it: whatever needs it is refused. */
  readonly head: Head | undefined;
  /** The one chunk that can hold rows of that verifier. */
  findChunk(verifier: Uint8Array): number | undefined;
  /** The plaintext of one chunk; undefined where flash no longer yields it. */
  openChunk(index: number): Uint8Array | undefined;
}

export interface Attempt {
  readonly kind: CredentialKind;
  /** Undefined where what was presented can be no credential: digits of another length, no bytes at all. */
  readonly verifier: Uint8Array | undefined;
  /** Seven digits alone: are they those of that slot? Local days since 1970-01-01. */
  readonly isDaily?: (epoch: number, localDay: number, slot: number) => boolean;
}

export interface LockClock {
  readonly nowS: number;
  readonly trust: ClockTrust;
  readonly uncertaintyS: number;
}

/** The single-use codes that opened, as far as the lock has to remember. */
export interface BurnedSlots {
  readonly ownershipEpoch: number;
  readonly dailyEpoch: number;
  readonly localDay: number;
  /** One bit a slot, numbered as the head numbers them. */
  readonly slots: Uint8Array;
}

export interface LockoutView {
  readonly failures: number;
  /** 0 where the keypad is not locked out. */
  readonly remainingS: number;
}

export interface LockState {
  readonly clock: LockClock;
  /** Time is never below it, whatever the clock says. */
  readonly clockFloorS: number;
  readonly lockout: LockoutView;
  readonly privacyThrown: boolean;
  readonly ownershipEpoch: number;
  readonly burned: BurnedSlots;
}

export type Reason = EventReason;

export interface Decision {
  readonly outcome: 'open' | 'refused';
  readonly reason: Reason;
  readonly sentence: string;
  readonly credential: {
    readonly kind: EventCredential;
    /** Of the row that decided, or the slot of a daily code; undefined where nothing was recognised. */
    readonly id: number | undefined;
  };
  /** The row that decided: the one that opens, or the nearest one that does not. */
  readonly row: Row | undefined;
  /** Of that row; 0 = always, n = the n-th of the head. */
  readonly schedule: number | undefined;
  /** Undefined without a table. */
  readonly tableVersion: number | undefined;
  readonly clock: LockClock;
  readonly lockout: LockoutView;
  /** A complete doorcode that nobody has: the only thing a lockout counts. */
  readonly isGuess: boolean;
}

/** The part that differs from one verdict to the next. */
export interface Verdict {
  readonly outcome: 'open' | 'refused';
  readonly reason: Reason;
  readonly sentence: string;
  readonly row?: Row;
  readonly credential?: EventCredential;
  readonly slot?: number;
  readonly isGuess?: boolean;
}

export const refusal = (reason: Reason, sentence: string, more: Partial<Verdict> = {}): Verdict => ({
  outcome: 'refused',
  reason,
  sentence,
  ...more,
});
