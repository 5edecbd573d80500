// The Central port with no host under it: one scan, one peripheral sought at a time, as a controller does it, and
// any number of links.
import type { Clock } from '#protocol/ports/clock.ts';
import type { Central, CentralLink, ConnectOptions, Scan, ScanOptions } from '../ports/central.ts';
import { RadioError } from '../ports/errors.ts';
import type { MemoryAir } from './memory-air.ts';
import { Attempt } from './memory-connect.ts';
import type { MemoryCentralLink } from './memory-central-link.ts';
import type { MemoryLink } from './memory-link.ts';
import type { MemoryPeripheral } from './memory-peripheral.ts';

/** What the centrals of one radio share. */
export interface CentralFloor {
  readonly clock: Clock;
  readonly air: MemoryAir<MemoryPeripheral>;
  readonly newLink: () => MemoryLink;
  readonly forget: (central: MemoryCentral) => void;
}

export class MemoryCentral implements Central {
  readonly #floor: CentralFloor;
  readonly #links = new Map<string, MemoryCentralLink>();
  /** In the order of their calls; only the first seeks its peripheral. */
  readonly #attempts: Attempt[] = [];
  #scan: { stop(): void } | undefined;
  #closed = false;

  constructor(floor: CentralFloor) {
    this.#floor = floor;
  }

  async scan(options: ScanOptions): Promise<Scan> {
    this.#refuseClosed();
    if (this.#scan !== undefined) {
      throw new RadioError('SCAN_FAILED', 'this central scans already', { next: 'Stop the first scan.' });
    }
    const scan = this.#floor.air.scan(options.serviceUuids, options.onReport);
    this.#scan = scan;
    return {
      stop: async () => {
        scan.stop();
        if (this.#scan === scan) this.#scan = undefined;
      },
    };
  }

  async connect(peripheralId: string, options: ConnectOptions = {}): Promise<CentralLink> {
    this.#refuseClosed();
    if (options.signal?.aborted === true) {
      throw new RadioError('CONNECT_FAILED', `connecting to ${peripheralId} was given up`);
    }
    if (this.#links.has(peripheralId) || this.#attempts.some((one) => one.peripheralId === peripheralId)) {
      throw new RadioError('CONNECT_FAILED', `this central has a link to ${peripheralId} already`);
    }
    const attempt = new Attempt(peripheralId, options, this.#floor, {
      linked: (link) => {
        this.#links.set(peripheralId, link);
      },
      down: () => {
        this.#links.delete(peripheralId);
      },
      seekOver: () => {
        this.#seekOver(attempt);
      },
    });
    this.#attempts.push(attempt);
    if (this.#attempts.length === 1) attempt.seek();
    return attempt.link;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#scan?.stop();
    const error = new RadioError('CLOSED', 'the central was closed');
    for (const attempt of this.#attempts.slice()) attempt.fail(error);
    await Promise.all([...this.#links.values()].map((link) => link.close(error)));
    this.#floor.forget(this);
  }

  #seekOver(attempt: Attempt): void {
    const at = this.#attempts.indexOf(attempt);
    if (at < 0) return;
    this.#attempts.splice(at, 1);
    if (at === 0) this.#attempts[0]?.seek();
  }

  #refuseClosed(): void {
    if (this.#closed) throw new RadioError('CLOSED', 'the central was closed');
  }
}
