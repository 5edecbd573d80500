// An agent's radio: opened, scanning, not scanning while a door is visited, and closed. Every call of it ends in time. It
// tells who is news and who is gone, and that nobody was heard for too long; what to do about it is agent.ts's.
import { withDeadline } from '#protocol/ports/deadline.ts';
import type { Clock, Timer } from '#protocol/ports/clock.ts';
import { DOOR_SYNC_SERVICE } from '#protocol/sync/gatt.ts';
import type { Central, CentralLink, ConnectOptions, Scan } from '#radio/ports/central.ts';
import { RadioError } from '#radio/ports/errors.ts';
import type { AdvertReport } from '#radio/ports/gatt.ts';
import { SCAN_DEADLINE_MS } from '../courier/courier-limits.ts';
import * as limits from './agent-limits.ts';
import type { Place } from './door-recognition.ts';
import type { Presence } from './presence.ts';

/** What an agent scans and connects with. Opened anew where it is of no use any more. */
export interface AgentRadio {
  readonly central: Central;
  /** Settles, with why, once it is gone; absent where each call tells by itself. */
  readonly lost?: Promise<RadioError>;
  close(): Promise<void>;
}

export interface Ears {
  /** Each door once, as it shows itself now. */
  readonly onNews: (places: readonly Place[]) => void;
  readonly onGone: (doorIds: readonly string[]) => void;
  readonly onSilence: () => void;
  /** The first advert since the last silence, or ever. */
  readonly onHeard: () => void;
}

export class Listening {
  readonly #radio: AgentRadio;
  readonly #clock: Clock;
  readonly #presence: Presence;
  readonly #ears: Ears;
  #scan: Scan | undefined;
  #sweep: Timer | undefined;
  readonly #news = new Map<string, Place>();
  #telling: Timer | undefined;
  #listensSinceMs = 0;
  #isSilent = true;
  #isClosed = false;
  readonly #waiting = new Map<string, (place: Place) => void>();
  /** Ends the waits of those who look for a door. */
  readonly #leaving = new Set<() => void>();

  constructor(radio: AgentRadio, clock: Clock, presence: Presence, ears: Ears) {
    this.#radio = radio;
    this.#clock = clock;
    this.#presence = presence;
    this.#ears = ears;
  }

  /** Anew where a scan goes on. Rejects with RadioError. */
  async listen(): Promise<void> {
    await this.rest();
    await this.#start();
    this.#listensSinceMs = this.#clock.monotonicMs();
    this.#tick();
  }

  /** Nobody listens any more. Rejects with RadioError. */
  async rest(): Promise<void> {
    this.#sweep?.cancel();
    this.#presence.deaf();
    // What was heard before a visit is not told after it, as if it were new.
    this.#tellNews();
    const scan = this.#scan;
    this.#scan = undefined;
    if (scan !== undefined) await this.#inTime(scan.stop());
  }

  /** A link to the door, wherever it shows itself. Listens only where it does not know. Rejects with RadioError. */
  async connect(doorId: string, isKnown: boolean, options: ConnectOptions): Promise<CentralLink> {
    const place = isKnown ? this.#presence.of(doorId)?.place : undefined;
    const { peripheralId } = place ?? (await this.#meet(doorId, options.signal));
    return this.#radio.central.connect(peripheralId, options);
  }

  /** Of the advert by which it was met last. */
  nonceShownBy(doorId: string): Uint8Array | undefined {
    return this.#presence.of(doorId)?.place.advert.nonce;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const gone of this.#leaving) gone();
    this.#sweep?.cancel();
    this.#telling?.cancel();
    this.#presence.deaf();
    this.#presence.clear();
    await this.#inTime(this.#radio.close()).catch(() => undefined);
  }

  async #meet(doorId: string, signal: AbortSignal | undefined): Promise<Place> {
    this.#presence.forget(doorId);
    await this.#start();
    try {
      return await new Promise<Place>((resolve, reject) => {
        const over = (): void => {
          this.#leaving.delete(gone);
          this.#waiting.delete(doorId);
          signal?.removeEventListener('abort', gone);
          timer.cancel();
        };
        const gone = (): void => {
          over();
          reject(new RadioError('CONNECT_TIMEOUT', 'the door no longer shows itself'));
        };
        const timer = this.#clock.after(SCAN_DEADLINE_MS, gone);
        signal?.addEventListener('abort', gone);
        this.#leaving.add(gone);
        this.#waiting.set(doorId, (place) => {
          over();
          resolve(place);
        });
        if (signal?.aborted === true) gone();
      });
    } finally {
      await this.rest();
    }
  }

  async #start(): Promise<void> {
    this.#refuseClosed();
    const { central } = this.#radio;
    const onReport = (report: AdvertReport): void => this.#hear(report);
    const scan = central.scan({ serviceUuids: [DOOR_SYNC_SERVICE], onReport });
    // One that comes too late is ended, whoever waits for it no longer.
    scan.then(
      (late) => {
        if (this.#isClosed) void late.stop().catch(() => undefined);
      },
      () => undefined,
    );
    const begun = await this.#inTime(scan);
    this.#refuseClosed();
    this.#scan = begun;
    this.#presence.listening();
  }

  #refuseClosed(): void {
    if (this.#isClosed) throw new RadioError('CLOSED', 'the radio was closed meanwhile');
  }

  #hear(report: AdvertReport): void {
    if (this.#isClosed) return;
    if (this.#isSilent) {
      this.#isSilent = false;
      this.#ears.onHeard();
    }
    const place = this.#presence.hear(report);
    if (place === undefined) return;
    this.#waiting.get(place.doorId)?.(place);
    this.#news.set(place.doorId, place);
    this.#telling ??= this.#clock.after(limits.NEWS_EVERY_MS, () => this.#tellNews());
  }

  #tellNews(): void {
    this.#telling?.cancel();
    this.#telling = undefined;
    const places = [...this.#news.values()];
    this.#news.clear();
    if (places.length > 0) this.#ears.onNews(places);
  }

  #tick(): void {
    this.#sweep = this.#clock.after(limits.SWEEP_MS, () => {
      const gone = this.#presence.sweep();
      if (this.#silentMs() >= limits.SCAN_SILENCE_MS) {
        this.#isSilent = true;
        this.#ears.onSilence();
      } else this.#tick();
      if (gone.length > 0) this.#ears.onGone(gone);
    });
  }

  /** Of this scan. */
  #silentMs(): number {
    return this.#clock.monotonicMs() - Math.max(this.#listensSinceMs, this.#presence.heardAtMs ?? 0);
  }

  #inTime<T>(work: Promise<T>): Promise<T> {
    const late = (): RadioError => new RadioError('SCAN_FAILED', 'the radio gave no answer in time');
    return withDeadline(this.#clock, limits.SCAN_CHANGE_DEADLINE_MS, work, late);
  }
}
