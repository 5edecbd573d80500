// `npm run test:long`: the proofs that take minutes in their long forms, with their counts. Not part of CI.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { ROOT, setUp } from './setup.mjs';

const LONG_FORMS = ['test/lock-sim/power-cut.test.ts'];

process.exitCode = setUp() || run();

function run() {
  const vitest = path.join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  const { status } = spawnSync(
    process.execPath,
    [vitest, 'run', ...LONG_FORMS, '--disable-console-intercept'],
    {
      cwd: ROOT,
      stdio: 'inherit',
      env: { ...process.env, DOORLAB_LONG: '1' },
    },
  );
  return status ?? 1;
}
