// A courier's controller pulled out in the middle of a Door Sync, as the program meets it over a real noble: while
// the lock has not proven anything yet the run ends, says what to do, and nothing is lost; an agent opens the next one by itself.
import { mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { NO_TIMING } from '#lock-sim/flash/nor-flash.ts';
import { serveH4, type H4Server } from '#radio/h4/h4-server.ts';
import { startHere, type Started } from './command-here.ts';
import { expectTold } from './expect-told.ts';
import { DOOR, OneDoor, type Resident } from './one-door.ts';

/** What comes over a link, as H4 marks it. */
const ACL = 0x02;
/** What of the lock's comes through until it is pulled out: its receipt comes behind that. */
const CHUNKS = [0, 1, 2];

let scene: OneDoor;
let h4: H4Server;
let cable: Server;
let folder: string;
let data: string;
let leaver: Resident;
let residents = 0;
/** Undefined: it stays. */
let chunksLeft: number | undefined;
let cuts = 0;
const sockets = new Set<Socket>();
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'doorlab-bad-radio-'));
  scene = await OneDoor.open(CHUNKS.length + 2, [], NO_TIMING);
  data = scene.walker(folder, 'walker');
  const inner = join(folder, 'controller');
  h4 = await serveH4(scene.house.air.air, { kind: 'unix', path: inner });
  cable = createServer((host) => {
    const controller = connect(inner);
    for (const end of [host, controller]) {
      sockets.add(end);
      end.on('error', () => undefined);
    }
    host.on('close', () => controller.destroy());
    controller.on('close', () => host.destroy());
    host.pipe(controller);
    controller.on('data', (chunk: Buffer) => {
      if (chunk[0] === ACL && chunksLeft !== undefined && --chunksLeft < 0) {
        chunksLeft = undefined;
        cuts++;
        host.destroy();
      } else host.write(chunk);
    });
  });
  cable.listen(join(folder, 'hci'));
  await once(cable, 'listening');
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => cable.close(resolve));
  await h4.close();
  await scene.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  cuts = 0;
  leaver = await scene.resident(residents++);
  await scene.revoke(leaver);
});

const start = (...args: readonly string[]): Started =>
  startHere(scene, folder, data, args, '', {
    env: { DOORLAB_RADIO: `h4:unix:${join(folder, 'hci')}` },
  });

it.each(CHUNKS)(
  'after %i of the lock’s answers: the sync says that the adapter is gone, and the next one completes',
  async (chunks) => {
    chunksLeft = chunks;
    const told = await start('sync', DOOR).told;
    expect(cuts).toBe(1);
    expectTold(told, [3, 'ADAPTER_GONE']);
    const again = await start('sync', DOOR).told;
    expect(again.exit).toBe(0);
    expect(await scene.atCloud()).toEqual({ state: 'up-to-date', openTasks: 0 });
    expect(scene.opens(leaver.code)).toBe(false);
  },
);

it(
  'under an agent: it says so, opens the next one by itself, and the door gets its table',
  { timeout: 20_000 },
  async () => {
    chunksLeft = CHUNKS.at(-1);
    const agent = start('agent', '--port', '0');
    await vi.waitFor(
      async () => expect(await scene.atCloud()).toEqual({ state: 'up-to-date', openTasks: 0 }),
      { timeout: 15_000, interval: 50 },
    );
    expect(cuts).toBe(1);
    expect(agent.lines.filter(({ event, state }) => event === 'radio' && state === 'open').length).toBe(2);
    expect(scene.opens(leaver.code)).toBe(false);
    agent.interrupt();
    expect((await agent.told).exit).toBe(0);
  },
);
