// A gateway that is killed in the middle of its journal: what was promised is there, and nobody is kept out.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { describe, expect, onTestFinished, test } from 'vitest';
import { COMPACT_ABOVE_BYTES, Journal } from '#gateway/journal.ts';
import { aFolder } from './temporary-folder.ts';

/** Bundled once: a process that has to compile its way up would be most of the test's time. */
async function aWriter(): Promise<string> {
  const outfile = join(aFolder(), 'journal-writer.mjs');
  const entryPoints = [join(import.meta.dirname, 'journal-writer.ts')];
  await build({
    entryPoints,
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['source'],
  });
  return outfile;
}

function start(writer: string, folder: string, from: number): ChildProcess {
  const child = spawn(process.execPath, [writer, folder, String(from)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}

/** Kills the writer once it has promised that many; the last number it promised. */
async function killAfter(child: ChildProcess, promises: number): Promise<number> {
  const exit = once(child, 'exit');
  let last = -1;
  let seen = 0;
  for await (const line of createInterface({ input: child.stdout! })) {
    last = Number(line);
    // Lines that were on their way as it was killed are promises as well.
    if (++seen === promises) child.kill('SIGKILL');
  }
  await exit;
  return last;
}

describe('a gateway that is killed', () => {
  test('has lost nothing that it promised, however often, in the middle of writing anew as well', async () => {
    const [folder, writer] = [aFolder(), await aWriter()];
    let from = 0;
    for (const promises of [1, 2, 3, 7, 20, 33, 60, 90, 120, 45, 5, 11]) {
      const last = await killAfter(start(writer, folder, from), promises);
      expect(last).toBeGreaterThanOrEqual(from);
      const journal = await Journal.open(folder);
      // Only a line that was being written may be torn; everything else is whole.
      expect(journal.damage?.lines ?? 0).toBe(0);
      expect(journal.damage?.missing ?? 0).toBe(0);
      for (let number = Math.max(from, last - 20); number <= last; number++) {
        const found = `r${number}, promised ${from} to ${last}, held ${[...journal.state.held.keys()].join(' ')}`;
        expect(journal.state.held.has(`r${number}`), found).toBe(number % 2 === 1);
      }
      expect(journal.state.handles.get('01')?.gattVersion).toBeTypeOf('number');
      await journal.close();
      from = last + 2;
    }
    expect(statSync(join(folder, 'journal.jsonl')).size).toBeLessThan(COMPACT_ABOVE_BYTES + 3_000);
  });

  test('leaves no lock behind that keeps the next one out', async () => {
    const folder = aFolder();
    const child = start(await aWriter(), folder, 0);
    await once(child.stdout!, 'data');
    await expect(Journal.open(folder)).rejects.toMatchObject({
      code: 'JOURNAL_BUSY',
      message: expect.stringContaining(String(child.pid)) as string,
    });
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(existsSync(join(folder, 'journal.lock'))).toBe(true);
    await (await Journal.open(folder)).close();
    expect(readdirSync(folder).filter((name) => name.includes('stale') || /lock\./.test(name))).toEqual([]);
  });
});
