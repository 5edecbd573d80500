// What a command can say, as a port: data goes to stdout, progress and errors to stderr; with --json everything
// is one object a line on stdout. Commands never touch the streams themselves.
import type { ErrorReport } from './errors.ts';
import type { ExitCode } from './exit-codes.ts';

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: JsonValue | undefined;
}

export interface Output {
  /**
   * One piece of data as it comes: `text` is a line (or several) on stdout; with --json a `progress` object of
   * that `event` with the fields.
   */
  data(event: string, fields: JsonObject, text: string): void;
  /** A remark for people on stderr; nothing with --quiet; with --json a `progress` object of event "note". */
  note(text: string): void;
  /**
   * Runs the steps with a bar each. Without `keepGoing` the first failure leaves the later ones out. Never
   * rejects: the results say what became of each, in the order given.
   */
  steps<T>(steps: readonly Step<T>[], options?: StepOptions): Promise<readonly StepResult<T>[]>;
}

export interface StepOptions {
  /** How many run at the same time. Default 1. */
  readonly atOnce?: number;
  readonly keepGoing?: boolean;
}

export interface Step<T> {
  readonly title: string;
  readonly run: (progress: Progress) => Promise<T>;
}

export interface Progress {
  /** How much is done; bytes are shown with their speed and the time left. Call it as often as it changes. */
  at(done: number, total: number, unit: string): void;
  /** What it does now, a few words. */
  note(text: string): void;
}

export type StepResult<T> =
  | { readonly state: 'done'; readonly title: string; readonly value: T }
  | { readonly state: 'failed'; readonly title: string; readonly error: unknown }
  | { readonly state: 'left-out'; readonly title: string };

/** What a command ends with. */
export interface Outcome {
  /** Default 0. */
  readonly exit?: ExitCode;
  /** With --json the fields of `result` in the `finished` object. */
  readonly result?: JsonObject;
  /** The last words on stdout for people. */
  readonly text?: string;
}

/** The side of the output that only the runner of commands uses. */
export interface Report extends Output {
  started(command: string): void;
  finished(command: string, exit: ExitCode, outcome: Outcome): void;
  failed(command: string, error: ErrorReport): void;
}

/** A stream of text, as much of it as output needs. */
export interface TextStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}
