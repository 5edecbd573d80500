// `npm run fuzz`: feeds every parser that bytes from outside reach, dealt out to two processes. `-- --inputs N` of each,
// `--target TEXT` those of that name, `--seed N`, `--list`. `--input N` does one input of one target again.
import type { ChildProcess } from 'node:child_process';
import { parseArgs } from 'node:util';
import { fuzz, InputMaker, replayCommand, tried, type FuzzReport } from '#test/fuzz/fuzzing.ts';
import { inputsFor, TARGETS } from '#test/fuzz/targets.ts';
import { dealOut } from './deal-out.ts';

const { values: options } = parseArgs({
  options: {
    inputs: { type: 'string', default: '100000' },
    target: { type: 'string', default: '' },
    seed: { type: 'string', default: '20261125' },
    input: { type: 'string' },
    workers: { type: 'string', default: '2' },
    list: { type: 'boolean', default: false },
    worker: { type: 'boolean', default: false },
  },
});

const seed = Number(options.seed);
const exact = TARGETS.filter(({ name }) => name === options.target);
const chosen = exact.length > 0 ? exact : TARGETS.filter(({ name }) => name.includes(options.target));
if (chosen.length === 0) {
  console.error(`fuzz: no such target; there are: ${TARGETS.map(({ name }) => name).join('; ')}`);
  process.exit(2);
}

if (options.worker) serve();
else if (options.list) for (const { name } of chosen) console.log(name);
else if (options.input !== undefined) process.exitCode = again(Number(options.input));
else process.exitCode = await run();

/** One input of the first target of that name. */
function again(index: number): number {
  const [target] = chosen;
  if (target === undefined) return 2;
  const input = new InputMaker(target, seed).input(index);
  console.log(`${target.name}, input ${index} of seed ${seed}: ${Buffer.from(input).toString('hex')}`);
  const { error, tookMs } = tried(target, input);
  console.log(error ?? `no error that is not typed, in ${tookMs.toFixed(2)} ms`);
  return error === undefined ? 0 : 1;
}

async function run(): Promise<number> {
  const startedMs = performance.now();
  const reports: FuzzReport[] = [];
  const names = chosen.map(({ name }) => name);
  await dealOut(import.meta.url, names, Number(options.workers), (result) => {
    const report = result as FuzzReport;
    reports.push(report);
    console.log(lineOf(report));
  });
  const bad = reports.filter(({ failure }) => failure !== undefined);
  const inputs = reports.reduce((sum, report) => sum + report.inputs, 0);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
  console.log(`fuzz: ${reports.length} parsers, ${inputs} inputs of seed ${seed}, ${bad.length} failures, ${seconds} s`); // prettier-ignore
  for (const report of bad) console.log(failureOf(report));
  return bad.length === 0 && reports.length === chosen.length ? 0 : 1;
}

function serve(): void {
  const parent = process as unknown as ChildProcess;
  parent.on('message', (name: string) => {
    const target = TARGETS.find((one) => one.name === name);
    if (target === undefined) throw new Error(`target ${name} exists`);
    parent.send(fuzz(target, seed, inputsFor(target, Number(options.inputs))));
  });
}

function lineOf({ name, inputs, taken, slowestMs, grownBytes, failure }: FuzzReport): string {
  const kib = (grownBytes / 1024).toFixed(0).padStart(5);
  const told = `${String(inputs).padStart(9)} inputs ${String(taken).padStart(8)} taken  slowest ${slowestMs.toFixed(1).padStart(5)} ms  heap ${kib} KiB`;
  return `${name.padEnd(44)} ${told}${failure === undefined ? '' : '  FAILED'}`;
}

function failureOf({ name, failure }: FuzzReport): string {
  switch (failure?.kind) {
    case undefined:
      return '';
    case 'heap':
      return `${name}: the heap grew by ${failure.grownBytes} bytes`;
    case 'slow':
      return `${name}: input ${failure.input} took ${failure.tookMs.toFixed(0)} ms: ${replayCommand(name, seed, failure.input)}`;
    case 'threw':
      return `${name}: input ${failure.input} threw ${failure.error}: ${replayCommand(name, seed, failure.input)}`;
  }
}
