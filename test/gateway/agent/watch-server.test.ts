// The socket of an agent's watchers, by its path.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { serveWatch } from '#gateway/agent/watch-server.ts';

test('a data folder too deep for a socket is said, and no other path is taken in its place', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'doorlab-watch-'));
  const deep = join(folder, 'x'.repeat(120));
  await expect(serveWatch(deep, new VirtualClock(), () => [])).rejects.toMatchObject({
    code: 'ENAMETOOLONG',
  });
  expect(readdirSync(folder)).toEqual([]);
  rmSync(folder, { recursive: true });
});
