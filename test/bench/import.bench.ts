// A file of people into a property of 200 doors that all have locks: ten times the rows cost little more than ten times as
// much, however full the door becomes that everybody gets.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundledChild } from './bundled-child.ts';
import type { Bench } from './figure.ts';

const DOORS = '200';
/** Ten times as much: n log n. */
const GROWTH_MAX = 15;

export const bench: Bench = {
  name: 'import',
  async run() {
    const child = await bundledChild('import-child');
    const [small, large] = [1_000, 10_000].map((rows) => {
      const folder = mkdtempSync(join(tmpdir(), 'doorlab-import-'));
      try {
        return child(folder, String(rows), DOORS) as { invited: number; cpuMs: number };
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
    if (small === undefined || large === undefined) throw new Error('two sizes');
    return [
      {
        name: 'import.growth',
        value: large.cpuMs / small.cpuMs,
        unit: 'x',
        kind: 'ratio',
        atMost: GROWTH_MAX,
      },
      { name: 'import.rows_10000_ms', value: large.cpuMs, unit: 'ms', kind: 'absolute' },
      { name: 'import.invited', value: large.invited, unit: '', kind: 'absolute' },
    ];
  },
};
