// Performs a hub's effects: signs in, holds the channel, syncs its lock by the same visit as any courier, waits. It
// decides nothing: hub.ts does.
import type { LockToken } from '#protocol/api/live.ts';
import { LIVE_SILENCE_MS } from '#protocol/api/live.ts';
import { DoorlabError } from '#protocol/errors.ts';
import type { Timer } from '#protocol/ports/clock.ts';
import { uniform } from '#protocol/ports/random.ts';
import type { WaitRange } from '../backoff.ts';
import type { Cloud } from '../cloud-client.ts';
import { CloudError } from '../cloud-error.ts';
import { visitDoor } from '../door-visit.ts';
import type { LiveChannel, LiveListener } from '../live-channel.ts';
import { tellHeld } from '../receipts.ts';
import type { DoorEnd } from '../sync-report.ts';
import type { VisitParts } from '../visit-parts.ts';
import { LOOK_MS } from './hub-limits.ts';
import type { HubEffect, HubInput, HubStatus, HubSyncEnd } from './hub-state.ts';
import { newHub, stepHub } from './hub.ts';
import type { OwnLock } from './own-lock.ts';

export interface HubParts extends Omit<VisitParts, 'cloud'> {
  readonly lock: OwnLock;
  /** Throws DoorlabError. */
  readonly signIn: (signal: AbortSignal) => Promise<LockToken>;
  readonly openChannel: (token: LockToken, listener: LiveListener) => LiveChannel;
  readonly cloudOf: (token: LockToken) => Cloud;
  readonly onStatus: (status: HubStatus) => void;
  readonly onSynced: (end: DoorEnd) => void;
}

export class RunningHub {
  readonly #parts: HubParts;
  readonly #stop = new AbortController();
  #hub = newHub;
  #channel: LiveChannel | undefined;
  #look: Timer | undefined;
  #retry: Timer | undefined;
  #rest: Timer | undefined;
  #silence: Timer | undefined;
  readonly #running = new Set<Promise<void>>();
  #failed: (error: unknown) => void = () => undefined;
  /** Rejects with the first defect; never settles otherwise. */
  readonly failed = new Promise<never>((_resolve, reject) => (this.#failed = reject));

  constructor(parts: HubParts) {
    this.#parts = parts;
    this.failed.catch(() => undefined);
  }

  start(): void {
    this.#lookAtLock();
  }

  /** Lets a sync that runs come to its end: at once, but for a receipt that the cloud is being told of. */
  async close(): Promise<void> {
    this.#stop.abort();
    for (const timer of [this.#look, this.#retry, this.#rest, this.#silence]) timer?.cancel();
    this.#channel?.close();
    await Promise.all(this.#running);
  }

  #lookAtLock(): void {
    this.#feed({ type: 'lock', lock: this.#parts.lock.look() });
    this.#look = this.#parts.clock.after(LOOK_MS, () => this.#lookAtLock());
  }

  #feed(input: HubInput): void {
    if (this.#stop.signal.aborted) return;
    const { hub, effects } = stepHub(this.#hub, input);
    this.#hub = hub;
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: HubEffect): void {
    const { clock } = this.#parts;
    switch (effect.type) {
      case 'sign-in':
        this.#do(this.#signIn());
        return;
      case 'open-channel':
        this.#open(effect.token);
        return;
      case 'close-channel':
        this.#silence?.cancel();
        this.#channel?.close();
        this.#channel = undefined;
        return;
      case 'send':
        this.#channel?.send(effect.message);
        return;
      case 'listen':
        this.#silence?.cancel();
        this.#silence = clock.after(LIVE_SILENCE_MS, () => this.#feed({ type: 'silence' }));
        return;
      case 'retry':
        this.#retry?.cancel();
        this.#retry = clock.after(this.#drawn(effect), () => this.#feed({ type: 'retry' }));
        return;
      case 'rest':
        this.#rest?.cancel();
        this.#rest = clock.after(this.#drawn(effect), () => this.#feed({ type: 'rested' }));
        return;
      case 'sync':
        this.#do(this.#sync(effect.token));
        return;
      case 'tell':
        this.#do(this.#tell(effect.token));
        return;
      case 'status':
        this.#parts.onStatus(effect.status);
        return;
    }
  }

  #open(token: LockToken): void {
    this.#channel?.close();
    // Also where no frame ever comes: the hello is one.
    this.#perform({ type: 'listen' });
    this.#channel = this.#parts.openChannel(token, {
      onMessage: (message) => this.#feed({ type: 'message', message }),
      onClosed: (why) => this.#feed({ type: 'channel-closed', ...why }),
    });
  }

  async #signIn(): Promise<void> {
    try {
      const token = await this.#parts.signIn(this.#stop.signal);
      this.#feed({ type: 'signed-in', token });
    } catch (error) {
      if (!(error instanceof DoorlabError)) throw error;
      this.#parts.log.info('hub.not-signed-in', { error: error.message });
      this.#feed({ type: 'sign-in-failed', detail: error.message });
    }
  }

  async #sync(token: LockToken): Promise<void> {
    const { lock, log } = this.#parts;
    const cloud = this.#parts.cloudOf(token);
    const signal = this.#stop.signal;
    const { doorId, doorName } = token;
    let end: DoorEnd;
    try {
      await tellHeld({ ...this.#parts, cloud }, signal);
      const own = lock.look();
      if (own === undefined || signal.aborted) {
        this.#feed({ type: 'synced', end: NO_POWER });
        return;
      }
      end = await visitDoor(
        { ...this.#parts, cloud },
        { doorId, doorName, lockId: lock.lockId, advertisingKey: own.advertisingKey },
        { connect: (options) => lock.connect(options), signal },
      );
    } catch (error) {
      if (!(error instanceof DoorlabError)) throw error;
      end = { result: 'failed', error };
    }
    const told = syncEndOf(end, token);
    if (told.result === 'failed') log.info('hub.not-synced', { doorId, why: told.detail });
    if (!signal.aborted) this.#parts.onSynced(end);
    this.#feed({ type: 'synced', end: told });
  }

  /** What is held, with the token of the binding that is over: a lock without an owner gets no other. */
  async #tell(token: LockToken): Promise<void> {
    // Without power neither the lock nor this is there.
    if (this.#parts.lock.look() === undefined) {
      this.#feed({ type: 'not-told' });
      return;
    }
    const told = await tellHeld({ ...this.#parts, cloud: this.#parts.cloudOf(token) }, this.#stop.signal);
    // A token that is over stays so: the receipt is kept, and told no more by this.
    const isOver = told.every((one) => one.told !== 'not-yet' || one.error.code === 'NOT_SIGNED_IN');
    this.#feed({ type: isOver ? 'told' : 'not-told' });
  }

  /** A defect ends the program that runs it, by `failed`. */
  #do(work: Promise<void>): void {
    const done = work
      .catch((error: unknown) => this.#failed(error))
      .finally(() => this.#running.delete(done));
    this.#running.add(done);
  }

  #drawn({ leastMs, mostMs }: WaitRange): number {
    return leastMs + uniform(this.#parts.random, Math.floor(mostMs - leastMs) + 1);
  }
}

const NO_POWER: HubSyncEnd = { result: 'failed', isRefused: false, detail: 'the lock has no power' };

function syncEndOf(end: DoorEnd, token: LockToken): HubSyncEnd {
  switch (end.result) {
    case 'applied':
    case 'already-current':
    case 'left': {
      const cloudTookLog = end.delivery.upkeep?.log.result !== 'withheld';
      return { result: 'done', applied: end.receipt.triple, cloudTookLog };
    }
    case 'receipt-held':
    case 'failed': {
      const { error } = end;
      const isRefused = error instanceof CloudError && error.code === 'NOT_SIGNED_IN';
      const owed = end.result === 'receipt-held' ? { owed: token } : {};
      return { result: 'failed', isRefused, detail: error.message, ...owed };
    }
    case 'nothing-to-do':
      return { result: 'failed', isRefused: false, detail: 'nothing was done' };
  }
}
