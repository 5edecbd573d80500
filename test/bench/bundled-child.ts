// A benchmark's own process, bundled as it would ship: a loader's marks on every function cost more than what is
// measured. What it prints is one line of JSON.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Below node_modules, where the bundle finds what it leaves outside. */
const FOLDER = join(ROOT, 'node_modules', '.cache', 'doorlab-bench');
const DEADLINE_MS = 900_000;

/** `name`: of test/bench/NAME.ts. */
export async function bundledChild(name: string): Promise<(...args: readonly string[]) => unknown> {
  mkdirSync(FOLDER, { recursive: true });
  const outfile = join(FOLDER, `${name}.mjs`);
  await build({
    entryPoints: [join(ROOT, 'test', 'bench', `${name}.ts`)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    conditions: ['source'],
    logLevel: 'warning',
  });
  return (...args) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [outfile, ...args], {
      timeout: DEADLINE_MS,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${name} ${args.join(' ')}: ${stderr}`);
    return JSON.parse(stdout) as unknown;
  };
}
