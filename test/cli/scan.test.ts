// `doorlab scan` and its time: a look that could not end is not begun.
import { expect, test } from 'vitest';
import { temporaryFolder } from '#test/cloud/cloud-fixture.ts';
import { aStage, run } from './surroundings.ts';

async function scan(...args: string[]) {
  const data = temporaryFolder();
  const stage = aStage({ env: { DOORLAB_DATA: data }, cwd: data });
  const exit = await run(stage, ['scan', '--radio', 'ws://127.0.0.1:1', ...args]);
  return { exit, err: stage.err() };
}

test.each([
  [['--timeout', '3'], '--timeout 3 .* --seconds 5 '],
  [['--timeout', '7', '--seconds', '7'], '--timeout 7 .* --seconds 7 '],
])('with %j a look would not end in time: both are named, and nobody looks', async (args, both) => {
  const { exit, err } = await scan(...args);
  expect([exit, err]).toEqual([2, expect.stringMatching(new RegExp(both))]);
});

test('a look that ends in time is begun', async () => {
  expect((await scan('--timeout', '3', '--seconds', '2')).exit).toBe(3);
});
