// Meets doors on the air: scans until one of the wanted shows itself, and where the platform hides adverts connects
// to ask lock-status. It scans only while somebody waits, so that a scan never stands beside a sync.
import type { Clock } from '#protocol/ports/clock.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { DOOR_SYNC_SERVICE, LOCK_STATUS } from '#protocol/sync/gatt.ts';
import { decodeLockStatus } from '#protocol/sync/lock-status.ts';
import type { RecognisedAdvert } from '#protocol/sync/advert.ts';
import { WireError } from '#protocol/wire-error.ts';
import type { Central } from '#radio/ports/central.ts';
import { RadioError } from '#radio/ports/errors.ts';
import type { AdvertReport } from '#radio/ports/gatt.ts';
import {
  CONNECT_DEADLINE_MS,
  HIDDEN_ADVERT_PATIENCE_MS,
  HIDDEN_PROBES_MAX,
  SCAN_DEADLINE_MS,
  STATUS_READ_DEADLINE_MS,
} from './courier-limits.ts';
import { Recogniser, type AdvertisedDoor, type Recognised } from './recognise.ts';

export interface Sighting<D extends AdvertisedDoor> {
  readonly door: D;
  readonly peripheralId: string;
  readonly advert: RecognisedAdvert;
  /** Undefined where lock-status told. */
  readonly rssi: number | undefined;
}

export interface FindOptions {
  /** From the call on. Default SCAN_DEADLINE_MS. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal | undefined;
}

export class DoorFinder<D extends AdvertisedDoor> {
  readonly #central: Central;
  readonly #clock: Clock;
  readonly #recogniser: Recogniser<D>;
  /** Seen and not handed out yet, the newest sighting of each door. */
  readonly #waiting = new Map<string, Sighting<D>>();
  readonly #hidden: string[] = [];
  readonly #probed = new Set<string>();

  constructor(
    ports: { readonly engine: CryptoEngine; readonly clock: Clock },
    central: Central,
    doors: readonly D[],
  ) {
    this.#central = central;
    this.#clock = ports.clock;
    this.#recogniser = new Recogniser(ports.engine, doors);
  }

  /**
   * The next door among `wanted` that shows itself; undefined where none does in time or the signal comes.
   * Rejects with RadioError where the radio can't scan.
   */
  async next(wanted: ReadonlySet<string>, options: FindOptions = {}): Promise<Sighting<D> | undefined> {
    const untilMs = this.#clock.monotonicMs() + (options.deadlineMs ?? SCAN_DEADLINE_MS);
    for (;;) {
      const seen = this.#take(wanted);
      const leftMs = untilMs - this.#clock.monotonicMs();
      if (seen !== undefined || leftMs <= 0 || options.signal?.aborted === true) return seen;
      await this.#listen(wanted, leftMs, options.signal);
      if (this.#hasNone(wanted)) await this.#probeHidden(options.signal);
    }
  }

  #take(wanted: ReadonlySet<string>): Sighting<D> | undefined {
    for (const [doorId, sighting] of this.#waiting) {
      if (!wanted.has(doorId)) continue;
      this.#waiting.delete(doorId);
      return sighting;
    }
    return undefined;
  }

  #hasNone(wanted: ReadonlySet<string>): boolean {
    return ![...this.#waiting.keys()].some((doorId) => wanted.has(doorId));
  }

  /** Until a wanted door is seen, the time is over, or only hidden ones came for a while. */
  async #listen(wanted: ReadonlySet<string>, leftMs: number, signal: AbortSignal | undefined): Promise<void> {
    let wake!: () => void;
    const woken = new Promise<void>((resolve) => (wake = resolve));
    const end = this.#clock.after(leftMs, wake);
    const patience = this.#clock.after(Math.min(leftMs, HIDDEN_ADVERT_PATIENCE_MS), () => {
      if (this.#hidden.length > 0) wake();
    });
    signal?.addEventListener('abort', wake);
    const scan = await this.#central.scan({
      serviceUuids: [DOOR_SYNC_SERVICE],
      onReport: (report) => {
        const doorId = this.#notice(report);
        if (doorId !== undefined && wanted.has(doorId)) wake();
      },
    });
    try {
      if (signal?.aborted !== true) await woken;
    } finally {
      end.cancel();
      patience.cancel();
      signal?.removeEventListener('abort', wake);
      await scan.stop();
    }
  }

  /** The door's id, where it is one of ours. */
  #notice(report: AdvertReport): string | undefined {
    const { peripheralId, rssi } = report;
    const recognised = this.#recogniser.ofReport(report);
    if (recognised === undefined) return undefined;
    if (recognised !== 'hidden') return this.#sight(recognised, peripheralId, rssi);
    const isNew = !this.#probed.has(peripheralId) && !this.#hidden.includes(peripheralId);
    if (isNew && this.#hidden.length < HIDDEN_PROBES_MAX) this.#hidden.push(peripheralId);
    return undefined;
  }

  #sight({ door, advert }: Recognised<D>, peripheralId: string, rssi: number | undefined): string {
    this.#waiting.set(door.doorId, { door, peripheralId, advert, rssi });
    return door.doorId;
  }

  /** Asks one of those that show nothing, once each. */
  async #probeHidden(signal: AbortSignal | undefined): Promise<void> {
    const peripheralId = signal?.aborted === true ? undefined : this.#hidden.shift();
    if (peripheralId === undefined) return;
    this.#probed.add(peripheralId);
    try {
      const link = await this.#central.connect(peripheralId, {
        deadlineMs: CONNECT_DEADLINE_MS,
        ...(signal === undefined ? {} : { signal }),
      });
      try {
        const status = decodeLockStatus(await link.read(LOCK_STATUS, STATUS_READ_DEADLINE_MS));
        const recognised = this.#recogniser.ofAdvert(peripheralId, status.advert);
        if (recognised !== undefined) this.#sight(recognised, peripheralId, undefined);
      } finally {
        await link.disconnect();
      }
    } catch (error) {
      // Somebody else's peripheral, or a lock that went out of range: neither is the door looked for.
      if (!(error instanceof RadioError) && !(error instanceof WireError)) throw error;
    }
  }
}
