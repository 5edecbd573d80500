// A lock that moves takes the rows of its log along: each is told at the door that it is of, and nowhere else.
import { expect, test } from 'vitest';
import { withStore } from './callers.ts';
import { aCloud, type Client, type TestCloud } from './cloud-fixture.ts';
import { aHouse } from './house.ts';
import { activate, doorSync, type PaperLock } from './paper-lock.ts';
import { PaperLog, postLog } from './paper-log.ts';

async function aLoggingLock() {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager);
  const other = await aHouse(manager, { name: 'Other' });
  const [a, b, elsewhere] = [house.door('Entrance'), house.door('Pool'), other.door('Entrance')];
  const lock = await activate(manager, a);
  await doorSync(manager, a, lock);
  const log = new PaperLog(lock, Math.floor(cloud.clock.nowMs() / 1000) - 3_600);
  return { cloud, manager, lock, log, a, b, elsewhere };
}

const takeOff = async (manager: Client, doorId: string, lock: PaperLock): Promise<void> => {
  const { statement } = await manager.call('askDeactivation', { params: { doorId }, body: {} });
  await manager.call('postReceipt', { params: { doorId }, body: { receipt: lock.deactivate(statement) } });
};

const numbersAt = async (cloud: TestCloud, doorId: string): Promise<number[]> => {
  const rows = await withStore(cloud, (store) =>
    store.read((trx) =>
      trx.selectFrom('activity').select('number').where('door_id', '=', doorId).orderBy('number').execute(),
    ),
  );
  return rows.map(({ number }) => number);
};

test.each(['the receipt', 'the log'])(
  'what a lock wrote at its former door is told there, though it comes by the next one, %s first',
  async (first) => {
    const { cloud, manager, lock, log, a, b } = await aLoggingLock();
    log.opened(1);
    log.opened(1);
    await takeOff(manager, a, lock);
    await activate(manager, b, lock);
    log.write({ type: 'activated', doorId: lock.doorId! });
    log.opened(2);
    if (first === 'the receipt') await doorSync(manager, b, lock);
    expect((await postLog(manager, b, log.batch())).next).toBe(5);
    expect(await numbersAt(cloud, a)).toEqual([1, 2]);
    expect(await numbersAt(cloud, b)).toEqual([3, 4]);
  },
);

test('a door of another property whose binding the lock never took is told nothing of it', async () => {
  const { cloud, manager, lock, log, a, b, elsewhere } = await aLoggingLock();
  log.opened(1);
  await takeOff(manager, a, lock);
  // Bound there, and the answer lost.
  await activate(manager, elsewhere, lock);
  cloud.clock.advanceS(1);
  await activate(manager, b, lock);
  log.write({ type: 'activated', doorId: lock.doorId! });
  await postLog(manager, b, log.batch());
  const at = [await numbersAt(cloud, a), await numbersAt(cloud, elsewhere), await numbersAt(cloud, b)];
  expect(at).toEqual([[1], [], [2]]);
});

test('rows of three doors that come in one batch, or cut anywhere into two, are each told at their own', async () => {
  for (let cut = 0; cut <= 7; cut++) {
    const { cloud, manager, lock, log, a, b, elsewhere } = await aLoggingLock();
    log.write({ type: 'activated', doorId: lock.doorId! });
    log.opened(1);
    await takeOff(manager, a, lock);
    await activate(manager, elsewhere, lock);
    log.write({ type: 'activated', doorId: lock.doorId! });
    await doorSync(manager, elsewhere, lock);
    log.opened(2);
    log.opened(2);
    await takeOff(manager, elsewhere, lock);
    await activate(manager, b, lock);
    log.write({ type: 'activated', doorId: lock.doorId! });
    await doorSync(manager, b, lock);
    log.opened(3);
    if (cut > 0) await postLog(manager, b, log.batch({ to: cut }));
    await postLog(manager, b, log.batch());
    const at = [await numbersAt(cloud, a), await numbersAt(cloud, elsewhere), await numbersAt(cloud, b)];
    expect([cut, ...at]).toEqual([cut, [1, 2], [3, 4, 5], [6, 7]]);
  }
});
