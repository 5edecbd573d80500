// Steps as they are shown: plain lines in measure, JSON objects, and what becomes of the rest after a failure.
import { expect, test } from 'vitest';
import { jsonOutput } from '#cli/output-json.ts';
import { textOutput } from '#cli/output-text.ts';
import type { Output, Step } from '#cli/output.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';

function aPlainOutput(): { output: Output; clock: VirtualClock; lines: () => string[] } {
  const clock = new VirtualClock();
  let text = '';
  const stderr = { write: (more: string) => (text += more) };
  const stdout = { write: () => undefined };
  const output = textOutput({ stdout, stderr, clock, quiet: false, verbose: false, liveSteps: undefined });
  return { output, clock, lines: () => text.split('\n').slice(0, -1) };
}

/** 40 kB a second, told ten times a second. */
const transfer = (clock: VirtualClock): Step<string> => ({
  title: 'Sync 4B',
  run: async (progress) => {
    for (let done = 0; done <= 100_000; done += 4_000) {
      progress.at(done, 100_000, 'bytes');
      if (done < 100_000) clock.advance(100);
    }
    return 'synced';
  },
});

test('without a terminal a step has at most one line a second, and one at its end', async () => {
  const { output, clock, lines } = aPlainOutput();
  expect(await output.steps([transfer(clock)])).toEqual([
    { state: 'done', title: 'Sync 4B', value: 'synced' },
  ]);
  expect(lines()).toEqual([
    'Sync 4B: 36%, 36.0 of 100.0 kB, 40.0 kB/s, 2 s left',
    'Sync 4B: 80%, 80.0 of 100.0 kB, 40.0 kB/s, 1 s left',
    'Sync 4B: done in 2.5 s',
  ]);
});

test('without a terminal a short step is one line, with what it came to', async () => {
  const { output, clock, lines } = aPlainOutput();
  const run: Step<void>['run'] = async (progress) => {
    progress.note('looking');
    clock.advance(400);
    progress.note('12 locks');
  };
  await output.steps([{ title: 'Fit locks', run }]);
  clock.advance(5_000);
  expect(lines()).toEqual(['Fit locks: done in 0.4 s: 12 locks']);
});

test('without a terminal a silent step says that it began', async () => {
  const { output, clock, lines } = aPlainOutput();
  await output.steps([{ title: 'Scan', run: async () => clock.advance(12_000) }]);
  expect(lines()).toEqual(['Scan: started', 'Scan: done in 12 s']);
});

test('with --json a step is followed by objects, at most one a second', async () => {
  const clock = new VirtualClock();
  let text = '';
  const output = jsonOutput({ write: (more) => (text += more) }, clock);
  await output.steps([transfer(clock)]);
  const objects = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(objects.map(({ state, done }) => [state, done])).toEqual([
    ['started', undefined],
    ['running', 0],
    ['running', 40_000],
    ['running', 80_000],
    ['running', 100_000],
    ['done', undefined],
  ]);
  expect(objects[2]).toMatchObject({ step: 'Sync 4B', unit: 'bytes', perSecond: 40_000, secondsLeft: 2 });
});

const good = (title: string): Step<string> => ({ title, run: async () => title });
const bad = (title: string): Step<string> => ({
  title,
  run: async () => {
    throw new Error('no');
  },
});

test('a failed step leaves the later ones out', async () => {
  const { output } = aPlainOutput();
  const results = await output.steps([good('a'), bad('b'), good('c')]);
  expect(results.map(({ state }) => state)).toEqual(['done', 'failed', 'left-out']);
});

test('with keepGoing a failed step leaves nothing out', async () => {
  const { output } = aPlainOutput();
  const results = await output.steps([good('a'), bad('b'), good('c')], { keepGoing: true, atOnce: 2 });
  expect(results.map(({ state }) => state)).toEqual(['done', 'failed', 'done']);
});

test('as many steps run at once as was asked for, and no more', async () => {
  const { output } = aPlainOutput();
  let running = 0;
  let most = 0;
  const busy = (title: string): Step<void> => ({
    title,
    run: async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
    },
  });
  await output.steps(['a', 'b', 'c', 'd', 'e'].map(busy), { atOnce: 3 });
  expect(most).toBe(3);
});
