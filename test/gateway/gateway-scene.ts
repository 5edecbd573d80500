// A gateway with model locks in range of it: in-memory radio, virtual time, a journal on the disk, a fake cloud.
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { silentLog } from '#protocol/ports/log.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { Journal } from '#gateway/journal.ts';
import type { GatewayParts } from '#gateway/sync-doors.ts';
import { openMemoryRadio, type AddressedPeripheral, type MemoryRadio } from '#radio/memory/memory-radio.ts';
import { onTestFinished } from 'vitest';
import { aLock, type BuiltLock } from '#test/builders/lock.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';
import { FakeCloud } from './fake-cloud.ts';
import { ModelLock } from './model-lock.ts';
import { putOnAir } from './model-peripheral.ts';
import { settle } from './settle.ts';
import { aFolder } from './temporary-folder.ts';

export interface GatewayScene {
  readonly clock: VirtualClock;
  readonly radio: MemoryRadio;
  readonly cloud: FakeCloud;
  readonly folder: string;
  readonly parts: GatewayParts;
  /** A door with its lock in range, due for version 1. */
  addDoor(name: string, options?: { isHidden?: boolean; rows?: number }): Promise<SceneDoor>;
  /** A lock without an owner, in range. */
  addUnowned(built: BuiltLock): Promise<SceneLock>;
  /** Closes the journal and opens it again, as the next run does. */
  restart(): Promise<GatewayParts>;
  settle<T>(promise: Promise<T>): Promise<T>;
}

export interface SceneLock {
  readonly lock: ModelLock;
  readonly peripheral: AddressedPeripheral;
}

export interface SceneDoor extends SceneLock {
  readonly doorId: string;
  /** The cloud wants that version from now on. */
  wants(tableVersion: number): void;
}

export async function aGateway(): Promise<GatewayScene> {
  const clock = new VirtualClock();
  const radio = openMemoryRadio({ clock, link: { intervalMs: 30 } });
  const cloud = new FakeCloud();
  const folder = aFolder();
  const ports = { engine: nodeEngine, clock, random: seededRandom(3), cloud, log: silentLog };
  let journal = await Journal.open(folder);
  onTestFinished(() => journal.close());
  const parts: GatewayParts = { ...ports, journal, central: await radio.central() };
  const putLock = async (lock: ModelLock, isHidden = false): Promise<SceneLock> => {
    const peripheral = await radio.peripheral();
    await putOnAir(peripheral, lock, { isHidden });
    return { lock, peripheral };
  };
  return {
    clock,
    radio,
    cloud,
    folder,
    parts,
    async addDoor(name, { isHidden = false, rows = 200 } = {}) {
      const built = aLock({ name });
      const door = cloud.add(name, built, aSignedSet({ lock: built, rows }));
      const wants = (tableVersion: number): void => {
        door.set = aSignedSet({ lock: built, rows, tableVersion });
      };
      return { doorId: door.doorId, wants, ...(await putLock(new ModelLock(built), isHidden)) };
    },
    addUnowned: (built) => putLock(ModelLock.unowned(built)),
    async restart() {
      await journal.close();
      journal = await Journal.open(folder);
      return { ...parts, journal };
    },
    settle: (promise) => settle(clock, promise),
  };
}
