// A courier of the matrix: the gateway's own parts, with everything that it touches going by an interception, and able to die.
// What is dead hears nothing, and nothing that it says arrives; its journal is what stood on the disk at that moment.
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { encodeHex } from '#protocol/bytes.ts';
import { FragmentReader } from '#protocol/sync/fragments.ts';
import { SYNC_CONTROL } from '#protocol/sync/gatt.ts';
import { MESSAGE } from '#protocol/sync/messages.ts';
import { WireError } from '#protocol/wire-error.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import type { Clock } from '#protocol/ports/clock.ts';
import { silentLog } from '#protocol/ports/log.ts';
import type { Random } from '#protocol/ports/random.ts';
import type { Cloud } from '#gateway/cloud-client.ts';
import { Journal } from '#gateway/journal.ts';
import type { JournalEntry } from '#gateway/journal-state.ts';
import type { GatewayParts } from '#gateway/sync-doors.ts';
import type { Central, CentralLink } from '#radio/ports/central.ts';
import { RadioError } from '#radio/ports/errors.ts';
import type { Interception } from './interception.ts';

const JOURNAL = 'journal.jsonl';
const NEVER = new Promise<never>(() => {});

export interface CourierParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly cloud: Cloud;
  readonly central: Central;
  readonly folder: string;
  readonly interception: Interception;
  /** Work on the disk, during which no virtual time goes by. */
  readonly onDisk: <T>(work: Promise<T>) => Promise<T>;
}

export class MatrixCourier {
  readonly parts: GatewayParts;
  readonly folder: string;
  /** Settles as it dies. */
  readonly death: Promise<'died'>;
  meetings = 0;
  /** Receipts that came to it whole while it lived, and those that are on its disk, as hex. */
  readonly #taken = new Set<string>();
  readonly #written = new Set<string>();
  readonly #parts: CourierParts;
  readonly #journal: Journal;
  readonly #openLinks = new Set<CentralLink>();
  #isDead = false;
  #isAway = false;
  #die: (how: 'died') => void = () => undefined;

  static async open(parts: CourierParts): Promise<MatrixCourier> {
    return new MatrixCourier(parts, await parts.onDisk(Journal.open(parts.folder)));
  }

  private constructor(parts: CourierParts, journal: Journal) {
    const { clock, random, cloud, folder, interception, onDisk } = parts;
    this.#parts = parts;
    this.#journal = journal;
    this.folder = folder;
    this.death = new Promise((resolve) => (this.#die = resolve));
    const append = journal.append.bind(journal);
    const write = async (entry: JournalEntry): Promise<void> => {
      await onDisk(append(entry));
      if (entry.type === 'receipt-held' && !this.#isDead) this.#written.add(entry.receipt);
    };
    journal.append = (entry) => this.#alive(interception.step(`journal ${entry.type}`, () => write(entry)));
    this.parts = {
      engine: nodeEngine,
      clock,
      random,
      log: silentLog,
      journal,
      cloud: this.#watchedCloud(cloud),
      central: this.#watchedCentral(),
    };
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  get isAway(): boolean {
    return this.#isAway;
  }

  /** Links that nobody ended. */
  get openLinks(): number {
    return this.#openLinks.size;
  }

  /** Receipts that must come to the cloud: one that died has promised those that are on its disk. */
  get promised(): ReadonlySet<string> {
    return this.#isDead ? this.#written : new Set([...this.#taken, ...this.#written]);
  }

  /** Of receipts that it has not told yet, as hex. */
  get held(): string[] {
    return [...this.#journal.state.held.values()].map(({ receipt }) => receipt);
  }

  /** The folder of the one who comes after it. */
  get heir(): string {
    return this.#isDead ? `${this.folder}-heir` : this.folder;
  }

  die(): void {
    this.#isDead = true;
    mkdirSync(this.heir, { recursive: true });
    if (existsSync(join(this.folder, JOURNAL)))
      copyFileSync(join(this.folder, JOURNAL), join(this.heir, JOURNAL));
    this.#die('died');
  }

  leave(): void {
    this.#isAway = true;
  }

  async close(): Promise<void> {
    await this.#parts.central.close();
    await this.#parts.onDisk(this.#journal.close());
  }

  /** What comes of it, as long as there is somebody to hear it. */
  async #alive<T>(work: Promise<T>): Promise<T> {
    try {
      const result = await work;
      return this.#isDead ? await NEVER : result;
    } catch (error) {
      if (this.#isDead) return NEVER;
      throw error;
    }
  }

  #watchedCloud(cloud: Cloud): Cloud {
    return new Proxy(cloud, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) =>
          this.#alive(
            this.#parts.interception.step(`cloud ${String(name)}`, async () => {
              if (this.#isDead) return NEVER;
              return (await value.apply(target, args)) as unknown;
            }),
          );
      },
    });
  }

  #watchedCentral(): Central {
    const { central, interception, clock } = this.#parts;
    const deaf = (): boolean => this.#isDead || this.#isAway;
    return {
      scan: ({ serviceUuids, onReport }) =>
        this.#alive(
          central.scan({ serviceUuids, onReport: (report) => (deaf() ? undefined : onReport(report)) }),
        ),
      connect: (peripheralId, options = {}) =>
        this.#alive(
          interception.step('connect', async () => {
            const { deadlineMs = 10_000 } = options;
            if (deaf()) await new Promise<void>((resolve) => clock.after(deadlineMs, resolve));
            if (deaf()) throw new RadioError('CONNECT_TIMEOUT', 'nobody was met');
            const link = await central.connect(peripheralId, options);
            this.meetings++;
            this.#openLinks.add(link);
            void link.closed.then(() => this.#openLinks.delete(link));
            return this.#watchedLink(link);
          }),
        ),
      close: () => central.close(),
    };
  }

  #watchedLink(link: CentralLink): CentralLink {
    const { interception } = this.#parts;
    const spoilt = (value: Uint8Array): Uint8Array => value.map((byte) => byte ^ 0x55);
    return {
      peripheralId: link.peripheralId,
      get mtu() {
        return link.mtu;
      },
      get packetBytes() {
        return link.packetBytes;
      },
      gattTable: link.gattTable,
      closed: this.#alive(link.closed),
      read: (characteristic, deadlineMs) =>
        this.#alive(interception.step('status read', () => link.read(characteristic, deadlineMs), spoilt)),
      write: (characteristic, value, deadlineMs) =>
        this.#alive(link.write(characteristic, value, deadlineMs)),
      writeCommand: (characteristic, value) =>
        this.#isDead ? NEVER : this.#alive(link.writeCommand(characteristic, value)),
      subscribe: (characteristic, onValue, deadlineMs) => {
        const onArrived = this.#listener(link, characteristic, onValue);
        return this.#alive(
          interception.step('subscribe', () => link.subscribe(characteristic, onArrived, deadlineMs)),
        );
      },
      disconnect: () => (this.#isDead ? NEVER : this.#alive(link.disconnect())),
    };
  }

  #listener(
    link: CentralLink,
    characteristic: string,
    onValue: (value: Uint8Array) => void,
  ): (value: Uint8Array) => void {
    const reader = new FragmentReader();
    let isReadable = true;
    return (arrived) =>
      this.#parts.interception.arrive(link, 'lock', characteristic, arrived, (value) => {
        if (this.#isDead || !this.#openLinks.has(link)) return;
        // A courier reads nothing any more behind what it could not read.
        if (characteristic === SYNC_CONTROL && isReadable) isReadable = this.#noteReceipt(reader, value);
        onValue(value);
      });
  }

  #noteReceipt(reader: FragmentReader, value: Uint8Array): boolean {
    try {
      const message = reader.read(value);
      if (message?.type === MESSAGE.receipt) this.#taken.add(encodeHex(message.body));
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return false;
    }
    return true;
  }
}
