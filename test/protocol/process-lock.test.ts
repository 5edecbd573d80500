// The lock between processes: one holder at most, whatever was left behind and however many come at once.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { guardOf, takeProcessLock, type ProcessLock } from '#protocol/node/process-lock.ts';

vi.mock('node:fs', { spy: true });

const exists = (): never => {
  throw Object.assign(new Error('EEXIST'), { code: 'EEXIST' });
};

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'doorlab-process-lock-'));
  path = join(folder, 'thing.lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

function take(): ProcessLock {
  const taken = takeProcessLock(path);
  if (!('release' in taken)) throw new Error(`held by ${taken.holderPid}`);
  return taken;
}

const write = (pid: number, began: string): void => writeFileSync(path, JSON.stringify({ pid, began }));
const onLinux = test.skipIf(process.platform !== 'linux');

describe('the lock', () => {
  test('names its holder, keeps the same process out too, and leaves nothing when released', () => {
    const lock = take();
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ pid: process.pid });
    expect(takeProcessLock(path)).toEqual({ holderPid: process.pid });
    expect(readdirSync(folder)).toEqual(['thing.lock']);
    lock.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('released twice does not release the next holder', () => {
    const first = take();
    first.release();
    const second = take();
    first.release();
    expect(existsSync(path)).toBe(true);
    second.release();
  });

  test('is held by a living process whose start nobody knows', () => {
    write(process.ppid, '');
    expect(takeProcessLock(path)).toEqual({ holderPid: process.ppid });
    expect(readdirSync(folder)).toEqual(['thing.lock']);
  });

  test.each([
    ['empty', ''],
    ['torn', '{"pid": 12'],
    ['of no process', '{"pid": 0, "began": ""}'],
    ['of a group of processes', '{"pid": -1, "began": ""}'],
    ['a list', '[]'],
  ])('a file that is %s keeps nobody out', (_, content) => {
    writeFileSync(path, content);
    take().release();
  });

  test('a process that has ended has lost it', () => {
    write(spawnSync(process.execPath, ['-e', '']).pid, '');
    take().release();
  });

  onLinux('a number that is used again, our own too, is not the holder', () => {
    for (const pid of [process.ppid, process.pid]) {
      write(pid, '1');
      take().release();
    }
  });

  onLinux('a process that is dead but not yet asked for has lost it', () => {
    // The shell is replaced by one that never asks for its child's end.
    const script = `sh -c 'echo $$; exec sleep 0' & exec ${process.execPath} -e 'process.stdin.resume()'`;
    const parent = spawn('sh', ['-c', script], { stdio: ['pipe', 'pipe', 'inherit'] });
    return once(parent.stdout, 'data').then(async (data) => {
      const pid = Number(String(data));
      const state = (): string => readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[2] ?? '';
      while (state() !== 'Z') await new Promise((resolve) => setImmediate(resolve));
      write(pid, '');
      take().release();
      parent.kill();
      await once(parent, 'exit');
    });
  });

  test('is not taken away by two at once: the second is told who does it', () => {
    writeFileSync(path, '');
    const guard = guardOf(path, '');
    writeFileSync(guard, JSON.stringify({ pid: process.ppid, began: '' }));
    expect(takeProcessLock(path)).toEqual({ holderPid: process.ppid });
    writeFileSync(guard, '');
    take().release();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('that a late process thinks stale is left alone where it is another by now', () => {
    const stale = JSON.stringify({ pid: 4_194_304, began: '1' });
    writeFileSync(path, stale);
    // As the late one comes to the guard, the stale file is gone and a living process has the lock.
    const { ppid } = process;
    vi.mocked(linkSync)
      .mockImplementationOnce(exists)
      .mockImplementationOnce((from, to) => {
        write(ppid, '');
        copyFileSync(from, to);
      });
    expect(takeProcessLock(path)).toEqual({ holderPid: ppid });
    expect(readdirSync(folder)).toEqual(['thing.lock']);
  });

  test('and a guard of one that is gone neither', () => {
    writeFileSync(path, JSON.stringify({ pid: 4_194_304, began: '1' }));
    const guard = guardOf(path, readFileSync(path, 'utf8'));
    writeFileSync(guard, JSON.stringify({ pid: 4_194_303, began: '1' }));
    const living = JSON.stringify({ pid: process.ppid, began: '' });
    // By when the stale guard may be taken away, another has done so and has put its own there.
    vi.mocked(linkSync)
      .mockImplementationOnce(exists)
      .mockImplementationOnce(exists)
      .mockImplementationOnce((from, to) => {
        writeFileSync(guard, living);
        copyFileSync(from, to);
      });
    expect(takeProcessLock(path)).toEqual({ holderPid: process.ppid });
    expect(readFileSync(guard, 'utf8')).toBe(living);
  });

  test('throws what the file system throws', () => {
    expect(() => takeProcessLock(join(folder, 'nowhere', 'x.lock'))).toThrow('ENOENT');
  });
});

describe('many processes that come at once', () => {
  const CONTENDERS = 6;
  const ROUNDS = 40;

  /** Takes at each line on stdin, says what it got, and releases at the next. */
  const CONTENDER = `
    import { takeProcessLock } from '#protocol/node/process-lock.ts';
    let lock;
    process.stdin.on('data', () => {
      if (lock) {
        if ('release' in lock) lock.release();
        lock = undefined;
        console.log('free');
      } else {
        lock = takeProcessLock(process.argv[2]);
        console.log('release' in lock ? 'held' : 'refused');
      }
    });
    console.log('ready');
  `;

  test('never hold it together, over a stale file too', async () => {
    const file = join(folder, 'contender.mjs');
    await build({
      stdin: { contents: CONTENDER, resolveDir: process.cwd(), loader: 'ts' },
      bundle: true,
      platform: 'node',
      format: 'esm',
      conditions: ['source'],
      outfile: file,
    });
    const children = Array.from({ length: CONTENDERS }, () => spawn(process.execPath, [file, path]));
    const lines = children.map((child) => createInterface(child.stdout)[Symbol.asyncIterator]());
    const said = async (): Promise<unknown[]> =>
      (await Promise.all(lines.map((each) => each.next()))).map(({ value }) => value as unknown);
    const all = (): void => children.forEach((child: ChildProcess) => child.stdin?.write('\n'));
    try {
      await said();
      for (let round = 0; round < ROUNDS; round++) {
        write(4_194_304, '1');
        all();
        expect((await said()).filter((word) => word === 'held').length).toBe(1);
        all();
        await said();
      }
      expect(readdirSync(folder)).toEqual(['contender.mjs']);
    } finally {
      children.forEach((child) => child.kill());
    }
  });
});
