// A firmware image brought to one lock over as many meetings as it takes, each of which goes on from what the lock kept;
// then, where that is wanted, looks at the lock until its trial is over. It ends with a typed outcome, in bounded time.
import { InvariantError } from '#protocol/errors.ts';
import type { FirmwarePackage } from '#protocol/signed/firmware.ts';
import { NONCE_BYTES } from '#protocol/signed/receipt.ts';
import { isOfConnection } from '#protocol/sync/refusals.ts';
import type { CentralLink, ConnectOptions } from '#radio/ports/central.ts';
import { Carrier, type CarrierJob, type CarrierOptions, type CourierPorts } from './carrier.ts';
import type { Cargo } from './cargo.ts';
import { FIRST_LOOK_MS, LOOK_PAUSE_MS, TRIAL_PATIENCE_MS } from './courier-limits.ts';
import { endOfLook, endOfRefusal, type ImageOutcomeEnd } from './image-end.ts';
import { Meetings, type MeetingPlan, type Verdict } from './meetings.ts';
import { pause } from './pause.ts';
import type { SyncConnectionResult } from './sync-connection.ts';

export interface ImageJob extends Omit<CarrierJob, 'cloudNonce'> {
  readonly image: FirmwarePackage;
  /** The first key set with the firmware key that signed it: a lock behind gets key sets before. 0 where not known. */
  readonly keySet: number;
}

export interface ImageOptions extends CarrierOptions {
  /** False: it ends once the image is staged. */
  readonly isWatched: boolean;
  /** The lock has all of it, and restarts in FIRMWARE_RESTART_MS. */
  readonly onStaged?: () => void;
}

export interface ImageFacts {
  /** Links that came up. */
  readonly connections: number;
  /** Repeats included. */
  readonly framesSent: number;
  /** What ran as the lock was first met. */
  readonly ranBefore: number | undefined;
}

export type ImageOutcome = ImageOutcomeEnd & ImageFacts;

/** Rejects where the radio itself fails (no adapter, closed), and by what `keySetsAfter` rejects with. */
export async function deliverImage(
  ports: CourierPorts,
  job: ImageJob,
  options: ImageOptions,
): Promise<ImageOutcome> {
  const delivery = new ImageDelivery(ports, job, options);
  const end = await delivery.run();
  return { ...end, ...delivery.facts };
}

class ImageDelivery implements MeetingPlan<SyncConnectionResult, ImageOutcomeEnd> {
  readonly #ports: CourierPorts;
  readonly #job: ImageJob;
  readonly #options: ImageOptions;
  readonly #signal: AbortSignal;
  readonly #meetings: Meetings;
  readonly #carrier: Carrier;
  #isLook = false;
  #ranBefore: number | undefined;
  #hasWaited = false;

  constructor(ports: CourierPorts, job: ImageJob, options: ImageOptions) {
    this.#ports = ports;
    this.#job = job;
    this.#options = options;
    this.#signal = options.signal ?? new AbortController().signal;
    this.#meetings = new Meetings({ clock: ports.clock, connect: options.connect, signal: this.#signal });
    // No receipt comes of it that a cloud would wait for.
    const cloudNonce = new Uint8Array(NONCE_BYTES);
    this.#carrier = new Carrier(ports, { ...job, cloudNonce }, options, this.#signal);
  }

  get facts(): ImageFacts {
    return {
      connections: this.#meetings.connections,
      framesSent: this.#carrier.framesSent,
      ranBefore: this.#ranBefore,
    };
  }

  async run(): Promise<ImageOutcomeEnd> {
    const brought = await this.#meetings.run(this);
    if (brought.result !== 'staged') return brought;
    this.#options.onStaged?.();
    return this.#options.isWatched ? this.#watch() : { result: 'staged', because: 'not-watched' };
  }

  /** Until its trial has ended one way or the other. What is not seen by then is told as what was seen last. */
  async #watch(): Promise<ImageOutcomeEnd> {
    const { clock } = this.#ports;
    const untilMs = clock.monotonicMs() + TRIAL_PATIENCE_MS;
    let last: ImageOutcomeEnd = { result: 'staged', because: 'not-met' };
    this.#isLook = true;
    await pause(clock, FIRST_LOOK_MS, this.#signal);
    while (!this.#signal.aborted) {
      const seen = await this.#meetings.run(this);
      if (SEEN.includes(seen.result)) last = seen;
      if (last.result !== 'staged' || clock.monotonicMs() >= untilMs) break;
      await pause(clock, LOOK_PAUSE_MS, this.#signal);
    }
    return last;
  }

  connectWith(): Pick<ConnectOptions, 'mtuMax' | 'gattTable'> {
    return this.#carrier.connectWith();
  }

  async over(link: CentralLink): Promise<SyncConnectionResult> {
    const { image, keySet } = this.#job;
    const cargo: Cargo = { kind: 'image', package: image, keySet, isLook: this.#isLook };
    const isFirst = this.#meetings.connections === 1;
    const met = await this.#carrier.over(link, cargo, isFirst);
    if (this.#isLook && met.isBatteryLow === true) this.#hasWaited = true;
    this.#ranBefore ??= met.running;
    return met;
  }

  /** That the lock has it is told even where nobody waits any more. */
  isProof({ end }: SyncConnectionResult): boolean {
    return end.result === 'staged' || end.result === 'on-trial';
  }

  judge({ end, running }: SyncConnectionResult): Verdict<ImageOutcomeEnd> {
    const { firmware } = this.#job.image.manifest;
    const hasWaited = this.#hasWaited;
    const wasBrought = this.#isLook || this.#carrier.framesSent > 0;
    if (end.result === 'refused' && isOfConnection(end.refusal.code)) {
      const last = endOfRefusal(end.refusal, firmware, running, wasBrought);
      return { go: 'again', last, hasMoved: this.#carrier.hasMoved };
    }
    const seen = this.#isLook ? endOfLook({ end, running, hasWaited }, firmware) : undefined;
    if (seen !== undefined) return { go: 'end', end: seen };
    switch (end.result) {
      case 'staged':
        return { go: 'end', end: { result: 'staged', because: 'waiting' } };
      case 'on-trial':
        return { go: 'end', end: { result: 'staged', because: 'on-trial' } };
      case 'refused':
        return { go: 'end', end: endOfRefusal(end.refusal, firmware, running, wasBrought) };
      case 'applied':
      case 'already-current':
      case 'not-applied':
      case 'not-running':
        throw new InvariantError('no image that is brought ends so');
      default:
        return this.#carrier.judge(end);
    }
  }
}

/** What a look may end with that says anything of the image: not that the lock was not met. */
const SEEN: readonly ImageOutcomeEnd['result'][] = ['confirmed', 'fell-back', 'staged', 'refused'];
