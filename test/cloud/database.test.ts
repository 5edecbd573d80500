// The database under the cloud: numbered steps, refused by older programs, and durable when acknowledged.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { createAccount, createToken } from '#cloud/bootstrap.ts';
import { openDataFolder } from '#cloud/data-folder.ts';
import { sqliteDialect } from '#cloud/db/dialect/sqlite.ts';
import { migrate, migrations } from '#cloud/db/migrate.ts';
import type { Migration } from '#cloud/db/migrations/migration.ts';
import { Store } from '#cloud/db/store.ts';
import { keygen } from '#cloud/keys/keygen.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { systemClock } from '#protocol/node/system-clock.ts';
import { systemRandom } from '#protocol/node/system-random.ts';
import { aCloud, Client, MANAGER, temporaryFolder } from './cloud-fixture.ts';
import { aHouse, invite } from './house.ts';

const aStore = (folder = temporaryFolder()): Store => {
  const store = new Store(sqliteDialect(join(folder, 'test.sqlite'), systemClock));
  onTestFinished(() => store.close());
  return store;
};

const addsTable = (number: number, name: string): Migration => ({
  number,
  name,
  up: (db) => db.schema.createTable(name).addColumn('a', 'integer').execute(),
});

test('migrations run once, in order, and again only the new ones', async () => {
  const store = aStore();
  const known = [addsTable(1, 'one'), addsTable(2, 'two')];
  expect(await migrate(store, 1, known.slice(0, 1))).toEqual({ applied: ['one'], version: 1 });
  expect(await migrate(store, 2, known)).toEqual({ applied: ['two'], version: 2 });
  expect(await migrate(store, 3, known)).toEqual({ applied: [], version: 2 });
});

test('an older program refuses a newer database and leaves it as it is', async () => {
  const store = aStore();
  await migrate(store, 1, [addsTable(1, 'one'), addsTable(2, 'two')]);
  await expect(migrate(store, 2, [addsTable(1, 'one')])).rejects.toMatchObject({ code: 'DATABASE_TOO_NEW' });
});

test('a migration that fails leaves nothing of any pending one', async () => {
  const store = aStore();
  const broken: Migration = { number: 2, name: 'broken', up: () => Promise.reject(new Error('halfway')) };
  await expect(migrate(store, 1, [addsTable(1, 'one'), broken])).rejects.toThrow('halfway');
  expect(await migrate(store, 2, [addsTable(1, 'one')])).toEqual({ applied: ['one'], version: 1 });
});

test('programs that start at once migrate one after the other', async () => {
  const folder = temporaryFolder();
  const results = await Promise.all(
    Array.from({ length: 4 }, () => migrate(aStore(folder), 1, [addsTable(1, 'one')])),
  );
  expect(results.map(({ applied }) => applied.length).sort()).toEqual([0, 0, 0, 1]);
});

test('the numbers of the migrations have no gap and no repeat', () => {
  expect(migrations.map(({ number }) => number)).toEqual(migrations.map((_, i) => i + 1));
});

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

test('a transaction that throws leaves nothing, and the next one is not disturbed', async () => {
  const store = await openDataFolder(join(temporaryFolder(), 'data'), systemClock);
  onTestFinished(() => store.close());
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

test('an account can be made and a token drawn beside a cloud that is busy writing', async () => {
  const { manager, clientOf } = await aCloud();
  const house = await aHouse(manager);
  const [tokens] = await Promise.all([
    Promise.all([clientOf(['courier']), clientOf(['courier']), clientOf(['courier'])]),
    ...Array.from({ length: 20 }, (_, i) => invite(manager, house, { email: `p${i}@example.com` })),
  ]);
  for (const client of tokens) await client.call('session');
});

const CHILD = new URL('cloud-process.ts', import.meta.url).pathname;

async function cloudProcess(
  dataFolder: string,
  keysFolder: string,
): Promise<{ child: ChildProcess; url: string }> {
  const args = ['--conditions=source', '--import', 'tsx', CHILD, dataFolder, keysFolder];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  for await (const line of createInterface({ input: child.stdout })) return { child, url: line };
  throw new Error('the cloud ended before it served');
}

test(
  'every change that was acknowledged is there after kill -9, with its versions in a row',
  { timeout: 120_000 },
  async () => {
    const folder = temporaryFolder();
    const [dataFolder, keysFolder] = [join(folder, 'data'), join(folder, 'keys')];
    const parts = { engine: nodeEngine, clock: systemClock, random: systemRandom };
    keygen(keysFolder, parts);
    await createAccount({ dataFolder, ...parts }, MANAGER);
    const { token } = await createToken(
      { dataFolder, ...parts },
      { email: MANAGER.email, label: 't', scopes: ['manager'] },
    );
    const acknowledged: string[] = [];
    let propertyId = '';
    let keyId = '';
    for (let round = 0; round < 3; round++) {
      const { child, url } = await cloudProcess(dataFolder, keysFolder);
      const client = new Client(() => url, token);
      if (round === 0) {
        const house = await aHouse(client);
        [propertyId, keyId] = [house.propertyId, house.key('Unit')];
      }
      const enough = acknowledged.length + 12;
      const load = async (lane: number): Promise<void> => {
        for (let i = 0; ; i++) {
          const email = `r${round}-${lane}-${i}@example.com`;
          const body = { email, firstName: 'A', lastName: 'B', keyIds: [keyId] };
          // The first failure is the kill.
          const reply = await client
            .call('invitePerson', { params: { propertyId }, body })
            .catch(() => undefined);
          if (reply === undefined) return;
          acknowledged.push(email);
          if (acknowledged.length === enough) child.kill('SIGKILL');
        }
      };
      await Promise.all([once(child, 'exit'), load(0), load(1), load(2)]);
    }
    const store = await openDataFolder(dataFolder, systemClock);
    onTestFinished(() => store.close());
    const kept = await store.read((trx) => trx.selectFrom('accounts').select('email').execute());
    const emails = new Set(kept.map(({ email }) => email));
    expect(acknowledged.length).toBeGreaterThanOrEqual(36);
    expect(acknowledged.filter((email) => !emails.has(email))).toEqual([]);
    // One invite, one version: none is missing and none counted twice.
    const invites = kept.length - 1;
    const doors = await store.read((trx) =>
      trx.selectFrom('doors').select(['name', 'target_version']).orderBy('name').execute(),
    );
    expect(doors).toEqual([
      { name: '4B', target_version: invites },
      { name: 'Entrance', target_version: invites },
      { name: 'Pool', target_version: 0 },
    ]);
    const codes = await store.read((trx) => trx.selectFrom('credentials').select('number').execute());
    expect(codes).toHaveLength(2 * invites);
  },
);
