// The bin in a source tree, killed as nothing can be caught: what it had started ends with it, so that port and
// journal are free for the next one.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { keygen } from '#cloud/keys/keygen.ts';
import { Journal } from '#gateway/journal.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { systemClock } from '#protocol/node/system-clock.ts';
import { systemRandom } from '#protocol/node/system-random.ts';
import { withDeadline } from '#protocol/ports/deadline.ts';
import { DOOR, OneDoor } from './one-door.ts';

const BIN = fileURLToPath(new URL('../../cli/bin.mjs', import.meta.url));
const DEADLINE_MS = 60_000;
const LOOK_EVERY_MS = 20;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'doorlab-bin-killed-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function start(args: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
  const child = spawn(process.execPath, [BIN, '--json', ...args], {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGTERM'));
  return child;
}

/** Its end alone: what it started has the other end of its output, until that ends too. */
async function kill(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  let isOver = false;
  const look = async (): Promise<void> => {
    while (!isOver && !(await holds())) {
      await new Promise<void>((resolve) => systemClock.after(LOOK_EVERY_MS, resolve));
    }
  };
  await withDeadline(systemClock, DEADLINE_MS, look(), () => new Error(`never: ${what}`)).finally(() => {
    isOver = true;
  });
}

async function servingPort(child: ChildProcess): Promise<number> {
  for await (const line of createInterface({ input: child.stdout! })) {
    const { url } = JSON.parse(line) as { url?: string };
    if (url !== undefined) return Number(new URL(url).port);
  }
  throw new Error('it ended without serving');
}

const isRefused = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => socket.destroy());
    socket.once('error', () => resolve(true));
    socket.once('close', () => resolve(false));
  });

it('a cloud that is killed leaves its port, and the next one serves there', async () => {
  keygen(join(folder, 'data', 'keys'), { engine: nodeEngine, clock: systemClock, random: systemRandom });
  const first = start(['cloud', 'serve', '--port', '0'], {});
  const port = await servingPort(first);
  await kill(first);
  await until('the port is free', () => isRefused(port));
  const second = start(['cloud', 'serve', '--port', String(port)], {});
  expect(await servingPort(second)).toBe(port);
  await kill(second);
  await until('the port is free again', () => isRefused(port));
});

it('a courier that is killed leaves its journal, and the next one opens it', async () => {
  const scene = await OneDoor.open(1);
  onTestFinished(() => scene.close());
  scene.at.lock.cutPower();
  const data = scene.walker(folder, 'walker');
  const gateway = join(data, 'gateway');
  const child = start(['sync', DOOR], {
    DOORLAB_DATA: data,
    DOORLAB_CLOUD: scene.cloud.running.url,
    DOORLAB_RADIO: scene.house.air.url,
  });
  // It looks for a lock that is not there, and holds its journal meanwhile.
  await until('it holds the journal', () => existsSync(join(gateway, 'journal.lock')));
  await kill(child);
  const opened = async (): Promise<boolean> => {
    try {
      await (await Journal.open(gateway)).close();
      return true;
    } catch (error) {
      expect(error).toMatchObject({ code: 'JOURNAL_BUSY' });
      return false;
    }
  };
  await until('the journal is free', opened);
});
