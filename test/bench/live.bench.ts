// 5,000 internet-connected doors that stand idle on the live channel: memory of the cloud for each; and how long one change
// takes to reach all of 1,000 doors that it touches. Cloud and listeners are processes of their own, bundled as they ship.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { bundle, CHILD_DEADLINE_MS } from './bundled-child.ts';
import type { Bench } from './figure.ts';

const DOORS = 5_000;
const CHANGED = 1_000;
const IDLE_MAX_KIB = 20;
const FANOUT_MAX_S = 2;
/** A server that stands makes little garbage: room for more would only be filled. */
const NEW_SPACE_MIB = 1;

/** Bytes: of the process, and of what its program holds. */
interface Memory {
  readonly rss: number;
  readonly held: number;
}

export const bench: Bench = {
  name: 'live',
  async run() {
    const outfile = await bundle('live-child');
    const folder = mkdtempSync(join(tmpdir(), 'doorlab-live-'));
    const children: Child[] = [];
    try {
      const cloud = new Child(outfile, ['serve', folder, String(DOORS), String(CHANGED)], children);
      await cloud.next();
      const before = (await cloud.ask('measure')) as Memory;
      const listeners = new Child(outfile, ['listen', folder], children);
      const { greeted } = (await listeners.next()) as { greeted: number };
      const after = (await cloud.ask('measure')) as Memory;
      const change = (await listeners.ask('change')) as Record<'seconds' | 'answered' | 'targets', number>;
      return [
        {
          name: 'live.idle_kib',
          value: Math.max(after.rss - before.rss, after.held - before.held) / DOORS / 1_024,
          unit: 'KiB',
          kind: 'ratio',
          atMost: IDLE_MAX_KIB,
        },
        { name: 'live.idle_doors', value: greeted, unit: '', kind: 'ratio', atLeast: DOORS },
        { name: 'live.fanout_1000_doors', value: change.targets, unit: '', kind: 'ratio', atLeast: CHANGED },
        {
          name: 'live.fanout_1000_s',
          value: change.seconds,
          unit: 's',
          kind: 'absolute',
          atMost: FANOUT_MAX_S,
        },
        { name: 'live.change_1000_s', value: change.answered, unit: 's', kind: 'absolute' },
      ];
    } finally {
      for (const child of children) child.kill();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** A process that answers each line with one line of JSON. */
class Child {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(outfile: string, args: readonly string[], all: Child[]) {
    this.#process = spawn(
      process.execPath,
      ['--expose-gc', `--max-semi-space-size=${NEW_SPACE_MIB}`, outfile, ...args],
      { stdio: ['pipe', 'pipe', 'inherit'], timeout: CHILD_DEADLINE_MS },
    );
    if (this.#process.stdout === null) throw new Error('no stdout');
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
    all.push(this);
  }

  async next(): Promise<unknown> {
    const line = await this.#lines.next();
    if (line.done === true) throw new Error('the process ended without an answer');
    return JSON.parse(line.value) as unknown;
  }

  ask(line: string): Promise<unknown> {
    this.#process.stdin?.write(`${line}\n`);
    return this.next();
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }
}
