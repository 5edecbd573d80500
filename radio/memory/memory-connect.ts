// One call of `connect`: waits for its turn, seeks the peripheral, sets the link up. It settles once, by success,
// deadline, signal, loss or close, and leaves nothing behind where it fails.
import type { Clock, Timer } from '#protocol/ports/clock.ts';
import type { CentralLink, ConnectOptions } from '../ports/central.ts';
import { RadioError } from '../ports/errors.ts';
import type { MemoryAir, Seeker } from './memory-air.ts';
import { MemoryCentralLink } from './memory-central-link.ts';
import type { MemoryLink } from './memory-link.ts';
import type { MemoryPeripheral } from './memory-peripheral.ts';

const DEFAULT_CONNECT_DEADLINE_MS = 10_000;

/** What attempts need of their radio. */
export interface ConnectFloor {
  readonly clock: Clock;
  readonly air: MemoryAir<MemoryPeripheral>;
  readonly newLink: () => MemoryLink;
}

interface AttemptHooks {
  /** Asked as the attempt's turn comes. */
  readonly refusal: () => string | undefined;
  readonly linked: (link: MemoryCentralLink) => void;
  readonly down: () => void;
  /** The controller is free for the next attempt. */
  readonly seekOver: () => void;
}

export class Attempt implements Seeker<MemoryPeripheral> {
  readonly peripheralId: string;
  readonly link: Promise<CentralLink>;
  readonly #options: ConnectOptions;
  readonly #floor: ConnectFloor;
  readonly #hooks: AttemptHooks;
  readonly #deadline: Timer;
  readonly #onAbort: () => void;
  #resolve!: (link: CentralLink) => void;
  #reject!: (error: Error) => void;
  #open: MemoryCentralLink | undefined;
  #settled = false;

  constructor(peripheralId: string, options: ConnectOptions, floor: ConnectFloor, hooks: AttemptHooks) {
    this.peripheralId = peripheralId;
    this.#options = options;
    this.#floor = floor;
    this.#hooks = hooks;
    this.link = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const deadlineMs = options.deadlineMs ?? DEFAULT_CONNECT_DEADLINE_MS;
    this.#deadline = floor.clock.after(deadlineMs, () => {
      this.fail(
        new RadioError('CONNECT_TIMEOUT', `${peripheralId} was not connected within ${deadlineMs} ms`),
      );
    });
    this.#onAbort = () => {
      this.fail(new RadioError('CONNECT_FAILED', `connecting to ${peripheralId} was given up`));
    };
    options.signal?.addEventListener('abort', this.#onAbort);
  }

  /** The controller is ours: waits until the peripheral is on the air. */
  seek(): void {
    const refused = this.#hooks.refusal();
    if (refused === undefined) this.#floor.air.seek(this.peripheralId, this);
    else this.fail(new RadioError('CONNECT_FAILED', refused));
  }

  met(peripheral: MemoryPeripheral): void {
    const link = this.#floor.newLink();
    const { peripheralId } = this;
    const { clock } = this.#floor;
    const central = new MemoryCentralLink({ peripheralId, clock, link, onDown: this.#hooks.down });
    this.#open = central;
    link.join(central, peripheral.accept(link));
    this.#hooks.linked(central);
    this.#hooks.seekOver();
    central.establish(this.#options, (outcome) => {
      if ('error' in outcome) this.fail(outcome.error);
      else if (this.#settle()) this.#resolve(central);
    });
  }

  fail(error: Error): void {
    if (!this.#settle()) return;
    this.#floor.air.abandon(this.peripheralId, this);
    if (this.#open === undefined) this.#hooks.seekOver();
    else void this.#open.disconnect();
    this.#reject(error);
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#deadline.cancel();
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    return true;
  }
}
