// The demo's house: a lock at every door, real firmware on flash files, each on a real bleno in one served air, and
// a gateway with a real noble.
import { join } from 'node:path';
import type { Door } from '#protocol/api/property.ts';
import type { Central } from '#radio/ports/central.ts';
import type { Radio } from '#radio/ports/radio.ts';
import { serveAir, type AirServer } from '#radio/virtual/air-server.ts';
import { openWsRadio } from '#radio/virtual/ws-radio.ts';
import { CloudClient } from '#gateway/cloud-client.ts';
import { Journal } from '#gateway/journal.ts';
import { PackageCache } from '#gateway/package-cache.ts';
import type { GatewayParts } from '#gateway/sync-doors.ts';
import { openLock, type Lock } from '#lock-sim/lock.ts';
import { openLockFolder, type LockFolder } from '#lock-sim/lock-folder.ts';
import { TYPICAL_TIMING } from '#lock-sim/flash/nor-flash.ts';
import type { DemoCloud } from './demo-cloud.ts';
import type { DemoParts } from './demo-parts.ts';

const LOCK_CAPACITY_ROWS = 500;
const FIRMWARE = 1;

export interface HouseDoor {
  readonly door: Door;
  readonly lock: Lock;
  /** As a person reads it off the lock. */
  readonly label: string;
}

export class DemoHouse {
  readonly air: AirServer;
  readonly doors: HouseDoor[] = [];
  readonly #parts: DemoParts;
  readonly #radio: Radio;
  readonly #folders: LockFolder[] = [];
  #journal: Journal | undefined;
  #central: Central | undefined;

  private constructor(parts: DemoParts, air: AirServer, radio: Radio) {
    this.#parts = parts;
    this.air = air;
    this.#radio = radio;
  }

  static async open(parts: DemoParts): Promise<DemoHouse> {
    const { clock } = parts;
    const air = await serveAir({ clock, port: 0, link: 'unpaced' });
    return new DemoHouse(parts, air, openWsRadio(air.url, { clock }));
  }

  async fitLock(door: Door): Promise<HouseDoor> {
    const { lockEngine: engine, clock, random, log, folder } = this.#parts;
    const home = openLockFolder({
      path: join(folder, 'locks', door.id),
      engine,
      random,
      clock,
      capacityRows: LOCK_CAPACITY_ROWS,
    });
    this.#folders.push(home);
    const lock = await openLock({
      ...home,
      peripheral: await this.#radio.peripheral(),
      engine,
      clock,
      random,
      log,
      timing: this.#parts.flashTiming ?? TYPICAL_TIMING,
      model: { capacityRows: home.capacityRows, firmware: FIRMWARE },
    });
    const fitted = { door, lock, label: home.label };
    this.doors.push(fitted);
    return fitted;
  }

  async gateway(cloud: DemoCloud): Promise<GatewayParts> {
    const { engine, clock, random, log, folder } = this.#parts;
    this.#journal ??= await Journal.open(join(folder, 'gateway'));
    this.#central ??= await this.#radio.central();
    const cache = new PackageCache(join(folder, 'gateway', 'packages'), engine);
    const client = new CloudClient({ address: cloud.courier, engine, clock, cache });
    return { engine, clock, random, log, journal: this.#journal, central: this.#central, cloud: client };
  }

  async close(): Promise<void> {
    for (const { lock } of this.doors) await lock.close();
    for (const folder of this.#folders) folder.close();
    await this.#journal?.close();
    await this.#radio.close();
    await this.air.close();
  }
}
