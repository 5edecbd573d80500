// Performs what session and receiver decide: places chunks, has the whole checked, answers. One thing is received at a
// time, a set or an image; it outlives its connection, so that the next one goes on by frame.
import { bitmapBytes, clearBit, setBit } from '#protocol/bitmap.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import type { Clock } from '#protocol/ports/clock.ts';
import type { Frame } from '#protocol/sync/frames.ts';
import { encodeAck } from '#protocol/sync/frames.ts';
import type { LockStatus } from '#protocol/sync/lock-status.ts';
import {
  encodeOfferAnswer,
  encodeRefusal,
  MESSAGE,
  OF_NO_MESSAGE,
  type Offer,
} from '#protocol/sync/messages.ts';
import { encodeProgress } from '#protocol/sync/progress.ts';
import type { RefusalCode } from '#protocol/sync/refusals.ts';
import type { VerifiedManifest } from '#protocol/signed/manifest.ts';
import { equalBytes } from '#protocol/bytes.ts';
import type { Hash, LockId } from '#protocol/ids.ts';
import type { Connection } from '../connection.ts';
import type { FlashQueue } from '../flash-queue.ts';
import type { Storage } from '../storage/storage.ts';
import { StorageError } from '../storage/storage-error.ts';
import type { WorkingMemory } from '../working-memory.ts';
import type { Destination } from './destination.ts';
import { BeginBudget } from './begin-budget.ts';
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
import { tableDestination } from './table-destination.ts';

/** A stage that got no chunk for so long gives way to a lower version. */
const STAGE_STILL_MS = 30_000;

export interface SyncHostParts {
  readonly engine: CryptoEngine;
  readonly clock: Clock;
  readonly storage: Storage;
  readonly flashQueue: FlashQueue;
  readonly memory: WorkingMemory;
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
  /** The one that made the offer: only its frames count, and only it is told how it fares. */
  readonly connection: Connection;
  transfer: Transfer;
  readonly destination: Destination;
  /** Why nothing more of this is taken, once something went wrong. */
  failure: RefusalCode | undefined;
  isFinishing: boolean;
}

export class SyncHost {
  readonly #parts: SyncHostParts;
  #receiving: Receiving | undefined;
  #movedAtMs: number;
  /** Images have their own: they wear other sectors, and nobody's sets hold them up. */
  readonly #budgets = { set: new BeginBudget(), image: new BeginBudget() };

  constructor(parts: SyncHostParts) {
    this.#parts = parts;
    this.#movedAtMs = parts.clock.monotonicMs();
  }

  /** What is being received, for facts, lock-status and people. */
  get transfer(): (Transfer & Pick<Destination, 'triple'>) | undefined {
    const { transfer, destination } = this.#receiving ?? {};
    return transfer && destination && { ...transfer, triple: destination.triple };
  }

  /** What is being received is given up: the lock that it was for is no more. */
  drop(): void {
    this.#receiving = undefined;
    this.#count(undefined);
  }

  stageFacts(): LockFacts['stage'] {
    const { hash, triple } = this.#receiving?.destination ?? {};
    const record =
      hash !== undefined && triple !== undefined
        ? { manifestHash: hash, triple, isReceived: true }
        : this.#parts.storage.stagedRecord();
    if (record === undefined) return undefined;
    const stillMs = this.#parts.clock.monotonicMs() - this.#movedAtMs;
    const isTaken = 'isReceived' in record && this.#receiving?.failure === undefined;
    const isMoving = isTaken && stillMs < STAGE_STILL_MS;
    return { manifestHash: record.manifestHash, triple: record.triple, isMoving };
  }

  transferStatus(): LockStatus['transfer'] {
    const transfer = this.#receiving?.transfer;
    return transfer && { offerId: transfer.offerId, progress: progressOf(transfer) };
  }

  /** An offer of a set that was found good. */
  receive(connection: Connection, offer: Offer, verified: VerifiedManifest): void {
    const parts = { ...this.#parts };
    this.take(connection, offer, verified.hash, () => tableDestination(parts, verified, offer.manifestBytes));
  }

  /** An offer of anything that was found good: the same thing goes on, another takes its place. */
  take(connection: Connection, offer: Offer, hash: Hash, open: () => Destination): void {
    const resumed = this.#resume(connection, offer, hash);
    const receiving = resumed ?? this.#start(connection, offer, open());
    this.#receiving = receiving;
    // An offer again and again moves nothing: a chunk does.
    if (resumed === undefined) this.#movedAtMs = this.#parts.clock.monotonicMs();
    this.#count(receiving);
    const isWhole = isComplete(receiving.transfer);
    connection.send(
      MESSAGE.offerAnswer,
      encodeOfferAnswer({
        offerId: offer.offerId,
        status: isWhole ? 'nothing-missing' : 'send',
        progress: encodeProgress(progressOf(receiving.transfer)),
      }),
    );
    if (isWhole) this.#finish(receiving);
  }

  takeFrame(connection: Connection, frame: Frame): void {
    const receiving = this.#receiving;
    if (receiving?.connection !== connection || receiving.failure !== undefined) return;
    const { open } = receiving.transfer;
    this.#step(receiving, { type: 'frame', frame });
    // A frame that came before, or finds no room, brings nobody on.
    if (receiving.transfer.open !== open) connection.touch();
  }

  #resume(connection: Connection, { offerId, frameBytes }: Offer, hash: Hash): Receiving | undefined {
    const receiving = this.#receiving;
    if (receiving === undefined || receiving.failure !== undefined) return undefined;
    if (!equalBytes(receiving.destination.hash, hash)) return undefined;
    return { ...receiving, connection, transfer: resumeTransfer(receiving.transfer, offerId, frameBytes) };
  }

  #start(connection: Connection, { offerId, frameBytes }: Offer, destination: Destination): Receiving {
    const { list } = destination;
    const have = new Uint8Array(bitmapBytes(list.chunkCount));
    for (let i = 0; i < list.chunkCount; i++) if (destination.has(i)) setBit(have, i);
    const transfer = startTransfer(list, offerId, frameBytes, have);
    return { connection, transfer, destination, failure: undefined, isFinishing: false };
  }

  #step(receiving: Receiving, input: TransferInput): void {
    const { transfer, effects } = stepTransfer(this.#parts.engine, receiving.transfer, input);
    receiving.transfer = transfer;
    this.#count(receiving);
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
          this.#finish(receiving);
          break;
      }
    }
  }

  #program(receiving: Receiving, index: number, chunk: Uint8Array): void {
    let lost: readonly number[] | undefined;
    this.#parts.flashQueue.add(
      () => {
        const current = this.#currentOf(receiving);
        if (current === undefined) return;
        this.#orFail(current, () => {
          const { hash, triple, rank } = current.destination;
          const budget = triple === undefined ? this.#budgets.image : this.#budgets.set;
          if (!budget.take(hash, rank, this.#parts.clock.monotonicMs())) {
            this.#fail(current, 'WEAR_LIMIT', 'it was begun and dropped too often today');
            return;
          }
          const placed = current.destination.place(index, chunk);
          if (placed.outcome === 'refused') this.#fail(current, placed.code, placed.detail);
          else lost = placed.lost;
        });
      },
      () => {
        const current = this.#currentOf(receiving);
        if (current === undefined || lost === undefined) return;
        this.#movedAtMs = this.#parts.clock.monotonicMs();
        this.#step(current, { type: 'programmed', index, lost });
      },
    );
  }

  /** The lock commits by itself once everything is there; nobody has to ask. */
  #finish(receiving: Receiving): void {
    if (receiving.isFinishing) return;
    receiving.isFinishing = true;
    let isDone = false;
    let done: Receiving | undefined;
    this.#parts.flashQueue.add(
      () => {
        const current = this.#currentOf(receiving);
        if (current === undefined) return;
        this.#orFail(current, () => {
          const result = current.destination.finish();
          switch (result.outcome) {
            case 'done':
              isDone = true;
              break;
            case 'chunk-lost':
              this.#takeBack(current, result.index);
              break;
            case 'refused':
              this.#fail(current, result.code, result.detail);
              break;
          }
        });
        if (!isDone) return;
        // At once: an offer may come before the flash is done, and is then judged by the table in force.
        this.#receiving = undefined;
        this.#count(undefined);
        current.destination.onDone();
        // Only now: a commit whose row the log does not hold is no receipt's matter.
        done = current;
      },
      () => {
        // Once another offer is on its way, that one's answer says it all.
        if (done === undefined || this.#receiving !== undefined) return;
        const courier = this.#courierOf(done);
        if (courier !== undefined) done.destination.answer(courier);
      },
    );
  }

  /** Flash lost a chunk since it was written: the courier sees it missing in the acknowledgement. */
  #takeBack(receiving: Receiving, index: number): void {
    const have = receiving.transfer.have.slice();
    clearBit(have, index);
    receiving.transfer = { ...receiving.transfer, have };
    receiving.isFinishing = false;
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
    this.#courierOf(receiving)?.send(MESSAGE.refusal, encodeRefusal({ code, ofType: OF_NO_MESSAGE, detail }));
  }

  /** A resumed transfer is another object over the same destination. */
  #currentOf(receiving: Receiving): Receiving | undefined {
    const current = this.#receiving;
    return current?.destination === receiving.destination && current.failure === undefined
      ? current
      : undefined;
  }

  /** Undefined once that courier is gone, whoever came after it. */
  #courierOf({ connection }: Receiving): Connection | undefined {
    return this.#parts.connection() === connection ? connection : undefined;
  }

  #count(receiving: Receiving | undefined): void {
    const { open = [], list } = receiving?.transfer ?? {};
    const openBytes = open.reduce((sum, { buffer, frames }) => sum + buffer.length + frames.length, 0);
    this.#parts.memory.hold('open chunks', openBytes);
    // With all that they are a part of: of a set, the signed manifest.
    this.#parts.memory.hold('chunk digests', list?.chunkDigests.buffer.byteLength ?? 0);
  }
}
