// The doctor of the cloud: what makes it unfit to serve is found and told with its remedy, and a fit one is left alone.
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Kysely } from 'kysely';
import { describe, expect, test } from 'vitest';
import { noteBackup } from '#cloud/backup/last-backup.ts';
import { openDataFolder } from '#cloud/data-folder.ts';
import { RESTORING_TABLE } from '#cloud/db/migrate.ts';
import type { Store } from '#cloud/db/store.ts';
import { judgeClock } from '#cloud/doctor/clock.ts';
import { judgeBackup, judgeVersion } from '#cloud/doctor/database.ts';
import { checkDatabaseTls, checkMail, judgeDiskSpace } from '#cloud/doctor/surroundings.ts';
import { examineCloud, type CloudDoctorWish } from '#cloud/doctor.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { nowS } from '#protocol/ports/clock.ts';
import { aForeignKeysFolder, rotate } from './ceremony.ts';
import { aCloud, aCloudFolder, MovableClock, temporaryFolder } from './cloud-fixture.ts';
import { containing, failing, find } from './doctor-checks.ts';

interface Migrations {
  migrations: { number: number; name: string; applied_at_s: number };
}

async function aWish(over: Partial<CloudDoctorWish> = {}): Promise<CloudDoctorWish> {
  const folder = await aCloudFolder();
  return {
    dataFolder: join(folder, 'data'),
    keysFolder: join(folder, 'keys'),
    databaseUrl: undefined,
    smtpUrl: 'smtps://mail.example.com',
    clock: new MovableClock(),
    engine: nodeEngine,
    ...over,
  };
}

async function inDatabase<T>(
  { dataFolder, clock }: Pick<CloudDoctorWish, 'dataFolder' | 'clock'>,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  const store = await openDataFolder(dataFolder, clock);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

test('a cloud that is fit is told so, and each remedy stands where something is to be done', async () => {
  const cloud = await aCloud();
  rmSync(join(cloud.keysFolder, 'root'), { recursive: true });
  const wish = await aWish({ dataFolder: cloud.dataFolder, keysFolder: cloud.keysFolder });
  const checks = await examineCloud(wish);
  expect(failing(checks)).toEqual([]);
  expect(find(checks, 'database')).toMatchObject({ status: 'ok' });
  expect(find(checks, 'database-keys')).toMatchObject({ status: 'ok', detail: 'key set 1 is in force' });
  expect(find(checks, 'clock')?.detail).toContain('in step with the database');
  const helpless = checks.filter(
    ({ status, remedy }) => (status === 'warn' || status === 'fail') && remedy === undefined,
  );
  expect(helpless).toEqual([]);
});

test('it leaves nothing in the database that it looks at', async () => {
  const cloud = await aCloud();
  const rows = (): Promise<unknown[]> =>
    inDatabase(cloud, (store) =>
      store.read((trx) => trx.selectFrom('counters').selectAll().orderBy('name').execute()),
    );
  const before = await rows();
  await examineCloud(await aWish({ dataFolder: cloud.dataFolder, keysFolder: cloud.keysFolder }));
  expect(await rows()).toEqual(before);
});

test('before anything was made it says what is missing, and makes nothing', async () => {
  const folder = temporaryFolder();
  const wish = await aWish({ dataFolder: join(folder, 'data'), keysFolder: join(folder, 'keys') });
  const checks = await examineCloud(wish);
  expect(failing(checks)).toEqual(['cloud-keys']);
  expect(find(checks, 'cloud-keys')?.remedy).toContain('doorlab cloud keygen');
  expect(readdirSync(folder)).toEqual([]);
});

describe('the database', () => {
  test('keys of another cloud, and keys that are behind', async () => {
    const cloud = await aCloud();
    const kept = join(temporaryFolder(), 'keys');
    cpSync(cloud.keysFolder, kept, { recursive: true });
    const foreign = await aWish({ dataFolder: cloud.dataFolder, keysFolder: aForeignKeysFolder() });
    expect(find(await examineCloud(foreign), 'database-keys')).toMatchObject({ status: 'fail' });
    rotate(cloud.keysFolder);
    await cloud.restart();
    const behind = await aWish({ dataFolder: cloud.dataFolder, keysFolder: kept });
    expect(find(await examineCloud(behind), 'database-keys')).toMatchObject({
      status: 'fail',
      detail: containing('ends at 1'),
    });
  });

  test('one that is older than the program, and one that is newer', () => {
    expect(judgeVersion(2, 2).status).toBe('ok');
    expect(judgeVersion(1, 2)).toMatchObject({
      status: 'fail',
      remedy: containing('doorlab cloud migrate'),
    });
    expect(judgeVersion(3, 2)).toMatchObject({ status: 'fail', remedy: containing('newer') });
  });

  test('a newer one is found without being touched', async () => {
    const wish = await aWish();
    await inDatabase(wish, async (store) => {
      const db = store.untyped as Kysely<Migrations>;
      const row = { number: 99, name: '099-of-tomorrow', applied_at_s: 1 };
      await db.insertInto('migrations').values(row).execute();
      expect(failing(await examineCloud(wish))).toContain('database-version');
      // A database of tests may be used again.
      await db.deleteFrom('migrations').where('number', '=', 99).execute();
    });
  });

  test('one that a backup was being put back into', async () => {
    const wish = await aWish();
    await inDatabase(wish, async ({ untyped: db }) => {
      await db.schema.createTable(RESTORING_TABLE).addColumn('since_s', 'bigint').execute();
      expect(find(await examineCloud(wish), 'database')).toMatchObject({
        status: 'fail',
        remedy: containing('doorlab cloud restore'),
      });
      await db.schema.dropTable(RESTORING_TABLE).execute();
    });
  });

  test('one that is no database, and one that does not answer', async () => {
    const folder = join(temporaryFolder(), 'data');
    mkdirSync(folder, { mode: 0o700 });
    writeFileSync(join(folder, 'door-os.sqlite'), 'this is no database, however long it is'.repeat(200));
    const rubbish = await examineCloud(await aWish({ dataFolder: folder }));
    expect(find(rubbish, 'database')).toMatchObject({ status: 'fail' });
    const url = 'postgresql://somebody:s3cretword@127.0.0.1:1/doors';
    const away = await examineCloud(await aWish({ databaseUrl: url }));
    expect(find(away, 'database')).toMatchObject({ status: 'fail' });
    expect(JSON.stringify(away)).not.toContain('s3cretword');
  });

  test('a clock that stepped back behind what the database has seen', async () => {
    const cloud = await aCloud();
    const clock = new MovableClock();
    const wish = await aWish({ dataFolder: cloud.dataFolder, keysFolder: cloud.keysFolder, clock });
    clock.advanceS(-3_600);
    expect(find(await examineCloud(wish), 'clock')).toMatchObject({
      status: 'fail',
      remedy: containing('timedatectl'),
    });
  });
});

test('a backup that is old, and one that was just made', async () => {
  expect(judgeBackup(30 * 86_400, undefined).status).toBe('unknown');
  expect(judgeBackup(30 * 86_400, 23 * 86_400).status).toBe('ok');
  expect(judgeBackup(30 * 86_400, 22 * 86_400)).toMatchObject({
    status: 'warn',
    remedy: containing('cloud backup'),
  });
  const wish = await aWish();
  expect(find(await examineCloud(wish), 'backup')?.status).toBe('unknown');
  await inDatabase(wish, (store) => store.write((trx) => noteBackup(trx, nowS(wish.clock))));
  expect(find(await examineCloud(wish), 'backup')).toMatchObject({
    status: 'ok',
    detail: containing('0 days'),
  });
});

test('the clock is judged by itself as well', () => {
  const now = 1_800_000_000;
  expect(judgeClock(now, now).status).toBe('ok');
  expect(judgeClock(now, now + 5).status).toBe('ok');
  expect(judgeClock(now, now + 60).status).toBe('warn');
  expect(judgeClock(now, now + 301).status).toBe('fail');
  expect(judgeClock(1_700_000_000, 0).status).toBe('fail');
  expect(judgeClock(5_000_000_000, 0).status).toBe('fail');
});

test('doorcodes on their way to the database', () => {
  const statusOf = (url: string | undefined) => checkDatabaseTls(url)[0]?.status;
  expect(statusOf(undefined)).toBeUndefined();
  for (const host of ['localhost', '127.0.0.1', '[::1]'])
    expect(statusOf(`postgresql://a:b@${host}/d`)).toBe('ok');
  expect(statusOf('postgresql:///d?host=/run/postgresql')).toBe('ok');
  expect(statusOf('postgresql://a:b@db.example.com/d?sslmode=verify-full')).toBe('ok');
  expect(statusOf('postgresql://a:b@db.example.com/d?sslmode=no-verify')).toBe('warn');
  expect(statusOf('postgresql://a:b@10.0.0.7/d')).toBe('warn');
  expect(statusOf('postgresql://a:b@db.example.com/d')).toBe('fail');
  expect(statusOf('postgresql://a:b@127.example.com/d')).toBe('fail');
  expect(statusOf('postgresql://a:b@db.example.com/d?sslmode=disable')).toBe('fail');
  expect(JSON.stringify(checkDatabaseTls('postgresql://a:s3cret@db.example.com/d'))).not.toContain('s3cret');
});

test('where the mails go', () => {
  expect(checkMail(undefined).status).toBe('warn');
  expect(checkMail('').status).toBe('warn');
  expect(checkMail('smtps://me:s3cret@mail.example.com')).toMatchObject({
    status: 'ok',
    detail: 'mails go to mail.example.com',
  });
  // Without TLS nothing is sent there, unless the URL allows it.
  expect(checkMail('smtp://mail.example.com').status).toBe('ok');
  expect(checkMail('smtp://mail.example.com?cleartext=allowed').status).toBe('warn');
  expect(checkMail('smtp://localhost:25?requireTLS=true').status).toBe('fail');
  expect(checkMail('smtp://localhost:25').status).toBe('ok');
  expect(checkMail('mail.example.com:25').status).toBe('fail');
});

test('a disk that is nearly full, and one that is full', () => {
  expect(judgeDiskSpace(10 * 2 ** 30, 'x').status).toBe('ok');
  expect(judgeDiskSpace(500 * 2 ** 20, 'x').status).toBe('warn');
  expect(judgeDiskSpace(5 * 2 ** 20, 'x').status).toBe('fail');
});
