// A lock with a network of its own, as programs run it: changes reach it at once and without a courier, whatever of it,
// of the cloud or of its token goes away meanwhile.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Contract } from '#protocol/api/contract.ts';
import { liveRoutes } from '#protocol/api/live-routes.ts';
import { routes } from '#protocol/api/routes.ts';
import { decodeHex, encodeHex } from '#protocol/bytes.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { systemClock } from '#protocol/node/system-clock.ts';
import { signLiveProof } from '#protocol/signed/live-proof.ts';
import { callCloud, type CallInput } from '#gateway/cloud-call.ts';
import { aLock } from '../builders/lock.ts';
import { openStore } from '#cloud/data-folder.ts';
import { Doorlab, stop, type Ended, type Running } from './doorlab.ts';

const PROPERTY = {
  name: 'Elm House',
  zone: 'Europe/Berlin',
  doorcodeLength: 7,
  doors: [{ name: 'Lobby', type: 'building-entrance', internet: true }],
  keys: [{ name: 'Residents', mayShare: false, doors: [{ door: 'Lobby' }] }],
};
const RESIDENTS = ['ada', 'bob', 'cid', 'dan', 'eve'];
/** Below 2 s on a machine with nothing else to do: this one may be five times as slow. */
const APPLIED_MOST_MS = 10_000;

let doorlab: Doorlab;
let cloud: Running & { readonly up: Readonly<Record<string, unknown>> };
let lock: Running & { readonly up: Readonly<Record<string, unknown>> };
// One house for all: each test revokes a resident of its own, and leaves lock and cloud up.
beforeAll(async () => {
  doorlab = await Doorlab.build();
  await setUp();
});
afterAll(() => doorlab.close());

async function run(...args: readonly string[]): Promise<Ended> {
  const ended = await doorlab.run(args);
  expect([ended.exit, ended.stdout, ended.stderr], args.join(' ')).toEqual([0, ended.stdout, '']);
  return ended;
}

const place = (name: string, text: string): string => {
  const file = join(doorlab.folder, name);
  writeFileSync(file, text);
  return file;
};

/** A cloud, an air, and a lock at its door, which is connected and has its first table. */
async function setUp(): Promise<void> {
  await run('cloud', 'keygen');
  await doorlab.run(['cloud', 'account', 'ann@example.com'], { input: 'correct horse battery\n' });
  const token = join(doorlab.data, 'gateway', 'token');
  await run('cloud', 'token', 'ann@example.com', '--scope', 'manager,courier,activate', '--out', token);
  const [served, air] = await Promise.all([
    doorlab.serve(['cloud', 'serve', '--port', '0'], 'serving'),
    doorlab.serve(['radio', 'serve', '--port', '0'], 'serving'),
  ]);
  cloud = served;
  Object.assign(doorlab.env, { DOORLAB_CLOUD: cloud.up['url'], DOORLAB_RADIO: air.up['url'] });
  lock = await startLock();
  await run('property', 'create', place('property.json', JSON.stringify(PROPERTY)));
  const rows = RESIDENTS.map((name) => `${name},Resident,${name}@example.com,,yes,Residents,,`);
  const head = 'first name,last name,email,phone,resident,keys,start,expiration';
  await run('people', 'import', place('people.csv', [head, ...rows, ''].join('\n')));
  const label = String(lock.up['label']);
  await run('lock', 'press', 'lobby', '--button');
  await run('activate', 'Lobby', '--label', label);
  await isConnected(lock);
}

const startLock = () =>
  doorlab.serve(['lock', 'run', 'lobby', '--internet', '--flash-timing', 'none'], 'running');

const isConnected = ({ line }: Running) =>
  line(({ event, state }) => event === 'internet' && state === 'connected');
const isReconnecting = ({ line }: Running) =>
  line(({ event, state }) => event === 'internet' && state === 'reconnecting');

function call<C extends Contract>(contract: C, input?: CallInput<C>) {
  const token = readFileSync(join(doorlab.data, 'gateway', 'token'), 'utf8').trim();
  return callCloud({ baseUrl: String(doorlab.env['DOORLAB_CLOUD']), token }, systemClock, contract, input);
}

async function theDoor() {
  const { items: properties } = await call(routes.listProperties);
  const params = { propertyId: properties[0]!.id };
  const { items } = await call(routes.listDoors, { params });
  return items[0]!;
}

async function residentOf(name: string) {
  const { items: properties } = await call(routes.listProperties);
  const params = { propertyId: properties[0]!.id };
  const { items } = await call(routes.listPeople, { params, query: { search: `${name}@example.com` } });
  const personId = items[0]!.id;
  const codes = await call(routes.personCodes, { params: { personId } });
  return { personId, code: codes.items[0]!.code };
}

const opens = async (code: string): Promise<boolean> =>
  (await doorlab.run(['lock', 'press', 'lobby', code])).exit === 0;

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise<void>((resolve) => systemClock.after(20, resolve));
}

/** Once the cloud has the receipt for what it wants. */
const upToDate = () => until(async () => (await theDoor()).sync.state === 'up-to-date');

it('a change reaches it by itself within the time of a breath, and its log comes to the cloud with it', async () => {
  const { personId, code } = await residentOf('ada');
  await upToDate();
  expect(await opens(code)).toBe(true);
  const startMs = systemClock.monotonicMs();
  await call(routes.revokeAllKeys, { params: { personId } });
  await upToDate();
  const tookMs = systemClock.monotonicMs() - startMs;
  expect(tookMs).toBeLessThan(APPLIED_MOST_MS);
  expect(await opens(code)).toBe(false);
  const { log, time } = (await lock.line(
    ({ event, result }) => event === 'synced' && result === 'applied',
  )) as {
    log?: string;
    time?: string;
  };
  expect([time, log]).toEqual(['done', 'done']);
});

it('killed and started again it has what was changed meanwhile, with no courier near', async () => {
  const { personId, code } = await residentOf('bob');
  lock.child.kill('SIGKILL');
  await lock.ended;
  await call(routes.revokeAllKeys, { params: { personId } });
  expect((await theDoor()).sync.state).toBe('pending');
  lock = await startLock();
  await upToDate();
  expect(await opens(code)).toBe(false);
});

it('a cloud that was gone is found again, and the change made by then is applied', async () => {
  const { personId, code } = await residentOf('cid');
  const port = new URL(String(cloud.up['url'])).port;
  await stop(cloud);
  await isReconnecting(lock);
  expect(await opens(code)).toBe(true);
  cloud = await doorlab.serve(['cloud', 'serve', '--port', port], 'serving');
  await call(routes.revokeAllKeys, { params: { personId } });
  await upToDate();
  expect(await opens(code)).toBe(false);
});

it('a lock that was met over the air meanwhile and its hub do not get into each other’s way', async () => {
  const { personId, code } = await residentOf('dan');
  await call(routes.revokeAllKeys, { params: { personId } });
  const walked = await doorlab.run(['sync', 'Lobby']);
  expect([0, 4]).toContain(walked.exit);
  await upToDate();
  expect(await opens(code)).toBe(false);
});

it('nobody is this lock by another’s proof, an old nonce, or a session twice', async () => {
  const { lockId } = (await call(routes.courierDoors)).items[0]!;
  const stranger = aLock({ name: 'stranger' });
  const id = decodeHex(lockId)!;
  const session = () => call(liveRoutes.startLockSession, { body: { lockId } });
  const proofOver = (nonce: string): string =>
    encodeHex(
      signLiveProof(nodeEngine, stranger.identity, id as never, {
        format: 1,
        nonce: decodeHex(nonce)!,
        ownershipEpoch: 1,
        bootCount: 1,
      }),
    );
  const { sessionId, nonce } = await session();
  const prove = (of: string, proof: string) =>
    call(liveRoutes.proveLock, { params: { sessionId: of }, body: { proof } });
  const refused = await prove(sessionId, proofOver(nonce)).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 'LOCK_PROOF_REFUSED' });
  await expect(prove(sessionId, proofOver(nonce))).rejects.toMatchObject({ code: 'LOCK_PROOF_REFUSED' });
  const unknown = await call(liveRoutes.startLockSession, { body: { lockId: 'ab'.repeat(16) } });
  await expect(prove(unknown.sessionId, proofOver(unknown.nonce))).rejects.toEqual(refused);
  // The true lock is not shut out by any of it.
  expect((await theDoor()).sync.state).toBe('up-to-date');
});

it('with its token revoked it proves itself anew, and has the change', async () => {
  const { personId, code } = await residentOf('eve');
  const store = openStore(join(doorlab.data, 'cloud'), systemClock);
  try {
    const revoked = await store.write((trx) =>
      trx.updateTable('tokens').set({ revoked_at_s: 1 }).where('kind', '=', 'lock').returning('id').execute(),
    );
    expect(revoked.length).toBeGreaterThan(0);
  } finally {
    await store.close();
  }
  await call(routes.revokeAllKeys, { params: { personId } });
  await upToDate();
  expect(await opens(code)).toBe(false);
});

it('is synced when a manager presses Sync now, though nothing is due', async () => {
  const params = { doorId: (await theDoor()).id };
  const { id } = await call(routes.requestSync, { params });
  await until(async () => {
    const { items } = await call(routes.syncRequests, { params });
    return items.find((one) => one.id === id)?.state === 'done';
  });
});

it('stopped it ends at once, and leaves nothing to be told', async () => {
  const { last, exit } = await stop(lock);
  expect([exit, last['type']]).toEqual([0, 'finished']);
  lock = await startLock();
  await isConnected(lock);
});
