// Output for programs: one JSON object a line on stdout, of type started, progress, finished or error. Nothing
// else ever goes there.
import type { Clock } from '#protocol/ports/clock.ts';
import { reportOf } from './errors.ts';
import type { JsonObject, Progress, Report, TextStream } from './output.ts';
import { runSteps } from './steps.ts';
import { measure, newMeter, perSecond, secondsLeft } from './transfer.ts';

/** A program wants to follow, not to count frames. */
const PROGRESS_EVERY_MS = 1_000;

export function jsonOutput(stdout: TextStream, clock: Clock): Report {
  const line = (type: string, fields: JsonObject): void => {
    stdout.write(`${JSON.stringify({ type, ...fields })}\n`);
  };

  const progressOf = (step: string): Progress => {
    let meter = newMeter;
    let toldAtMs = -Infinity;
    return {
      at(done, total, unit) {
        const nowMs = clock.monotonicMs();
        meter = measure(meter, done, nowMs);
        if (nowMs - toldAtMs < PROGRESS_EVERY_MS && done < total) return;
        toldAtMs = nowMs;
        const speed = perSecond(meter);
        line('progress', {
          event: 'step',
          step,
          state: 'running',
          done,
          total,
          unit,
          perSecond: speed,
          secondsLeft: secondsLeft({ done, total, unit, perSecond: speed }),
        });
      },
      note(text) {
        line('progress', { event: 'step', step, state: 'running', note: text });
      },
    };
  };

  return {
    started(command) {
      line('started', { command });
    },
    finished(command, exit, outcome) {
      line('finished', { command, exit, result: outcome.result });
    },
    failed(command, error) {
      const { code, exit, message, because, next, stack } = error;
      line('error', { command, code, exit, message, because, next, stack });
    },
    data(event, fields) {
      line('progress', { event, ...fields });
    },
    note(text) {
      line('progress', { event: 'note', text });
    },
    async steps(steps, options = {}) {
      return runSteps(steps, options, async (step) => {
        line('progress', { event: 'step', step: step.title, state: 'started' });
        try {
          const value = await step.run(progressOf(step.title));
          line('progress', { event: 'step', step: step.title, state: 'done' });
          return value;
        } catch (error) {
          const { code, message } = reportOf(error);
          line('progress', { event: 'step', step: step.title, state: 'failed', code, message });
          throw error;
        }
      });
    },
  };
}
