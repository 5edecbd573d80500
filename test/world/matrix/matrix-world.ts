// One lock on the in-memory radio in virtual time, its cloud, and couriers that come one after another. At each value that
// reaches the lock it is seen that a table once in force gives way to the one that was meant to follow it, and to nothing else.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DoorlabError } from '#protocol/errors.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import type { Random } from '#protocol/ports/random.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { formatTriple } from '#protocol/triple.ts';
import { CloudError } from '#gateway/cloud-error.ts';
import { JournalError } from '#gateway/journal.ts';
import type { Faults } from '#radio/air/faults.ts';
import { ATT_SUCCESS } from '#radio/ports/gatt.ts';
import type { Peripheral, PeripheralHandler } from '#radio/ports/peripheral.ts';
import type { BuiltKeySet } from '#test/builders/key-set.ts';
import type { BuiltLock } from '#test/builders/lock.ts';
import { aRunningLock, type RunningLock } from '#test/builders/running-lock.ts';
import { turn } from '#test/builders/virtual-time.ts';
import type { Struck } from './faults.ts';
import { Interception, type Aim } from './interception.ts';
import { MatrixAir, type Parts } from './matrix-air.ts';
import { MatrixCloud } from './matrix-cloud.ts';
import { MatrixCourier } from './matrix-courier.ts';
import type { Point } from './points.ts';

export interface WorldOptions {
  readonly folder: string;
  readonly seed: number | string;
  readonly built: BuiltLock;
  readonly keySet: BuiltKeySet;
  readonly activated: boolean;
  /** Of the air in which the first courier comes. */
  readonly faults?: Faults | undefined;
  /** In memory unless said otherwise. */
  readonly parts?: Parts | undefined;
}

const DARK_MS = 3_000;
const SILENT_MS = 60_000;
/** Of one courier's run: an update waits for a trial of minutes. */
const RUN_LIMIT_MS = 1_200_000;
const IDLE_TURNS_MAX = 20_000;

export class MatrixWorld {
  readonly clock = new VirtualClock();
  readonly cloud: MatrixCloud;
  readonly built: BuiltLock;
  readonly options: WorldOptions;
  readonly couriers: MatrixCourier[] = [];
  /** Versions in force one after another, as they were seen. */
  readonly versions: string[] = [];
  /** Where the next courier meets the lock. */
  peripheralId = '';
  #running: RunningLock | undefined;
  #interception: Interception | undefined;
  readonly #random: Random;
  #diskWork = 0;
  readonly #air: MatrixAir;

  static async open(options: WorldOptions): Promise<MatrixWorld> {
    const world = new MatrixWorld(options);
    await world.settle(world.#start());
    return world;
  }

  private constructor(options: WorldOptions) {
    this.options = options;
    this.built = options.built;
    this.#random = seededRandom(options.seed).fork('matrix');
    this.cloud = new MatrixCloud(options.built, this.clock, options.keySet);
    this.#air = new MatrixAir(this.clock, options.parts ?? 'memory', options.faults);
  }

  get running(): RunningLock {
    if (this.#running === undefined) throw new Error('the world has a lock');
    return this.#running;
  }

  get lock(): RunningLock['lock'] {
    return this.running.lock;
  }

  async #start(): Promise<void> {
    const { built: lock, keySet, activated } = this.options;
    const { clock } = this;
    const peripheral = await this.#air.peripheral();
    this.#running = await aRunningLock({
      peripheral: this.#watched(peripheral),
      clock,
      lock,
      keySet,
      activated,
      capacityChunks: 4,
    });
    this.lock.onPowerLost = () => void clock.after(DARK_MS, () => this.lock.restorePower());
  }

  /** `folder`: with the journal that another one left. */
  async courier(options: { aim?: Aim; folder?: string; isInBadAir?: boolean } = {}): Promise<MatrixCourier> {
    const { aim, isInBadAir = false } = options;
    const number = this.couriers.length;
    const { folder = join(this.options.folder, `courier-${number}`) } = options;
    const interception = new Interception({
      clock: this.clock,
      random: this.#random.fork(`rubbish ${number}`),
      strike: (struck) => this.#strike(struck),
      trouble,
      aim,
    });
    this.#interception = interception;
    const { central, peripheralId } = await this.settle(this.#air.central(isInBadAir));
    this.peripheralId = peripheralId;
    const courier = await MatrixCourier.open({
      clock: this.clock,
      random: this.#random.fork(`courier ${number}`),
      cloud: this.cloud.face,
      central,
      folder,
      interception,
      onDisk: (work) => this.#onDisk(work),
    });
    this.couriers.push(courier);
    return courier;
  }

  get interception(): Interception {
    if (this.#interception === undefined) throw new Error('a courier has come');
    return this.#interception;
  }

  /** Virtual time goes on until it settles; while the disk has work, nothing does. */
  async settle<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const done = (): void => {
      settled = true;
    };
    promise.then(done, done);
    const untilMs = this.clock.monotonicMs() + RUN_LIMIT_MS;
    for (let idle = 0; idle < IDLE_TURNS_MAX;) {
      await turn();
      await this.#air.settle();
      // eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- set by `done`
      if (settled) return promise;
      if (this.#diskWork > 0) continue;
      if (this.clock.monotonicMs() > untilMs) throw new Error(`not settled within ${RUN_LIMIT_MS} ms`);
      idle = this.clock.step() ? 0 : idle + 1;
    }
    throw new Error('everybody waits, and for nothing');
  }

  /** A cut that was planned and never came is called off. */
  callOffCuts(): void {
    this.lock.planCut(Number.MAX_SAFE_INTEGER, { kind: 'before' });
  }

  async rest(ms: number): Promise<void> {
    await this.settle(new Promise<void>((resolve) => this.clock.after(ms, resolve)));
  }

  async close(): Promise<void> {
    await this.settle(this.#close());
    rmSync(this.options.folder, { recursive: true, force: true });
  }

  async #close(): Promise<void> {
    for (const courier of this.couriers) if (!courier.isDead) await courier.close();
    await this.lock.close();
    await this.#air.close();
  }

  #watched(peripheral: Peripheral): Peripheral {
    return {
      open: (services, handler) => peripheral.open(services, this.#handler(handler)),
      advertise: (advert) => peripheral.advertise(advert),
      stopAdvertising: () => peripheral.stopAdvertising(),
      close: () => peripheral.close(),
    };
  }

  #handler(handler: PeripheralHandler): PeripheralHandler {
    return {
      onConnect: (link) => handler.onConnect(link),
      onDisconnect: (link) => handler.onDisconnect(link),
      onRead: (link, characteristic) => handler.onRead(link, characteristic),
      onSubscribe: (link, characteristic) => handler.onSubscribe(link, characteristic),
      onUnsubscribe: (link, characteristic) => handler.onUnsubscribe(link, characteristic),
      onWrite: (link, characteristic, arrived, kind) => {
        this.interception.arrive(link, 'courier', characteristic, arrived, (value) => {
          if (link.connected) handler.onWrite(link, characteristic, value, kind);
        });
        this.look();
        return ATT_SUCCESS;
      },
    };
  }

  /** Notes which table is in force. A lock without power says nothing. */
  look(): void {
    const { firmware } = this.lock;
    if (firmware === undefined) return;
    const { table, tableState } = firmware.storage;
    const now = table === undefined ? tableState : formatTriple(table.record.triple);
    if (this.versions.at(-1) !== now) this.versions.push(now);
  }

  #strike(struck: Struck): void {
    const { lock, clock } = this;
    const courier = this.couriers.at(-1);
    switch (struck) {
      case 'link':
        this.#air.dropLinks();
        return;
      case 'lock':
        if (lock.isPowered) lock.cutPower();
        return;
      case 'flash':
        lock.planCut(0, { kind: 'before' });
        return;
      case 'host':
        this.#air.silence(true);
        clock.after(SILENT_MS, () => this.#air.silence(false));
        return;
      case 'courier':
        courier?.die();
        this.#air.dropLinks();
        return;
      case 'range':
        courier?.leave();
        this.#air.dropLinks();
    }
  }

  async #onDisk<T>(work: Promise<T>): Promise<T> {
    this.#diskWork++;
    try {
      return await work;
    } finally {
      this.#diskWork--;
    }
  }
}

const trouble = (point: Point): DoorlabError =>
  point.startsWith('cloud ')
    ? new CloudError('CLOUD_UNREACHABLE', 'The cloud is gone.', { next: 'Start the cloud.' })
    : new JournalError('JOURNAL_NOT_WRITTEN', 'The disk is full.', { next: 'Free some space.' });
