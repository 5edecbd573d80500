// The database under the cloud: numbered steps, refused by older programs, and all or nothing, whatever fails.
import { chmodSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openDataFolder, openStore } from '#cloud/data-folder.ts';
import { migrate, migrations } from '#cloud/db/migrate.ts';
import type { Migration } from '#cloud/db/migrations/migration.ts';
import type { Store } from '#cloud/db/store.ts';
import { systemClock } from '#protocol/node/system-clock.ts';
import { aCloud, aCloudFolder, emptyDataFolder, temporaryFolder } from './cloud-fixture.ts';
import { aHouse, invite } from './house.ts';
import { activate, doorSync } from './paper-lock.ts';
import { postgresForTests } from './postgres/databases.ts';

const isSqlite = postgresForTests() === undefined;

const aStore = (dataFolder: string, databaseUrl?: string): Store => {
  const store = openStore(dataFolder, systemClock, databaseUrl);
  onTestFinished(() => store.close());
  return store;
};

const anEmptyStore = async (): Promise<Store> => aStore(await emptyDataFolder());

/** Migrated. */
const aFullStore = async (): Promise<Store> => aStore(join(await aCloudFolder(), 'data'));

const addsTable = (number: number, name: string): Migration => ({
  number,
  name,
  up: (db) => db.schema.createTable(name).addColumn('a', 'integer').execute(),
});

test('migrations run once, in order, and again only the new ones', async () => {
  const store = await anEmptyStore();
  const known = [addsTable(1, 'one'), addsTable(2, 'two')];
  expect(await migrate(store, 1, known.slice(0, 1))).toEqual({ applied: ['one'], version: 1 });
  expect(await migrate(store, 2, known)).toEqual({ applied: ['two'], version: 2 });
  expect(await migrate(store, 3, known)).toEqual({ applied: [], version: 2 });
});

test('an older program refuses a newer database and leaves it as it is', async () => {
  const store = await anEmptyStore();
  await migrate(store, 1, [addsTable(1, 'one'), addsTable(2, 'two')]);
  await expect(migrate(store, 2, [addsTable(1, 'one')])).rejects.toMatchObject({ code: 'DATABASE_TOO_NEW' });
});

test('a migration that fails leaves nothing of any pending one', async () => {
  const store = await anEmptyStore();
  const broken: Migration = { number: 2, name: 'broken', up: () => Promise.reject(new Error('halfway')) };
  await expect(migrate(store, 1, [addsTable(1, 'one'), broken])).rejects.toThrow('halfway');
  expect(await migrate(store, 2, [addsTable(1, 'one')])).toEqual({ applied: ['one'], version: 1 });
});

test('programs that start at once migrate one after the other', async () => {
  const folder = await emptyDataFolder();
  const results = await Promise.all(
    Array.from({ length: 4 }, () => migrate(aStore(folder), 1, [addsTable(1, 'one')])),
  );
  expect(results.map(({ applied }) => applied.length).sort()).toEqual([0, 0, 0, 1]);
});

test('the numbers of the migrations have no gap and no repeat', () => {
  expect(migrations.map(({ number }) => number)).toEqual(migrations.map((_, i) => i + 1));
});

if (isSqlite) {
  test('the data folder and its files are the owner’s alone', async () => {
    const dataFolder = join(temporaryFolder(), 'data');
    const store = await openDataFolder(dataFolder, systemClock);
    onTestFinished(() => store.close());
    expect(statSync(dataFolder).mode & 0o777).toBe(0o700);
    for (const name of ['door-os.sqlite', 'door-os.sqlite-wal', 'door-os.sqlite-shm']) {
      expect([name, statSync(join(dataFolder, name)).mode & 0o777]).toEqual([name, 0o600]);
    }
  });

  test('a data folder and a database that others can read are closed to them', async () => {
    const dataFolder = join(temporaryFolder(), 'data');
    const first = await openDataFolder(dataFolder, systemClock);
    const paths = ['', 'door-os.sqlite', 'door-os.sqlite-wal', 'door-os.sqlite-shm'].map((name) =>
      join(dataFolder, name),
    );
    onTestFinished(() => first.close());
    for (const path of paths) chmodSync(path, 0o755);
    const second = await openDataFolder(dataFolder, systemClock);
    onTestFinished(() => second.close());
    expect(paths.map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o600, 0o600, 0o600]);
  });
}

test('a transaction that throws leaves nothing, and the next one is not disturbed', async () => {
  const store = await aFullStore();
  const add = (name: string, fails: boolean) =>
    store.write(async (trx) => {
      await trx.insertInto('counters').values({ name, value: 1 }).execute();
      if (fails) throw new Error('no');
    });
  const done = await Promise.allSettled([add('a', true), add('b', false), add('c', true), add('d', false)]);
  expect(done.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected', 'fulfilled']);
  const names = await store.read((trx) =>
    trx.selectFrom('counters').select('name').orderBy('name').execute(),
  );
  expect(names.map(({ name }) => name)).toEqual(['b', 'd']);
});

test('a transaction whose error was swallowed within is not acknowledged as done', async () => {
  const store = await aFullStore();
  const twice = store.write(async (trx) => {
    const add = () => trx.insertInto('counters').values({ name: 'a', value: 1 }).execute();
    await add();
    await add().catch((error: unknown) => expect(store.dialect.isUniqueViolation(error)).toBe(true));
  });
  // SQLite undoes the statement alone, PostgreSQL the whole transaction: it must say so.
  const kept = await twice.then(
    () => 1,
    () => 0,
  );
  const rows = await store.read((trx) => trx.selectFrom('counters').select('name').execute());
  expect(rows).toHaveLength(kept);
});

test('writers of two programs work as if each was alone', async () => {
  const folder = join(await aCloudFolder(), 'data');
  const stores = [aStore(folder), aStore(folder), aStore(folder)];
  await stores[0]!.write((trx) => trx.insertInto('counters').values({ name: 'n', value: 0 }).execute());
  const addOne = (store: Store) =>
    store.write(async (trx) => {
      const { value } = await trx
        .selectFrom('counters')
        .select('value')
        .where('name', '=', 'n')
        .executeTakeFirstOrThrow();
      await trx
        .updateTable('counters')
        .set({ value: value + 1 })
        .where('name', '=', 'n')
        .execute();
    });
  await Promise.all(Array.from({ length: 60 }, (_, i) => addOne(stores[i % 3]!)));
  const after = await stores[1]!.read((trx) => trx.selectFrom('counters').selectAll().execute());
  expect(after).toEqual([{ name: 'n', value: 60 }]);
});

test('a reader sees one moment, whatever is committed meanwhile', async () => {
  const folder = join(await aCloudFolder(), 'data');
  const [reader, writer] = [aStore(folder), aStore(folder)];
  const count = (store: Store) =>
    store.read(async (trx) => {
      const before = await trx.selectFrom('counters').select('name').execute();
      await writer.write((other) => other.insertInto('counters').values({ name: 'x', value: 1 }).execute());
      return [before.length, (await trx.selectFrom('counters').select('name').execute()).length];
    });
  const [before, after] = await count(reader);
  expect(after).toBe(before);
});

test('text is sorted by its bytes, whole numbers stay numbers, bytes stay bytes', async () => {
  const store = await aFullStore();
  const names = ['b', 'B', 'ä', 'a', 'Z', 'a b', 'a-b', '\u{1f600}', '\uff5a'];
  const value = Number.MAX_SAFE_INTEGER;
  await store.write((trx) =>
    trx
      .insertInto('counters')
      .values(names.map((name) => ({ name, value })))
      .execute(),
  );
  const rows = await store.read((trx) => trx.selectFrom('counters').selectAll().orderBy('name').execute());
  const byBytes = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  expect(rows).toEqual(byBytes.map((name) => ({ name, value })));
  const bytes = await store.read((trx) => trx.selectFrom('accounts').select('password_hash').execute());
  expect(bytes).toHaveLength(1);
});

test('an account can be made and a token drawn beside a cloud that is busy writing', async () => {
  const { manager, clientOf } = await aCloud();
  const house = await aHouse(manager);
  const [tokens] = await Promise.all([
    Promise.all([clientOf(['courier']), clientOf(['courier']), clientOf(['courier'])]),
    ...Array.from({ length: 20 }, (_, i) => invite(manager, house, { email: `p${i}@example.com` })),
  ]);
  for (const client of tokens) await client.call('session');
});

test('a clock that steps back gives no version and no number twice, and syncs go on', async () => {
  const cloud = await aCloud();
  const { manager, clock } = cloud;
  const house = await aHouse(manager);
  const doorId = house.door('4B');
  const lock = await activate(manager, doorId);
  await invite(manager, house, { email: 'before@example.com' });
  await doorSync(manager, doorId, lock);
  const before = lock.table!.triple.tableVersion;
  clock.advanceS(-86_400);
  const ids = new Set<string>();
  for (let i = 0; i < 5; i++) ids.add((await invite(manager, house, { email: `p${i}@example.com` })).id);
  expect(ids.size).toBe(5);
  await doorSync(manager, doorId, lock);
  expect(lock.table!.triple.tableVersion).toBe(before + 5);
  expect((await manager.call('listSyncTasks')).items).toEqual([]);
  const numbers = await aStore(cloud.dataFolder).read((trx) =>
    trx.selectFrom('outbox').select('number').orderBy('number').execute(),
  );
  expect(numbers.map(({ number }) => number)).toEqual(numbers.map((_, i) => i + 1));
});
