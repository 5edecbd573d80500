// Steps on a terminal: drawn on stderr, with held-back lines after the drawing and the same results as plain.
import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { liveSteps } from '#cli/live-steps.ts';
import type { Step } from '#cli/output.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';

/** A terminal that only remembers. */
function aTerminal() {
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 100 });
  let shown = '';
  stream.setEncoding('utf8').on('data', (text: string) => (shown += text));
  return { stream: stream as unknown as NodeJS.WriteStream, shown: () => stripVTControlCharacters(shown) };
}

const bad: Step<string> = {
  title: 'Sync 4C',
  run: async () => {
    throw new Error('No lock answered');
  },
};
const good: Step<string> = { title: 'Sync 4D', run: async () => 'synced' };

test('a step shows its bar, its speed and the time left on stderr', async () => {
  const [stdout, stderr, clock] = [aTerminal(), aTerminal(), new VirtualClock()];
  const steps = liveSteps({ stdout: stdout.stream, stderr: stderr.stream }, clock);
  const results = await steps<string>(
    [
      {
        title: 'Sync 4B',
        run: async (progress) => {
          progress.note('sending');
          progress.at(0, 100_000, 'bytes');
          clock.advance(1_000);
          progress.at(50_000, 100_000, 'bytes');
          return 'synced';
        },
      },
    ],
    {},
  );
  expect(results).toEqual([{ state: 'done', title: 'Sync 4B', value: 'synced' }]);
  expect(stderr.shown()).toContain('Sync 4B: sending');
  expect(stderr.shown()).toMatch(/\[=+> *\] 50% {2}50\.0 of 100\.0 kB {2}50\.0 kB\/s {2}1 s left/);
  expect(stdout.shown()).toBe('');
});

test('a failed step shows why, and leaves the later ones out', async () => {
  const [stdout, stderr] = [aTerminal(), aTerminal()];
  const steps = liveSteps({ stdout: stdout.stream, stderr: stderr.stream }, new VirtualClock());
  const results = await steps([bad, good], {});
  expect(results.map(({ state }) => state)).toEqual(['failed', 'left-out']);
  expect(stderr.shown()).toContain('No lock answered');
});

test('with keepGoing the later ones run', async () => {
  const [stdout, stderr] = [aTerminal(), aTerminal()];
  const steps = liveSteps({ stdout: stdout.stream, stderr: stderr.stream }, new VirtualClock());
  const results = await steps([bad, good], { keepGoing: true });
  expect(results.map(({ state }) => state)).toEqual(['failed', 'done']);
});

test('a line of data written meanwhile comes after the drawing, whole', async () => {
  const [stdout, stderr] = [aTerminal(), aTerminal()];
  const steps = liveSteps({ stdout: stdout.stream, stderr: stderr.stream }, new VirtualClock());
  await steps([{ title: 'Scan', run: async () => stdout.stream.write('door 4B\n') }], {});
  expect(stdout.shown().trim()).toBe('door 4B');
});
