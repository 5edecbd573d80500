// A rotation while clouds serve: taken up without a restart, by every process, and no package is of two key sets.
import { cpSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { keySetPath } from '#cloud/keys/key-folder.ts';
import { startCloud } from '#cloud/serve.ts';
import { decodeHex } from '#protocol/bytes.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { systemRandom } from '#protocol/node/system-random.ts';
import { silentLog, type Log } from '#protocol/ports/log.ts';
import { verifyKeySet, type KeySet } from '#protocol/signed/key-set.ts';
import { parseManifest, verifyManifest } from '#protocol/signed/manifest.ts';
import { parsePackage } from '#protocol/table/package.ts';
import { aForeignKeysFolder, rotate } from './ceremony.ts';
import { aCloud, Client, temporaryFolder, type TestCloud } from './cloud-fixture.ts';
import { aHouse, invite } from './house.ts';
import { activate, doorSync, PaperLock } from './paper-lock.ts';

interface HeardLog extends Log {
  /** Resolves once the event has been logged, with its fields. */
  once(event: string): Promise<Record<string, unknown>>;
}

function aHeardLog(): HeardLog {
  const waiting = new Map<string, (fields: Record<string, unknown>) => void>();
  const hear = (event: string, fields = {}): void => {
    waiting.get(event)?.(fields);
    waiting.delete(event);
  };
  return {
    ...silentLog,
    info: hear,
    error: hear,
    once: (event) => new Promise((resolve) => waiting.set(event, resolve)),
  };
}

/** A second process on the same database, with keys of its own. */
async function another(cloud: TestCloud, keysFolder: string, log: Log = silentLog) {
  const { clock, dataFolder } = cloud;
  const parts = { clock, engine: nodeEngine, random: systemRandom, log };
  const running = await startCloud({ dataFolder, keysFolder, host: '127.0.0.1', port: 0, ...parts });
  onTestFinished(() => running.stop());
  return { client: new Client(() => running.url, cloud.manager.token), url: running.url };
}

function copyOfKeys(cloud: TestCloud): string {
  const folder = join(temporaryFolder(), 'keys');
  cpSync(cloud.keysFolder, folder, { recursive: true });
  return folder;
}

/** The status of /readyz, and what it says is not so. */
async function readiness(url: string): Promise<[number, string[]]> {
  const response = await fetch(`${url}/readyz`);
  const { errors = [] } = (await response.json()) as { errors?: { path: string }[] };
  return [response.status, errors.map(({ path }) => path)];
}

/** What a lock does with key sets that a courier brings. */
async function takeKeySets(client: Client, lock: PaperLock): Promise<void> {
  const { items } = await client.call('keySets', { query: { after: String(lock.keySet!.number) } });
  for (const { keySet } of items) lock.keySet = verifyKeySet(nodeEngine, decodeHex(keySet)!, lock.keySet);
}

test('a deactivation that was asked for before a rotation is signed by the keys that the lock knows by now', async () => {
  const log = aHeardLog();
  const { manager, keysFolder } = await aCloud({ log });
  const params = { doorId: (await aHouse(manager)).door('4B') };
  const lock = await activate(manager, params.doorId);
  const before = await manager.call('askDeactivation', { params, body: {} });
  const adopted = log.once('keys.adopted');
  rotate(keysFolder);
  await adopted;
  // A phone brings the lock a set, and the key sets with it.
  await takeKeySets(manager, lock);
  expect(() => lock.deactivate(before.statement)).toThrow('signed by a key');
  const now = await manager.call('deactivation', { params });
  expect(now).toEqual({ ...before, keyEpoch: 2, statement: now.statement });
  expect(await manager.call('askDeactivation', { params, body: {} })).toEqual(now);
  const body = { receipt: lock.deactivate(now.statement) };
  expect((await manager.call('postReceipt', { params, body })).outcome).toBe('deactivated');
});

test('a rotation is taken up while serving, and every lock gets one task for it', async () => {
  const log = aHeardLog();
  const cloud = await aCloud({ log });
  const { manager, keysFolder } = cloud;
  const house = await aHouse(manager);
  const doorId = house.door('4B');
  await invite(manager, house);
  const lock = await activate(manager, doorId);
  await doorSync(manager, doorId, lock);
  const before = lock.table!;

  const adopted = log.once('keys.adopted');
  rotate(keysFolder);
  expect(await adopted).toEqual({ keySet: 2, doors: 1 });

  const { items: tasks } = await manager.call('listSyncTasks');
  expect(tasks).toMatchObject([
    { doorId, reason: 'keys-rotated', target: { keyEpoch: 2, tableVersion: before.triple.tableVersion + 1 } },
  ]);
  const door = await manager.call('door', { params: { doorId } });
  expect(door.sync).toMatchObject({ state: 'pending', reasons: ['keys-rotated'], target: { keyEpoch: 2 } });

  await takeKeySets(manager, lock);
  const { result } = await doorSync(manager, doorId, lock);
  expect(result).toMatchObject({ outcome: 'applied', closedTasks: 1, sync: { state: 'up-to-date' } });
  expect(lock.table).toMatchObject({ triple: { keyEpoch: 2 }, tableHash: before.tableHash });
});

test('a lock without the new key set can not take the package, and one with it takes no older one', async () => {
  const log = aHeardLog();
  const { manager, keysFolder } = await aCloud({ log });
  const house = await aHouse(manager);
  const doorId = house.door('4B');
  const lock = await activate(manager, doorId);
  const old = await manager.call('package', { params: { doorId } });
  const adopted = log.once('keys.adopted');
  rotate(keysFolder);
  await adopted;
  const fresh = await manager.call('package', { params: { doorId } });
  expect(() => lock.open(fresh)).toThrow(expect.objectContaining({ code: 'UNKNOWN_KEY' }));
  await takeKeySets(manager, lock);
  expect(lock.open(fresh).triple.keyEpoch).toBe(2);
  expect(() => lock.open(old)).toThrow(expect.objectContaining({ code: 'UNKNOWN_KEY' }));
});

test('an activation from before the rotation has ended, and one that was answered keeps its answer', async () => {
  const log = aHeardLog();
  const { manager, keysFolder } = await aCloud({ log });
  const house = await aHouse(manager);
  const [done, open] = [new PaperLock(), new PaperLock()];
  const start = (door: string) => manager.call('startActivation', { params: { doorId: house.door(door) } });
  const [first, second] = [await start('4B'), await start('Pool')];
  const finishOf = (id: string, lock: PaperLock, statement: string) => ({
    params: { activationId: id },
    body: { statement, label: lock.label },
  });
  const finish = finishOf(first.id, done, done.state(first));
  const answered = await manager.call('finishActivation', finish);
  const adopted = log.once('keys.adopted');
  rotate(keysFolder);
  await adopted;
  expect(await manager.call('finishActivation', finish)).toEqual(answered);
  const late = await manager.refused('finishActivation', finishOf(second.id, open, open.state(second)));
  expect(late.code).toBe('ACTIVATION_ENDED');
  expect(await activate(manager, house.door('Pool'), open)).toMatchObject({ keySet: { number: 2 } });
});

test('a process whose keys are behind reads on, signs nothing, and goes on once it has them', async () => {
  const log = aHeardLog();
  const cloud = await aCloud({ log });
  const { manager, keysFolder } = cloud;
  const house = await aHouse(manager);
  const doorId = house.door('4B');
  await activate(manager, doorId);
  const behindKeys = copyOfKeys(cloud);
  const behindLog = aHeardLog();
  const { client: behind, url } = await another(cloud, behindKeys, behindLog);
  const adopted = log.once('keys.adopted');
  rotate(keysFolder);
  await adopted;

  expect((await behind.call('door', { params: { doorId } })).sync.target?.keyEpoch).toBe(2);
  await invite(behind, house);
  for (const route of ['startDelivery', 'package'] as const) {
    expect((await behind.refused(route, { params: { doorId } })).code, route).toBe('NOT_READY');
  }
  const elsewhere = { params: { doorId: house.door('Pool') } };
  expect((await behind.refused('startActivation', elsewhere)).code).toBe('NOT_READY');
  expect((await behind.refused('keySets')).code).toBe('NOT_READY');
  expect(await readiness(url)).toEqual([503, ['keys']]);
  expect(await readiness(cloud.url)).toEqual([200, []]);

  // Copied by hand, and so in pieces: the set before its keys, then the keys.
  const caughtUp = behindLog.once('keys.adopted');
  const unusable = behindLog.once('keys.newer-set-unusable');
  cpSync(keySetPath(keysFolder, 2), keySetPath(behindKeys, 2), { recursive: true });
  expect(await unusable).toMatchObject({ errorCode: 'KEY_UNREADABLE' });
  cpSync(join(keysFolder, '2'), join(behindKeys, '2'), { recursive: true });
  expect(await caughtUp).toEqual({ keySet: 2, doors: 0 });
  expect((await behind.call('startDelivery', { params: { doorId } })).target.keyEpoch).toBe(2);
});

test('while two processes change over, each package is signed by the key set that its triple names', async () => {
  const logs = [aHeardLog(), aHeardLog()] as const;
  const cloud = await aCloud({ log: logs[0] });
  const { manager, keysFolder } = cloud;
  const house = await aHouse(manager);
  const doorId = house.door('4B');
  const lock = await activate(manager, doorId);
  const { client: other } = await another(cloud, keysFolder, logs[1]);
  const sets: KeySet[] = [lock.keySet!];
  const done = Promise.all(logs.map((log) => log.once('keys.adopted')));
  const state = { isOver: false };
  void done.then(() => (state.isOver = true));
  sets.push(rotate(keysFolder));
  const seen = new Set<number>();
  for (let at = 0; !state.isOver || at % 2 === 1 || !seen.has(2); at++) {
    const client = at % 2 === 0 ? manager : other;
    // Each is made anew: a change comes before it.
    await invite(client, house, { email: `guest-${at}@example.com` });
    const response = await client.fetch('package', { params: { doorId } });
    if (response.status === 503) continue;
    const { manifestBytes } = parsePackage(
      nodeEngine,
      new Uint8Array(await response.arrayBuffer()),
      lock.lockId,
    );
    const { triple } = parseManifest(manifestBytes, lock.lockId).manifest;
    const { tableKey } = sets[triple.keyEpoch - 1]!;
    verifyManifest(nodeEngine, parseManifest(manifestBytes, lock.lockId), tableKey);
    seen.add(triple.keyEpoch);
  }
  const adoptions = await done;
  expect(adoptions.map(({ doors }) => doors).sort()).toEqual([0, 1]);
  const { items } = await manager.call('listSyncTasks');
  expect(items.filter(({ reason }) => reason === 'keys-rotated')).toHaveLength(1);
});

test('the key epoch never falls: older keys put back serve nothing that is signed, and newer ones again do', async () => {
  const cloud = await aCloud();
  const { manager, keysFolder } = cloud;
  const house = await aHouse(manager);
  const doorId = house.door('4B');
  await activate(manager, doorId);
  rotate(keysFolder);
  await cloud.restart();
  expect((await manager.call('startDelivery', { params: { doorId } })).target.keyEpoch).toBe(2);

  const aside = join(cloud.folder, 'aside');
  renameSync(join(keysFolder, '2'), aside);
  await cloud.restart();
  await invite(manager, house);
  expect((await manager.refused('startDelivery', { params: { doorId } })).code).toBe('NOT_READY');
  expect((await manager.call('door', { params: { doorId } })).sync.target?.keyEpoch).toBe(2);

  renameSync(aside, join(keysFolder, '2'));
  await cloud.restart();
  expect((await manager.call('startDelivery', { params: { doorId } })).target.keyEpoch).toBe(2);
  const { items } = await manager.call('listSyncTasks');
  expect(items.filter(({ reason }) => reason === 'keys-rotated')).toHaveLength(1);
});

test('the keys of another cloud are refused at the start, and while serving', async () => {
  const log = aHeardLog();
  const cloud = await aCloud({ log });
  const foreign = aForeignKeysFolder();
  await expect(another(cloud, foreign)).rejects.toMatchObject({ code: 'KEY_FOREIGN' });
  // In the place of the own ones, and one set further.
  rotate(foreign);
  const refused = log.once('keys.not-adopted');
  rmSync(cloud.keysFolder, { recursive: true });
  renameSync(foreign, cloud.keysFolder);
  expect(await refused).toMatchObject({ keySet: 2 });
  const house = await aHouse(cloud.manager);
  expect(await activate(cloud.manager, house.door('4B'))).toMatchObject({ keySet: { number: 1 } });
});
