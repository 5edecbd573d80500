// Steps on a terminal: listr2 draws a line a step on stderr, with a bar under the running ones. Lines written
// meanwhile are held back until the drawing is over.
import type { ListrDefaultRendererLogLevels } from 'listr2';
import type { Clock } from '#protocol/ports/clock.ts';
import type { LiveSteps } from './output-text.ts';
import type { Progress, Step, StepOptions, StepResult } from './output.ts';
import { settle } from './steps.ts';
import { barText, measure, newMeter, perSecond, type Transfer } from './transfer.ts';

export interface Terminal {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** What listr2's task needs from us: a title and a line under it. */
interface Line {
  title: string;
  output: string;
}

export function liveSteps({ stdout, stderr }: Terminal, clock: Clock): LiveSteps {
  return async <T>(steps: readonly Step<T>[], options: StepOptions) => {
    // Loaded here, because most runs draw nothing.
    const { Listr, ListrLogger, ProcessOutput } = await import('listr2');
    const results: StepResult<T>[] = steps.map(({ title }) => ({ state: 'left-out', title }));
    // A stdout that goes to a file is not part of the picture: its lines go through at once.
    const logger = new ListrLogger<ListrDefaultRendererLogLevels>({
      processOutput: new ProcessOutput(stderr, stdout.isTTY ? stdout : stderr, { leaveEmptyLine: false }),
    });
    const list = new Listr(
      steps.map((step, at) => ({
        title: step.title,
        task: async (_context: unknown, line: Line) => {
          const result = await settle(step, () => step.run(barProgress(step.title, line, clock)));
          results[at] = result;
          if (result.state === 'failed') throw toError(result.error);
        },
      })),
      {
        concurrent: options.atOnce ?? 1,
        exitOnError: options.keepGoing !== true,
        registerSignalListeners: false,
        renderer: 'default',
        rendererOptions: { logger, formatOutput: 'truncate', collapseErrors: false },
        // listr2 looks at stdout to see whether there is a terminal, but this one draws on stderr.
        fallbackRenderer: 'default',
        fallbackRendererCondition: true,
        fallbackRendererOptions: { logger, formatOutput: 'truncate', collapseErrors: false },
      },
    );
    try {
      await list.run();
    } catch {
      // The results hold every error; the caller decides what they mean.
    }
    return results;
  };
}

function barProgress(title: string, line: Line, clock: Clock): Progress {
  let meter = newMeter;
  let note = '';
  let bar = '';
  const draw = (): void => {
    line.title = note === '' ? title : `${title}: ${note}`;
    line.output = bar;
  };
  return {
    at(done, total, unit) {
      meter = measure(meter, done, clock.monotonicMs());
      const transfer: Transfer = { done, total, unit, perSecond: perSecond(meter) };
      bar = barText(transfer);
      draw();
    },
    note(text) {
      note = text;
      draw();
    },
  };
}

const toError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
