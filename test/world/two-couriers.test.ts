// Two couriers at one lock, two gateways on one data folder: one is served, the other ends with a code of its own and
// a next step, and can complete afterwards.
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DOOR_SYNC_SERVICE } from '#protocol/sync/gatt.ts';
import type { Central, CentralLink } from '#radio/ports/central.ts';
import { systemClock } from '#protocol/node/system-clock.ts';
import { openWsRadio } from '#radio/virtual/ws-radio.ts';
import { Journal } from '#gateway/journal.ts';
import { Doorlab, type Ended } from './doorlab.ts';
import { DOOR, OneDoor } from './one-door.ts';

let doorlab: Doorlab;
let scene: OneDoor;
beforeEach(async () => {
  [doorlab, scene] = await Promise.all([Doorlab.build(), OneDoor.open(3)]);
  Object.assign(doorlab.env, {
    DOORLAB_RADIO: scene.house.air.url,
    DOORLAB_CLOUD: scene.cloud.running.url,
  });
});
afterEach(async () => {
  await doorlab.close();
  await scene.close();
});

const syncFrom = (data: string): Promise<Ended> =>
  doorlab.run(['sync', DOOR], { env: { DOORLAB_DATA: data } });

async function meet(central: Central): Promise<CentralLink> {
  let found!: (id: string) => void;
  const met = new Promise<string>((resolve) => (found = resolve));
  const scan = await central.scan({
    serviceUuids: [DOOR_SYNC_SERVICE],
    onReport: ({ peripheralId }) => found(peripheralId),
  });
  const peripheralId = await met;
  await scan.stop();
  return central.connect(peripheralId, { deadlineMs: 10_000 });
}

it('two courier processes at one lock at once: it gets the set, and whoever was not served completes after', async () => {
  const revoked = await scene.resident(0);
  await scene.revoke(revoked);
  const [one, two] = [scene.walker(doorlab.folder, 'one'), scene.walker(doorlab.folder, 'two')];
  const both = await Promise.all([syncFrom(one), syncFrom(two)]);
  const exits = both.map(({ exit }) => exit);
  expect(exits).toContain(0);
  for (const { exit, last } of both)
    if (exit !== 0)
      expect([exit, last['code'], typeof last['next']]).toEqual([4, 'DOOR_NOT_FOUND', 'string']);
  expect(scene.opens(revoked.code)).toBe(false);
  expect(await scene.atCloud()).toEqual({ state: 'up-to-date', openTasks: 0 });
  const again = await Promise.all([syncFrom(one), syncFrom(two)]);
  expect(again.map(({ exit }) => exit)).toEqual([0, 0]);
});

it('a courier that connects and says nothing keeps no other out: the lock ends it, and serves the next', async () => {
  const revoked = await scene.resident(0);
  await scene.revoke(revoked);
  const radio = openWsRadio(scene.house.air.url, { clock: systemClock });
  try {
    const silent = await meet(await radio.central());
    const { exit } = await syncFrom(scene.walker(doorlab.folder, 'walker'));
    expect(exit).toBe(0);
    await silent.closed;
  } finally {
    await radio.close();
  }
  expect(scene.opens(revoked.code)).toBe(false);
});

it('two gateways on one data folder: the second ends with 3 and says which process holds the journal', async () => {
  const data = scene.walker(doorlab.folder, 'walker');
  const journal = await Journal.open(join(data, 'gateway'));
  try {
    const { exit, last } = await syncFrom(data);
    expect([exit, last['code']]).toEqual([3, 'JOURNAL_BUSY']);
    expect(last['message']).toContain(`Process ${process.pid} holds the journal`);
    expect(last['next']).toMatch(/another data folder/);
  } finally {
    await journal.close();
  }
  expect((await syncFrom(data)).exit).toBe(0);
});
