// The job behind a confirmed upload: it goes on after a crash, in one process at a time, with the rights of the moment,
// and repeats no row and leaves none out.
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { startCloud } from '#cloud/serve.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { systemRandom } from '#protocol/node/system-random.ts';
import { silentLog } from '#protocol/ports/log.ts';
import { aCloud, Client, type TestCloud } from './cloud-fixture.ts';
import { managerOf, withStore } from './callers.ts';
import { aHouse, type House } from './house.ts';
import { fileOf, importEnded, importFile, previewFile } from './imports-at.ts';
import { activate } from './paper-lock.ts';

const rowsOf = (count: number, keys = 'Unit'): string[] =>
  Array.from({ length: count }, (_, i) => `P${i},Person,p${i}@example.com,,,${keys},,`);

/** Each address once, each with one grant, and one code a door. */
async function expectWhole(cloud: TestCloud, house: House, people: number): Promise<void> {
  const found = await withStore(cloud, (store) =>
    store.read(async (trx) => {
      const of = (table: 'people' | 'grants' | 'credentials') =>
        trx
          .selectFrom(table)
          .select(({ fn }) => fn.countAll().as('count'))
          .executeTakeFirstOrThrow();
      const versions = await trx
        .selectFrom('doors')
        .select(['name', 'target_version'])
        .where('property_id', '=', house.propertyId)
        .execute();
      const mails = await trx
        .selectFrom('mails')
        .select(({ fn }) => [fn.countAll().as('count'), fn.count('to_address').distinct().as('addresses')])
        .executeTakeFirstOrThrow();
      return {
        people: Number((await of('people')).count),
        grants: Number((await of('grants')).count),
        codes: Number((await of('credentials')).count),
        mails: [Number(mails.count), Number(mails.addresses)],
        versions: versions.map(({ name, target_version }) => [name, target_version]),
      };
    }),
  );
  expect(found).toMatchObject({ people, grants: people, codes: 2 * people, mails: [people, people] });
}

test('progress is told while it goes on, in batches, each of which raises a door’s version once', async () => {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager);
  await activate(manager, house.door('4B'));
  const before = (await manager.call('door', { params: { doorId: house.door('4B') } })).sync.target!
    .tableVersion;
  const preview = await previewFile(manager, house, fileOf(...rowsOf(250)));
  const params = { importId: preview.id };
  expect((await manager.call('import', { params })).state).toBe('previewed');
  let status = await manager.call('confirmImport', { params, body: {} });
  expect(status).toMatchObject({ state: 'running', rowsTotal: 250 });
  const seen = [status.rowsDone];
  while (status.state === 'running') {
    const query = { waitS: '30', rowsDone: String(status.rowsDone) };
    status = await manager.call('import', { params, query });
    if (seen.at(-1) !== status.rowsDone) seen.push(status.rowsDone);
  }
  expect(status).toMatchObject({ state: 'done', rowsDone: 250, invites: 250, failure: null });
  expect(status).toMatchObject({ doorsToSync: [house.door('4B')] });
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  expect(seen.every((rows) => [0, 200, 250].includes(rows))).toBe(true);
  const after = (await manager.call('door', { params: { doorId: house.door('4B') } })).sync.target!
    .tableVersion;
  expect(after - before).toBe(2);
  await expectWhole(cloud, house, 250);
  const list = await manager.call('listImports', { params: { propertyId: house.propertyId } });
  expect(list.items.map(({ id, state }) => [id, state])).toEqual([[preview.id, 'done']]);
});

test('a job that is cancelled stops between two rows, and what is done stays', async () => {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager);
  const preview = await previewFile(manager, house, fileOf(...rowsOf(1_000)));
  const params = { importId: preview.id };
  await manager.call('confirmImport', { params, body: {} });
  await manager.call('import', { params, query: { waitS: '30', rowsDone: '0' } });
  const cancelled = await manager.call('cancelImport', { params });
  expect(cancelled.state).toBe('cancelled');
  expect(await manager.call('cancelImport', { params })).toEqual(cancelled);
  expect(cancelled.rowsDone).toBeGreaterThan(0);
  expect(cancelled.rowsDone).toBeLessThan(1_000);
  expect(cancelled.rowsDone % 200).toBe(0);
  // Another one goes through as a whole, and behind it nothing of the first is left to do.
  await importFile(manager, house, fileOf('Z,Z,z@example.com,,,,,'));
  expect(await importEnded(manager, preview.id)).toEqual(cancelled);
  const { items } = await manager.call('listPeople', {
    params: { propertyId: house.propertyId },
    query: { search: 'z@' },
  });
  expect(items).toHaveLength(1);
});

test('a manager who loses the right while it runs is not obeyed any further', async () => {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager);
  const pm = await managerOf(cloud, {
    email: 'pm@example.com',
    at: { [house.propertyId]: { keyManagement: 'limited' } },
  });
  const { accountId: managerId } = await pm.call('session');
  const preview = await previewFile(pm, house, fileOf(...rowsOf(2_000)));
  const params = { importId: preview.id };
  await pm.call('confirmImport', { params, body: {} });
  await pm.call('import', { params, query: { waitS: '30', rowsDone: '0' } });
  await manager.call('removeManager', { params: { managerId } });
  const ended = await importEnded(manager, preview.id);
  expect(ended.state).toBe('failed');
  expect(ended.failure).toMatch(/manages nothing here/);
  expect(ended.rowsDone).toBeLessThan(2_000);
});

test('a manager of named Keys imports with these alone, and sees nobody else’s uploads', async () => {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager);
  const specific = await managerOf(cloud, {
    email: 'specific@example.com',
    at: { [house.propertyId]: { keyManagement: 'specific', keyIds: [house.key('Front')] } },
  });
  const text = fileOf('A,A,a@example.com,,,Front,,', 'B,B,b@example.com,,,Unit,,', 'C,C,c@example.com,,,,,');
  const done = await importFile(specific, house, text);
  expect(done).toMatchObject({ invites: 1, skipped: 2 });
  expect(done.errors.map(({ line, reason }) => [line, reason])).toEqual([
    [3, expect.stringContaining('"Unit" is not yours')],
    [4, expect.stringContaining('no Key that is yours')],
  ]);
  const theirs = await previewFile(manager, house, text);
  for (const name of ['import', 'confirmImport', 'cancelImport'] as const) {
    const body = name === 'confirmImport' ? { body: {} } : {};
    expect((await specific.refused(name, { params: { importId: theirs.id }, ...body })).code).toBe(
      'NOT_FOUND',
    );
  }
  const list = await specific.call('listImports', { params: { propertyId: house.propertyId } });
  expect(list.items.map(({ id }) => id)).toEqual([done.id]);
  const unit = { keyIds: [house.key('Unit')] };
  const own = await previewFile(specific, house, text);
  expect((await specific.refused('confirmImport', { params: { importId: own.id }, body: unit })).code).toBe(
    'PERMISSION_MISSING',
  );
});

test('two processes on one database do an import once between them', async () => {
  const cloud = await aCloud();
  const house = await aHouse(cloud.manager);
  const { dataFolder, keysFolder, clock } = cloud;
  const other = await startCloud({
    dataFolder,
    keysFolder,
    host: '127.0.0.1',
    port: 0,
    clock,
    engine: nodeEngine,
    random: systemRandom,
    log: silentLog,
  });
  onTestFinished(() => other.stop());
  const there = new Client(() => other.url, cloud.manager.token);
  const uploads = await Promise.all([
    previewFile(cloud.manager, house, fileOf(...rowsOf(300))),
    previewFile(there, house, fileOf(...rowsOf(300))),
  ]);
  const confirm = (client: Client, importId: string) =>
    client.call('confirmImport', { params: { importId }, body: {} });
  await Promise.all([
    confirm(cloud.manager, uploads[0].id),
    confirm(there, uploads[0].id),
    confirm(there, uploads[1].id),
  ]);
  const ended = await Promise.all(uploads.map(({ id }) => importEnded(there, id)));
  expect(ended.map(({ state }) => state)).toEqual(['done', 'done']);
  expect(ended.map(({ invites, unchanged }) => invites + unchanged)).toEqual([300, 300]);
  expect(ended.reduce((sum, { invites }) => sum + invites, 0)).toBe(300);
  await expectWhole(cloud, house, 300);
});

test('killed in the middle again and again, the import ends as if nothing had happened', async () => {
  const cloud = await aCloud();
  const house = await aHouse(cloud.manager);
  const preview = await previewFile(cloud.manager, house, fileOf(...rowsOf(1_200)));
  const params = { importId: preview.id };
  await cloud.stop();
  let kills = 0;
  let rowsDone = 0;
  for (;;) {
    const { url, child } = await aProcess(cloud);
    const client = new Client(() => url, cloud.manager.token);
    const status = await client.call('confirmImport', { params, body: {} });
    expect(status.rowsDone).toBeGreaterThanOrEqual(rowsDone);
    const query = { waitS: '30', rowsDone: String(status.rowsDone) };
    const later = status.state === 'running' ? await client.call('import', { params, query }) : status;
    rowsDone = later.rowsDone;
    if (kills >= 2 || later.state !== 'running') {
      const ended = await importEnded(client, preview.id);
      expect(ended).toMatchObject({ state: 'done', rowsDone: 1_200, invites: 1_200, skipped: 0 });
      await killed(child);
      break;
    }
    await killed(child);
    kills++;
    await freeClaims(cloud);
  }
  expect(kills).toBeGreaterThan(0);
  await expectWhole(cloud, house, 1_200);
});

/** As the half minute would do that a claim lasts. */
const freeClaims = (cloud: TestCloud) =>
  withStore(cloud, (store) =>
    store.write((trx) => trx.updateTable('imports').set({ claimed_until_s: 0 }).execute()),
  );

async function aProcess(cloud: TestCloud): Promise<{ url: string; child: ChildProcess }> {
  const main = fileURLToPath(new URL('cloud-process.ts', import.meta.url));
  const child = spawn(
    process.execPath,
    ['--conditions=source', '--import', 'tsx', main, cloud.dataFolder, cloud.keysFolder],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (line) => resolve(String(line).trim()));
    child.once('exit', () => reject(new Error('the cloud did not start')));
  });
  return { url, child };
}

async function killed(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}
