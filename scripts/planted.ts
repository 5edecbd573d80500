// `npm run planted`: plants each bug of test/planted into a copy of the tree, two at a time, and runs the tests that must
// notice. The same tests on the copy without a bug are the control. Exits with 1 where a bug lives or the control does
// not. `-- --only TEXT` takes bugs by name, `--list` tells them, `--workers N`.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { BUGS } from '#test/planted/bugs.ts';
import type { PlantedBug } from '#test/planted/planted-bug.ts';
import { PlantedCopy, type Outcome } from '#test/planted/planting.ts';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    workers: { type: 'string', default: '2' },
    list: { type: 'boolean', default: false },
  },
});

/** A bug, or the tests of all of them without one. */
interface Job {
  readonly name: string;
  readonly isGood: (outcome: Outcome) => boolean;
  readonly run: (copy: PlantedCopy) => Promise<Outcome>;
}

interface Row {
  readonly name: string;
  readonly good: boolean;
  readonly line: string;
}

const chosen = BUGS.filter(({ name }) => name.includes(options.only));
process.exitCode = options.list ? list() : await run();

function list(): number {
  for (const { name, tests } of chosen) console.log(`${name.padEnd(60)} ${tests.join(' ')}`);
  return 0;
}

async function run(): Promise<number> {
  if (chosen.length === 0) {
    console.error(`planted: no bug of that name; there are: ${BUGS.map(({ name }) => name).join('; ')}`);
    return 2;
  }
  const startedMs = performance.now();
  const jobs = [...controls(chosen), ...chosen.map(jobOf)];
  const queue = [...jobs];
  const rows = new Map<string, Row>();
  const workers = Math.max(1, Math.min(Number(options.workers), queue.length));
  await Promise.all(Array.from({ length: workers }, () => work(queue, rows, jobs.length)));
  const inOrder = jobs.map(({ name }) => rows.get(name)).filter((row) => row !== undefined);
  for (const { line } of inOrder) console.log(line);
  const bad = inOrder.filter(({ good }) => !good);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
  console.log(`planted: ${chosen.length} bugs, ${bad.length === 0 ? 'all caught' : `${bad.length} NOT AS THEY SHOULD BE`}, ${seconds} s`); // prettier-ignore
  for (const { line } of bad) console.log(line);
  return bad.length === 0 ? 0 : 1;
}

async function work(queue: Job[], rows: Map<string, Row>, of: number): Promise<void> {
  const copy = new PlantedCopy(ROOT);
  try {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      const startedMs = performance.now();
      const outcome = await job.run(copy);
      const row = rowOf(job, outcome, performance.now() - startedMs);
      rows.set(job.name, row);
      process.stderr.write(`${rows.size}/${of} ${row.line}\n`);
    }
  } finally {
    copy.remove();
  }
}

function jobOf(bug: PlantedBug): Job {
  return { name: bug.name, isGood: ({ kind }) => kind === 'failed', run: (copy) => copy.run(bug) };
}

/** Whole files at once, and each part of a file that is run alone. */
function controls(bugs: readonly PlantedBug[]): Job[] {
  const whole = bugs.filter(({ only }) => only === undefined).flatMap(({ tests }) => tests);
  const parts = new Map(bugs.filter(({ only }) => only !== undefined).map((bug) => [`${bug.only}`, bug]));
  const isGood = ({ kind }: Outcome): boolean => kind === 'passed';
  return [
    ...(whole.length === 0
      ? []
      : [{ name: '(no bug)', isGood, run: (copy: PlantedCopy) => copy.test([...new Set(whole)]) }]),
    ...[...parts.values()].map(({ tests, only }) => ({
      name: `(no bug: ${only})`,
      isGood,
      run: (copy: PlantedCopy) => copy.test(tests, only),
    })),
  ];
}

function rowOf({ name, isGood }: Job, outcome: Outcome, tookMs: number): Row {
  const good = isGood(outcome);
  const line = `${name.padEnd(60)} ${good ? '' : 'BAD '}${told(outcome)}  ${(tookMs / 1000).toFixed(1)} s`;
  return { name, good, line };
}

function told(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'failed':
      return `caught by: ${outcome.by}`;
    case 'passed':
      return `${outcome.tests} tests passed`;
    case 'broken':
      return outcome.why;
  }
}
