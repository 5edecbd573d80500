// Who can be met: the peripherals that advertise, the scans that hear them, the centrals that wait for one. It holds
// no timer for a peripheral; a scan has one, and only while it runs.
import type { Clock, Timer } from '#protocol/ports/clock.ts';
import type { FaultDice } from '../air/faults.ts';
import type { Advert, AdvertReport, Uuid } from '../ports/gatt.ts';

/** What the air sees of a peripheral that advertises. */
export interface Advertiser {
  readonly peripheralId: string;
  readonly advert: Advert;
}

/** Someone who waits to connect. `met` is called on a turn of its own, with the peripheral off the air by then. */
export interface Seeker<A extends Advertiser> {
  met(advertiser: A): void;
}

/** No report comes while it is paused, nor after it stopped; as it resumes it hears everyone anew. */
export interface AirScan {
  pause(): void;
  resume(): void;
  stop(): void;
}

/** How often a running scan reports each peripheral again; an advert that is new comes at once. */
export const DEFAULT_REPORT_INTERVAL_MS = 1_000;
/** Every peripheral is equally near. */
const RSSI_DBM = -52;

export class MemoryAir<A extends Advertiser> {
  readonly #clock: Clock;
  readonly #reportIntervalMs: number;
  readonly #dice: FaultDice | undefined;
  readonly #advertisers = new Map<string, A>();
  readonly #scans = new Set<RunningScan<A>>();
  readonly #seekers = new Map<string, Seeker<A>[]>();

  constructor(clock: Clock, reportIntervalMs: number, dice?: FaultDice) {
    this.#clock = clock;
    this.#reportIntervalMs = reportIntervalMs;
    this.#dice = dice;
  }

  /** Begins to show the advertiser, or shows its new advert. */
  show(advertiser: A): void {
    this.#advertisers.set(advertiser.peripheralId, advertiser);
    for (const scan of this.#scans) scan.hearSoon(advertiser);
    this.#meetSoon(advertiser.peripheralId);
  }

  hide(peripheralId: string): void {
    this.#advertisers.delete(peripheralId);
  }

  scan(serviceUuids: readonly Uuid[], onReport: (report: AdvertReport) => void): AirScan {
    const scan = new RunningScan<A>({
      clock: this.#clock,
      reportIntervalMs: this.#reportIntervalMs,
      dice: this.#dice,
      advertisers: this.#advertisers,
      serviceUuids,
      onReport,
      onStop: () => this.#scans.delete(scan),
    });
    this.#scans.add(scan);
    return scan;
  }

  seek(peripheralId: string, seeker: Seeker<A>): void {
    const seekers = this.#seekers.get(peripheralId);
    if (seekers === undefined) this.#seekers.set(peripheralId, [seeker]);
    else seekers.push(seeker);
    this.#meetSoon(peripheralId);
  }

  abandon(peripheralId: string, seeker: Seeker<A>): void {
    const left = this.#seekers.get(peripheralId)?.filter((other) => other !== seeker) ?? [];
    if (left.length > 0) this.#seekers.set(peripheralId, left);
    else this.#seekers.delete(peripheralId);
  }

  #meetSoon(peripheralId: string): void {
    if (!this.#advertisers.has(peripheralId) || !this.#seekers.has(peripheralId)) return;
    this.#clock.after(0, () => {
      const advertiser = this.#advertisers.get(peripheralId);
      const seeker = this.#seekers.get(peripheralId)?.[0];
      if (advertiser === undefined || seeker === undefined) return;
      this.abandon(peripheralId, seeker);
      this.hide(peripheralId);
      seeker.met(advertiser);
    });
  }
}

interface ScanContext<A> {
  readonly clock: Clock;
  readonly reportIntervalMs: number;
  readonly dice: FaultDice | undefined;
  readonly advertisers: ReadonlyMap<string, A>;
  readonly serviceUuids: readonly Uuid[];
  readonly onReport: (report: AdvertReport) => void;
  readonly onStop: () => void;
}

class RunningScan<A extends Advertiser> implements AirScan {
  readonly #context: ScanContext<A>;
  readonly #fresh = new Set<A>();
  #state: 'on' | 'paused' | 'stopped' = 'paused';
  #sweep: Timer | undefined;
  #soon: Timer | undefined;

  constructor(context: ScanContext<A>) {
    this.#context = context;
    this.resume();
  }

  /** A report of what is shown by then, on a turn of its own. */
  hearSoon(advertiser: A): void {
    if (this.#state !== 'on') return;
    this.#fresh.add(advertiser);
    this.#soon ??= this.#context.clock.after(0, () => {
      this.#soon = undefined;
      const fresh = [...this.#fresh];
      this.#fresh.clear();
      for (const one of fresh) this.#report(one);
    });
  }

  pause(): void {
    if (this.#state !== 'on') return;
    this.#state = 'paused';
    this.#quiet();
  }

  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'on';
    this.#sweepIn(0);
  }

  stop(): void {
    if (this.#state === 'stopped') return;
    this.#state = 'stopped';
    this.#quiet();
    this.#context.onStop();
  }

  #quiet(): void {
    this.#sweep?.cancel();
    this.#soon?.cancel();
    this.#soon = undefined;
    this.#fresh.clear();
  }

  #sweepIn(ms: number): void {
    this.#sweep = this.#context.clock.after(ms, () => {
      this.#sweepIn(this.#context.reportIntervalMs);
      for (const advertiser of [...this.#context.advertisers.values()]) this.#report(advertiser);
    });
  }

  #report(advertiser: A): void {
    const { advertisers, dice, serviceUuids, onReport } = this.#context;
    if (this.#state !== 'on' || advertisers.get(advertiser.peripheralId) !== advertiser) return;
    const { advert, peripheralId } = advertiser;
    const wanted =
      serviceUuids.length === 0 || advert.serviceUuids.some((uuid) => serviceUuids.includes(uuid));
    if (!wanted || dice?.reportLost() === true) return;
    const tell = (): void =>
      onReport({ ...copyOfAdvert(advert), peripheralId, rssi: RSSI_DBM, connectable: true });
    tell();
    if (dice?.reportDoubled() === true) tell();
  }
}

/** The receiver may change what it gets. */
const copyOfAdvert = (advert: Advert): Advert => ({
  serviceUuids: advert.serviceUuids.slice(),
  ...(advert.localName === undefined ? {} : { localName: advert.localName }),
  ...(advert.manufacturerData === undefined ? {} : { manufacturerData: advert.manufacturerData.slice() }),
});
