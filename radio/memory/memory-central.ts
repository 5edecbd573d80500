// The Central port with no host under it: one scan, which pauses while it connects, one peripheral sought at a time,
// and any number of links; the adapter on the real noble does the same.
import type { Central, CentralLink, ConnectOptions, Scan, ScanOptions } from '../ports/central.ts';
import { RadioError } from '../ports/errors.ts';
import type { AirScan } from './memory-air.ts';
import type { ConnectFloor } from './memory-connect.ts';
import { Attempt } from './memory-connect.ts';
import type { MemoryCentralLink } from './memory-central-link.ts';

/** What the centrals of one radio share. */
export interface CentralFloor extends ConnectFloor {
  /** A peripheral of that address was made, closed or not. */
  readonly known: (peripheralId: string) => boolean;
  readonly forget: (central: MemoryCentral) => void;
}

export class MemoryCentral implements Central {
  readonly #floor: CentralFloor;
  readonly #links = new Map<string, MemoryCentralLink>();
  /** In the order of their calls; only the first seeks its peripheral. */
  readonly #attempts: Attempt[] = [];
  #scan: AirScan | undefined;
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
    if (this.#attempts.length > 0) scan.pause();
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
    const attempt = new Attempt(peripheralId, options, this.#floor, {
      refusal: () => {
        if (this.#links.has(peripheralId)) return `this central has a link to ${peripheralId} already`;
        return this.#floor.known(peripheralId) ? undefined : `no ${peripheralId} was ever on this radio`;
      },
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
    if (this.#attempts.length === 1) {
      this.#scan?.pause();
      attempt.seek();
    }
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
    const [next] = this.#attempts;
    if (next === undefined) this.#scan?.resume();
    else if (at === 0) next.seek();
  }

  #refuseClosed(): void {
    if (this.#closed) throw new RadioError('CLOSED', 'the central was closed');
  }
}
