// One delivery: a Door Sync over as many meetings as it takes, each of which goes on from what the lock kept. It ends with a
// typed outcome.
import { InvariantError } from '#protocol/errors.ts';
import { OF_NO_MESSAGE, type Refusal } from '#protocol/sync/messages.ts';
import { isOfConnection, LockRefusal, type RefusalCode } from '#protocol/sync/refusals.ts';
import type { Package } from '#protocol/table/package.ts';
import type { CentralLink, ConnectOptions } from '#radio/ports/central.ts';
import {
  Carrier,
  type CarrierJob,
  type CarrierOptions,
  type CourierPorts,
  type KnownHandles,
  type StoppedEnd,
} from './carrier.ts';
import type { SetEnd } from './cargo.ts';
import type { ControlLink } from './control-link.ts';
import type { CarriedReceipt } from './lock-messages.ts';
import { Meetings, type MeetingPlan, type MeetingsEnd, type Verdict } from './meetings.ts';
import type { SyncEnd } from './sync-phases.ts';
import { keepUp, type UpkeepCloud, type UpkeepReport } from './upkeep.ts';

export interface DeliveryJob extends CarrierJob {
  /** A full set, or a delta where `fullSet` is there to fall back on. */
  readonly package: Package;
}

export interface DeliveryOptions extends CarrierOptions {
  /** Instead of a delta that the lock does not take. */
  readonly fullSet?: (() => Promise<Package>) | undefined;
  /** At once, while the lock is still connected; what is done behind the receipt, and may be cut off, waits for it. */
  readonly onReceipt?: (receipt: CarriedReceipt) => Promise<void>;
  /** Undefined: nothing is done behind the receipt. */
  readonly upkeep?: UpkeepCloud | undefined;
}

export type DeliveryEnd =
  SetEnd | StoppedEnd | { readonly result: 'refused'; readonly error: LockRefusal } | MeetingsEnd;

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
  readonly #carrier: Carrier;
  #upkeep: UpkeepReport | undefined;
  #package: Package;

  constructor(ports: CourierPorts, job: DeliveryJob, options: DeliveryOptions) {
    this.#ports = ports;
    this.#job = job;
    this.#options = options;
    this.#signal = options.signal ?? new AbortController().signal;
    this.#meetings = new Meetings({ clock: ports.clock, connect: options.connect, signal: this.#signal });
    this.#carrier = new Carrier(ports, job, options, this.#signal);
    this.#package = job.package;
  }

  get facts(): DeliveryFacts {
    return {
      connections: this.#meetings.connections,
      framesSent: this.#carrier.framesSent,
      handles: this.#carrier.handles,
      upkeep: this.#upkeep,
    };
  }

  run(): Promise<DeliveryEnd> {
    return this.#meetings.run(this);
  }

  connectWith(): Pick<ConnectOptions, 'mtuMax' | 'gattTable'> {
    return this.#carrier.connectWith();
  }

  isProof(end: SyncEnd): boolean {
    return isProof(end);
  }

  async judge(end: SyncEnd): Promise<Verdict<DeliveryEnd>> {
    switch (end.result) {
      case 'applied':
      case 'already-current':
      case 'not-applied':
        return { go: 'end', end };
      case 'refused': {
        const { code, detail } = end.refusal;
        const refused: DeliveryEnd = { result: 'refused', error: new LockRefusal(code, detail) };
        if (isOfConnection(code)) return { go: 'again', last: refused, hasMoved: this.#carrier.hasMoved };
        if (await this.#fallsBack(end.refusal)) return { go: 'on', hasMoved: false };
        return { go: 'end', end: refused };
      }
      case 'staged':
      case 'on-trial':
      case 'not-running':
        throw new InvariantError('only an image ends so');
      default:
        return this.#carrier.judge(end);
    }
  }

  /** WIRE 11.6: what the lock holds of the delta is of no use to the full set. */
  async #fallsBack(refusal: Refusal): Promise<boolean> {
    const { fullSet } = this.#options;
    if (fullSet === undefined || this.#package.manifest.kind !== 'delta' || !asksForFullSet(refusal))
      return false;
    this.#package = await fullSet();
    this.#carrier.beginAnew();
    return true;
  }

  async over(link: CentralLink): Promise<SyncEnd> {
    const isFirst = this.#meetings.connections === 1;
    const { end, control } = await this.#carrier.over(link, { kind: 'set', package: this.#package }, isFirst);
    if (isProof(end)) await this.#behindReceipt(end, control);
    return end;
  }

  async #behindReceipt(receipt: CarriedReceipt, control: ControlLink): Promise<void> {
    const { onReceipt, upkeep: cloud } = this.#options;
    await onReceipt?.(receipt);
    if (cloud === undefined || this.#meetings.isCancelled()) return;
    const { clock } = this.#ports;
    const { lockId } = this.#job;
    this.#upkeep = await keepUp(control, { clock, signal: this.#signal, lockId, cloud });
  }
}

const NO_HELP: readonly RefusalCode[] = ['CAPACITY', 'FLASH_FAILED', 'BAD_CHUNK'];

const asksForFullSet = ({ code, ofType }: Refusal): boolean =>
  code === 'DELTA_UNSUPPORTED' ||
  code === 'WRONG_BASE' ||
  (ofType === OF_NO_MESSAGE && !NO_HELP.includes(code));

/** What is worth keeping even where nobody waits for it any more. */
const isProof = <E extends { readonly result: string }>(
  end: E,
): end is Extract<E, { readonly result: 'applied' | 'already-current' | 'not-applied' }> =>
  end.result === 'applied' || end.result === 'already-current' || end.result === 'not-applied';
