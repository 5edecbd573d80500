// Performs the effects of a Door Sync, or of a firmware image's way, on one link and feeds back what comes of them. It
// decides nothing: door-sync.ts does.
import type { Clock, Timer } from '#protocol/ports/clock.ts';
import { recogniseAdvert } from '#protocol/sync/advert.ts';
import { encodeFrame } from '#protocol/sync/frames.ts';
import { LOCK_STATUS, SYNC_DATA } from '#protocol/sync/gatt.ts';
import { decodeLockStatus } from '#protocol/sync/lock-status.ts';
import type { ControlMessage } from '#protocol/sync/fragments.ts';
import { WireError } from '#protocol/wire-error.ts';
import type { CentralLink } from '#radio/ports/central.ts';
import { RadioError } from '#radio/ports/errors.ts';
import { ControlLink } from './control-link.ts';
import { HELLO_ANSWER_DEADLINE_MS, STATUS_READ_DEADLINE_MS } from './courier-limits.ts';
import { beginDoorSync, stepDoorSync } from './door-sync.ts';
import { parseLockMessage } from './lock-messages.ts';
import type { DoorSync, SyncEffect, SyncEnd, SyncInput, SyncJob, SyncStep } from './sync-phases.ts';
import { frameOf, type TransferProgress } from './transfer.ts';

export interface SyncConnectionOptions {
  readonly clock: Clock;
  /** Signed key sets from the one after `number` on, in order; what there are of them. */
  readonly keySetsAfter: (number: number) => Promise<readonly Uint8Array[]>;
  readonly onProgress: (progress: TransferProgress) => void;
  readonly signal: AbortSignal;
}

export interface SyncConnectionResult {
  readonly end: SyncEnd;
  /** Written to sync-data on this connection, repeats included. */
  readonly framesSent: number;
  /** The firmware that ran as the lock was greeted; undefined where no answer to a hello came. */
  readonly running: number | undefined;
  /** As lock-status said; undefined where it was never read. */
  readonly gattVersion: number | undefined;
  /** As lock-status said, by an advert that is the lock's. */
  readonly isBatteryLow: boolean | undefined;
  /** As the sync leaves it: for what is said behind the receipt. */
  readonly control: ControlLink;
}

/**
 * One Door Sync over this link, which is left connected. Settles by the machine's own deadlines, at the link's end
 * or at the signal's (then with `link-lost`). Rejects only by what `keySetsAfter` rejects with.
 */
export function syncOver(
  link: CentralLink,
  job: SyncJob,
  options: SyncConnectionOptions,
): Promise<SyncConnectionResult> {
  return new Promise((resolve, reject) => {
    const connection = new SyncConnection(link, job, options, resolve, reject);
    connection.start();
  });
}

class SyncConnection {
  readonly #link: CentralLink;
  readonly #job: SyncJob;
  readonly #options: SyncConnectionOptions;
  readonly #control: ControlLink;
  readonly #resolve: (result: SyncConnectionResult) => void;
  readonly #reject: (error: unknown) => void;
  readonly #onAbort = (): void => {
    this.#feed({ type: 'link-lost', detail: 'the sync was cancelled' });
  };
  #state: DoorSync | undefined;
  #timer: Timer | undefined;
  #frameTimer: Timer | undefined;
  #framesSent = 0;
  #gattVersion: number | undefined;
  #running: number | undefined;
  #isBatteryLow: boolean | undefined;

  constructor(
    link: CentralLink,
    job: SyncJob,
    options: SyncConnectionOptions,
    resolve: (result: SyncConnectionResult) => void,
    reject: (error: unknown) => void,
  ) {
    this.#link = link;
    this.#job = job;
    this.#options = options;
    this.#control = new ControlLink(link);
    this.#resolve = resolve;
    this.#reject = reject;
  }

  start(): void {
    this.#take(beginDoorSync(this.#job));
    this.#options.signal.addEventListener('abort', this.#onAbort);
    if (this.#options.signal.aborted) this.#onAbort();
    void this.#link.closed.then(() => this.#feed({ type: 'link-lost', detail: 'the link dropped' }));
  }

  #feed(input: SyncInput): void {
    if (this.#state === undefined || this.#state.phase.name === 'done') return;
    try {
      this.#take(stepDoorSync(this.#state, input));
    } catch (error) {
      this.#fail(error);
    }
  }

  #take({ state, effects }: SyncStep): void {
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
    if (state.phase.name !== 'done') return;
    this.#release();
    const { end } = state.phase;
    this.#resolve({
      end,
      framesSent: this.#framesSent,
      running: this.#running,
      gattVersion: this.#gattVersion,
      isBatteryLow: this.#isBatteryLow,
      control: this.#control,
    });
  }

  #perform(effect: SyncEffect): void {
    switch (effect.type) {
      case 'read-status':
        this.#attempt(this.#readStatus());
        return;
      case 'send':
        this.#attempt(this.#control.send(effect.messageType, effect.body));
        return;
      case 'listen':
        this.#attempt(this.#listen());
        return;
      case 'fetch-key-sets':
        this.#options
          .keySetsAfter(effect.after)
          .then((keySets) => this.#feed({ type: 'key-sets', keySets }))
          .catch((error: unknown) => this.#fail(error));
        return;
      case 'send-frames':
        this.#sendFrames(effect);
        return;
      case 'progress':
        this.#options.onProgress(effect);
        return;
      case 'wait':
        this.#timer?.cancel();
        this.#timer = this.#options.clock.after(effect.ms, () => this.#feed({ type: 'silence' }));
        return;
      case 'await-frame':
        this.#frameTimer?.cancel();
        this.#frameTimer = this.#options.clock.after(effect.ms, () => this.#feed({ type: 'no-frame' }));
        return;
    }
  }

  async #readStatus(): Promise<void> {
    const status = decodeLockStatus(await this.#link.read(LOCK_STATUS, STATUS_READ_DEADLINE_MS));
    this.#gattVersion = status.gattVersion;
    const { engine, advertisingKey } = this.#job;
    this.#isBatteryLow = recogniseAdvert(engine, advertisingKey, status.advert)?.batteryLow;
    // What ended the transfer, a receipt or a refusal, was said before the status was.
    if (this.#job.isByReading === true && this.#state?.phase.name === 'checking')
      await this.#control.readAll();
    this.#feed({ type: 'status', status });
  }

  #listen(): Promise<void> {
    const onMessage = (message: ControlMessage): void => {
      const parsed = parseLockMessage(message, this.#job.lockId);
      if (parsed.type === 'hello-answer') this.#running = parsed.answer.firmware;
      this.#feed({ type: 'message', message: parsed });
    };
    const onGarbled = (error: WireError): void => this.#feed({ type: 'garbled', error });
    const listener = { onMessage, onGarbled };
    return this.#job.isByReading === true
      ? this.#control.listenByReading(listener, this.#options.clock)
      : this.#control.listen(listener, HELLO_ANSWER_DEADLINE_MS);
  }

  /** Queued all at once: the window, not the queue, paces them. */
  #sendFrames({ transfer, numbers }: SyncEffect & { readonly type: 'send-frames' }): void {
    const { chunks } = this.#job.cargo.package;
    for (const number of numbers) {
      const frame = encodeFrame(frameOf(transfer.plan, chunks, transfer.offerId, number));
      this.#attempt(this.#link.writeCommand(SYNC_DATA, frame));
    }
    this.#framesSent += numbers.length;
  }

  /** A radio's failure is an input like any other; anything else is a defect. */
  #attempt(work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (error instanceof WireError) this.#feed({ type: 'garbled', error });
      else if (error instanceof RadioError) this.#onRadioError(error);
      else this.#fail(error);
    });
  }

  #onRadioError(error: RadioError): void {
    const isUnknownToPeer = error.code === 'ATT_ERROR' || error.code === 'NO_CHARACTERISTIC';
    this.#feed(
      isUnknownToPeer
        ? { type: 'garbled', error: new WireError('UNKNOWN_MESSAGE', error.message, { cause: error }) }
        : { type: 'link-lost', detail: error.message },
    );
  }

  #fail(error: unknown): void {
    // Nothing that comes still goes on with it.
    this.#state = undefined;
    this.#release();
    this.#reject(error);
  }

  #release(): void {
    this.#timer?.cancel();
    this.#frameTimer?.cancel();
    this.#options.signal.removeEventListener('abort', this.#onAbort);
  }
}
