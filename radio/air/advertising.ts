// When advertising events happen. They are made only while somebody listens: an air full of locks that nobody
// scans for costs nothing. Core Specification 5.4: Vol 6 Part B, 4.4.2.2 (interval and advDelay).
import type { Clock, Timer } from '#protocol/ports/clock.ts';
import type { VirtualController } from '../hci/virtual-controller.ts';
import type { FaultDice } from './faults.ts';

/** advDelay: up to 10 ms on top of each interval, so that two advertisers drift apart. */
const ADV_DELAY_MS_MAX = 10;

interface Advertiser {
  readonly sinceMs: number;
  intervalMs: number;
  timer: Timer | undefined;
}

export class AdvertisingSchedule {
  readonly #clock: Clock;
  readonly #dice: FaultDice;
  /** In an unpaced air nobody waits for the first event. */
  readonly #atOnce: boolean;
  readonly #onEvent: (controller: VirtualController) => void;
  readonly #advertisers = new Map<VirtualController, Advertiser>();
  #listening = false;

  constructor(
    clock: Clock,
    dice: FaultDice,
    atOnce: boolean,
    onEvent: (controller: VirtualController) => void,
  ) {
    this.#clock = clock;
    this.#dice = dice;
    this.#atOnce = atOnce;
    this.#onEvent = onEvent;
  }

  /** Undefined stops it. A running advertiser keeps its phase. */
  set(controller: VirtualController, intervalMs: number | undefined): void {
    const running = this.#advertisers.get(controller);
    if (intervalMs === undefined) {
      running?.timer?.cancel();
      this.#advertisers.delete(controller);
    } else if (running !== undefined) {
      running.intervalMs = intervalMs;
    } else {
      const advertiser = { sinceMs: this.#clock.monotonicMs(), intervalMs, timer: undefined };
      this.#advertisers.set(controller, advertiser);
      if (this.#listening) this.#next(controller, advertiser, this.#firstMs(advertiser));
    }
  }

  listen(listening: boolean): void {
    if (listening === this.#listening) return;
    this.#listening = listening;
    for (const [controller, advertiser] of this.#advertisers) {
      if (listening) this.#next(controller, advertiser, this.#firstMs(advertiser));
      else advertiser.timer?.cancel();
    }
  }

  get advertisers(): IterableIterator<VirtualController> {
    return this.#advertisers.keys();
  }

  /** From now to the first event: somewhere on the grid that began as it was switched on. */
  #firstMs({ sinceMs, intervalMs }: Advertiser): number {
    if (this.#atOnce) return 0;
    const goneMs = this.#clock.monotonicMs() - sinceMs;
    return Math.ceil(goneMs / intervalMs) * intervalMs - goneMs + this.#advDelayMs();
  }

  #next(controller: VirtualController, advertiser: Advertiser, inMs: number): void {
    advertiser.timer = this.#clock.after(inMs, () => {
      this.#next(controller, advertiser, advertiser.intervalMs + this.#advDelayMs());
      this.#onEvent(controller);
    });
  }

  #advDelayMs(): number {
    return this.#dice.share() * ADV_DELAY_MS_MAX;
  }
}
