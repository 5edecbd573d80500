// `npm test`: sets up, runs every check and every suite, and ends with one line that counts them. Arguments go
// on to vitest (`npm test -- --project radio`), and then the checks are left out.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ROOT, setUp } from './setup.mjs';

const RESULTS = path.join(ROOT, 'node_modules', '.cache', 'doorlab', 'vitest.json');
const inCi = !['', '0', 'false', undefined].includes(process.env.CI);

const setUpCode = setUp();
process.exitCode = setUpCode === 0 ? runAll(process.argv.slice(2)) : setUpCode;

function runAll(vitestArgs) {
  const failedChecks = vitestArgs.length === 0 ? runChecks() : 0;
  const suites = runSuites(vitestArgs);
  const failed = suites.failed + failedChecks;
  if (failedChecks > 0) console.log(`checks: ${failedChecks} failed (each counts as a failure below)`);
  if (suites.skipped.length > 0) {
    console.log(`skipped${inCi ? ' (in CI each is a failure)' : ''}:`);
    for (const name of suites.skipped) console.log(`  ${name}`);
  }
  const skippedNote = suites.skipped.length > 0 ? `, ${suites.skipped.length} skipped` : '';
  console.log(`tests: ${suites.passed} passed, ${failed} failed${skippedNote}`);
  return failed > 0 || (inCi && suites.skipped.length > 0) ? 1 : 0;
}

/** The number of checks that failed. */
function runChecks() {
  const result = spawnSync(process.execPath, [path.join(ROOT, 'scripts', 'check.mjs')], { stdio: 'inherit' });
  return result.status ?? 1;
}

function runSuites(vitestArgs) {
  rmSync(RESULTS, { force: true });
  mkdirSync(path.dirname(RESULTS), { recursive: true });
  const vitest = path.join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${RESULTS}`];
  const run = spawnSync(process.execPath, [vitest, 'run', ...reporters, ...vitestArgs], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  const counts = existsSync(RESULTS) ? count(JSON.parse(readFileSync(RESULTS, 'utf8'))) : noCounts();
  // Vitest also fails on what belongs to no test: an unhandled error, a filter that matches nothing.
  if (run.status !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}

function noCounts() {
  return { passed: 0, failed: 0, skipped: [] };
}

function count(results) {
  const counts = noCounts();
  for (const file of results.testResults) {
    const failedBefore = counts.failed;
    for (const test of file.assertionResults) {
      if (test.status === 'passed') counts.passed++;
      else if (test.status === 'failed') counts.failed++;
      else counts.skipped.push(`${path.relative(ROOT, file.name)}: ${test.fullName}`);
    }
    // A file that could not be loaded, or whose hook failed, has no failed test of its own.
    if (file.status === 'failed' && counts.failed === failedBefore) counts.failed++;
  }
  return counts;
}
