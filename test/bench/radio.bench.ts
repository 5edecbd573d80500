// How fast the real noble and bleno are on our virtual controllers, in one process and over the WebSocket air in three,
// beside the same pair on BlueZ's btvirt in the same run.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { systemClock } from '#protocol/node/system-clock.ts';
import { withDeadline } from '#protocol/ports/deadline.ts';
import { startBtvirt } from '#test/radio/btvirt.ts';
import type { Bench, Figure } from './figure.ts';

const CHILD = fileURLToPath(new URL('radio-child.ts', import.meta.url));
const DEADLINE_MS = 180_000;
const TIMES_BTVIRT_MIN = 3;
const WS_TIMES_BTVIRT_MIN = 1;

export const bench: Bench = {
  name: 'radio',
  async run() {
    const virtual = await rate(['pair', 'virtual']);
    const webSocket = await overWebSocket();
    const btvirt = await onBtvirt();
    const speed = (name: string, value: number): Figure => ({ name, value, unit: 'KiB/s', kind: 'absolute' });
    const ratio = (name: string, value: number, atLeast: number): Figure => ({
      name,
      value: typeof btvirt === 'number' ? value / btvirt : Number.NaN,
      unit: '',
      kind: 'ratio',
      atLeast,
      ...(typeof btvirt === 'number' ? {} : { unknown: btvirt.missing }),
    });
    return [
      speed('radio.virtual_kib_s', virtual),
      speed('radio.ws_kib_s', webSocket),
      ...(typeof btvirt === 'number' ? [speed('radio.btvirt_kib_s', btvirt)] : []),
      ratio('radio.vs_btvirt', virtual, TIMES_BTVIRT_MIN),
      ratio('radio.ws_vs_btvirt', webSocket, WS_TIMES_BTVIRT_MIN),
    ];
  },
};

async function onBtvirt(): Promise<number | { readonly missing: string }> {
  const btvirt = await startBtvirt();
  if ('missing' in btvirt) return btvirt;
  try {
    return await rate(['pair', btvirt.endpoint.kind === 'unix' ? btvirt.endpoint.path : '']);
  } finally {
    await btvirt.kill();
  }
}

/** The air, the lock and the courier in a process each. */
async function overWebSocket(): Promise<number> {
  const air = child(['air']);
  try {
    const url = String((await firstLine(air))['url']);
    const lock = child(['lock', url]);
    try {
      await firstLine(lock);
      return await rate(['courier', url]);
    } finally {
      await stop(lock);
    }
  } finally {
    await stop(air);
  }
}

async function rate(args: readonly string[]): Promise<number> {
  const one = child(args);
  try {
    return Number((await firstLine(one))['kibPerSecond']);
  } finally {
    await stop(one);
  }
}

const child = (args: readonly string[]): ChildProcess =>
  spawn(process.execPath, ['--conditions=source', '--import', 'tsx', CHILD, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });

async function firstLine(one: ChildProcess): Promise<Record<string, unknown>> {
  if (one.stdout === null) throw new Error('a process without stdout');
  const lines = createInterface({ input: one.stdout });
  const line = (async () => {
    for await (const text of lines) return JSON.parse(text) as Record<string, unknown>;
    throw new Error('a process ended without a word');
  })();
  return withDeadline(systemClock, DEADLINE_MS, line, () => new Error('a process said nothing in time'));
}

async function stop(one: ChildProcess): Promise<void> {
  if (one.exitCode !== null || one.signalCode !== null) return;
  const exited = once(one, 'exit');
  one.kill('SIGKILL');
  await exited;
}
