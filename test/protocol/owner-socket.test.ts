// Sockets that only their owner may open, and what stands where one is to be.
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { clearStaleSocket, listenForOwner } from '#protocol/node/owner-socket.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'doorlab-socket-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a socket for its owner', () => {
  test('is nobody else’s at any moment, and the umask is as before', async () => {
    const path = join(folder, 's');
    const server = createServer();
    onTestFinished(() => void server.close());
    const before = process.umask(0o027);
    onTestFinished(() => void process.umask(before));
    const listening = listenForOwner(server, path);
    expect(lstatSync(path).mode & 0o777).toBe(0o600);
    expect(process.umask(0o027)).toBe(0o027);
    await listening;
  });

  test('takes no file’s, link’s or folder’s place, nor that of one who listens', async () => {
    const at = (name: string): string => join(folder, name);
    writeFileSync(at('file'), 'kept');
    mkdirSync(at('folder'));
    const server = createServer();
    onTestFinished(() => void server.close());
    await listenForOwner(server, at('alive'));
    symlinkSync(at('alive'), at('link'));
    const all = ['file', 'folder', 'link', 'alive', 'none'];
    expect(await Promise.all(all.map((name) => clearStaleSocket(at(name))))).toEqual([
      'not-a-socket',
      'not-a-socket',
      'not-a-socket',
      'taken',
      'free',
    ]);
    expect(readFileSync(at('file'), 'utf8')).toBe('kept');
  });
});
