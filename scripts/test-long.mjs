// `npm run test:long`: the proofs that take minutes in their long forms, with their counts. Not part of CI.
import { spawnSync } from 'node:child_process';
import { ROOT, setUp } from './setup.mjs';

const TYPESCRIPT = ['--conditions=source', '--import', 'tsx'];

/** What Node is started with, one after another, whatever came of the one before. */
const LONG_FORMS = [
  // Every cut, and a second cut in the boot that mends what the first one left.
  [...TYPESCRIPT, 'scripts/powercut.ts', '--depth', '2'],
  [...TYPESCRIPT, 'scripts/powercut.ts', '--engine', 'portable', '--tears', '8'],
  [...TYPESCRIPT, 'scripts/planted.ts'],
  [...TYPESCRIPT, 'scripts/fuzz.ts', '--inputs', '10000000'],
  // Processes of the cloud killed under load, on each database.
  ...['cloud', 'cloud-postgres'].map((project) => [
    'node_modules/vitest/vitest.mjs',
    'run',
    ...['--project', project, 'test/cloud/killed.test.ts'],
  ]),
  ['node_modules/vitest/vitest.mjs', 'run', '--project', 'world', 'test/world/fault-matrix'],
];

/** How often, where a suite asks the environment. */
const COUNTS = { DOORLAB_KILLS: '50', DOORLAB_MATRIX: 'long' };

process.exitCode = setUp() || run();

function run() {
  const failed = LONG_FORMS.filter((args) => {
    const { status } = spawnSync(process.execPath, args, {
      cwd: ROOT,
      stdio: 'inherit',
      env: { ...process.env, ...COUNTS },
    });
    return status !== 0;
  });
  for (const args of failed) console.error(`test:long: failed: node ${args.join(' ')}`);
  return failed.length === 0 ? 0 : 1;
}
