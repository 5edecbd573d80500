// One vitest project a floor, so that `npx vitest run --project radio` (or a path) runs that floor alone. The
// cloud's tests are four: `cloud` on SQLite, `cloud-postgres` the same files on PostgreSQL, and `cloud-alone` and
// `cloud-postgres-alone` those that put something in the place of a module.
// Everywhere `#floor/x.ts` resolves to the source, never to dist/.
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

const FLOORS = ['protocol', 'radio', 'lock-sim', 'gateway', 'lab', 'cli', 'house'] as const;

const CLOUD_ALONE = 'test/cloud/alone/**/*.test.ts';
const EACH_CLOUD_FILE = 'test/cloud/file-setup.ts';
const ON_POSTGRES = {
  globalSetup: ['test/cloud/postgres/global-setup.ts'],
  setupFiles: ['test/cloud/postgres/each-file.ts', EACH_CLOUD_FILE],
};
/**
 * Whole stories in virtual time, proofs by power cuts at each operation, each parser fed a hundred thousand inputs, and the
 * lock held against its model.
 */
const LONG_RUNNING = ['world', 'fuzz', 'model'] as const;

/** A test that needs longer than this hangs, or belongs to a long-running project. */
const TEST_TIMEOUT_MS = 60_000;
const LONG_TEST_TIMEOUT_MS = 600_000;

/** Vite's own server conditions behind ours. */
const conditions = ['source', 'module', 'node', 'development|production'];
const resolve = { conditions };
const ssr = { resolve: { conditions, externalConditions: ['source'] } };

/** A server that the tests are given is for those that ask for it; no program they start may find it by itself. */
const env = { NODE_ENV: 'test', NO_COLOR: '1', DATABASE_URL: '' };

const cloudProject = (name: string, test: NonNullable<TestProjectInlineConfiguration['test']>) => ({
  resolve,
  ssr,
  test: { name, env, testTimeout: TEST_TIMEOUT_MS, hookTimeout: TEST_TIMEOUT_MS, ...test },
});

export default defineConfig({
  resolve,
  ssr,
  test: {
    /** Cores are few: two workers are enough on a laptop and in CI alike. */
    maxWorkers: 2,
    projects: [
      ...FLOORS.map((name) => ({
        resolve,
        ssr,
        test: {
          name,
          env,
          include: [`test/${name}/**/*.test.ts`],
          testTimeout: TEST_TIMEOUT_MS,
          hookTimeout: TEST_TIMEOUT_MS,
        },
      })),
      cloudProject('cloud', {
        include: ['test/cloud/**/*.test.ts'],
        exclude: [CLOUD_ALONE],
        setupFiles: [EACH_CLOUD_FILE],
        // Loading the cloud anew for each file would be a third of the time its tests take.
        isolate: false,
      }),
      cloudProject('cloud-postgres', {
        include: ['test/cloud/**/*.test.ts'],
        exclude: [CLOUD_ALONE],
        ...ON_POSTGRES,
        isolate: false,
      }),
      cloudProject('cloud-alone', { include: [CLOUD_ALONE], setupFiles: [EACH_CLOUD_FILE] }),
      cloudProject('cloud-postgres-alone', { include: [CLOUD_ALONE], ...ON_POSTGRES }),
      ...LONG_RUNNING.map((name) => ({
        resolve,
        ssr,
        test: {
          name,
          env,
          include: [`test/${name}/**/*.test.ts`],
          testTimeout: LONG_TEST_TIMEOUT_MS,
          hookTimeout: LONG_TEST_TIMEOUT_MS,
        },
      })),
    ],
  },
});
