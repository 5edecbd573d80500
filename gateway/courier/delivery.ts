// One delivery: a Door Sync over as many meetings as it takes, each of which goes on from what the lock kept. It ends with a
// typed outcome.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import type { LockId } from '#protocol/ids.ts';
import type { Clock } from '#protocol/ports/clock.ts';
import type { Random } from '#protocol/ports/random.ts';
import { NONCE_BYTES } from '#protocol/signed/receipt.ts';
import type { Refusal } from '#protocol/sync/messages.ts';
import { LockRefusal, type RefusalCode } from '#protocol/sync/refusals.ts';
import type { Package } from '#protocol/table/package.ts';
import type { CentralLink, ConnectOptions } from '#radio/ports/central.ts';
import { canNotify, MTU_GUESSES, type GattTable } from '#radio/ports/gatt.ts';
import { SYNC_CONTROL } from '#protocol/sync/gatt.ts';
import type { ControlLink } from './control-link.ts';
import { Meetings, type MeetingPlan, type MeetingsEnd, type Verdict } from './meetings.ts';
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
  | MeetingsEnd;

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

class Delivery implements MeetingPlan<SyncEnd, DeliveryEnd> {
  readonly #ports: CourierPorts;
  readonly #job: DeliveryJob;
  readonly #options: DeliveryOptions;
  readonly #signal: AbortSignal;
  readonly #meetings: Meetings;
  #handles: KnownHandles | undefined;
  #framesSent = 0;
  /** The most that the lock ever held of this package, and that before the last meeting. */
  #bestBytes = -1;
  #bestBefore = -1;
  #upkeep: UpkeepReport | undefined;
  #package: Package;
  /** Where no link tells its MTU: no higher one is hoped for. */
  #mtuMax: number | undefined;

  constructor(ports: CourierPorts, job: DeliveryJob, options: DeliveryOptions) {
    this.#ports = ports;
    this.#job = job;
    this.#options = options;
    this.#signal = options.signal ?? new AbortController().signal;
    this.#meetings = new Meetings({ clock: ports.clock, connect: options.connect, signal: this.#signal });
    this.#handles = options.handles;
    this.#package = job.package;
  }

  get facts(): DeliveryFacts {
    return {
      connections: this.#meetings.connections,
      framesSent: this.#framesSent,
      handles: this.#handles,
      upkeep: this.#upkeep,
    };
  }

  run(): Promise<DeliveryEnd> {
    return this.#meetings.run(this);
  }

  connectWith(): Pick<ConnectOptions, 'mtuMax' | 'gattTable'> {
    return {
      ...(this.#mtuMax === undefined ? {} : { mtuMax: this.#mtuMax }),
      ...(this.#handles === undefined ? {} : { gattTable: this.#handles.gattTable }),
    };
  }

  isProof(end: SyncEnd): boolean {
    return isProof(end);
  }

  async judge(end: SyncEnd): Promise<Verdict<DeliveryEnd>> {
    switch (end.result) {
      case 'refused':
        if (await this.#fallsBack(end.refusal)) return { go: 'on', hasMoved: false };
        return {
          go: 'end',
          end: { result: 'refused', error: new LockRefusal(end.refusal.code, end.refusal.detail) },
        };
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
        return { go: 'again', last: end, hasMoved: this.#bestBytes > this.#bestBefore };
      default:
        return { go: 'end', end };
    }
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

  async over(link: CentralLink): Promise<SyncEnd> {
    this.#bestBefore = this.#bestBytes;
    const result = await this.#syncOver(link);
    this.#framesSent += result.framesSent;
    this.#judgeGuess(link, result);
    if (result.gattVersion !== undefined) {
      this.#handles = { gattVersion: result.gattVersion, gattTable: link.gattTable };
    }
    if (isProof(result.end)) await this.#behindReceipt(result.end, result.control);
    return result.end;
  }

  /** Frames of the size that was hoped for were sent, and none came: the next are shorter. */
  #judgeGuess(link: CentralLink, { end, framesSent }: SyncConnectionResult): void {
    if (link.isMtuGuess !== true || end.result !== 'timed-out' || framesSent === 0) return;
    const hasCome = this.#bestBytes > Math.max(0, this.#bestBefore);
    if (!hasCome) this.#mtuMax = MTU_GUESSES.find((guess) => guess < link.mtu) ?? link.mtu;
  }

  async #behindReceipt(receipt: CarriedReceipt, control: ControlLink): Promise<void> {
    const { onReceipt, upkeep: cloud } = this.#options;
    await onReceipt?.(receipt);
    if (cloud === undefined || this.#meetings.isCancelled()) return;
    const { clock } = this.#ports;
    const { lockId } = this.#job;
    this.#upkeep = await keepUp(control, { clock, signal: this.#signal, lockId, cloud });
  }

  #syncOver(link: CentralLink): Promise<SyncConnectionResult> {
    const { engine, clock, random } = this.#ports;
    const isByReading = !canNotify(link.gattTable, SYNC_CONTROL);
    // The first meeting alone: a lock takes a hello by an advert once.
    const goesByAdvert = this.#meetings.connections === 1 && this.#handles !== undefined && !isByReading;
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
