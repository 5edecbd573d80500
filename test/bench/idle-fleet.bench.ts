// 10,000 locks with 60 rows each that stand and advertise on the in-memory radio, their flash in one file: memory, and
// the share of a core. In processes of their own, bundled as they would ship: a loader's marks on every function cost
// more than a lock.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from './bundled-child.ts';
import type { Bench } from './figure.ts';

const LOCKS = 10_000;
const MEMORY_MAX_MIB = 250;
const CORE_MAX_PERCENT = 3;
const DEADLINE_MS = 900_000;
/** A fleet that stands makes little garbage: room for more would only be filled. */
const NEW_SPACE_MIB = 1;

export const bench: Bench = {
  name: 'idle-fleet',
  async run() {
    const outfile = await bundle('idle-fleet-child');
    const folder = mkdtempSync(join(tmpdir(), 'doorlab-idle-'));
    try {
      runChild(outfile, ['make', folder]);
      const { peakMiB, corePercent, active, heard } = JSON.parse(runChild(outfile, ['stand', folder])) as {
        peakMiB: number;
        corePercent: number;
        active: number;
        heard: number;
      };
      return [
        {
          name: 'fleet.idle_10000_mib',
          value: peakMiB,
          unit: 'MiB',
          kind: 'ratio',
          atMost: MEMORY_MAX_MIB,
        },
        {
          name: 'fleet.idle_10000_core_percent',
          value: corePercent,
          unit: '%',
          kind: 'absolute',
          atMost: CORE_MAX_PERCENT,
        },
        { name: 'fleet.idle_10000', value: Math.min(active, heard), unit: '', kind: 'ratio', atLeast: LOCKS },
      ];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

function runChild(outfile: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--expose-gc', `--max-semi-space-size=${NEW_SPACE_MIB}`, outfile, ...args, String(LOCKS)],
    { encoding: 'utf8', timeout: DEADLINE_MS },
  );
  if (status !== 0) throw new Error(`the idle fleet ended with ${String(status)}: ${stderr}`);
  return stdout;
}
