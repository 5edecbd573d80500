// A process that isn't there: streams that collect, a virtual clock, interrupts sent by hand.
import { PassThrough } from 'node:stream';
import { tmpdir } from 'node:os';
import { COMMANDS } from '#cli/commands.ts';
import type { Surroundings } from '#cli/context.ts';
import type { ExitCode } from '#cli/exit-codes.ts';
import type { RegisterCommand } from '#cli/program.ts';
import { runCli } from '#cli/run.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';

export interface Stage extends Surroundings {
  readonly clock: VirtualClock;
  readonly stdin: PassThrough & { isTTY?: boolean };
  out(): string;
  err(): string;
  /** The JSON objects on stdout, one a line. */
  objects(): Record<string, unknown>[];
  interrupt(name?: string): void;
}

export function aStage(given: Partial<Surroundings> = {}): Stage {
  const written = { out: '', err: '' };
  const listeners = new Set<(name: string) => void>();
  return {
    stdout: { write: (text) => (written.out += text) },
    stderr: { write: (text) => (written.err += text) },
    terminal: undefined,
    env: {},
    cwd: tmpdir(),
    random: seededRandom(1),
    onInterrupt(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    ...given,
    clock: new VirtualClock(),
    stdin: new PassThrough(),
    out: () => written.out,
    err: () => written.err,
    objects: () =>
      written.out
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    interrupt(name = 'SIGINT') {
      for (const listener of listeners) listener(name);
    },
  };
}

/** Runs the real commands, and `probe` as `doorlab probe` where a test brings one. */
export function run(
  stage: Surroundings,
  argv: readonly string[],
  probe?: RegisterCommand,
): Promise<ExitCode> {
  return runCli(argv, stage, probe === undefined ? COMMANDS : [...COMMANDS, probe]);
}
