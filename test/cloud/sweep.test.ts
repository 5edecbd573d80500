// What is over does not stay in the database for ever, and what still counts stays.
import { expect, onTestFinished, test } from 'vitest';
import { sweepReceipts } from '#cloud/domain/sweep.ts';
import { openDataFolder } from '#cloud/data-folder.ts';
import { aCloud, type TestCloud } from './cloud-fixture.ts';
import { aHouse, invite } from './house.ts';
import { activate, doorSync, PaperLock } from './paper-lock.ts';
import { aSyncedDoor } from './synced-door.ts';

async function storeOf(cloud: TestCloud) {
  const store = await openDataFolder(cloud.dataFolder, cloud.clock);
  onTestFinished(() => store.close());
  return store;
}

test('a token is forgotten a month after its end, when another is made', async () => {
  const cloud = await aCloud();
  const tokenId = (await cloud.manager.call('listTokens')).items[0]!.id;
  const store = await storeOf(cloud);
  const expire = (expiresAtS: number) =>
    store.write((trx) =>
      trx.updateTable('tokens').set({ expires_at_s: expiresAtS }).where('id', '=', tokenId).execute(),
    );
  const nowS = Math.floor(cloud.clock.nowMs() / 1000);
  await expire(nowS - 29 * 86_400);
  const kept = await (await cloud.clientOf(['manager'])).call('listTokens');
  expect(kept.items.map(({ id }) => id)).toContain(tokenId);
  await expire(nowS - 30 * 86_400);
  const swept = await (await cloud.clientOf(['manager'])).call('listTokens');
  expect(swept.items.map(({ id }) => id)).not.toContain(tokenId);
  expect(swept.items).toHaveLength(2);
});

test('activations that bound nothing are forgotten a day after their end, the others kept', async () => {
  const cloud = await aCloud();
  const { manager, clock } = cloud;
  const house = await aHouse(manager);
  const bound = await activate(manager, house.door('4B'));
  const doorId = house.door('Pool');
  const lost = await manager.call('startActivation', { params: { doorId } });
  const finish = {
    params: { activationId: lost.id },
    body: { statement: new PaperLock().state(lost), label: bound.label },
  };
  clock.advanceS(3_600 + 86_400);
  const later = await cloud.clientOf(['manager']);
  const { id } = await later.call('startActivation', { params: { doorId } });
  expect((await later.refused('finishActivation', finish)).code).toBe('NOT_FOUND');
  const store = await storeOf(cloud);
  const rows = await store.read((trx) => trx.selectFrom('activations').select(['id', 'lock_id']).execute());
  expect(rows).toHaveLength(2);
  expect(rows.filter((row) => row.lock_id === null)).toEqual([{ id, lock_id: null }]);
});

test('packages below what the lock has proven go when the next one is made', async () => {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager);
  const doorId = house.door('4B');
  const lock = await activate(manager, doorId);
  await manager.call('startDelivery', { params: { doorId } });
  const store = await storeOf(cloud);
  const versions = async () =>
    (
      await store.read((trx) =>
        trx.selectFrom('packages').select('table_version').orderBy('table_version').execute(),
      )
    ).map((row) => row.table_version);
  await invite(manager, house);
  await doorSync(manager, doorId, lock);
  expect(await versions()).toEqual([1, 2]);
  await invite(manager, house, { email: 'ben@example.com' });
  await manager.call('startDelivery', { params: { doorId } });
  // The newest, whole and from what the lock has.
  expect(await versions()).toEqual([2, 3, 3]);
});

test('a door that nobody syncs keeps few packages, and whoever asks for deliveries over and over one of them', async () => {
  const cloud = await aCloud();
  const { manager, clock } = cloud;
  const house = await aHouse(manager);
  const doorId = house.door('4B');
  const lock = await activate(manager, doorId);
  const nonces = new Set<string>();
  for (let i = 0; i < 8; i++) {
    await invite(manager, house, { email: `p${i}@example.com` });
    nonces.add((await manager.call('startDelivery', { params: { doorId } })).cloudNonce);
  }
  expect(nonces.size).toBe(1);
  const other = await cloud.clientOf(['courier']);
  nonces.add((await other.call('startDelivery', { params: { doorId } })).cloudNonce);
  clock.advanceS(300);
  nonces.add((await manager.call('startDelivery', { params: { doorId } })).cloudNonce);
  expect(nonces.size).toBe(3);
  const store = await storeOf(cloud);
  const kept = await store.read((trx) => trx.selectFrom('packages').select('table_version').execute());
  expect(kept.map((row) => row.table_version).sort((a, b) => a - b)).toEqual([5, 6, 7, 8, 9]);
  await doorSync(manager, doorId, lock);
});

test('of closed tasks and receipts a lock keeps the newest, and every open task', async () => {
  const { cloud, manager, house } = await aSyncedDoor('4B');
  await invite(manager, house);
  const store = await storeOf(cloud);
  await store.write(async (trx) => {
    const task = await trx
      .selectFrom('sync_tasks')
      .selectAll()
      .where('closed_at_s', 'is not', null)
      .executeTakeFirstOrThrow();
    const receipt = await trx.selectFrom('receipts').selectAll().executeTakeFirstOrThrow();
    for (let i = 1; i < 130; i++) {
      const at = { id: `old-${i}`, closed_at_s: (task.closed_at_s ?? 0) - i };
      await trx
        .insertInto('sync_tasks')
        .values({ ...task, ...at })
        .execute();
      const older = { id: `old-${i}`, hash: Uint8Array.of(i), boot: 0, log_sequence: 1_000 - i };
      await trx
        .insertInto('receipts')
        .values({ ...receipt, ...older })
        .execute();
    }
    await sweepReceipts(trx, receipt.lock_id);
  });
  const left = await store.read(async (trx) => ({
    tasks: await trx.selectFrom('sync_tasks').select(['id', 'closed_at_s']).execute(),
    receipts: await trx.selectFrom('receipts').select('id').execute(),
  }));
  expect(left.tasks.filter((task) => task.closed_at_s === null)).toHaveLength(1);
  expect([left.tasks.length, left.receipts.length]).toEqual([101, 100]);
  for (const rows of [left.tasks, left.receipts]) {
    const ids = rows.map(({ id }) => id);
    expect([ids.includes('old-99'), ids.includes('old-100')]).toEqual([true, false]);
  }
});
