// A benchmark's own process, bundled as it would ship: a loader's marks on every function cost more than what is
// measured. What it prints is one line of JSON.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Below node_modules, where the bundle finds what it leaves outside. */
const FOLDER = join(ROOT, 'node_modules', '.cache', 'doorlab-bench');
/** Then it is killed, and who waits for its word hears that it ended. */
export const CHILD_DEADLINE_MS = 900_000;

/** Runs to its end. `name`: of test/bench/NAME.ts. */
export async function bundledChild(name: string): Promise<(...args: readonly string[]) => unknown> {
  const outfile = await bundle(name);
  return (...args) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [outfile, ...args], {
      timeout: CHILD_DEADLINE_MS,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${name} ${args.join(' ')}: ${stderr}`);
    return JSON.parse(stdout) as unknown;
  };
}

/** Says one line of JSON once it is ready, and ends with its input. */
export async function bundledServer(name: string): Promise<{ ready: unknown; stop: () => void }> {
  const child = spawn(process.execPath, [await bundle(name)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    timeout: CHILD_DEADLINE_MS,
  });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${name} ended with ${String(code)} before it was ready`);
  });
  const [line] = (await Promise.race([once(createInterface(child.stdout), 'line'), ended])) as [string];
  ended.catch(() => undefined);
  return { ready: JSON.parse(line), stop: () => child.stdin.end() };
}

/** The bundle of test/bench/NAME.ts. */
export async function bundle(name: string): Promise<string> {
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
  return outfile;
}
