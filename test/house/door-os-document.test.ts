// docs/door-os.md promises managers what their help page says: each promise names routes that exist and a test that does.
import { expect, test } from 'vitest';
import { routes } from '#protocol/api/routes.ts';
import { filesIn, textOf } from './files.ts';

const HEADING = 'What managers were promised';
const COLUMNS = /^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm;

/** Of one test, or of one for each row of a table. */
const TITLE = /^\s*(?:\](?: as const)?\)|(?:test|it)(?:\.\w+)*(?:\([^\n]*\))?)\(\s*(['"`])(.+?)\1/gms;

const table = textOf('docs/door-os.md')
  .split(/^## /m)
  .find((section) => section.startsWith(HEADING));
const rows = [...(table ?? '').matchAll(COLUMNS)]
  .map(([, , named = '', title = '']) => ({
    named: [...named.matchAll(/`(\w+)`/g)].map(([, name = '']) => name),
    title: title.trim(),
  }))
  .filter(({ named }) => named.length > 0);

test('each promise names routes of the API', () => {
  expect(rows.length).toBeGreaterThan(40);
  expect(rows.flatMap(({ named }) => named).filter((name) => !(name in routes))).toEqual([]);
});

test('each promise names a test that exists', () => {
  const titles = new Set(
    filesIn('test', /\.test\.ts$/).flatMap((file) =>
      [...textOf(file).matchAll(TITLE)].map(([, , title = '']) => title),
    ),
  );
  expect(rows.map(({ title }) => title).filter((title) => !titles.has(title))).toEqual([]);
});
