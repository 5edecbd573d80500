// A set on its way into the other slot: chunk by chunk where it is full, by a merge with the table in force where it
// is a delta. Of a delta nothing is written before its result was checked against what is signed. WIRE 7.3, 11.3.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import type { Hash, LockId } from '#protocol/ids.ts';
import { equalBytes } from '#protocol/bytes.ts';
import { SEALED_CHUNK_BYTES } from '#protocol/limits.ts';
import type { Manifest, VerifiedManifest } from '#protocol/signed/manifest.ts';
import { decodeDelta } from '#protocol/table/delta.ts';
import { openChunk, openingKey } from '#protocol/table/seal.ts';
import type { Triple } from '#protocol/triple.ts';
import type { Connection } from '../connection.ts';
import { isDeltaRefusal, measureDelta, writeDelta, type MergeBase } from '../storage/delta-merge.ts';
import type { Stage } from '../storage/stage.ts';
import type { Storage } from '../storage/storage.ts';
import type { WorkingMemory } from '../working-memory.ts';
import type { Rank } from './begin-budget.ts';
import { refused, type Destination, type Finished, type Placed } from './destination.ts';

export interface TableParts {
  readonly engine: CryptoEngine;
  readonly storage: Storage;
  readonly lockId: LockId;
  readonly sealingSecret: Uint8Array;
  readonly memory: WorkingMemory;
  /** The new table is in force; called before anybody is told. */
  readonly onCommitted: () => void;
  readonly onReceiptDue: (connection: Connection) => void;
}

/** Throws BAD_SEAL for an ephemeral key that gives no secret. Writes nothing. */
export const tableDestination = (
  parts: TableParts,
  verified: VerifiedManifest,
  manifestBytes: Uint8Array,
): Destination =>
  verified.manifest.kind === 'full'
    ? new FullDestination(parts, verified, manifestBytes)
    : new DeltaDestination(parts, verified, manifestBytes);

const rankOf = ({ ownershipEpoch, keyEpoch, tableVersion }: Triple): Rank => [
  ownershipEpoch,
  keyEpoch,
  tableVersion,
];

class Incoming {
  readonly parts: TableParts;
  readonly manifest: Manifest;
  readonly #key: Uint8Array;

  constructor(parts: TableParts, manifest: Manifest) {
    this.parts = parts;
    this.manifest = manifest;
    this.#key = openingKey(parts.engine, parts.sealingSecret, manifest.ephemeralKey, {
      lockId: parts.lockId,
      triple: manifest.triple,
      kind: manifest.kind,
      baseHash: manifest.baseHash,
      tableHash: manifest.tableHash,
    });
  }

  open(index: number, sealed: Uint8Array): Uint8Array | undefined {
    return openChunk(this.parts.engine, this.#key, index, sealed);
  }

  commit(stage: Stage): Finished {
    const result = this.parts.storage.commit(stage, this.manifest);
    switch (result.outcome) {
      case 'committed':
        return { outcome: 'done' };
      case 'chunk-lost':
        return result;
      case 'refused':
        return refused(result.error.code, result.error.message);
    }
  }
}

/** The digests as a part of the signed bytes, which are kept anyway: a second copy would be 3.5 KiB. */
function withinSigned(manifest: Manifest, manifestBytes: Uint8Array): Manifest {
  const { chunkDigests } = manifest;
  const { length } = chunkDigests;
  for (let at = 0; at + length <= manifestBytes.length; at++) {
    const found = manifestBytes.subarray(at, at + length);
    if (equalBytes(found, chunkDigests)) return { ...manifest, chunkDigests: found };
  }
  return manifest;
}

class FullDestination implements Destination {
  readonly hash: Hash;
  readonly list: Manifest;
  readonly #incoming: Incoming;
  readonly #stage: Stage;

  constructor(parts: TableParts, verified: VerifiedManifest, manifestBytes: Uint8Array) {
    const { hash } = verified;
    const manifest = withinSigned(verified.manifest, manifestBytes);
    this.hash = hash;
    this.list = manifest;
    this.#incoming = new Incoming(parts, manifest);
    this.#stage = parts.storage.openStage({ ...manifest, manifestHash: hash }, manifestBytes);
  }

  get triple(): Triple {
    return this.list.triple;
  }

  get rank(): Rank {
    return rankOf(this.list.triple);
  }

  has(index: number): boolean {
    return this.#stage.has(index);
  }

  place(index: number, sealed: Uint8Array): Placed {
    const plaintext = this.#incoming.open(index, sealed);
    if (plaintext === undefined) return refused('BAD_SEAL', `chunk ${index} was not sealed to this lock`);
    this.#incoming.parts.memory.peak('chunk sealed for rest', SEALED_CHUNK_BYTES);
    return { outcome: 'placed', lost: this.#stage.writeChunk(index, plaintext) };
  }

  finish(): Finished {
    return this.#incoming.commit(this.#stage);
  }

  onDone(): void {
    this.#incoming.parts.onCommitted();
  }

  answer(connection: Connection): void {
    this.#incoming.parts.onReceiptDue(connection);
  }
}

/** What flash holds of its result after a reboot is kept, but the delta itself comes again. */
class DeltaDestination implements Destination {
  readonly hash: Hash;
  readonly list: Manifest;
  readonly #incoming: Incoming;
  readonly #manifestBytes: Uint8Array;
  #stage: Stage | undefined;

  constructor(parts: TableParts, { manifest, hash }: VerifiedManifest, manifestBytes: Uint8Array) {
    this.hash = hash;
    this.list = withinSigned(manifest, manifestBytes);
    this.#incoming = new Incoming(parts, manifest);
    this.#manifestBytes = manifestBytes;
  }

  get triple(): Triple {
    return this.list.triple;
  }

  get rank(): Rank {
    return rankOf(this.list.triple);
  }

  has(): boolean {
    return false;
  }

  place(index: number, sealed: Uint8Array): Placed {
    const plaintext = this.#incoming.open(index, sealed);
    if (plaintext === undefined) return refused('BAD_SEAL', 'the delta was not sealed to this lock');
    const { memory } = this.#incoming.parts;
    try {
      memory.hold('delta', plaintext.length);
      // A chunk of the base in hand, one of the result, and the same sealed for rest.
      memory.hold('merge', 3 * SEALED_CHUNK_BYTES);
      return this.#merge(plaintext);
    } catch (error) {
      if (isDeltaRefusal(error)) return refused(error.code, error.message);
      throw error;
    } finally {
      memory.hold('merge', 0);
      memory.hold('delta', 0);
    }
  }

  finish(): Finished {
    if (this.#stage === undefined) return { outcome: 'chunk-lost', index: 0 };
    const finished = this.#incoming.commit(this.#stage);
    // Whichever chunk of the result is lost, the delta makes it anew.
    return finished.outcome === 'chunk-lost' ? { outcome: 'chunk-lost', index: 0 } : finished;
  }

  onDone(): void {
    this.#incoming.parts.onCommitted();
  }

  answer(connection: Connection): void {
    this.#incoming.parts.onReceiptDue(connection);
  }

  #merge(plaintext: Uint8Array): Placed {
    const { storage, engine } = this.#incoming.parts;
    const { list, hash } = this;
    const delta = decodeDelta(plaintext);
    const { table } = storage;
    // The offer was judged by this; another set may have been committed since.
    if (table === undefined || list.baseHash === null || !equalBytes(list.baseHash, table.record.tableHash)) {
      return refused('WRONG_BASE', 'the base is no longer in force');
    }
    const base: MergeBase = {
      chunkCount: table.record.chunkCount,
      openChunk: (index) => table.openChunk(index),
    };
    const chunkCount = measureDelta(engine, base, delta, list, storage.capacityChunks);
    const stage = storage.openStage({ ...list, manifestHash: hash, chunkCount }, this.#manifestBytes);
    writeDelta(stage, base, delta);
    this.#stage = stage;
    return { outcome: 'placed', lost: [] };
  }
}
