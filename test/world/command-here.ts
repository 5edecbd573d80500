// Commands run in the test's own process, each as if it had one: streams that collect, interrupts sent by hand. For the
// many cases in which a process of its own would prove nothing more.
import { PassThrough } from 'node:stream';
import { COMMANDS } from '#cli/commands.ts';
import { runCli } from '#cli/run.ts';
import { systemClock } from '#protocol/node/system-clock.ts';
import { systemRandom } from '#protocol/node/system-random.ts';
import type { Clock } from '#protocol/ports/clock.ts';
import type { OneDoor } from './one-door.ts';

export interface Told {
  readonly exit: number;
  readonly lines: readonly Record<string, unknown>[];
  readonly last: Record<string, unknown>;
}

export interface Started {
  readonly told: Promise<Told>;
  /** So far. */
  readonly lines: readonly Record<string, unknown>[];
  line(event: string): Promise<Record<string, unknown>>;
  interrupt(): void;
}

/** What a command has beside the scene's own. */
export interface Around {
  readonly clock?: Clock;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a command, with --json, over that data folder, beside the scene's cloud and air. `input`: its stdin. */
export function startHere(
  scene: OneDoor,
  cwd: string,
  data: string,
  args: readonly string[],
  input = '',
  { clock = systemClock, env = {} }: Around = {},
): Started {
  const lines: Record<string, unknown>[] = [];
  const watchers = new Set<() => void>();
  const listeners = new Set<(name: string) => void>();
  const stdin = new PassThrough();
  stdin.end(input);
  const ended = runCli(
    ['--json', ...args],
    {
      stdin,
      stdout: {
        write(text: string) {
          for (const line of text.split('\n').filter((one) => one !== ''))
            lines.push(JSON.parse(line) as Record<string, unknown>);
          for (const look of watchers) look();
        },
      },
      stderr: { write: () => undefined },
      terminal: undefined,
      env: {
        DOORLAB_DATA: data,
        DOORLAB_CLOUD: scene.cloud.running.url,
        DOORLAB_RADIO: scene.house.air.url,
        ...env,
      },
      cwd,
      clock,
      random: systemRandom,
      onInterrupt(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    COMMANDS,
  );
  const told = ended.then((exit) => ({ exit, lines, last: lines.at(-1) ?? {} }));
  return {
    told,
    lines,
    line: (event) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = lines.find((line) => line['event'] === event);
          if (found !== undefined) resolve(found);
        };
        watchers.add(look);
        look();
        void told.then(({ last }) => reject(new Error(`It ended without ${event}: ${JSON.stringify(last)}`)));
      }),
    interrupt() {
      for (const listener of listeners) listener('SIGINT');
    },
  };
}
