// The program as it ships, in processes of its own: JavaScript made of the source tree beside its bin in a temporary
// folder. Every wait is for a line or an end, with a deadline; `close` leaves no process and no folder.
import { spawn, type ChildProcess } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { systemClock } from '#protocol/node/system-clock.ts';
import { withDeadline } from '#protocol/ports/deadline.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** For machines that are busy with other suites; nothing waits so long on an idle one. */
const PROCESS_DEADLINE_MS = 90_000;

type Line = Readonly<Record<string, unknown>>;

export interface Ended {
  /** Null where a signal ended it. */
  readonly exit: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The JSON objects on stdout, in order. */
  readonly lines: readonly Line[];
  readonly stdout: string;
  readonly stderr: string;
  /** The last object: `finished` or `error`. */
  readonly last: Line;
}

export interface Running {
  readonly child: ChildProcess;
  /** The next line so far or to come for which `wanted` holds. Rejects where the process ends without one. */
  line(wanted: (line: Line) => boolean): Promise<Line>;
  readonly ended: Promise<Ended>;
}

export interface RunOptions {
  readonly input?: string;
  /** Modules loaded before the program. */
  readonly preload?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export class Doorlab {
  /** The program's; `data` is where its commands keep things unless told otherwise. */
  readonly folder: string;
  readonly data: string;
  /** DOORLAB_* for every run. */
  readonly env: Record<string, string> = {};
  readonly #running = new Set<ChildProcess>();

  private constructor(folder: string) {
    this.folder = folder;
    this.data = join(folder, 'data');
  }

  /** `extra`: further entry points, next to the program. */
  static async build(extra: readonly string[] = []): Promise<Doorlab> {
    const folder = mkdtempSync(join(tmpdir(), 'doorlab-world-'));
    mkdirSync(join(folder, 'cli'));
    copyFileSync(join(ROOT, 'cli/bin.mjs'), join(folder, 'cli/bin.mjs'));
    copyFileSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    await build({
      absWorkingDir: ROOT,
      entryPoints: ['cli/main.ts', ...extra],
      outdir: join(folder, 'dist'),
      outbase: ROOT,
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      packages: 'external',
      conditions: ['source'],
      logLevel: 'error',
    });
    return new Doorlab(folder);
  }

  /** Runs a command to its end, with --json. */
  async run(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
    return this.start(['--json', ...args], options).ended;
  }

  /** Runs a command to its end as a person does. */
  async runPlain(args: readonly string[]): Promise<Ended> {
    return this.start(args, {}).ended;
  }

  start(args: readonly string[], { input, preload = [], env = {} }: RunOptions = {}): Running {
    const imports = preload.flatMap((name) => ['--import', join(this.folder, 'dist', name)]);
    const child = spawn(process.execPath, [...imports, join(this.folder, 'cli/bin.mjs'), ...args], {
      cwd: this.folder,
      env: { ...process.env, DOORLAB_DATA: this.data, ...this.env, ...env },
    });
    this.#running.add(child);
    child.stdin.on('error', () => undefined);
    child.stdin.end(input ?? '');
    return follow(child, args, () => this.#running.delete(child));
  }

  /** Starts what serves until it is stopped, and waits for its line of that event. */
  async serve(args: readonly string[], event: string): Promise<Running & { readonly up: Line }> {
    const running = this.start(['--json', ...args]);
    const up = await running.line((line) => line['event'] === event);
    return { ...running, up };
  }

  async close(): Promise<void> {
    await this.stopAll();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Leaves no process, whatever a test that failed left running. */
  async stopAll(): Promise<void> {
    const ends = [...this.#running].map(
      (child) =>
        new Promise<void>((resolve) => {
          child.once('close', () => resolve());
          child.kill('SIGKILL');
        }),
    );
    await Promise.all(ends);
  }
}

/** Sends the signal and waits for the end. */
export async function stop({ child, ended }: Running, signal: NodeJS.Signals = 'SIGINT'): Promise<Ended> {
  child.kill(signal);
  return ended;
}

function follow(child: ChildProcess, args: readonly string[], onEnd: () => void): Running {
  const lines: Line[] = [];
  const watchers = new Set<() => void>();
  const out = { stdout: '', stderr: '' };
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (out.stderr += text));
  if (child.stdout === null) throw new Error('a child without stdout');
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out.stdout += text));
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (!line.startsWith('{')) return;
    lines.push(JSON.parse(line) as Line);
    for (const look of watchers) look();
  });
  let isOver = false;
  const ending = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exit, signal) => {
      isOver = true;
      onEnd();
      for (const look of watchers) look();
      resolve({ exit, signal, lines, ...out, last: lines.at(-1) ?? {} });
    });
  });
  const seen = (): string => `doorlab ${args.join(' ')}\n${out.stdout}\n${out.stderr}`;
  return {
    child,
    line(wanted) {
      const met = new Promise<Line>((resolve, reject) => {
        const look = (): void => {
          const found = lines.find(wanted);
          if (found !== undefined) resolve(found);
          else if (isOver) reject(new Error(`It ended without that line: ${seen()}`));
        };
        watchers.add(look);
        look();
      });
      return withDeadline(systemClock, PROCESS_DEADLINE_MS, met, () => new Error(`No such line: ${seen()}`));
    },
    get ended() {
      return withDeadline(
        systemClock,
        PROCESS_DEADLINE_MS,
        ending,
        () => new Error(`It did not end: ${seen()}`),
      );
    },
  };
}
