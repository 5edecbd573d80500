// The socket of an agent's watchers, by its path.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { serveWatch } from '#gateway/agent/watch-server.ts';
import { aFolder } from '../temporary-folder.ts';

test('a data folder too deep for a socket is said, and no other path is taken in its place', async () => {
  const folder = aFolder();
  const deep = join(folder, 'x'.repeat(120));
  await expect(serveWatch(deep, new VirtualClock(), () => [])).rejects.toMatchObject({
    code: 'ENAMETOOLONG',
  });
  expect(readdirSync(folder)).toEqual([]);
});

test('a file that stands there is kept, and the agent told', async () => {
  const path = join(aFolder(), 'file');
  writeFileSync(path, 'kept');
  await expect(serveWatch(path, new VirtualClock(), () => [])).rejects.toMatchObject({ code: 'EADDRINUSE' });
  expect(readFileSync(path, 'utf8')).toBe('kept');
});
