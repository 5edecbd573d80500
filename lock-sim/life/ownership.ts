// Whose the lock is, in one boot: activates, follows key sets, and ends an ownership. Each change is one write of the
// secure element; its row follows, and where a cut takes the row the next boot writes it. WIRE 16.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import type { Hash } from '#protocol/ids.ts';
import { encodeEventData } from '#protocol/log/event-fields.ts';
import type { EventType } from '#protocol/log/event-types.ts';
import type { Random } from '#protocol/ports/random.ts';
import { keySetHash, readKeySet, type KeySet } from '#protocol/signed/key-set.ts';
import type { LockTime } from '../clock/lock-time.ts';
import type { SecureElement } from '../secure-element/secure-element.ts';
import type { SettingsValues } from '../storage/settings-values.ts';
import type { Storage } from '../storage/storage.ts';
import type { ActivateEffect, OwnershipEnd } from '../sync/session-state.ts';

const TABLE_SECRET_BYTES = 32;

export interface OwnershipParts {
  readonly engine: CryptoEngine;
  readonly random: Random;
  readonly secure: SecureElement;
  readonly storage: Pick<Storage, 'forgetTables' | 'events' | 'settings'>;
  readonly time: Pick<LockTime, 'forgetKeyEpoch'>;
  readonly record: (type: EventType, data: Uint8Array) => void;
}

/** The key set in force, pinned with its owner. */
export interface Pinned {
  readonly keySet: KeySet;
  readonly hash: Hash;
}

export class Ownership {
  readonly #parts: OwnershipParts;
  /** Read when it is asked for: a lock that nobody connects to needs none. */
  #pinned: Pinned | undefined;

  constructor(parts: OwnershipParts) {
    this.#parts = parts;
  }

  get pinned(): Pinned | undefined {
    this.#pinned ??= this.#readPinned();
    return this.#pinned;
  }

  /** The grant was checked. */
  activate({ request, keySet, keySetBytes, secrets }: ActivateEffect): void {
    const { secure, storage, time, record } = this.#parts;
    const { doorId, ownershipEpoch } = request;
    if (secure.contents.owner === null) {
      // Before there is an owner: a cut here leaves a lock whose rows are nobody's.
      time.forgetKeyEpoch();
      storage.events.disown();
    }
    secure.activate({ doorId, ownershipEpoch, keySetBytes }, keySet.number, secrets);
    this.#pinned = this.#readPinned();
    record('activated', encodeEventData('activated', { doorId }));
    this.#told();
  }

  /** The signatures of its roots were checked. */
  adopt(keySet: KeySet, bytes: Uint8Array): void {
    this.#parts.secure.replaceKeySet(bytes);
    this.#pinned = this.#readPinned();
    this.#parts.record('keySetAdopted', encodeEventData('keySetAdopted', { number: keySet.number }));
    this.#told();
  }

  /** The signature was checked, and that the epoch rises. */
  end({ type, ownershipEpoch }: OwnershipEnd): void {
    const { secure, storage, record } = this.#parts;
    const fresh = this.#parts.random.bytes(TABLE_SECRET_BYTES);
    if (type === 'release') secure.release(ownershipEpoch, fresh);
    else secure.deactivate(ownershipEpoch, fresh);
    this.#pinned = this.#readPinned();
    storage.forgetTables();
    const event = type === 'release' ? 'released' : 'deactivated';
    record(event, encodeEventData(event, { ownershipEpoch }));
    this.#told();
  }

  /** The physical action. False where there is nothing to wipe: nothing is written. */
  reset(): boolean {
    const { secure, storage, random, record } = this.#parts;
    const { lockSecrets, floor } = secure.contents;
    if (lockSecrets === null) return false;
    secure.reset(random.bytes(TABLE_SECRET_BYTES));
    storage.forgetTables();
    record('reset', encodeEventData('reset', { ownershipEpoch: floor.triple.ownershipEpoch }));
    this.#told();
    return true;
  }

  /** What boot writes beside its own where the log was never told anything. */
  firstTold(): Partial<SettingsValues> {
    const { toldEpoch, toldKeySet } = this.#parts.storage.settings.values;
    const isFirst = toldEpoch === 0 && toldKeySet === 0 && this.#parts.secure.contents.owner !== null;
    return isFirst ? this.#standing() : {};
  }

  /**
   * At boot, before its own row, whose triple tells of epochs: writes what a cut took from the log. A flash of an
   * earlier day knows nothing of what was told.
   */
  tellUntold(): void {
    const { storage, secure, record } = this.#parts;
    const { toldEpoch, toldKeySet, accessBarrier, tableBarrier } = storage.settings.values;
    const { ownershipEpoch } = secure.contents.floor.triple;
    const { toldKeySet: number } = this.#standing();
    const isNewest = accessBarrier >= tableBarrier;
    if (isNewest && toldKeySet > 0 && number > toldKeySet)
      record('keySetAdopted', encodeEventData('keySetAdopted', { number }));
    const isReset = secure.contents.lockSecrets === null && toldEpoch === ownershipEpoch;
    if (isNewest && toldEpoch > 0 && isReset) record('reset', encodeEventData('reset', { ownershipEpoch }));
    this.#told();
  }

  #told(): void {
    const { settings } = this.#parts.storage;
    const { toldEpoch, toldKeySet } = this.#standing();
    const isSo = toldEpoch === settings.values.toldEpoch && toldKeySet === settings.values.toldKeySet;
    if (!isSo) settings.write({ toldEpoch, toldKeySet });
  }

  #standing(): Pick<SettingsValues, 'toldEpoch' | 'toldKeySet'> {
    const { owner, lockSecrets, floor } = this.#parts.secure.contents;
    return {
      toldEpoch: lockSecrets === null ? 0 : floor.triple.ownershipEpoch,
      toldKeySet: owner === null ? 0 : readKeySet(owner.keySetBytes).number,
    };
  }

  #readPinned(): Pinned | undefined {
    const { engine, secure } = this.#parts;
    const bytes = secure.contents.owner?.keySetBytes;
    return bytes && { keySet: readKeySet(bytes), hash: keySetHash(engine, bytes) };
  }
}
