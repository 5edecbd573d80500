// Files whole or not at all, with the file system's failures put in its way.
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { replaceFile, syncFolder, writeFully, writeNewFile } from '#protocol/node/durable-file.ts';

vi.mock('node:fs', { spy: true });

const failure = (code: string): Error => Object.assign(new Error(code), { code });
const failing = (code: string) => () => {
  throw failure(code);
};

let folder: string;
let path: string;
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'doorlab-durable-'));
  path = join(folder, 'thing.bin');
});
afterEach(() => {
  vi.restoreAllMocks();
  fs.rmSync(folder, { recursive: true });
});

const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i);
const contents = (): Uint8Array => Uint8Array.from(fs.readFileSync(path));

/** The next write takes only so many bytes. */
async function shortWrite(count: number): Promise<void> {
  const { writeSync } = await vi.importActual<typeof fs>('node:fs');
  const short = (fd: number, data: Uint8Array, at: number, _length: number, position: number | null) =>
    writeSync(fd, data, at, count, position);
  vi.mocked(fs.writeSync).mockImplementationOnce(short as never);
}

test.each([undefined, 7])('a write that takes only a part is gone on with, from %s', async (position) => {
  const fd = fs.openSync(path, 'w');
  await shortWrite(10);
  writeFully(fd, bytes, position);
  fs.closeSync(fd);
  expect(contents().subarray(position ?? 0)).toEqual(bytes);
});

describe('a file that takes the place of another', () => {
  beforeEach(() => fs.writeFileSync(path, 'old'));

  test('is whole, for its owner alone, with nothing left beside it', async () => {
    await shortWrite(10);
    fs.writeFileSync(`${path}.draft`, 'of a writer that was killed', { mode: 0o644 });
    replaceFile(path, bytes, 0o600);
    expect(contents()).toEqual(bytes);
    expect(fs.statSync(path).mode & 0o777).toBe(0o600);
    expect(fs.readdirSync(folder)).toEqual(['thing.bin']);
  });

  test.each(['writeSync', 'fsyncSync', 'renameSync'] as const)(
    'leaves it where %s fails, and no draft',
    (name) => {
      vi.mocked(fs[name] as () => void).mockImplementationOnce(failing('ENOSPC'));
      expect(() => replaceFile(path, bytes, 0o600)).toThrow('ENOSPC');
      expect(fs.readFileSync(path, 'utf8')).toBe('old');
      expect(fs.readdirSync(folder)).toEqual(['thing.bin']);
    },
  );

  test('is synced before it has its name', () => {
    replaceFile(path, bytes, 0o600);
    const [synced] = vi.mocked(fs.fsyncSync).mock.invocationCallOrder;
    expect(synced).toBeLessThan(vi.mocked(fs.renameSync).mock.invocationCallOrder[0]!);
  });
});

test('a new file is never one that is there, and a half one is taken away', () => {
  fs.writeFileSync(path, 'old');
  expect(() => writeNewFile(path, bytes, 0o600)).toThrow('EEXIST');
  expect(fs.readFileSync(path, 'utf8')).toBe('old');
  fs.rmSync(path);
  vi.mocked(fs.fsyncSync).mockImplementationOnce(failing('EIO'));
  expect(() => writeNewFile(path, bytes, 0o600)).toThrow('EIO');
  expect(fs.readdirSync(folder)).toEqual([]);
});

test('a folder that the platform does not sync will do; one that fails will not', () => {
  vi.mocked(fs.fsyncSync).mockImplementationOnce(failing('EINVAL'));
  syncFolder(folder);
  vi.mocked(fs.fsyncSync).mockImplementationOnce(failing('EIO'));
  expect(() => syncFolder(folder)).toThrow('EIO');
  expect(() => syncFolder(join(folder, 'none'))).toThrow('ENOENT');
});
