// The secure element: a few secrets and counters apart from the flash. Each write is atomic, its counters only
// rise, and each write is one operation in the same sequence as the flash's, so that a cut falls between any two.
import { equalBytes } from '#protocol/bytes.ts';
import { invariant } from '#protocol/errors.ts';
import type { Hash } from '#protocol/ids.ts';
import type { LockSecrets } from '#protocol/signed/activation.ts';
import { compareTriples, type Triple } from '#protocol/triple.ts';
import type { PowerSupply } from '../flash/power-supply.ts';
import type { Owner, SecureContents } from './secure-contents.ts';

/** Where the contents are kept: replaced whole, or not at all. */
export interface SecureStore {
  load(): SecureContents;
  replace(contents: SecureContents): void;
}

/** For worlds and tests. The value is immutable, so a snapshot of it is the value. */
export class MemorySecureStore implements SecureStore {
  #contents: SecureContents;

  constructor(contents: SecureContents) {
    this.#contents = contents;
  }

  load(): SecureContents {
    return this.#contents;
  }

  replace(contents: SecureContents): void {
    this.#contents = contents;
  }
}

export class SecureElement {
  readonly #store: SecureStore;
  readonly #power: PowerSupply;

  constructor(store: SecureStore, power: PowerSupply) {
    this.#store = store;
    this.#power = power;
  }

  get contents(): SecureContents {
    this.#power.assertOn();
    return this.#store.load();
  }

  /**
   * Pins the owner and takes the lock's secrets; the floor becomes (its epoch, its key set, 0). Throws
   * InvariantError unless the ownership epoch rises: the caller has checked the grant.
   */
  activate(owner: Owner, keyEpoch: number, lockSecrets: LockSecrets): void {
    const { floor } = this.contents;
    const triple = { ownershipEpoch: owner.ownershipEpoch, keyEpoch, tableVersion: 0 };
    invariant(owner.ownershipEpoch > floor.triple.ownershipEpoch, 'an activation raises the ownership epoch');
    this.#write('activate', { owner, lockSecrets, floor: { triple, tableHash: null } });
  }

  /** A verified key set takes the place of the one before. */
  replaceKeySet(keySetBytes: Uint8Array): void {
    const { owner } = this.contents;
    invariant(owner, 'a key set belongs to an owner');
    this.#write('replace-key-set', { owner: { ...owner, keySetBytes } });
  }

  /**
   * Ends all access at once: the lock's secrets are gone, and with the table secret every table at rest. The
   * owner stays pinned. `freshTableSecret`: 32 random bytes.
   */
  deactivate(ownershipEpoch: number, freshTableSecret: Uint8Array): void {
    const { floor } = this.contents;
    invariant(ownershipEpoch > floor.triple.ownershipEpoch, 'a deactivation raises the ownership epoch');
    const triple = { ownershipEpoch, keyEpoch: 0, tableVersion: 0 };
    const tableSecret = Uint8Array.from(freshTableSecret);
    this.#write('deactivate', { lockSecrets: null, tableSecret, floor: { triple, tableHash: null } });
  }

  /**
   * A hand has reset the lock: what a deactivation ends is ended. Owner and floor stay, so that no set of this
   * ownership is ever taken again. `freshTableSecret`: 32 random bytes.
   */
  reset(freshTableSecret: Uint8Array): void {
    this.#write('reset', { lockSecrets: null, tableSecret: Uint8Array.from(freshTableSecret) });
  }

  /** As a deactivation, and the owner is forgotten: the caller has checked the root signatures. */
  release(ownershipEpoch: number, freshTableSecret: Uint8Array): void {
    const { floor } = this.contents;
    invariant(ownershipEpoch > floor.triple.ownershipEpoch, 'a release raises the ownership epoch');
    const triple = { ownershipEpoch, keyEpoch: 0, tableVersion: 0 };
    const tableSecret = Uint8Array.from(freshTableSecret);
    this.#write('release', {
      owner: null,
      lockSecrets: null,
      tableSecret,
      floor: { triple, tableHash: null },
    });
  }

  /** Nothing is written where the floor is there already. Throws InvariantError where it would fall or fork. */
  raiseFloor(triple: Triple, tableHash: Hash): void {
    const { floor } = this.contents;
    const order = compareTriples(triple, floor.triple);
    invariant(order >= 0, 'the floor never falls');
    if (order === 0 && floor.tableHash !== null) {
      invariant(equalBytes(floor.tableHash, tableHash), 'one triple has one table');
      return;
    }
    this.#write('raise-floor', { floor: { triple, tableHash } });
  }

  /** Nothing is written where it stands there already. Throws InvariantError where it would fall. */
  raiseSettingsCount(settingsCount: number): void {
    const held = this.contents.settingsCount;
    invariant(settingsCount >= held, 'the settings count never falls');
    if (settingsCount > held) this.#write('raise-settings-count', { settingsCount });
  }

  /** Nothing is written where it stands there already or above: of two confirmations the higher one counts. */
  raiseFirmwareFloor(firmwareFloor: number): void {
    if (firmwareFloor > this.contents.firmwareFloor) this.#write('raise-firmware-floor', { firmwareFloor });
  }

  #write(name: string, change: Partial<SecureContents>): void {
    const tear = this.#power.begin({ kind: 'secure', name });
    if (tear !== undefined && tear.kind !== 'after') this.#power.fail();
    this.#store.replace({ ...this.#store.load(), ...change });
    if (tear !== undefined) this.#power.fail();
  }
}
