// One delivery: meets the lock, syncs, meets it again where the link or the lock went down, and goes on from what
// the lock kept. It ends with a typed outcome, by its own limits or at the signal's, and leaves no link behind.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import type { LockId } from '#protocol/ids.ts';
import type { Clock } from '#protocol/ports/clock.ts';
import type { Random } from '#protocol/ports/random.ts';
import { NONCE_BYTES } from '#protocol/signed/receipt.ts';
import type { Refusal } from '#protocol/sync/messages.ts';
import { LockRefusal, type RefusalCode } from '#protocol/sync/refusals.ts';
import type { Package } from '#protocol/table/package.ts';
import type { CentralLink, ConnectOptions } from '#radio/ports/central.ts';
import { RadioError, type RadioErrorCode } from '#radio/ports/errors.ts';
import { canNotify, MTU_GUESSES, type GattTable } from '#radio/ports/gatt.ts';
import { DOOR_SYNC_SERVICE, SYNC_CONTROL } from '#protocol/sync/gatt.ts';
import {
  CONNECT_DEADLINE_MS,
  CONNECTIONS_MAX,
  FRUITLESS_CONNECTIONS_MAX,
  RECONNECT_DELAY_MS,
  UNMET_CONNECTIONS_MAX,
} from './courier-limits.ts';
import type { ControlLink } from './control-link.ts';
import { syncOver, type SyncConnectionResult } from './sync-connection.ts';
import type { SyncEnd, SyncJob } from './sync-phases.ts';
import type { CarriedReceipt } from './lock-messages.ts';
import type { TransferProgress } from './transfer.ts';
import { keepUp, type UpkeepCloud, type UpkeepReport } from './upkeep.ts';

export interface CourierPorts {
  readonly engine: CryptoEngine;
  readonly clock: Clock;
  readonly random: Random;
}

export interface DeliveryJob {
  readonly lockId: LockId;
  readonly advertisingKey: Uint8Array;
  readonly cloudNonce: Uint8Array;
  /** A full set, or a delta where `fullSet` is there to fall back on. */
  readonly package: Package;
}

/** Handles of a lock from an earlier meeting, good while its GATT version stays. */
export interface KnownHandles {
  readonly gattVersion: number;
  readonly gattTable: GattTable;
}

export interface DeliveryOptions {
  /** Meets the lock, wherever it is by now. Rejects with RadioError. */
  readonly connect: (options: ConnectOptions) => Promise<CentralLink>;
  /** Signed key sets from the one after `number` on, in order. */
  readonly keySetsAfter: (number: number) => Promise<readonly Uint8Array[]>;
  /** Instead of a delta that the lock does not take. */
  readonly fullSet?: (() => Promise<Package>) | undefined;
  readonly handles?: KnownHandles | undefined;
  /** Of the advert by which the lock was met just now, where its platform shows adverts. */
  readonly shownNonce?: (() => Uint8Array | undefined) | undefined;
  readonly onProgress?: (progress: TransferProgress) => void;
  /** At once, while the lock is still connected; what is done behind the receipt, and may be cut off, waits for it. */
  readonly onReceipt?: (receipt: CarriedReceipt) => Promise<void>;
  /** Undefined: nothing is done behind the receipt. */
  readonly upkeep?: UpkeepCloud | undefined;
  readonly signal?: AbortSignal | undefined;
}

export type DeliveryEnd =
  | Exclude<SyncEnd, { readonly result: 'refused' | 'not-recognised' | 'stale-handles' | 'more-key-sets' }>
  | { readonly result: 'refused'; readonly error: LockRefusal }
  /** Never met. */
  | { readonly result: 'unreachable'; readonly code: RadioErrorCode; readonly detail: string }
  | { readonly result: 'cancelled' };

export interface DeliveryFacts {
  /** Links that came up. */
  readonly connections: number;
  /** Repeats included. */
  readonly framesSent: number;
  /** To be kept for the next meeting; undefined where the lock was not met. */
  readonly handles: KnownHandles | undefined;
  /** What was done behind the receipt; undefined where nothing was to be done there, or no receipt came. */
  readonly upkeep: UpkeepReport | undefined;
}

export type DeliveryOutcome = DeliveryEnd & DeliveryFacts;

/** Rejects where the radio itself fails (no adapter, closed), and by what `keySetsAfter` and `fullSet` reject with. */
export async function deliver(
  ports: CourierPorts,
  job: DeliveryJob,
  options: DeliveryOptions,
): Promise<DeliveryOutcome> {
  const delivery = new Delivery(ports, job, options);
  const end = await delivery.run();
  return { ...end, ...delivery.facts };
}

/** Failures of a meeting; every other RadioError means that the radio itself is of no use. */
const MEETING_FAILURES: readonly RadioErrorCode[] = [
  'CONNECT_TIMEOUT',
  'CONNECT_FAILED',
  'LINK_LOST',
  'TIMEOUT',
  'ATT_ERROR',
];

class Delivery {
  readonly #ports: CourierPorts;
  readonly #job: DeliveryJob;
  readonly #options: DeliveryOptions;
  readonly #signal: AbortSignal;
  #handles: KnownHandles | undefined;
  #connections = 0;
  #framesSent = 0;
  /** The most that the lock ever held of this package. */
  #bestBytes = -1;
  #upkeep: UpkeepReport | undefined;
  #package: Package;
  /** Where no link tells its MTU: no higher one is hoped for. */
  #mtuMax: number | undefined;

  constructor(ports: CourierPorts, job: DeliveryJob, options: DeliveryOptions) {
    this.#ports = ports;
    this.#job = job;
    this.#options = options;
    this.#signal = options.signal ?? new AbortController().signal;
    this.#handles = options.handles;
    this.#package = job.package;
  }

  get facts(): DeliveryFacts {
    return {
      connections: this.#connections,
      framesSent: this.#framesSent,
      handles: this.#handles,
      upkeep: this.#upkeep,
    };
  }

  async run(): Promise<DeliveryEnd> {
    let last: DeliveryEnd = { result: 'cancelled' };
    let fruitless = 0;
    let unmet = 0;
    for (let meetings = 0; meetings < CONNECTIONS_MAX; meetings++) {
      if (meetings > 0) await this.#pause();
      if (this.#isCancelled()) return { result: 'cancelled' };
      const bestBefore = this.#bestBytes;
      const connectionsBefore = this.#connections;
      const end = await this.#meet();
      unmet = this.#connections > connectionsBefore ? 0 : unmet + 1;
      if (this.#isCancelled() && !isProof(end)) return { result: 'cancelled' };
      switch (end.result) {
        case 'refused':
          if (await this.#fallsBack(end.refusal)) continue;
          return { result: 'refused', error: new LockRefusal(end.refusal.code, end.refusal.detail) };
        case 'not-recognised':
          continue;
        case 'stale-handles':
          // Discovery is what helps, and it can't be stale again.
          this.#handles = undefined;
          continue;
        case 'more-key-sets':
          fruitless = 0;
          continue;
        case 'link-lost':
        case 'timed-out':
        case 'garbled':
        case 'unreachable':
          last = end;
          break;
        default:
          return end;
      }
      fruitless = this.#bestBytes > bestBefore ? 0 : fruitless + 1;
      if (unmet >= UNMET_CONNECTIONS_MAX || fruitless >= FRUITLESS_CONNECTIONS_MAX) break;
    }
    return last;
  }

  /** WIRE 11.6: what the lock holds of the delta is of no use to the full set. */
  async #fallsBack(refusal: Refusal): Promise<boolean> {
    const { fullSet } = this.#options;
    if (fullSet === undefined || this.#package.manifest.kind !== 'delta' || !asksForFullSet(refusal))
      return false;
    this.#package = await fullSet();
    this.#bestBytes = -1;
    return true;
  }

  async #meet(): Promise<SyncEnd | (DeliveryEnd & { readonly result: 'unreachable' })> {
    const signal = this.#signal;
    let link: CentralLink;
    try {
      link = await this.#options.connect({
        deadlineMs: CONNECT_DEADLINE_MS,
        signal,
        // All that is said is said there; the rest would cost round trips at a first meeting.
        serviceUuids: [DOOR_SYNC_SERVICE],
        ...(this.#mtuMax === undefined ? {} : { mtuMax: this.#mtuMax }),
        ...(this.#handles === undefined ? {} : { gattTable: this.#handles.gattTable }),
      });
    } catch (error) {
      if (!(error instanceof RadioError) || !MEETING_FAILURES.includes(error.code)) throw error;
      return this.#connections === 0
        ? { result: 'unreachable', code: error.code, detail: error.message }
        : { result: 'link-lost', detail: error.message };
    }
    this.#connections++;
    const bestBefore = this.#bestBytes;
    try {
      const result = await this.#syncOver(link);
      this.#framesSent += result.framesSent;
      this.#judgeGuess(link, result, bestBefore);
      if (result.gattVersion !== undefined) {
        this.#handles = { gattVersion: result.gattVersion, gattTable: link.gattTable };
      }
      if (isProof(result.end)) await this.#behindReceipt(result.end, result.control);
      return result.end;
    } finally {
      await link.disconnect();
    }
  }

  /** Frames of the size that was hoped for were sent, and none came: the next are shorter. */
  #judgeGuess(link: CentralLink, { end, framesSent }: SyncConnectionResult, bestBefore: number): void {
    if (link.isMtuGuess !== true || end.result !== 'timed-out' || framesSent === 0) return;
    const hasCome = this.#bestBytes > Math.max(0, bestBefore);
    if (!hasCome) this.#mtuMax = MTU_GUESSES.find((guess) => guess < link.mtu) ?? link.mtu;
  }

  async #behindReceipt(receipt: CarriedReceipt, control: ControlLink): Promise<void> {
    const { onReceipt, upkeep: cloud } = this.#options;
    await onReceipt?.(receipt);
    if (cloud === undefined || this.#isCancelled()) return;
    const { clock } = this.#ports;
    const { lockId } = this.#job;
    this.#upkeep = await keepUp(control, { clock, signal: this.#signal, lockId, cloud });
  }

  #syncOver(link: CentralLink): Promise<SyncConnectionResult> {
    const { engine, clock, random } = this.#ports;
    const isByReading = !canNotify(link.gattTable, SYNC_CONTROL);
    // The first meeting alone: a lock takes a hello by an advert once.
    const goesByAdvert = this.#connections === 1 && this.#handles !== undefined && !isByReading;
    const job: SyncJob = {
      ...this.#job,
      package: this.#package,
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

  #isCancelled(): boolean {
    return this.#signal.aborted;
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#ports.clock.after(RECONNECT_DELAY_MS, () => over());
      const over = (): void => {
        timer.cancel();
        this.#signal.removeEventListener('abort', over);
        resolve();
      };
      this.#signal.addEventListener('abort', over);
      if (this.#signal.aborted) over();
    });
  }
}

const OF_THE_TRANSFER = 0;
const NO_HELP: readonly RefusalCode[] = ['CAPACITY', 'FLASH_FAILED', 'BAD_CHUNK'];

const asksForFullSet = ({ code, ofType }: Refusal): boolean =>
  code === 'DELTA_UNSUPPORTED' ||
  code === 'WRONG_BASE' ||
  (ofType === OF_THE_TRANSFER && !NO_HELP.includes(code));

/** What is worth keeping even where nobody waits for it any more. */
const isProof = <E extends { readonly result: string }>(
  end: E,
): end is Extract<E, { readonly result: 'applied' | 'already-current' | 'not-applied' }> =>
  end.result === 'applied' || end.result === 'already-current' || end.result === 'not-applied';
