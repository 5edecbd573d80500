// What the meetings of one delivery have in common, whatever is carried: the lock's handles, the size of frames, how far
// the lock has come, and what a meeting that brought nothing to its end means for the next.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import type { LockId } from '#protocol/ids.ts';
import type { Clock } from '#protocol/ports/clock.ts';
import type { Random } from '#protocol/ports/random.ts';
import { NONCE_BYTES } from '#protocol/signed/receipt.ts';
import { SYNC_CONTROL } from '#protocol/sync/gatt.ts';
import type { CentralLink, ConnectOptions } from '#radio/ports/central.ts';
import { canNotify, MTU_GUESSES, type GattTable } from '#radio/ports/gatt.ts';
import type { Cargo } from './cargo.ts';
import type { Verdict } from './meetings.ts';
import { syncOver, type SyncConnectionResult } from './sync-connection.ts';
import type { SyncJob, UndoneEnd } from './sync-phases.ts';
import type { TransferProgress } from './transfer.ts';

export interface CourierPorts {
  readonly engine: CryptoEngine;
  readonly clock: Clock;
  readonly random: Random;
}

/** Whom it is carried to. */
export interface CarrierJob {
  readonly lockId: LockId;
  readonly advertisingKey: Uint8Array;
  readonly cloudNonce: Uint8Array;
}

/** Handles of a lock from an earlier meeting, good while its GATT version stays. */
export interface KnownHandles {
  readonly gattVersion: number;
  readonly gattTable: GattTable;
}

export interface CarrierOptions {
  /** Meets the lock, wherever it is by now. Rejects with RadioError. */
  readonly connect: (options: ConnectOptions) => Promise<CentralLink>;
  /** Signed key sets from the one after `number` on, in order. */
  readonly keySetsAfter: (number: number) => Promise<readonly Uint8Array[]>;
  readonly handles?: KnownHandles | undefined;
  /** Of the advert by which the lock was met just now, where its platform shows adverts. */
  readonly shownNonce?: (() => Uint8Array | undefined) | undefined;
  readonly onProgress?: (progress: TransferProgress) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Ends that no further meeting changes. */
export type StoppedEnd = Exclude<
  UndoneEnd,
  { readonly result: 'refused' | 'not-recognised' | 'stale-handles' | 'more-key-sets' }
>;

export class Carrier {
  readonly #ports: CourierPorts;
  readonly #job: CarrierJob;
  readonly #options: CarrierOptions;
  readonly #signal: AbortSignal;
  #handles: KnownHandles | undefined;
  #framesSent = 0;
  /** The most that the lock ever held of this cargo, and that before the last meeting. */
  #bestBytes = -1;
  #bestBefore = -1;
  /** Where no link tells its MTU: no higher one is hoped for. */
  #mtuMax: number | undefined;

  constructor(ports: CourierPorts, job: CarrierJob, options: CarrierOptions, signal: AbortSignal) {
    this.#ports = ports;
    this.#job = job;
    this.#options = options;
    this.#signal = signal;
    this.#handles = options.handles;
  }

  /** To be kept for the next meeting; undefined where the lock was not met. */
  get handles(): KnownHandles | undefined {
    return this.#handles;
  }

  /** Repeats included. */
  get framesSent(): number {
    return this.#framesSent;
  }

  connectWith(): Pick<ConnectOptions, 'mtuMax' | 'gattTable'> {
    return {
      ...(this.#mtuMax === undefined ? {} : { mtuMax: this.#mtuMax }),
      ...(this.#handles === undefined ? {} : { gattTable: this.#handles.gattTable }),
    };
  }

  /** By the last meeting. */
  get hasMoved(): boolean {
    return this.#bestBytes > this.#bestBefore;
  }

  /** What the lock holds of what was carried so far is of no use to what comes next. */
  beginAnew(): void {
    this.#bestBytes = -1;
  }

  /** `isFirst`: of all meetings of this delivery. */
  async over(link: CentralLink, cargo: Cargo, isFirst: boolean): Promise<SyncConnectionResult> {
    this.#bestBefore = this.#bestBytes;
    const result = await this.#syncOver(link, cargo, isFirst);
    this.#framesSent += result.framesSent;
    this.#judgeGuess(link, result);
    if (result.gattVersion !== undefined) {
      this.#handles = { gattVersion: result.gattVersion, gattTable: link.gattTable };
    }
    return result;
  }

  judge(end: Exclude<UndoneEnd, { readonly result: 'refused' }>): Verdict<StoppedEnd> {
    switch (end.result) {
      case 'not-recognised':
        return { go: 'on', hasMoved: false };
      case 'stale-handles':
        // Discovery is what helps, and it can't be stale again.
        this.#handles = undefined;
        return { go: 'on', hasMoved: false };
      case 'more-key-sets':
        return { go: 'on', hasMoved: true };
      case 'link-lost':
      case 'timed-out':
      case 'garbled':
        return { go: 'again', last: end, hasMoved: this.hasMoved };
      case 'no-key-sets':
        return { go: 'end', end };
    }
  }

  /** Frames of the size that was hoped for were sent, and none came: the next are shorter. */
  #judgeGuess(link: CentralLink, { end, framesSent }: SyncConnectionResult): void {
    if (link.isMtuGuess !== true || end.result !== 'timed-out' || framesSent === 0) return;
    const hasCome = this.#bestBytes > Math.max(0, this.#bestBefore);
    if (!hasCome) this.#mtuMax = MTU_GUESSES.find((guess) => guess < link.mtu) ?? link.mtu;
  }

  #syncOver(link: CentralLink, cargo: Cargo, isFirst: boolean): Promise<SyncConnectionResult> {
    const { engine, clock, random } = this.#ports;
    const isByReading = !canNotify(link.gattTable, SYNC_CONTROL);
    // The first meeting alone: a lock takes a hello by an advert once.
    const goesByAdvert = isFirst && this.#handles !== undefined && !isByReading;
    const { lockId, advertisingKey, cloudNonce } = this.#job;
    const job: SyncJob = {
      lockId,
      advertisingKey,
      cloudNonce,
      cargo,
      engine,
      courierNonce: random.bytes(NONCE_BYTES),
      mtu: link.mtu,
      packetBytes: link.packetBytes,
      isByReading,
      shownNonce: goesByAdvert ? this.#options.shownNonce?.() : undefined,
      keptGattVersion: this.#handles?.gattVersion,
    };
    return syncOver(link, job, {
      clock,
      signal: this.#signal,
      keySetsAfter: this.#options.keySetsAfter,
      onProgress: (progress) => {
        this.#bestBytes = Math.max(this.#bestBytes, progress.bytes);
        this.#options.onProgress?.(progress);
      },
    });
  }
}
