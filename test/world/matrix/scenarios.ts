// What couriers come to a lock for. Each scenario leads a lock to where it begins, says which tables may be in force from
// there on, what one courier does about it, and when nothing is left to do.
import { expect } from 'vitest';
import { encodeHex } from '#protocol/bytes.ts';
import { asDoorId } from '#protocol/ids.ts';
import { formatLabel } from '#protocol/label.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { formatTriple } from '#protocol/triple.ts';
import { activateDoor } from '#gateway/activate.ts';
import { releaseLock } from '#gateway/release-lock.ts';
import { syncDoorOf, syncDoors, type GatewayParts } from '#gateway/sync-doors.ts';
import { errorOfReport } from '#gateway/sync-report.ts';
import { trustImage } from '#gateway/trusted-image.ts';
import { updateDoor } from '#gateway/update-door.ts';
import { aDelta } from '#test/builders/delta.ts';
import { aFirmware } from '#test/builders/firmware.ts';
import { aKeySet } from '#test/builders/key-set.ts';
import { aRelease } from '#test/builders/life.ts';
import { aLock } from '#test/builders/lock.ts';
import { aSignedSet, type BuiltSet } from '#test/builders/signed-set.ts';
import { UNLOCKING } from './matrix-phone.ts';
import type { MatrixWorld } from './matrix-world.ts';
import type { Scenario, Story } from './scenario.ts';

export const DOOR = '4A';
export const built = aLock();
export const keys = aKeySet();
export const nextKeys = aKeySet({ number: 2 });
const ROWS = 150;

const versionOf = ({ triple }: BuiltSet): string => formatTriple(triple);
const first = aSignedSet({ lock: built, keySet: keys, rows: ROWS });
/** For the door that the fake cloud binds a lock to. */
const bound = aSignedSet({
  lock: { ...built, doorId: asDoorId(new Uint8Array(16)) ?? built.doorId },
  keySet: keys,
  rows: ROWS,
});
const second = aSignedSet({ lock: built, keySet: keys, rows: ROWS + 2, tableVersion: 2 });
const rotated = aSignedSet({ lock: built, keySet: nextKeys, rows: ROWS, tableVersion: 2, seed: 2 });
const delta = aDelta(first, second);
/** From a table that the lock never had. */
const strayDelta = aDelta(aSignedSet({ lock: built, keySet: keys, rows: ROWS + 1, tableVersion: 1 }), second);
const image = aFirmware({ firmware: 2 });

async function sync(parts: GatewayParts): Promise<void> {
  const error = errorOfReport(await syncDoors(parts, [DOOR]));
  if (error !== undefined) throw error;
}

/** With the first set in force, by a courier without faults. */
async function synced(world: MatrixWorld): Promise<void> {
  world.cloud.fake.add(DOOR, built, first);
  const courier = await world.courier();
  await world.settle(sync(courier.parts));
  await world.settle(courier.close());
}

function wants(world: MatrixWorld, set: BuiltSet): Story['isDone'] {
  const [door] = world.cloud.fake.doorList;
  Object.assign(door ?? {}, { set });
  return () =>
    world.lock.report().version === versionOf(set) && door?.applied?.tableVersion === set.triple.tableVersion;
}

function opensFor(world: MatrixWorld, set: BuiltSet): void {
  expect(world.lock.press(set.codes.at(-1) ?? '')?.outcome).toBe('open');
}

const activation: Scenario = {
  name: 'activation',
  activated: false,
  async begin(world) {
    const { doorId, doorName } = world.cloud.fake.add(DOOR);
    world.cloud.fake.expects = { lock: built, set: bound };
    const label = formatLabel(nodeEngine, built.labelHash);
    return {
      versions: ['none', versionOf(bound)],
      async run({ parts }) {
        // Who runs it again has bound the lock before.
        if (world.cloud.fake.doorList[0]?.applied !== undefined && world.lock.report().activated === true)
          return sync(parts);
        world.lock.pressButton();
        const { firstSync } = await activateDoor(parts, { doorId, doorName }, label);
        if (firstSync !== undefined && 'error' in firstSync) throw firstSync.error;
      },
      isDone: wants(world, bound),
      check: () => opensFor(world, bound),
    };
  },
};

const rotation: Scenario = {
  name: 'a set under the next key set',
  activated: true,
  async begin(world) {
    await synced(world);
    const { cloud } = world;
    cloud.fake.logOf(cloud.fake.doorList[0]?.doorId ?? '').rotateTo(nextKeys);
    cloud.keySets.push(nextKeys);
    return {
      versions: [versionOf(first), versionOf(rotated)],
      run: ({ parts }) => sync(parts),
      isDone: wants(world, rotated),
      check: () => opensFor(world, rotated),
    };
  },
};

const changed = (name: string, sent: BuiltSet, base: BuiltSet): Scenario => ({
  name,
  activated: true,
  async begin(world) {
    await synced(world);
    const isDone = wants(world, second);
    const [door] = world.cloud.fake.doorList;
    if (door !== undefined) door.delta = { base: encodeHex(base.manifest.tableHash), set: sent };
    return {
      versions: [versionOf(first), versionOf(second)],
      run: ({ parts }) => sync(parts),
      isDone,
      check: () => opensFor(world, second),
    };
  },
});

const departure: Scenario = {
  name: 'deactivation',
  activated: true,
  async begin(world) {
    await synced(world);
    const { fake } = world.cloud;
    const [door] = fake.doorList;
    await fake.askDeactivation(door?.doorId ?? '');
    return {
      versions: [versionOf(first), 'none'],
      run: ({ parts }) => (door?.lock === undefined ? Promise.resolve() : sync(parts)),
      isDone: () => door?.lock === undefined && world.lock.report().activated === false,
      check: () => expect(world.lock.press(first.codes[0] ?? '')?.outcome).toBe('refused'),
    };
  },
};

const release: Scenario = {
  name: 'release',
  activated: true,
  withoutCloud: true,
  async begin(world) {
    await departed(world);
    const label = formatLabel(nodeEngine, built.labelHash);
    const signed = aRelease(3, { lock: built, keySet: keys });
    let isDone = false;
    return {
      versions: ['none'],
      async run({ parts }) {
        await releaseLock(parts, label, signed);
        isDone = true;
      },
      isDone: () => isDone && world.running.secure.load().owner === null,
    };
  },
};

async function departed(world: MatrixWorld): Promise<void> {
  const story = await departure.begin(world);
  const courier = await world.courier();
  await world.settle(story.run(courier));
  await world.settle(courier.close());
  expect(story.isDone()).toBe(true);
}

const update: Scenario = {
  name: 'firmware',
  activated: true,
  async begin(world) {
    await synced(world);
    let isConfirmed = false;
    return {
      versions: [versionOf(first)],
      async run({ parts }) {
        const [door] = await parts.cloud.courierDoors();
        if (door === undefined) return;
        const { signal } = new AbortController();
        const trusted = await trustImage(nodeEngine, parts.cloud, image, signal);
        await updateDoor(parts, syncDoorOf(door), trusted, { isWatched: true, signal });
        isConfirmed = true;
      },
      isDone: () => isConfirmed && world.lock.report().firmware === 2,
      check: () => opensFor(world, first),
    };
  },
};

/** The first one that has a point is where it meets every fault. */
export const SCENARIOS: readonly Scenario[] = [
  rotation,
  activation,
  changed('a delta', delta, first),
  changed('a delta that is refused', strayDelta, first),
  departure,
  release,
  update,
  ...UNLOCKING,
];
