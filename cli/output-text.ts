// Output for people: data on stdout, everything else on stderr. Where stderr is a terminal a step has a live
// bar, elsewhere plain lines: at most one a second for each step, and one at its end.
import type { Clock } from '#protocol/ports/clock.ts';
import { reportOf, type ErrorReport } from './errors.ts';
import type { Progress, Report, Step, StepOptions, StepResult, TextStream } from './output.ts';
import { runSteps } from './steps.ts';
import { measure, newMeter, perSecond, plainText, tookText } from './transfer.ts';

const LINE_EVERY_MS = 1_000;

export interface TextOutputOptions {
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  readonly clock: Clock;
  /** Data and errors alone. */
  readonly quiet: boolean;
  /** Stack traces of defects. */
  readonly verbose: boolean;
  /** Shows steps live; undefined where stderr is no terminal. */
  readonly liveSteps: LiveSteps | undefined;
}

export type LiveSteps = <T>(
  steps: readonly Step<T>[],
  options: StepOptions,
) => Promise<readonly StepResult<T>[]>;

export function textOutput(options: TextOutputOptions): Report {
  const { stdout, stderr, clock, quiet, verbose, liveSteps } = options;
  const remark = (text: string): void => {
    if (!quiet) stderr.write(`${text}\n`);
  };
  return {
    started() {},
    finished(_command, _exit, { text }) {
      if (text !== undefined) stdout.write(`${text}\n`);
    },
    failed(_command, error) {
      stderr.write(errorText(error, verbose));
    },
    data(_event, _fields, text) {
      stdout.write(`${text}\n`);
    },
    note: remark,
    async steps(steps, stepOptions = {}) {
      if (liveSteps !== undefined && !quiet) return liveSteps(steps, stepOptions);
      return runSteps(steps, stepOptions, (step) => plainStep(step, clock, remark));
    },
  };
}

export function errorText({ message, because, next, stack }: ErrorReport, verbose: boolean): string {
  const lines = [`error: ${message}`];
  if (because !== undefined) lines.push(`  because: ${because}`);
  if (next !== undefined) lines.push(`  next: ${next}`);
  if (verbose && stack !== undefined) lines.push(stack);
  return `${lines.join('\n')}\n`;
}

/** A short step is one line; a longer one says that it began, then how far it is, at most once a second. */
async function plainStep<T>(step: Step<T>, clock: Clock, remark: (text: string) => void): Promise<T> {
  const startedMs = clock.monotonicMs();
  const progress = plainProgress(step.title, clock, remark);
  const began = clock.after(LINE_EVERY_MS, () => progress.begin());
  const took = (): string => tookText(clock.monotonicMs() - startedMs);
  try {
    const value = await step.run(progress);
    remark(`${step.title}: done in ${took()}${progress.last === '' ? '' : `: ${progress.last}`}`);
    return value;
  } catch (error) {
    remark(`${step.title}: failed after ${took()}: ${reportOf(error).message}`);
    throw error;
  } finally {
    began.cancel();
  }
}

interface PlainProgress extends Progress {
  begin(): void;
  /** The last note: what the step came to. */
  readonly last: string;
}

function plainProgress(title: string, clock: Clock, remark: (text: string) => void): PlainProgress {
  let meter = newMeter;
  let toldAtMs = clock.monotonicMs();
  let last = '';
  let state = 'started';
  const tell = (text: string): void => {
    toldAtMs = clock.monotonicMs();
    remark(`${title}: ${text}`);
  };
  const isDue = (): boolean => clock.monotonicMs() - toldAtMs >= LINE_EVERY_MS;
  return {
    begin() {
      if (isDue()) tell(state);
    },
    at(done, total, unit) {
      meter = measure(meter, done, clock.monotonicMs());
      state = plainText({ done, total, unit, perSecond: perSecond(meter) });
      if (isDue()) tell(state);
    },
    note(text) {
      last = text;
      state = text;
      if (isDue()) tell(text);
    },
    get last() {
      return last;
    },
  };
}
