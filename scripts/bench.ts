// `npm run bench`: runs the benchmarks of test/bench one after the other and prints their figures by name. Exits with 1
// when a ratio misses its threshold or a benchmark fails.
import { readdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { median, type Bench, type Figure } from '#test/bench/figure.ts';

const FOLDER = new URL('../test/bench/', import.meta.url);
const CALIBRATION_RUNS = 5;
const CALIBRATION_TURNS = 50_000_000;

const benches = await loadBenches();
const { values: options, positionals: names } = argumentsGiven();
const unknown = names.find((name) => !benches.some((bench) => bench.name === name));
if (options.help === true || unknown !== undefined) {
  const usage = `npm run bench -- [NAME..] [--json FILE]\nNames: ${benches.map(({ name }) => name).join(', ')}; all of them by default.`;
  console.error(unknown === undefined ? usage : `bench: there is no ${unknown}\n${usage}`);
  process.exit(unknown === undefined ? 0 : 2);
}
const chosen = benches.filter(({ name }) => names.length === 0 || names.includes(name));
process.exitCode = (await runAll(chosen)) ? 0 : 1;

function argumentsGiven() {
  try {
    return parseArgs({
      options: { json: { type: 'string' }, help: { type: 'boolean' } },
      allowPositionals: true,
    });
  } catch (error) {
    console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(2);
  }
}

async function runAll(chosen: readonly Bench[]): Promise<boolean> {
  const calibrationMs = calibrate();
  print({ name: 'calibration.loop_ms', value: calibrationMs, unit: 'ms', kind: 'absolute' });
  const figures: Figure[] = [];
  let good = true;
  for (const bench of chosen) {
    try {
      for (const figure of await bench.run()) {
        print(figure);
        figures.push(figure);
        if (figure.kind === 'ratio' && !isMet(figure)) good = false;
      }
    } catch (error) {
      console.error(`bench: ${bench.name} failed:`, error);
      good = false;
    }
  }
  if (options.json !== undefined) writeFigures(options.json, calibrationMs, figures);
  return good;
}

async function loadBenches(): Promise<Bench[]> {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.bench.ts'));
  const modules = await Promise.all(
    files.sort().map(async (file) => (await import(new URL(file, FOLDER).href)) as { bench: Bench }),
  );
  return modules.map(({ bench }) => bench);
}

/** Plain integer work: what absolute figures of two machines, or two days, are compared by. */
function calibrate(): number {
  const times = Array.from({ length: CALIBRATION_RUNS }, () => {
    const startedMs = performance.now();
    let mixed = 1;
    for (let turn = 0; turn < CALIBRATION_TURNS; turn++) mixed = (Math.imul(mixed, 1_664_525) + turn) | 0;
    if (mixed === 0) console.log('calibration: zero');
    return performance.now() - startedMs;
  });
  return median(times);
}

function isMet({ value, atLeast = -Infinity, atMost = Infinity, unknown: reason }: Figure): boolean {
  if (reason !== undefined) return true;
  return value >= atLeast && value <= atMost;
}

function print(figure: Figure): void {
  const { name, value, unit, kind, atLeast, atMost } = figure;
  if (figure.unknown !== undefined) {
    console.log(`${name.padEnd(40)} ${'unknown'.padStart(12)} ${unit.padEnd(6)} ${kind}  ${figure.unknown}`);
    return;
  }
  const text = [`${name.padEnd(40)} ${rounded(value).padStart(12)} ${unit.padEnd(6)} ${kind}`];
  if (atLeast !== undefined) text.push(`at least ${atLeast}`);
  if (atMost !== undefined) text.push(`at most ${atMost}`);
  if (atLeast !== undefined || atMost !== undefined) text.push(isMet(figure) ? 'met' : 'MISSED');
  console.log(text.join('  '));
}

/** Three significant digits, whole from 100 on. */
function rounded(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function writeFigures(file: string, calibrationMs: number, figures: readonly Figure[]): void {
  const machine = {
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    cores: availableParallelism(),
    calibrationMs,
  };
  const judged = figures.map((figure) => ({
    ...figure,
    met: figure.unknown === undefined ? isMet(figure) : null,
  }));
  writeFileSync(path.resolve(file), `${JSON.stringify({ machine, figures: judged }, null, 2)}\n`);
}
