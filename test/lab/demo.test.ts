// The demo as a person starts it: every step named and held, an unfit people file told with a next step, and an
// interrupt that ends everything that serves, leaving nothing behind.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

const BIN = fileURLToPath(new URL('../../cli/bin.mjs', import.meta.url));
const STEPS = 13;

vi.setConfig({ testTimeout: 120_000 });

let folder: string;
const running = new Set<ChildProcess>();
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'doorlab-test-'));
  mkdirSync(join(folder, 'tmp'));
});
afterEach(async () => {
  // The bin runs the sources in a child of its own: the group is killed.
  for (const child of running) if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  await Promise.all([...running].map((child) => new Promise((resolve) => child.once('close', resolve))));
  rmSync(folder, { recursive: true, force: true });
});

type Line = Readonly<Record<string, unknown>>;

interface Doorlab {
  readonly ended: Promise<{ exit: number | null; lines: readonly Line[]; stderr: string }>;
  line(event: string): Promise<Line>;
  interrupt(): void;
}

function doorlab(...args: readonly string[]): Doorlab {
  const child = spawn(process.execPath, [BIN, '--json', ...args], {
    cwd: folder,
    env: { ...process.env, TMPDIR: join(folder, 'tmp'), DOORLAB_DATA: join(folder, 'data') },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  running.add(child);
  const lines: Line[] = [];
  const watchers = new Set<() => void>();
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(JSON.parse(line) as Line);
    for (const look of watchers) look();
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', (exit) => resolve(exit))).then(
    (exit) => {
      running.delete(child);
      return { exit, lines, stderr };
    },
  );
  return {
    ended,
    line: (event) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = lines.find((line) => line['event'] === event);
          if (found !== undefined) resolve(found);
        };
        watchers.add(look);
        look();
        void ended.then(() => reject(new Error(`${JSON.stringify(lines)}\n${stderr}`)));
      }),
    interrupt: () => void child.kill('SIGINT'),
  };
}

const leftInTmp = (): string[] => readdirSync(join(folder, 'tmp')).filter((name) => !name.startsWith('tsx'));

test('the demo once: every step is named and holds, it ends with 0 and leaves nothing behind', async () => {
  const { exit, lines, stderr } = await doorlab('demo', '--once').ended;
  expect([exit, stderr]).toEqual([0, '']);
  const steps = (state: string) =>
    lines.filter((line) => line['event'] === 'step' && line['state'] === state).map((line) => line['step']);
  expect(steps('started')).toHaveLength(STEPS);
  expect(steps('done')).toEqual(steps('started'));
  expect(lines.at(-1)).toMatchObject({ type: 'finished', exit: 0, result: { steps: STEPS } });
  expect(leftInTmp()).toEqual([]);
});

test('with people whom the story cannot be told of it ends with 1 and says what they lack', async () => {
  const people = join(folder, 'people.csv');
  writeFileSync(
    people,
    `first name,last name,email,phone,resident,keys,start,expiration
Ada,Alone,ada@example.com,,yes,Residents,,
Bad,Row,nobody,,yes,Residents,,
`,
  );
  const { exit, lines } = await doorlab('demo', '--once', '--people', people).ended;
  expect([exit, lines.at(-1)]).toEqual([1, expect.objectContaining({ code: 'DEMO_PEOPLE_UNFIT', exit: 1 })]);
  expect(lines.at(-1)?.['next']).toContain('Residents');
  expect(lines.find((line) => line['event'] === 'note')?.['text']).toMatch(/line 3.*e-mail/);
  expect(leftInTmp()).toEqual([]);
});

test('the demo stays up until it is interrupted, then ends with 0 and leaves nothing behind', async () => {
  const demo = doorlab('demo');
  const up = await demo.line('up');
  expect((await fetch(`${String(up['cloud'])}/healthz`)).status).toBe(200);
  // The mails of the invites, with their links: one look into a folder, or one request.
  await vi.waitFor(
    () => expect(readdirSync(String(up['mails'])).some((name) => name.endsWith('.eml'))).toBe(true),
    {
      timeout: 30_000,
      interval: 100,
    },
  );
  demo.interrupt();
  expect((await demo.ended).exit).toBe(0);
  expect(leftInTmp()).toEqual([]);
});

test('interrupted in the middle of its story it ends with 130 and leaves nothing behind', async () => {
  const demo = doorlab('demo', '--once');
  await demo.line('step');
  demo.interrupt();
  expect((await demo.ended).exit).toBe(130);
  expect(leftInTmp()).toEqual([]);
});

test('cloud, air and lock end with 0 at an interrupt, without socket or lock files', async () => {
  expect((await doorlab('cloud', 'keygen').ended).exit).toBe(0);
  const cloud = doorlab('cloud', 'serve', '--port', '0');
  const air = doorlab('radio', 'serve', '--port', '0');
  const [, { url }] = await Promise.all([cloud.line('serving'), air.line('serving')]);
  const lock = doorlab('lock', 'run', 'front', '--radio', String(url));
  await lock.line('running');
  const files = () => readdirSync(join(folder, 'data'), { recursive: true }).map(String);
  expect(files().filter((name) => /sock|lock$/.test(name))).not.toEqual([]);
  // The air last: a lock whose air is gone says so and ends with 3.
  for (const one of [lock, cloud]) one.interrupt();
  const first = await Promise.all([lock.ended, cloud.ended]);
  air.interrupt();
  const ends = [...first, await air.ended];
  expect(ends.map(({ exit, stderr }) => [exit, stderr])).toEqual(ends.map(() => [0, '']));
  expect(files().filter((name) => /\.(sock|lock)$/.test(name))).toEqual([]);
  // What the database wrote is in its one file.
  expect(statSync(join(folder, 'data/cloud/door-os.sqlite-wal')).size).toBe(0);
  expect(existsSync(join(folder, 'data/locks/front/flash.bin'))).toBe(true);
});
