// docs/lock.md names a test for each behaviour of the lock and each attack: those tests are there, and none is left out.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { filesIn, ROOT, textOf } from './files.ts';

const LOCK_TESTS = 'test/lock-sim';
const DOCUMENT = textOf('docs/lock.md');

/** Paths from the root; in the tables a name counts from test/lock-sim. */
function testsIn(text: string): string[] {
  return [...text.matchAll(/`([\w./-]+\.test\.ts)`/g)].map(([, name = '']) =>
    name.startsWith('test/') ? name : path.posix.join(LOCK_TESTS, name),
  );
}

const rowsUnder = (heading: string): string[] =>
  DOCUMENT.split(/^## /m)
    .filter((section) => section.startsWith(heading))
    .flatMap((section) =>
      section.split('\n').filter((line) => /^\|(?! (Behaviour|Attack) |[ -]+\|)/.test(line)),
    );

test.each(['Which test holds what', 'Threats'])('each row of "%s" names tests that exist', (heading) => {
  const rows = rowsUnder(heading);
  expect(rows.length).toBeGreaterThan(15);
  expect(rows.filter((row) => testsIn(row).length === 0)).toEqual([]);
  const named = rows.flatMap(testsIn);
  expect(named.filter((file) => !existsSync(path.join(ROOT, file)))).toEqual([]);
});

test('each test of the lock stands in the table of what it holds', () => {
  const named = new Set(rowsUnder('Which test holds what').flatMap(testsIn));
  expect(filesIn(LOCK_TESTS, /\.test\.ts$/).filter((file) => !named.has(file))).toEqual([]);
});
