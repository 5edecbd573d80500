// The whole life of a lock, by the commands: it leaves its door by a courier's hand, comes back, is lost and turns up, leaves
// for good, is released by the root keys, and gets another owner.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { portableEngine } from '#protocol/crypto/portable-engine.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { systemClock } from '#protocol/node/system-clock.ts';
import { routes } from '#protocol/api/routes.ts';
import { silentLog } from '#protocol/ports/log.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { MESSAGE } from '#protocol/sync/messages.ts';
import type { CentralLink } from '#radio/ports/central.ts';
import { askRelease, finishRelease } from '#cloud/release-request.ts';
import { activateDoor } from '#gateway/activate.ts';
import { Journal } from '#gateway/journal.ts';
import { syncDoors, type GatewayParts } from '#gateway/sync-doors.ts';
import { openDemoCloud, type DemoCloud } from '#lab/demo/demo-cloud.ts';
import { rootsIn, signedBy } from '../cloud/ceremony.ts';
import { startHere, type Told } from './command-here.ts';
import { DOOR, OneDoor } from './one-door.ts';

const random = seededRandom('departure');
let folder: string;
let scene: OneDoor;
let other: DemoCloud;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'doorlab-departure-'));
  const signal = new AbortController().signal;
  const parts = {
    engine: nodeEngine,
    lockEngine: portableEngine,
    clock: systemClock,
    log: silentLog,
    signal,
  };
  [scene, other] = await Promise.all([
    OneDoor.open(1),
    openDemoCloud({ ...parts, random, folder: join(folder, 'other') }),
  ]);
});
afterEach(async () => {
  await scene.close();
  await other.running.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The first receipt that comes over it is lost with the link. */
function losingReceipt({ central, ...parts }: GatewayParts): GatewayParts {
  let isLost = false;
  const losing = (link: CentralLink): CentralLink =>
    new Proxy(link, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (name !== 'subscribe')
          return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        const subscribe: CentralLink['subscribe'] = (characteristic, onValue, deadlineMs) =>
          target.subscribe(
            characteristic,
            (fragment) => {
              const isReceipt = ((fragment[0] ?? 0) & 0x7f) === MESSAGE.receipt;
              if (!isReceipt || isLost) return onValue(fragment);
              isLost = true;
              void target.disconnect();
            },
            deadlineMs,
          );
        return subscribe;
      },
    });
  return {
    ...parts,
    central: {
      scan: (options) => central.scan(options),
      connect: async (id, options) => losing(await central.connect(id, options)),
      close: () => central.close(),
    },
  };
}

it('a lock leaves its door, comes back, is lost and found, leaves again, is released, and has another owner', async () => {
  const { at, cloud, house } = scene;
  const { lock, label, door } = at;
  const data = scene.walker(folder, 'walker');
  const here = (...args: string[]): Promise<Told> => startHere(scene, folder, data, args).told;
  const { code } = await scene.resident(0);
  const activateAgain = async (): Promise<void> => {
    lock.pressButton();
    expect(await here('activate', DOOR, '--label', label)).toMatchObject({ exit: 0 });
    expect(scene.opens(code), 'the door has kept its people').toBe(true);
  };
  expect(scene.opens(code)).toBe(true);

  const unasked = await here('deactivate', DOOR);
  expect([unasked.exit, unasked.last['code']]).toEqual([2, 'INPUT_NEEDED']);
  expect((await scene.atCloud()).state).toBe('up-to-date');

  const asked = await here('deactivate', DOOR, '--no-wait', '--yes');
  expect(asked).toMatchObject({ exit: 0, last: { result: { result: 'asked' } } });
  expect(await scene.atCloud()).toMatchObject({ state: 'pending' });
  expect(scene.opens(code), 'until a courier meets it').toBe(true);

  const journal = await Journal.open(join(folder, 'courier'));
  const gateway = { ...(await house.gateway(cloud)), journal };
  const { doors } = await syncDoors(losingReceipt(gateway), [DOOR]);
  expect(doors).toMatchObject([{ result: 'left', delivery: { connections: 2 } }]);
  expect(await scene.atCloud()).toEqual({ state: 'no-lock', openTasks: 0 });
  expect(scene.opens(code)).toBe(false);
  const gone = await here('sync', DOOR);
  expect([gone.exit, gone.last['code']]).toEqual([2, 'DOOR_UNKNOWN']);

  await activateAgain();
  expect(await here('deactivate', DOOR, '--lost', '--yes')).toMatchObject({
    exit: 0,
    last: { result: { result: 'lost' } },
  });
  expect(await scene.atCloud()).toEqual({ state: 'no-lock', openTasks: 0 });
  expect(scene.opens(code), 'nobody has met it').toBe(true);
  const round = await here('sync', '--due', '--look', '2');
  expect(round.lines).toContainEqual(expect.objectContaining({ door: DOOR, result: 'left' }));
  expect(scene.opens(code)).toBe(false);

  await activateAgain();
  expect(await here('deactivate', DOOR, '--yes')).toMatchObject({
    exit: 0,
    last: { result: { result: 'left' } },
  });
  expect(scene.opens(code)).toBe(false);

  const theirs = { ...(await house.gateway(other)), journal };
  const { id: propertyId } = await other.call(routes.createProperty, {
    body: {
      name: 'Oak House',
      zone: 'Europe/Berlin',
      doorcodeLength: 7,
      doors: [{ name: 'Gate', type: 'building-entrance', internet: false }],
      keys: [],
    },
  });
  const { items } = await other.call(routes.listDoors, { params: { propertyId } });
  const bindTo = { doorId: items[0]!.id, doorName: 'Gate' };
  lock.pressButton();
  await expect(activateDoor(theirs, bindTo, label)).rejects.toMatchObject({ code: 'LOCK_REFUSED' });

  const keysFolder = join(dirname(scene.cloudFolder), 'keys');
  const bootstrap = { dataFolder: scene.cloudFolder, engine: nodeEngine, clock: systemClock, random };
  const request = await askRelease(bootstrap, { keysFolder, lock: door.id });
  const release = join(folder, 'front.release');
  writeFileSync(release, finishRelease(nodeEngine, request, [signedBy(request, ...rootsIn(keysFolder))]));
  writeFileSync(join(folder, 'label.txt'), `${label}\n`);
  for (const time of ['first', 'again']) {
    const released = await here('release', release, '--label-file', 'label.txt');
    expect([time, released.exit]).toEqual([time, 0]);
  }

  lock.pressButton();
  expect((await activateDoor(theirs, bindTo, label)).firstSync?.result).toBe('applied');
  await journal.close();
});
