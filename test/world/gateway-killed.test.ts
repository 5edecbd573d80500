// A gateway that is killed at any moment of a sync, and one whose cloud is gone when the receipt is there: nothing is
// lost, and the next run completes. Lock, air and cloud stay up all the time.
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { systemClock } from '#protocol/node/system-clock.ts';
import { silentLog } from '#protocol/ports/log.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { openWsRadio } from '#radio/virtual/ws-radio.ts';
import { CloudClient } from '#gateway/cloud-client.ts';
import { Journal } from '#gateway/journal.ts';
import { PackageCache } from '#gateway/package-cache.ts';
import { syncDoors } from '#gateway/sync-doors.ts';
import { Doorlab } from './doorlab.ts';
import { DOOR, OneDoor } from './one-door.ts';

const SEED = 'gateway killed';
/** A sync of this door, by a delta, is some 40 packets into the air, once the lock is met; up to its receipt, 30. */
const [FIRST_FRAME, LAST_FRAME, FRAMES_TRIED] = [5, 35, 5];
/** Within the transfer. */
const INTERRUPT_FRAME = 25;

const random = seededRandom(SEED);
/** The journal's writes of one sync: begun, receipt held, receipt posted, ended; of them the receipt alone waits for the disk.
 * The cloud's calls: the doors twice, the delivery, the package, the receipt. */
const moments: readonly string[] = [
  ...[1, 2, 3].flatMap((write) => ['before', 'torn', 'after'].map((where) => `append:${write}:${where}`)),
  'append:4:torn',
  'synced:1',
  'call:1:before',
  'call:3:after',
  'call:4:after',
  'call:5:before',
  'call:5:after',
  ...Array.from(
    { length: FRAMES_TRIED },
    () => `frame:${FIRST_FRAME + (random.bytes(1)[0]! % (LAST_FRAME - FIRST_FRAME))}`,
  ),
];
/** Residents for the tests after the moments, and one who is kept to the end. */
const [FOR_RECEIPT, FOR_INTERRUPT, NEIGHBOUR] = [moments.length, moments.length + 1, moments.length + 2];

/** The receipt is in the journal by then, and the journal knows of no cloud that has it: told first the next time. */
const RECEIPT_HELD_AT = [
  'append:2:after',
  'synced:1',
  'call:5:before',
  'call:5:after',
  'append:3:before',
  'append:3:torn',
];

let doorlab: Doorlab;
let scene: OneDoor;
let proxy: Server;
let isReceiptCut = false;
beforeAll(async () => {
  [doorlab, scene] = await Promise.all([
    Doorlab.build(['test/world/kill-at.ts']),
    OneDoor.open(NEIGHBOUR + 1),
  ]);
  proxy = proxyTo(scene.cloud.running.port, (path) => isReceiptCut && path.endsWith('/receipts'));
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', () => resolve()));
  Object.assign(doorlab.env, {
    DOORLAB_RADIO: scene.house.air.url,
    DOORLAB_CLOUD: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    DOORLAB_DATA: scene.walker(doorlab.folder, 'walker'),
  });
});
afterAll(async () => {
  await doorlab.close();
  await new Promise((resolve) => proxy.close(resolve));
  await scene.close();
});

/** Passes everything on, but breaks the connection for paths that are cut. */
function proxyTo(port: number, isCut: (path: string) => boolean): Server {
  return createServer((incoming, outgoing) => {
    if (isCut(incoming.url ?? '')) return void incoming.socket.destroy();
    const { url, method, headers } = incoming;
    const passed = request({ port, path: url, method, headers }, (reply) => {
      outgoing.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(outgoing);
    });
    passed.on('error', () => outgoing.destroy());
    incoming.pipe(passed);
  });
}

/** The next run, in this process: what the journal was found to be, and what came of it. */
async function nextRun() {
  const data = doorlab.env['DOORLAB_DATA']!;
  const journal = await Journal.open(join(data, 'gateway'));
  const heldAtKill = journal.state.held.size;
  const radio = openWsRadio(scene.house.air.url, { clock: systemClock });
  try {
    const cache = new PackageCache(join(data, 'gateway', 'packages'), nodeEngine);
    const parts = { engine: nodeEngine, clock: systemClock, random, log: silentLog, journal };
    // By the address that the killed one used: its receipts are for no other.
    const address = { ...scene.cloud.courier, baseUrl: doorlab.env['DOORLAB_CLOUD']! };
    const cloud = new CloudClient({ ...parts, address, cache });
    const report = await syncDoors({ ...parts, cloud, central: await radio.central() }, [DOOR]);
    return { report, heldAtKill, damage: journal.damage, journal: journal.state };
  } finally {
    await radio.close();
    await journal.close();
  }
}

it.each(moments.map((moment, number) => ({ moment, number })))(
  `killed at $moment it loses nothing, and the next run completes (seed "${SEED}")`,
  async ({ moment, number }) => {
    const resident = await scene.resident(number);
    expect(scene.opens(resident.code)).toBe(true);
    await scene.revoke(resident);
    const killed = await doorlab.run(['sync', DOOR], {
      preload: ['test/world/kill-at.js'],
      env: { KILL_AT: moment },
    });
    expect([killed.signal, killed.stderr]).toEqual(['SIGKILL', '']);

    const { report, heldAtKill, damage, journal } = await nextRun();
    // A line that never became whole is no damage: nobody acted on it.
    expect([damage?.lines ?? 0, damage?.missing ?? 0]).toEqual([0, 0]);
    expect((damage?.tornBytes ?? 0) > 0).toBe(moment.endsWith('torn'));
    expect(['applied', 'already-current', 'nothing-to-do']).toContain(report.doors[0]?.result);
    // How many packets a sync sends before its receipt hangs on how often it looked for the lock.
    if (!moment.startsWith('frame:')) expect(heldAtKill).toBe(RECEIPT_HELD_AT.includes(moment) ? 1 : 0);
    expect(report.toldBefore).toBe(heldAtKill);
    expect([report.doors.length, report.stillHeld, journal.held.size]).toEqual([1, 0, 0]);
    expect(await scene.atCloud()).toEqual({ state: 'up-to-date', openTasks: 0 });
    expect(scene.opens(resident.code)).toBe(false);
    expect(scene.opens((await scene.resident(NEIGHBOUR)).code)).toBe(true);
  },
);

it('a receipt that the cloud was not there for is held, told so, and told to the cloud by the next run', async () => {
  const resident = await scene.resident(FOR_RECEIPT);
  await scene.revoke(resident);
  isReceiptCut = true;
  const first = await doorlab.run(['sync', DOOR]);
  isReceiptCut = false;
  expect([first.exit, first.last['code']]).toEqual([6, 'PARTLY_DONE']);
  expect(first.last['next']).toMatch(/receipts are kept/);
  expect(first.lines.find(({ event }) => event === 'door')).toMatchObject({ result: 'receipt-held' });
  // Done at the lock, and the cloud does not know.
  expect(scene.opens(resident.code)).toBe(false);
  expect(await scene.atCloud()).toEqual({ state: 'pending', openTasks: 1 });
  const next = await doorlab.run(['sync', DOOR]);
  expect([next.exit, next.stderr]).toEqual([0, '']);
  // The receipt came first, so that the door needs no second visit.
  expect(next.lines.find(({ event }) => event === 'door')).toMatchObject({ result: 'nothing-to-do' });
  expect(await scene.atCloud()).toEqual({ state: 'up-to-date', openTasks: 0 });
});

it('interrupted in the middle of a sync it ends with 130, and the next run completes', async () => {
  const resident = await scene.resident(FOR_INTERRUPT);
  await scene.revoke(resident);
  const stopped = await doorlab.run(['sync', DOOR], {
    preload: ['test/world/kill-at.js'],
    env: { KILL_AT: `frame:${INTERRUPT_FRAME}`, KILL_BY: 'SIGINT' },
  });
  expect([stopped.exit, stopped.signal, stopped.last['code']]).toEqual([130, null, 'INTERRUPTED']);
  const { report, damage, journal } = await nextRun();
  expect([damage, report.stillHeld, journal.held.size]).toEqual([undefined, 0, 0]);
  expect(await scene.atCloud()).toEqual({ state: 'up-to-date', openTasks: 0 });
  expect(scene.opens(resident.code)).toBe(false);
});
