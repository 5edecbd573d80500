// Databases in trouble: without room, without TLS, in the wrong encoding, not there. Each is told by its name, nothing of a
// change is kept, and no secret stands in what is told.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { CompiledQuery } from 'kysely';
import { Client as DatabaseClient } from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { checkDatabase } from '#cloud/doctor/database.ts';
import { createToken } from '#cloud/bootstrap.ts';
import { databaseUrlOf, openDataFolder, openStore } from '#cloud/data-folder.ts';
import type { Store } from '#cloud/db/store.ts';
import { DoorlabError } from '#protocol/errors.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { systemClock } from '#protocol/node/system-clock.ts';
import { systemRandom } from '#protocol/node/system-random.ts';
import { aCloud, aCloudFolder, temporaryFolder, type TestCloud } from './cloud-fixture.ts';
import { aHouse, invite } from './house.ts';
import { emptyDatabase, postgresForTests } from './postgres/databases.ts';

const isSqlite = postgresForTests() === undefined;

const aStore = (dataFolder: string, databaseUrl?: string): Store => {
  const store = openStore(dataFolder, systemClock, databaseUrl);
  onTestFinished(() => store.close());
  return store;
};

/** Migrated. */
const aFullStore = async (): Promise<Store> => aStore(join(await aCloudFolder(), 'data'));

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
  test('what serves no new cloud makes no database where one is missing, and says which it looked for', async () => {
    const dataFolder = temporaryFolder();
    const parts = { clock: systemClock, random: systemRandom, engine: nodeEngine };
    const wish = { email: 'ann@example.com', label: 'test', scopes: ['courier'] as const };
    await expect(createToken({ dataFolder, ...parts }, wish)).rejects.toMatchObject({
      code: 'DATABASE_MISSING',
      message: expect.stringContaining(dataFolder) as string,
    });
    expect(readdirSync(dataFolder)).toEqual([]);
  });

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
