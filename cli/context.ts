// What a command is given. It reaches for nothing else: no process, no console, no clock of its own.
import type { Clock } from '#protocol/ports/clock.ts';
import type { Log } from '#protocol/ports/log.ts';
import type { Random } from '#protocol/ports/random.ts';
import type { Outcome, Output, TextStream } from './output.ts';
import type { Prompt } from './prompt.ts';
import type { Screen } from './screen.ts';
import type { Config } from './settings.ts';

export interface Context {
  readonly output: Output;
  readonly clock: Clock;
  readonly random: Random;
  /** Aborts at the command's deadline and at an interrupt; its reason is the error to end with. */
  readonly signal: AbortSignal;
  readonly config: Config;
  /** What is under way and has no end that is known; undefined once it has. Whoever ends the command meanwhile is told so. */
  readonly leavesOpen: (what: LeftOpen | undefined) => void;
  readonly log: Log;
  readonly prompt: Prompt;
  /** For what redraws itself; undefined where there is no terminal, or it is not wanted. */
  readonly screen: Screen | undefined;
  /** For what is secret and so no argument: DATABASE_URL. Settings come by `config`. */
  readonly env: Surroundings['env'];
  /** What relative paths in arguments start from. */
  readonly cwd: string;
}

export interface LeftOpen {
  readonly message: string;
  readonly next: string;
}

/** `options` are the command's own, as commander parsed them; `args` its arguments, variadic ones in line. */
export type Handler<O> = (context: Context, options: O, args: readonly string[]) => Promise<Outcome>;

export interface ActionOptions {
  /** 'none' only for what runs until it is stopped. --timeout overrides it. */
  readonly deadlineMs: number | 'none';
  /** How long it may take to end after it was told to; its own ends in order have to fit. */
  readonly graceMs?: number;
}

/** How a command module hangs its handler on commander. */
export interface Host {
  action<O = Record<string, never>>(
    options: ActionOptions,
    handler: Handler<O>,
  ): (...commanderArgs: unknown[]) => Promise<void>;
}

/** The process around the program: the one in cli/main.ts, or a test's. */
export interface Surroundings {
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  /** The real streams, where stderr is a terminal that can redraw lines. */
  readonly terminal: { readonly stdout: NodeJS.WriteStream; readonly stderr: NodeJS.WriteStream } | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Calls `listener` at each interrupt until the returned function is called. */
  onInterrupt(listener: (signalName: string) => void): () => void;
}
