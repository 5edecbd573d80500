// Backups: one moment of a database that is being written to, refused where a byte is wrong, and put back in such a
// way that no lock, token or number of the time since is mistaken for one of before.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createToken } from '#cloud/bootstrap.ts';
import { backUp } from '#cloud/backup/backup.ts';
import { VERSIONS_SKIPPED } from '#cloud/backup/move-on.ts';
import { libpqEnvironment } from '#cloud/backup/postgres-tools.ts';
import { restoreBackup } from '#cloud/backup/restore.ts';
import { databaseUrlOf, openDataFolder, openStore } from '#cloud/data-folder.ts';
import { RESTORING_TABLE } from '#cloud/db/migrate.ts';
import type { Trx } from '#cloud/db/store.ts';
import { startCloud } from '#cloud/serve.ts';
import { VERSION_JUMP_MAX } from '#protocol/limits.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { systemClock } from '#protocol/node/system-clock.ts';
import { systemRandom } from '#protocol/node/system-random.ts';
import { silentLog } from '#protocol/ports/log.ts';
import {
  aCloud,
  Client,
  emptyDataFolder,
  MANAGER,
  temporaryFolder,
  type TestCloud,
} from './cloud-fixture.ts';
import { aHouse, codesOf, invite } from './house.ts';
import { activate, doorSync } from './paper-lock.ts';

const parts = { engine: nodeEngine, clock: systemClock, random: systemRandom };
const { signal } = new AbortController();

const wishFor = (dataFolder: string) => ({ ...parts, dataFolder, signal });

async function backupOf(cloud: TestCloud): Promise<string> {
  const file = join(temporaryFolder(), 'cloud.backup');
  await backUp(wishFor(cloud.dataFolder), file);
  return file;
}

/** Of a data folder that nobody serves. */
async function read<T>(dataFolder: string, work: (trx: Trx) => Promise<T>): Promise<T> {
  const store = await openDataFolder(dataFolder, systemClock);
  try {
    return await store.read(work);
  } finally {
    await store.close();
  }
}

async function tablesIn(dataFolder: string): Promise<string[]> {
  const store = openStore(dataFolder, systemClock);
  try {
    return await store.dialect.tables(store.untyped);
  } finally {
    await store.close();
  }
}

/** Serves what was restored, with the keys of the cloud that it was of. */
async function servedAgain(cloud: TestCloud, dataFolder: string): Promise<Client> {
  const { url, stop } = await startCloud({
    ...parts,
    dataFolder,
    keysFolder: cloud.keysFolder,
    host: '127.0.0.1',
    port: 0,
    log: silentLog,
  });
  onTestFinished(stop);
  const { token } = await createToken(
    { ...parts, dataFolder },
    { email: MANAGER.email, label: 'test', scopes: ['manager'] },
  );
  return new Client(() => url, token);
}

test('a backup is one moment of a cloud that is being written to, for its owner alone', async () => {
  const cloud = await aCloud();
  const house = await aHouse(cloud.manager);
  const invited = (from: number) =>
    Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        invite(cloud.manager, house, { email: `p${from + i}@example.com` }),
      ),
    );
  await invited(0);
  const [file] = await Promise.all([backupOf(cloud), invited(10)]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(file, '..'))).toEqual(['cloud.backup']);
  const dataFolder = await emptyDataFolder();
  await restoreBackup(wishFor(dataFolder), file);
  const [people, doors] = await read(dataFolder, async (trx) => [
    await trx.selectFrom('people').select('id').execute(),
    await trx.selectFrom('doors').select('target_version').where('name', '=', '4B').execute(),
  ]);
  expect(people.length).toBeGreaterThanOrEqual(10);
  expect(doors).toEqual([{ target_version: people.length + VERSIONS_SKIPPED }]);
});

test('a lock that is ahead of the backup gets a version that it has not seen, and takes it', async () => {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager);
  const doorId = house.door('4B');
  const { id: personId } = await invite(manager, house);
  const lock = await activate(manager, doorId);
  await doorSync(manager, doorId, lock);
  const file = await backupOf(cloud);
  for (let i = 0; i < 5; i++) await invite(manager, house, { email: `later${i}@example.com` });
  await doorSync(manager, doorId, lock);
  const ahead = lock.table!.triple;
  await cloud.stop();

  const dataFolder = await emptyDataFolder();
  const restored = await restoreBackup(wishFor(dataFolder), file);
  expect(restored).toMatchObject({ locks: 1 });
  const again = await servedAgain(cloud, dataFolder);
  const tasks = await again.call('listSyncTasks');
  expect(tasks.items.map(({ reason }) => reason)).toContain('database-restored');
  await doorSync(again, doorId, lock);
  const { triple } = lock.table!;
  expect(triple.tableVersion).toBeGreaterThan(ahead.tableVersion);
  expect(triple.tableVersion - ahead.tableVersion).toBeLessThanOrEqual(VERSION_JUMP_MAX);
  expect(lock.rowsOf((await codesOf(again, personId))['4B']!)).toHaveLength(1);
  expect((await again.call('listSyncTasks')).items).toEqual([]);
});

test('numbers given since the backup are not given again', async () => {
  const cloud = await aCloud();
  const house = await aHouse(cloud.manager);
  await invite(cloud.manager, house);
  const file = await backupOf(cloud);
  await invite(cloud.manager, house, { email: 'later@example.com' });
  const newest = await read(cloud.dataFolder, (trx) =>
    trx.selectFrom('counters').select(['name', 'value']).execute(),
  );
  const dataFolder = await emptyDataFolder();
  await restoreBackup(wishFor(dataFolder), file);
  const now = await read(dataFolder, (trx) => trx.selectFrom('counters').select(['name', 'value']).execute());
  const valueOf = (name: string): number => now.find((row) => row.name === name)?.value ?? 0;
  for (const { name, value } of newest.filter((row) => ['credential', 'outbox'].includes(row.name))) {
    expect([name, valueOf(name) > value]).toEqual([name, true]);
  }
});

test('a token that was revoked after the backup does not come back with it, nor does any other', async () => {
  const cloud = await aCloud();
  const courier = await cloud.clientOf(['courier']);
  const file = await backupOf(cloud);
  const tokens = await cloud.manager.call('listTokens');
  const { id: tokenId } = tokens.items.find(({ scopes }) => scopes.includes('courier'))!;
  await cloud.manager.call('revokeToken', { params: { tokenId } });
  const dataFolder = await emptyDataFolder();
  const { tokensEnded } = await restoreBackup(wishFor(dataFolder), file);
  expect(tokensEnded).toBe(2);
  const again = await servedAgain(cloud, dataFolder);
  for (const { token } of [courier, cloud.manager]) {
    expect((await again.withToken(token).refused('listSyncTasks')).code).toBe('NOT_SIGNED_IN');
  }
});

test('what a request with a key was told before the backup is told to nobody after it was put back', async () => {
  const cloud = await aCloud();
  const wish = { body: { name: 'House', zone: 'UTC' }, headers: { 'idempotency-key': 'one' } };
  await cloud.manager.call('createProperty', wish);
  const file = await backupOf(cloud);
  const dataFolder = await emptyDataFolder();
  await restoreBackup(wishFor(dataFolder), file);
  const again = await servedAgain(cloud, dataFolder);
  // Looked at anew, whatever was made or lost since.
  expect((await again.refused('createProperty', wish)).code).toBe('NAME_TAKEN');
});

test('a backup with a byte that is wrong, missing or too many is refused before anything is changed', async () => {
  const file = await backupOf(await aCloud());
  const bytes = readFileSync(file);
  const dataFolder = await emptyDataFolder();
  const before = await tablesIn(await emptyDataFolder());
  const places = [0, 17, 20, 80, 85, 100, 160, bytes.length >> 1, bytes.length - 1];
  const wrong = [
    ...places.map((at) => {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      return changed;
    }),
    ...[0, 10, 81, 120, bytes.length - 1].map((length) => bytes.subarray(0, length)),
    Buffer.concat([bytes, Buffer.of(0)]),
    Buffer.from('hello'),
  ];
  for (const [i, content] of wrong.entries()) {
    const broken = join(temporaryFolder(), 'broken.backup');
    writeFileSync(broken, content);
    const code = await restoreBackup(wishFor(dataFolder), broken).then(
      () => 'restored',
      (error: unknown) => (error as { code?: string }).code,
    );
    expect([i, code]).toEqual([i, 'BACKUP_INVALID']);
  }
  expect(existsSync(join(dataFolder, 'door-os.sqlite'))).toBe(false);
  expect(await tablesIn(dataFolder)).toEqual(before);
});

/** A backup with another header, and the digest that fits it. */
function withHeader(file: string, change: object): string {
  const bytes = readFileSync(file);
  const first = bytes.indexOf(0x0a);
  const second = bytes.indexOf(0x0a, first + 1);
  const header = JSON.parse(bytes.subarray(first + 1, second).toString()) as object;
  const rest = Buffer.concat([
    Buffer.from(`${JSON.stringify({ ...header, ...change })}\n`),
    bytes.subarray(second + 1),
  ]);
  const digest = createHash('sha256').update(rest).digest('hex');
  const changed = join(temporaryFolder(), 'changed.backup');
  writeFileSync(changed, Buffer.concat([Buffer.from(`doorlab-backup-1 ${digest}\n`), rest]));
  return changed;
}

test('a backup of a newer program or of another kind of database is refused', async () => {
  const cloud = await aCloud();
  const file = await backupOf(cloud);
  const dataFolder = await emptyDataFolder();
  const other = databaseUrlOf(cloud.dataFolder) === undefined ? 'postgres' : 'sqlite';
  for (const change of [{ migration: 1_000 }, { database: other }]) {
    const refused = restoreBackup(wishFor(dataFolder), withHeader(file, change));
    await expect(refused).rejects.toMatchObject({ code: 'BACKUP_UNFIT' });
  }
  await restoreBackup(wishFor(dataFolder), file);
});

test('nothing is put over a database that holds something, and no backup over a file', async () => {
  const cloud = await aCloud();
  const file = await backupOf(cloud);
  const refused = restoreBackup(wishFor(cloud.dataFolder), file);
  await expect(refused).rejects.toMatchObject({ code: 'RESTORE_NOT_EMPTY' });
  await expect(backUp(wishFor(cloud.dataFolder), file)).rejects.toMatchObject({ code: 'BACKUP_EXISTS' });
  await cloud.manager.call('session');
});

test('where the database is reaches pg_dump as the driver reads it, by the environment alone', async () => {
  const of = (url: string) => libpqEnvironment(`postgresql://${url}`);
  expect(of('ann:s%40cret@db.example.com:5433/doors?sslmode=no-verify')).toEqual({
    PGHOST: 'db.example.com',
    PGPORT: '5433',
    PGUSER: 'ann',
    PGDATABASE: 'doors',
    PGPASSWORD: 's@cret',
    PGSSLMODE: 'require',
  });
  expect(of('127.0.0.1/doors?user=ann&password=s3cret')).toMatchObject({
    PGUSER: 'ann',
    PGPASSWORD: 's3cret',
    PGSSLMODE: 'disable',
  });
  expect(of('ann@db.example.com/doors?sslmode=verify-full')).toMatchObject({
    PGSSLMODE: 'verify-full',
    PGSSLROOTCERT: expect.stringMatching(/certs|system/) as string,
  });
  expect(of('/doors?host=/var/run/postgresql&user=ann')).toMatchObject({ PGHOST: '/var/run/postgresql' });
});

test('a database into which a restore was cut off is not served', async () => {
  const dataFolder = await emptyDataFolder();
  const store = openStore(dataFolder, systemClock);
  onTestFinished(() => store.close());
  await store.write((trx) =>
    trx.schema.createTable(RESTORING_TABLE).addColumn('since_s', 'bigint').execute(),
  );
  await expect(openDataFolder(dataFolder, systemClock)).rejects.toMatchObject({ code: 'RESTORE_UNFINISHED' });
  // A backup fits the kind of database alone that it is of: on SQLite a file that is there at all is not written over.
  const again = restoreBackup(wishFor(dataFolder), await backupOf(await aCloud()));
  const code = store.dialect.name === 'sqlite' ? 'RESTORE_NOT_EMPTY' : 'RESTORE_UNFINISHED';
  await expect(again).rejects.toMatchObject({ code });
});
