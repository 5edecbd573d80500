// How long a person waits for the program itself: `doorlab version`, from the source tree.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { median, type Bench } from './figure.ts';

const BIN = fileURLToPath(new URL('../../cli/bin.mjs', import.meta.url));
const RUNS = 5;

export const bench: Bench = {
  name: 'start',
  async run() {
    const times = Array.from({ length: RUNS }, () => {
      const startedMs = performance.now();
      const { status } = spawnSync(process.execPath, [BIN, 'version'], { stdio: 'ignore' });
      if (status !== 0) throw new Error(`doorlab version ended with ${String(status)}`);
      return performance.now() - startedMs;
    });
    return [{ name: 'cli.start_ms', value: median(times), unit: 'ms', kind: 'absolute' }];
  },
};
