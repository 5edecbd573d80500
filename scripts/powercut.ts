// `npm run powercut`: the power-cut proof over every scenario, dealt out to two processes; the counts are the same
// whatever their number. `-- --depth 2` cuts boot's repairs as well, `--list` tells the scenarios, `--json FILE`
// writes the counts. `--scenario NAME [--operation N [--tear JSON]]` goes through one case alone.
import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { portableEngine } from '#protocol/crypto/portable-engine.ts';
import type { Tear } from '#lock-sim/flash/tears.ts';
import type { RepairCut } from '#test/powercut/repairs.ts';
import { type Proof, type ProofOptions, prove } from '#test/powercut/proof.ts';
import { listOf, lineOf, totalOf, violationLines } from '#test/powercut/report.ts';
import { SCENARIOS, scenarioNamed } from '#test/powercut/scenarios.ts';
import { dealOut } from './deal-out.ts';

const { values: options } = parseArgs({
  options: {
    scenario: { type: 'string' },
    operation: { type: 'string' },
    tear: { type: 'string' },
    repair: { type: 'string' },
    depth: { type: 'string', default: '1' },
    tears: { type: 'string' },
    engine: { type: 'string', default: 'node' },
    workers: { type: 'string', default: '2' },
    json: { type: 'string' },
    list: { type: 'boolean', default: false },
    worker: { type: 'boolean', default: false },
  },
});

/** Tears of each kind that a second cut, in boot's repairs, is tried with. */
const REPAIR_TEARS = 3;
/** An honest courier comes to one in so many of the distinct images that are left. */
const CONVERGE_EVERY = 10;

process.exitCode = options.worker ? await serve() : options.list ? list() : await run();

function list(): number {
  for (const line of listOf(SCENARIOS)) console.log(line);
  return 0;
}

async function run(): Promise<number> {
  const asked = options.scenario === undefined ? SCENARIOS : [scenarioNamed(options.scenario)];
  const chosen = asked.filter((scenario) => scenario !== undefined);
  if (chosen.length === 0) {
    console.error(`powercut: no such scenario; there are: ${SCENARIOS.map(({ name }) => name).join(', ')}`);
    return 2;
  }
  const startedMs = performance.now();
  const proofs = await proveAll(chosen.map(({ name }) => name));
  for (const proof of proofs) console.log(lineOf(proof));
  for (const line of violationLines(proofs)) console.log(line);
  const total = totalOf(proofs, performance.now() - startedMs);
  console.log(total.line);
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(proofs, undefined, 2)}\n`);
  return total.violations === 0 ? 0 : 1;
}

/** In the order of the names, whoever was ready first. */
async function proveAll(names: readonly string[]): Promise<Proof[]> {
  const done = new Map<string, Proof>();
  await dealOut(import.meta.url, names, Number(options.workers), (result) => {
    const proof = result as Proof;
    done.set(proof.name, proof);
    process.stderr.write(`${String(done.size)}/${String(names.length)} ${lineOf(proof)}\n`);
  });
  return names.map((name) => done.get(name)).filter((proof) => proof !== undefined);
}

function serve(): Promise<number> {
  return new Promise((resolve) => {
    const parent = process as unknown as ChildProcess;
    parent.on('message', (name: string) => {
      const scenario = scenarioNamed(name);
      if (scenario === undefined) throw new Error(`scenario ${name} exists`);
      void prove(scenario, proofOptions()).then((proof) => parent.send(proof));
    });
    parent.on('disconnect', () => resolve(0));
  });
}

function proofOptions(): ProofOptions {
  const { operation, tear, repair, tears, depth, engine } = options;
  return {
    repairTears: Number(depth) > 1 ? REPAIR_TEARS : 0,
    // One case alone is gone through to its end.
    convergeEvery: tear === undefined ? CONVERGE_EVERY : 1,
    engine: engine === 'portable' ? portableEngine : nodeEngine,
    ...(tears !== undefined && { tears: Number(tears) }),
    ...(operation !== undefined && {
      only: {
        operation: Number(operation),
        ...(tear !== undefined && { tear: JSON.parse(tear) as Tear }),
        ...(repair !== undefined && { repair: JSON.parse(repair) as RepairCut }),
      },
    }),
  };
}
