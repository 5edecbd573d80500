// The lock's answer to whatever is presented at the door: a shell around the decision and the lockout. A guess is
// counted in flash before it is compared, a single-use code is burned and a row is written before a door opens.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { encodeEventData } from '#protocol/log/event-fields.ts';
import type { EventCause, EventType } from '#protocol/log/event-types.ts';
import type { Clock, Timer } from '#protocol/ports/clock.ts';
import type { Head } from '#protocol/table/head.ts';
import { VERIFIER_BYTES } from '#protocol/table/rows.ts';
import { decisionData } from '../events.ts';
import type { SecureElement } from '../secure-element/secure-element.ts';
import type { ActiveTable } from '../storage/active-table.ts';
import type { SettingsValues } from '../storage/settings-values.ts';
import type { Storage } from '../storage/storage.ts';
import { attemptOf, type Presented } from './attempt.ts';
import { decide } from './decide.ts';
import type { Attempt, BurnedSlots, Decision, LockClock, LockState, TableView } from './decision.ts';
import { burn, burnAll, UNKNOWN_DAY } from './judge-daily.ts';
import {
  bootedLockout,
  failuresBeforeWait,
  LOCKOUT_PROFILES,
  MATTER_LOCKOUT,
  remainingWaitMs,
  stepLockout,
  type LockoutEffect,
  type LockoutInput,
  type LockoutPolicy,
  type LockoutState,
} from './lockout.ts';
import { tableView, attemptOfCredential } from './table-view.ts';

export interface AccessParts {
  readonly engine: CryptoEngine;
  readonly clock: Clock;
  readonly secure: SecureElement;
  readonly storage: Storage;
  readonly lockClock: () => LockClock;
  readonly privacyThrown: () => boolean;
  /** Durable when it returns. */
  readonly record: (type: EventType, data: Uint8Array) => void;
  /** Of a lock whose table asks for the profile `matter`. */
  readonly matterLockout?: LockoutPolicy['matter'];
}

export class AccessControl {
  readonly #parts: AccessParts;
  #lockout: LockoutState;
  #waitTimer: Timer | undefined;
  /** A refusal of this wait stands in the log; more of them would only wear it. */
  #isWaitLogged = false;
  #view: { readonly table: ActiveTable; readonly view: TableView } | undefined;

  /** Once a boot. Writes where the settings have been lost since the last one. */
  constructor(parts: AccessParts) {
    this.#parts = parts;
    this.#forgetSafely();
    const { lockoutFailures, lockoutWaitS } = parts.storage.settings.values;
    this.#lockout = bootedLockout(lockoutFailures, lockoutWaitS, parts.clock.monotonicMs());
    this.#armWait();
  }

  /** Of the table in force, decoded once. */
  get head(): Head | undefined {
    return this.#tableInForce()?.head;
  }

  /** The digits before the check key; neither logged nor kept. Throws StorageError: then no door opens. */
  enterCode(digits: string): Decision {
    this.#serveWait();
    const attempt = this.#attempt({ kind: 'code', digits });
    const table = this.#tableInForce();
    const state = this.#stateNow();
    const isCompared = attempt.verifier !== undefined && state.lockout.remainingS === 0;
    if (table === undefined || !isCompared) return this.#tell(decide(table, attempt, state));
    this.#step('entry', this.#unknownBurns(table, state));
    const decision = decide(table, attempt, state);
    if (decision.outcome === 'open') this.#step('opened', burnOf(decision, table, state));
    else if (!decision.isGuess) this.#step('known');
    else return this.#tellGuess(decision);
    return this.#tell(decision);
  }

  /** The card's bytes. Cards are too long to be guessed: none is counted, and no lockout holds them. */
  presentCard(cardBytes: Uint8Array): Decision {
    const attempt = this.#attempt({ kind: 'card', cardBytes });
    return this.#tell(decide(this.#tableInForce(), attempt, this.#stateNow()));
  }

  /** The X25519 key that the phone has proven. No lockout holds it; in the profile `igloohome` it ends one. */
  appUnlock(phoneKey: Uint8Array): Decision {
    const attempt = this.#attempt({ kind: 'phone', phoneKey });
    const decision = decide(this.#tableInForce(), attempt, this.#stateNow());
    if (decision.outcome === 'open') this.#step('app-opened', {}, 'app');
    return this.#tell(decision);
  }

  /** What would be answered, now or at `atS` with a trusted clock. Nothing is written, counted or opened. */
  explain(
    presented: Presented | { readonly kind: 'credential'; readonly id: number },
    atS?: number,
  ): Decision {
    const clock = this.#parts.lockClock();
    const state =
      atS === undefined
        ? this.#stateNow()
        : this.#stateOf({ nowS: atS, trust: 'trusted', uncertaintyS: 0 }, Math.max(0, atS - clock.nowS));
    const table = this.#tableInForce();
    if (presented.kind !== 'credential') return decide(table, this.#attempt(presented), state);
    return decide(table, this.#attemptOfCredential(presented.id), state);
  }

  /** Ends the timer: the power is gone, or the program ends. */
  stop(): void {
    this.#waitTimer?.cancel();
  }

  #attempt(presented: Presented): Attempt {
    return attemptOf(this.#parts.engine, this.#parts.secure.contents, presented);
  }

  #attemptOfCredential(id: number): Attempt {
    const { table } = this.#parts.storage;
    return (table && attemptOfCredential(table, id)) ?? NOBODYS;
  }

  /** A guess stays counted; where a wait follows it begins, and is told after the refusal. */
  #tellGuess(decision: Decision): Decision {
    const effects = this.#move('unknown');
    this.#armWait();
    this.#tell(decision);
    this.#perform(effects);
    return decision;
  }

  #tell(decision: Decision): Decision {
    const { reason, outcome } = decision;
    const isSilent = reason === 'MALFORMED' || (reason === 'LOCKED_OUT' && this.#isWaitLogged);
    if (isSilent) return decision;
    this.#parts.record(outcome === 'open' ? 'opened' : 'refused', decisionData(decision));
    if (reason === 'LOCKED_OUT') this.#isWaitLogged = true;
    return decision;
  }

  #tableInForce(): TableView | undefined {
    const { table } = this.#parts.storage;
    if (table === undefined || this.#parts.secure.contents.lockSecrets === null) return undefined;
    if (this.#view?.table !== table) this.#view = { table, view: tableView(table) };
    return this.#view.view;
  }

  #stateNow(): LockState {
    return this.#stateOf(this.#parts.lockClock(), 0);
  }

  #stateOf(clock: LockClock, aheadS: number): LockState {
    const { values } = this.#parts.storage.settings;
    const remainingMs = remainingWaitMs(this.#lockout, this.#parts.clock.monotonicMs());
    return {
      clock,
      clockFloorS: values.clockFloorS,
      lockout: {
        failures: this.#lockout.failures,
        remainingS: Math.max(0, Math.ceil(remainingMs / 1_000) - aheadS),
      },
      privacyThrown: this.#parts.privacyThrown(),
      ownershipEpoch: this.#parts.secure.contents.owner?.ownershipEpoch ?? 0,
      burned: {
        ownershipEpoch: values.burnedOwnership,
        dailyEpoch: values.burnedEpoch,
        localDay: values.burnedDay,
        slots: values.burnedSlots,
      },
    };
  }

  #policy(): LockoutPolicy {
    const { matterLockout = MATTER_LOCKOUT } = this.#parts;
    const profile = LOCKOUT_PROFILES[this.head?.policies.lockoutProfile ?? 0] ?? 'exponential';
    return { profile, matter: matterLockout };
  }

  #step(input: LockoutInput, change: Partial<SettingsValues> = {}, cause: EventCause = 'timer'): void {
    const { state, effects } = stepLockout(this.#lockout, input, this.#policy(), this.#nowMs());
    // Durable first: where the write fails, memory still says that the entry counts.
    this.#perform(effects, change, cause);
    this.#lockout = state;
  }

  /** As `#step`, with the effects left to the caller. */
  #move(input: LockoutInput): readonly LockoutEffect[] {
    const { state, effects } = stepLockout(this.#lockout, input, this.#policy(), this.#nowMs());
    this.#lockout = state;
    return effects;
  }

  #perform(
    effects: readonly LockoutEffect[],
    change: Partial<SettingsValues> = {},
    cause: EventCause = 'timer',
  ): void {
    const { storage, record } = this.#parts;
    for (const effect of effects) {
      switch (effect.kind) {
        case 'persist': {
          const { failures, waitS } = effect;
          storage.settings.write({ lockoutFailures: failures, lockoutWaitS: waitS, ...change });
          break;
        }
        case 'locked-out': {
          const { failures, waitS, isAlarm } = effect;
          const data = { failures, seconds: waitS, alarm: isAlarm ? 1 : 0 };
          record('lockedOut', encodeEventData('lockedOut', data));
          break;
        }
        case 'ended':
          record('lockoutEnded', encodeEventData('lockoutEnded', { cause }));
          break;
      }
    }
  }

  #armWait(): void {
    this.#waitTimer?.cancel();
    this.#isWaitLogged = false;
    const remainingMs = remainingWaitMs(this.#lockout, this.#nowMs());
    if (remainingMs > 0) this.#waitTimer = this.#parts.clock.after(remainingMs, () => this.#serveWait());
  }

  #serveWait(): void {
    // An entry that was broken off, by flash that failed, counts as wrong.
    if (this.#lockout.kind === 'comparing') {
      this.#move('unknown');
      this.#armWait();
    }
    this.#step('tick');
  }

  #nowMs(): number {
    return this.#parts.clock.monotonicMs();
  }

  /**
   * The settings were lost or put back: how many guesses there were, and which codes were used, nobody knows. So many
   * are taken for granted that the next one waits.
   */
  #forgetSafely(): void {
    const { matterLockout = MATTER_LOCKOUT } = this.#parts;
    const { settings } = this.#parts.storage;
    const { tableBarrier, accessBarrier, lockoutFailures } = settings.values;
    if (accessBarrier >= tableBarrier) return;
    settings.write({
      accessBarrier: tableBarrier,
      lockoutFailures: failuresBeforeWait(lockoutFailures, matterLockout),
      burnedDay: UNKNOWN_DAY,
      burnedOwnership: this.#parts.secure.contents.floor.triple.ownershipEpoch,
    });
  }

  /** As soon as there is a day, those of it are the ones that may have been used. */
  #unknownBurns(table: TableView, state: LockState): Partial<SettingsValues> {
    const isUnknown = state.burned.localDay === UNKNOWN_DAY && state.clock.trust !== 'lost';
    return isUnknown && table.head !== undefined ? burnedSettings(burnAll(table.head, state)) : {};
  }
}

function burnOf({ credential }: Decision, table: TableView, state: LockState): Partial<SettingsValues> {
  if (credential.kind !== 'dailySingleUse' || credential.id === undefined || table.head === undefined)
    return {};
  return burnedSettings(burn(table.head, credential.id, state));
}

/** Of a credential that no row has. */
const NOBODYS: Attempt = { kind: 'app', verifier: new Uint8Array(VERIFIER_BYTES) };

const burnedSettings = (burned: BurnedSlots): Partial<SettingsValues> => ({
  burnedOwnership: burned.ownershipEpoch,
  burnedEpoch: burned.dailyEpoch,
  burnedDay: burned.localDay,
  burnedSlots: burned.slots,
});
