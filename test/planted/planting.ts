// One copy of the tree in which bugs are planted one after another, and what its tests say. Only a test that ran and
// failed has caught a bug: a file that does not load, or a run that hangs, has not.
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { PlantedBug } from './planted-bug.ts';
import { plant } from './planted-bug.ts';

const COPIED = ['protocol', 'radio', 'lock-sim', 'gateway', 'cloud', 'lab', 'cli', 'test', 'package.json', 'tsconfig.json', 'vitest.config.ts']; // prettier-ignore
/** Bugs are in these floors and in what the fuzz feeds, and so are the tests that must notice. */
const PROJECTS = ['protocol', 'lock-sim', 'gateway', 'fuzz', 'world'];
export const RUN_DEADLINE_MS = 120_000;

export type Outcome =
  /** `by`: the first test that failed. */
  | { readonly kind: 'failed'; readonly by: string }
  | { readonly kind: 'passed'; readonly tests: number }
  | { readonly kind: 'broken'; readonly why: string };

export class PlantedCopy {
  readonly #folder: string;
  readonly #from: string;

  constructor(from: string) {
    this.#from = from;
    this.#folder = mkdtempSync(path.join(tmpdir(), 'doorlab-planted-'));
    for (const name of COPIED) {
      cpSync(path.join(from, name), path.join(this.#folder, name), { recursive: true });
    }
    symlinkSync(path.join(from, 'node_modules'), path.join(this.#folder, 'node_modules'), 'dir');
  }

  /** The tests of a bug with the bug in place; the copy is as before when it returns. */
  async run(bug: PlantedBug): Promise<Outcome> {
    const before = new Map<string, string>();
    try {
      for (const edit of bug.edits) {
        const file = path.join(this.#folder, edit.file);
        const text = readFileSync(file, 'utf8');
        if (!before.has(file)) before.set(file, text);
        const planted = plant(text, edit);
        if (planted.kind === 'unfit') return { kind: 'broken', why: planted.why };
        writeFileSync(file, planted.text);
      }
      return await this.test(bug.tests, bug.only);
    } finally {
      for (const [file, text] of before) writeFileSync(file, text);
    }
  }

  /** As the copy is. `only`: a part of the names. */
  async test(files: readonly string[], only?: string): Promise<Outcome> {
    const report = path.join(this.#folder, 'report.json');
    rmSync(report, { force: true });
    const args = [
      path.join(this.#from, 'node_modules/vitest/vitest.mjs'),
      'run',
      ...files.map((file) => `test/${file}`),
      ...PROJECTS.flatMap((project) => ['--project', project]),
      '--bail=1',
      '--maxWorkers=1',
      '--reporter=json',
      `--outputFile=${report}`,
      ...(only === undefined ? [] : ['-t', only.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')]),
    ];
    const ended = await ranToItsEnd(args, this.#folder);
    if (!ended) return { kind: 'broken', why: `no end within ${RUN_DEADLINE_MS / 1000} s` };
    return outcomeOf(readFileSync(report, 'utf8'));
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function ranToItsEnd(args: readonly string[], cwd: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(RUN_DEADLINE_MS);
    const child = spawn(process.execPath, args, { cwd, stdio: 'ignore', signal, killSignal: 'SIGKILL' });
    child.on('error', (error) => (signal.aborted ? resolve(false) : reject(error)));
    child.on('exit', () => resolve(!signal.aborted));
  });
}

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

function outcomeOf(json: string): Outcome {
  const { testResults } = JSON.parse(json) as Report;
  const unloaded = testResults.find(({ assertionResults }) => assertionResults.length === 0);
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const failed = tests.find(({ status }) => status === 'failed');
  if (failed !== undefined) return { kind: 'failed', by: failed.fullName };
  if (unloaded !== undefined)
    return { kind: 'broken', why: `${unloaded.name} does not load: ${unloaded.message}` };
  const passed = tests.filter(({ status }) => status === 'passed').length;
  return passed === 0 ? { kind: 'broken', why: 'no test was run' } : { kind: 'passed', tests: passed };
}
