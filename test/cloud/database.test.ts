// The database under the cloud: numbered steps, refused by older programs, and all or nothing, whatever fails.
import { chmodSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { CompiledQuery } from 'kysely';
import { Client as DatabaseClient } from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { checkDatabase } from '#cloud/doctor/database.ts';
import { createToken } from '#cloud/bootstrap.ts';
import { databaseUrlOf, openDataFolder, openStore } from '#cloud/data-folder.ts';
import { migrate, migrations } from '#cloud/db/migrate.ts';
import type { Migration } from '#cloud/db/migrations/migration.ts';
import type { Store } from '#cloud/db/store.ts';
import { DoorlabError } from '#protocol/errors.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { systemClock } from '#protocol/node/system-clock.ts';
import { systemRandom } from '#protocol/node/system-random.ts';
import { aCloud, aCloudFolder, emptyDataFolder, temporaryFolder, type TestCloud } from './cloud-fixture.ts';
import { aHouse, invite } from './house.ts';
import { activate, doorSync } from './paper-lock.ts';
import { emptyDatabase, postgresForTests } from './postgres/databases.ts';

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

test('what serves no new cloud makes no database where one is missing, and says which it looked for', async () => {
  if (!isSqlite) return;
  const dataFolder = temporaryFolder();
  const parts = { clock: systemClock, random: systemRandom, engine: nodeEngine };
  const wish = { email: 'ann@example.com', label: 'test', scopes: ['courier'] as const };
  await expect(createToken({ dataFolder, ...parts }, wish)).rejects.toMatchObject({
    code: 'DATABASE_MISSING',
    message: expect.stringContaining(dataFolder) as string,
  });
  expect(readdirSync(dataFolder)).toEqual([]);
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

test('the password of a database URL is in no error, however deep one looks', async () => {
  const password = 'correct-horse-battery';
  const server = postgresForTests();
  const wrong = server === undefined ? [] : [new URL(server.url)];
  for (const url of wrong) url.password = password;
  const urls = [
    `mysql://ann:${password}@127.0.0.1/doors`,
    `postgresql://ann:${password}@127.0.0.1:1/doors`,
    `postgresql://ann:${password}@nowhere.invalid/doors`,
    `postgresql://ann:${password}@[::1/doors`,
    `postgresql://ann:${password}@127.0.0.1`,
    ...wrong.map(String),
  ];
  for (const url of urls) {
    const error: unknown = await openDataFolder(temporaryFolder(), systemClock, url).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(DoorlabError);
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(password);
  }
});

/** Refused by its code, nothing of it kept, and the same again once there is room. */
async function refusedForLackOfRoom(
  cloud: TestCloud,
  fill: () => Promise<() => Promise<void>>,
  code: string,
) {
  const house = await aHouse(cloud.manager);
  await invite(cloud.manager, house);
  const makeRoom = await fill();
  const params = { propertyId: house.propertyId };
  const body = { email: 'ben@example.com', firstName: 'Ben', lastName: 'E', keyIds: [house.key('Unit')] };
  const problem = await cloud.manager.refused('invitePerson', { params, body });
  expect(problem).toMatchObject({ code });
  const ready = () => fetch(`${cloud.url}/readyz`);
  expect(await (await ready()).text()).toContain('the disk of the database is full');
  const listed = await cloud.manager.call('listPeople', { params });
  expect(listed.items).toHaveLength(1);
  await makeRoom();
  expect((await ready()).status).toBe(200);
  await invite(cloud.manager, house, { email: 'ben@example.com' });
}

if (!isSqlite) {
  test('a database without room refuses the change as such, keeps nothing of it, and goes on', async () => {
    const cloud = await aCloud();
    const admin = new DatabaseClient({ connectionString: databaseUrlOf(cloud.dataFolder) });
    await admin.connect();
    onTestFinished(() => admin.end());
    const fill = async () => {
      await admin.query(`
        create function no_room() returns trigger language plpgsql as
        $$ begin raise exception 'could not extend file' using errcode = '53100'; end $$`);
      await admin.query('create trigger full_disk before insert on sync_tasks execute function no_room()');
      await admin.query('create trigger full_disk before insert on outbox execute function no_room()');
      await admin.query('create trigger full_disk before insert on counters execute function no_room()');
      return async () => {
        await admin.query('drop function no_room cascade');
      };
    };
    await refusedForLackOfRoom(cloud, fill, 'STORAGE_FULL');
  });

  test('a database that can not spell every name is refused, and told by the doctor', async () => {
    const server = postgresForTests();
    const databaseUrl = await emptyDatabase(server!, 'LATIN1');
    const dataFolder = temporaryFolder();
    const opening = openDataFolder(dataFolder, systemClock, databaseUrl);
    await expect(opening).rejects.toMatchObject({ code: 'DATABASE_UNFIT' });
    const wish = { dataFolder, databaseUrl, keysFolder: dataFolder, clock: systemClock, engine: nodeEngine };
    const [check] = await checkDatabase(wish);
    expect(check).toMatchObject({ status: 'fail', detail: expect.stringContaining('LATIN1') as string });
  });

  test('a server that does not prove itself by TLS is named as that, and as no defect', async () => {
    const { url } = postgresForTests()!;
    const opening = openDataFolder(temporaryFolder(), systemClock, `${url}?sslmode=verify-full`);
    await expect(opening).rejects.toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      message: expect.stringContaining('TLS') as string,
    });
  });

  test('a change that gave way to another transaction is made at its next attempt', async () => {
    const store = await aFullStore();
    let attempts = 0;
    await store.write(async (trx) => {
      await trx
        .insertInto('counters')
        .values({ name: `attempt ${++attempts}`, value: 1 })
        .execute();
      if (attempts < 3) throw Object.assign(new Error('deadlock detected'), { code: '40P01' });
    });
    const rows = await store.read((trx) => trx.selectFrom('counters').select('name').execute());
    expect(rows).toEqual([{ name: 'attempt 3' }]);
  });
} else {
  test('a database without room refuses the change as such, and keeps nothing of it', async () => {
    const store = await aFullStore();
    const pages = (n: number) =>
      store.untyped.executeQuery(CompiledQuery.raw(`pragma max_page_count = ${n}`));
    await pages(1);
    const large = 'x'.repeat(1_000_000);
    const write = () =>
      store.write((trx) => trx.insertInto('counters').values({ name: large, value: 1 }).execute());
    await expect(write()).rejects.toMatchObject({ code: 'DATABASE_FULL' });
    expect(store.isFull).toBe(true);
    await pages(1_000_000);
    await write();
    expect(store.isFull).toBe(false);
    const rows = await store.read((trx) => trx.selectFrom('counters').select('value').execute());
    expect(rows).toHaveLength(1);
  });
}
