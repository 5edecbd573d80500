// Output for people: data on stdout, everything else on stderr. Where stderr is a terminal a step has a live
// bar, elsewhere plain lines: at most one a second for each step, and one at its end.
import type { Clock } from '#protocol/ports/clock.ts';
import { reportOf, type ErrorReport } from './errors.ts';
import type { Progress, Report, Step, StepOptions, StepResult, TextStream } from './output.ts';
import { runSteps } from './steps.ts';
import { durationText, measure, newMeter, perSecond, plainText } from './transfer.ts';

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

async function plainStep<T>(step: Step<T>, clock: Clock, remark: (text: string) => void): Promise<T> {
  const startedMs = clock.monotonicMs();
  remark(`${step.title}: started`);
  try {
    const value = await step.run(plainProgress(step.title, clock, remark));
    remark(`${step.title}: done in ${durationText((clock.monotonicMs() - startedMs) / 1000)}`);
    return value;
  } catch (error) {
    remark(`${step.title}: failed: ${reportOf(error).message}`);
    throw error;
  }
}

function plainProgress(title: string, clock: Clock, remark: (text: string) => void): Progress {
  let meter = newMeter;
  let toldAtMs = clock.monotonicMs();
  let ended = false;
  return {
    at(done, total, unit) {
      const nowMs = clock.monotonicMs();
      meter = measure(meter, done, nowMs);
      const ends = done >= total && !ended;
      if (!ends && nowMs - toldAtMs < LINE_EVERY_MS) return;
      toldAtMs = nowMs;
      ended = done >= total;
      remark(`${title}: ${plainText({ done, total, unit, perSecond: perSecond(meter) })}`);
    },
    note(text) {
      remark(`${title}: ${text}`);
    },
  };
}
