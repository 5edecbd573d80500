// Bugs that `npm run planted` plants still fit the sources: whoever moves a line moves the bug with it.
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { BUGS } from '#test/planted/bugs.ts';
import { plant } from '#test/planted/planted-bug.ts';
import { textOf } from './files.ts';

test.each(BUGS)('the planted bug fits: $name', ({ edits, tests }) => {
  const texts = new Map<string, string>();
  for (const edit of edits) {
    const before = texts.get(edit.file) ?? textOf(edit.file);
    const planted = plant(before, edit);
    expect(planted).toMatchObject({ kind: 'planted' });
    if (planted.kind === 'planted') texts.set(edit.file, planted.text);
  }
  expect(tests.filter((file) => !existsSync(new URL(`../${file}`, import.meta.url)))).toEqual([]);
});

test('there are at least 20 of them, each with a name of its own', () => {
  expect(new Set(BUGS.map(({ name }) => name)).size).toBe(BUGS.length);
  expect(BUGS.length).toBeGreaterThanOrEqual(20);
});
