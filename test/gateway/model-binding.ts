// How the model lock gets an owner: a key set proposed, a statement signed, a grant opened.
import type { Hash } from '#protocol/ids.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import {
  decodeActivationRequest,
  openGrant,
  signStatement,
  verifyStatement,
  type LockSecrets,
} from '#protocol/signed/activation.ts';
import { readKeySet, type KeySet } from '#protocol/signed/key-set.ts';
import type { BuiltLock } from '#test/builders/lock.ts';

export class Binding {
  readonly #built: BuiltLock;
  #proposed: KeySet | undefined;
  #statementHash: Hash | undefined;

  constructor(built: BuiltLock) {
    this.#built = built;
  }

  /** The number of the key set. */
  propose(keySetBytes: Uint8Array): number {
    this.#proposed = readKeySet(keySetBytes);
    return this.#proposed.number;
  }

  state(requestBytes: Uint8Array): Uint8Array {
    const { identity, lockId, sealingKey, channelKey, capacityRows, firmware, labelHash } = this.#built;
    const statement = signStatement(nodeEngine, identity, {
      ...decodeActivationRequest(requestBytes),
      lockId,
      identityKey: identity.publicKey,
      sealingKey,
      channelKey,
      capacityRows,
      firmware,
    });
    this.#statementHash = verifyStatement(nodeEngine, statement, labelHash).hash;
    return statement;
  }

  /** Undefined where nobody asked on this connection. */
  open(
    grantBytes: Uint8Array,
  ): { secrets: LockSecrets; keySetNumber: number; statementHash: Hash } | undefined {
    if (this.#proposed === undefined || this.#statementHash === undefined) return undefined;
    const secrets = openGrant(nodeEngine, grantBytes, {
      lockId: this.#built.lockId,
      statementHash: this.#statementHash,
      tableKey: this.#proposed.tableKey,
      sealingSecret: this.#built.sealingSecret,
    });
    return { secrets, keySetNumber: this.#proposed.number, statementHash: this.#statementHash };
  }
}
