// Performs what session and receiver decide: stages chunks, verifies, commits, answers. One set is received at
// a time; it outlives its connection, so that the next one goes on by frame.
import { bitmapBytes, clearBit, setBit } from '#protocol/bitmap.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import type { Clock } from '#protocol/ports/clock.ts';
import type { Frame } from '#protocol/sync/frames.ts';
import { encodeAck } from '#protocol/sync/frames.ts';
import type { LockStatus } from '#protocol/sync/lock-status.ts';
import { encodeOfferAnswer, encodeRefusal, MESSAGE, type Offer } from '#protocol/sync/messages.ts';
import { encodeProgress } from '#protocol/sync/progress.ts';
import type { RefusalCode } from '#protocol/sync/refusals.ts';
import { openChunk, openingKey } from '#protocol/table/seal.ts';
import type { VerifiedManifest } from '#protocol/signed/manifest.ts';
import type { LockId } from '#protocol/ids.ts';
import type { Connection } from '../connection.ts';
import type { FlashQueue } from '../flash-queue.ts';
import type { Stage } from '../storage/stage.ts';
import type { Storage } from '../storage/storage.ts';
import { StorageError } from '../storage/storage-error.ts';
import type { LockFacts } from './facts.ts';
import {
  ackOf,
  isComplete,
  progressOf,
  resumeTransfer,
  startTransfer,
  stepTransfer,
  type Transfer,
  type TransferInput,
} from './receiver.ts';

/** A stage that got no chunk for so long gives way to a lower version. */
const STAGE_STILL_MS = 30_000;

export interface SyncHostParts {
  readonly engine: CryptoEngine;
  readonly clock: Clock;
  readonly storage: Storage;
  readonly flashQueue: FlashQueue;
  readonly lockId: LockId;
  readonly sealingSecret: Uint8Array;
  /** The new table is in force; called before anybody is told. */
  readonly onCommitted: () => void;
  /** The commit has taken its time, and the courier that brought the set is still there. */
  readonly onReceiptDue: (connection: Connection) => void;
  /** The connection that is up now, once greeted. */
  readonly connection: () => Connection | undefined;
}

interface Receiving {
  /** The one that made the offer: only its frames count, and only it is told how the set fares. */
  readonly connection: Connection;
  transfer: Transfer;
  readonly stage: Stage;
  readonly key: Uint8Array;
  /** Why nothing more of this set is taken, once something went wrong. */
  failure: RefusalCode | undefined;
  isCommitting: boolean;
}

export class SyncHost {
  readonly #parts: SyncHostParts;
  #receiving: Receiving | undefined;
  #movedAtMs: number;

  constructor(parts: SyncHostParts) {
    this.#parts = parts;
    this.#movedAtMs = parts.clock.monotonicMs();
  }

  /** The set being received, for facts, lock-status and people. */
  get transfer(): Transfer | undefined {
    return this.#receiving?.transfer;
  }

  stageFacts(): LockFacts['stage'] {
    const record = this.#receiving?.stage.record ?? this.#parts.storage.stagedRecord();
    if (record === undefined) return undefined;
    const stillMs = this.#parts.clock.monotonicMs() - this.#movedAtMs;
    const isTaken = this.#receiving !== undefined && this.#receiving.failure === undefined;
    const isMoving = isTaken && stillMs < STAGE_STILL_MS;
    return { manifestHash: record.manifestHash, triple: record.triple, isMoving };
  }

  transferStatus(): LockStatus['transfer'] {
    const transfer = this.#receiving?.transfer;
    return transfer && { offerId: transfer.offerId, progress: progressOf(transfer) };
  }

  /** An offer that was found good. */
  receive(connection: Connection, offer: Offer, verified: VerifiedManifest, resumes: boolean): void {
    const receiving = this.#open(connection, offer, verified, resumes);
    this.#receiving = receiving;
    this.#movedAtMs = this.#parts.clock.monotonicMs();
    const isWhole = isComplete(receiving.transfer);
    connection.send(
      MESSAGE.offerAnswer,
      encodeOfferAnswer({
        offerId: offer.offerId,
        status: isWhole ? 'nothing-missing' : 'send',
        progress: encodeProgress(progressOf(receiving.transfer)),
      }),
    );
    if (isWhole) this.#commit(receiving);
  }

  takeFrame(connection: Connection, frame: Frame): void {
    const receiving = this.#receiving;
    if (receiving?.connection !== connection || receiving.failure !== undefined) return;
    const { open } = receiving.transfer;
    this.#step(receiving, { type: 'frame', frame });
    // A frame that came before, or finds no room, brings nobody on.
    if (receiving.transfer.open !== open) connection.touch();
  }

  #open(connection: Connection, offer: Offer, verified: VerifiedManifest, resumes: boolean): Receiving {
    const { storage, engine, lockId, sealingSecret } = this.#parts;
    const { manifest, hash } = verified;
    const { offerId, frameBytes } = offer;
    if (resumes && this.#receiving !== undefined && this.#receiving.failure === undefined) {
      const { transfer } = this.#receiving;
      return { ...this.#receiving, connection, transfer: resumeTransfer(transfer, offerId, frameBytes) };
    }
    const stage = storage.openStage({ ...manifest, manifestHash: hash }, offer.manifestBytes);
    const have = new Uint8Array(bitmapBytes(manifest.chunkCount));
    for (let i = 0; i < manifest.chunkCount; i++) if (stage.has(i)) setBit(have, i);
    const key = openingKey(engine, sealingSecret, manifest.ephemeralKey, {
      lockId,
      triple: manifest.triple,
      kind: manifest.kind,
      baseHash: manifest.base?.tableHash ?? null,
      tableHash: manifest.tableHash,
    });
    const transfer = startTransfer(verified, offerId, frameBytes, have);
    return { connection, transfer, stage, key, failure: undefined, isCommitting: false };
  }

  #step(receiving: Receiving, input: TransferInput): void {
    const { transfer, effects } = stepTransfer(this.#parts.engine, receiving.transfer, input);
    receiving.transfer = transfer;
    for (const effect of effects) {
      switch (effect.type) {
        case 'ack':
          this.#courierOf(receiving)?.send(MESSAGE.ack, encodeAck(effect.ack));
          break;
        case 'program':
          this.#program(receiving, effect.index, effect.sealed);
          break;
        case 'bad-chunk':
          this.#fail(receiving, 'BAD_CHUNK', `chunk ${effect.index} does not match its signed digest`);
          break;
        case 'complete':
          this.#commit(receiving);
          break;
      }
    }
  }

  #program(receiving: Receiving, index: number, sealed: Uint8Array): void {
    const plaintext = openChunk(this.#parts.engine, receiving.key, index, sealed);
    if (plaintext === undefined) {
      this.#fail(receiving, 'BAD_SEAL', `chunk ${index} was not sealed to this lock`);
      return;
    }
    let lost: readonly number[] = [];
    this.#parts.flashQueue.add(
      () => {
        const current = this.#currentOf(receiving);
        if (current === undefined) return;
        this.#orFail(current, () => {
          lost = current.stage.writeChunk(index, plaintext);
        });
      },
      () => {
        const current = this.#currentOf(receiving);
        if (current === undefined) return;
        this.#movedAtMs = this.#parts.clock.monotonicMs();
        this.#step(current, { type: 'programmed', index, lost });
      },
    );
  }

  /** The lock commits by itself once everything is there; nobody has to ask. */
  #commit(receiving: Receiving): void {
    if (receiving.isCommitting) return;
    receiving.isCommitting = true;
    const { storage, flashQueue } = this.#parts;
    let committed: Receiving | undefined;
    flashQueue.add(
      () => {
        const current = this.#currentOf(receiving);
        if (current === undefined) return;
        this.#orFail(current, () => {
          const result = storage.commit(current.stage, current.transfer.verified.manifest);
          switch (result.outcome) {
            case 'committed':
              committed = current;
              break;
            case 'chunk-lost':
              this.#takeBack(current, result.index);
              break;
            case 'refused':
              this.#fail(current, result.error.code, result.error.message);
              break;
          }
        });
        if (committed === undefined) return;
        // At once: an offer may come before the flash is done, and is then judged by the table in force.
        this.#receiving = undefined;
        this.#parts.onCommitted();
      },
      () => {
        // Once another set is on its way, that one's receipt says it all.
        if (committed === undefined || this.#receiving !== undefined) return;
        const courier = this.#courierOf(committed);
        if (courier !== undefined) this.#parts.onReceiptDue(courier);
      },
    );
  }

  /** Flash lost a chunk since it was written: the courier sees it missing in the acknowledgement. */
  #takeBack(receiving: Receiving, index: number): void {
    const have = receiving.transfer.have.slice();
    clearBit(have, index);
    receiving.transfer = { ...receiving.transfer, have };
    receiving.isCommitting = false;
    this.#courierOf(receiving)?.send(MESSAGE.ack, encodeAck(ackOf(receiving.transfer)));
  }

  #orFail(receiving: Receiving, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.#fail(receiving, 'FLASH_FAILED', error.message);
    }
  }

  #fail(receiving: Receiving, code: RefusalCode, detail: string): void {
    receiving.failure = code;
    this.#courierOf(receiving)?.send(MESSAGE.refusal, encodeRefusal({ code, ofType: 0, detail }));
  }

  /** A resumed transfer is another object over the same stage. */
  #currentOf(receiving: Receiving): Receiving | undefined {
    const current = this.#receiving;
    return current?.stage === receiving.stage && current.failure === undefined ? current : undefined;
  }

  /** Undefined once that courier is gone, whoever came after it. */
  #courierOf({ connection }: Receiving): Connection | undefined {
    return this.#parts.connection() === connection ? connection : undefined;
  }
}
