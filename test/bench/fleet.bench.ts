// 200 locks on the real bleno and 4 couriers on the real noble in one process, each lock synced once: what that
// process takes of memory. It runs in a child, so that nothing else is in the figure.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Bench } from './figure.ts';

const CHILD = fileURLToPath(new URL('fleet-child.ts', import.meta.url));
const MEMORY_MAX_MIB = 400;
const DEADLINE_MS = 180_000;

export const bench: Bench = {
  name: 'fleet',
  run() {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--conditions=source', '--import', 'tsx', CHILD],
      { encoding: 'utf8', timeout: DEADLINE_MS },
    );
    if (status !== 0) throw new Error(`the fleet ended with ${String(status)}: ${stderr}`);
    const { peakMiB, seconds, synced } = JSON.parse(stdout) as {
      peakMiB: number;
      seconds: number;
      synced: number;
    };
    return Promise.resolve([
      { name: 'fleet.locks_synced', value: synced, unit: '', kind: 'ratio', atLeast: 200, atMost: 200 },
      { name: 'fleet.peak_mib', value: peakMiB, unit: 'MiB', kind: 'absolute', atMost: MEMORY_MAX_MIB },
      { name: 'fleet.seconds', value: seconds, unit: 's', kind: 'absolute' },
    ]);
  },
};
