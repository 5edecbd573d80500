// The house's own rules, those that no linter knows.
import { expect, test } from 'vitest';
import { filesIn, sourceFiles, textOf } from './files.ts';

const LINES_MAX = 300;

const SOURCES = sourceFiles();
const OWN = 'test/house/house-rules.test.ts';

/** The lines of all files in which `pattern` is found, as `file:line: text`. */
function linesWith(files: readonly string[], pattern: RegExp): string[] {
  return files.flatMap((file) =>
    textOf(file)
      .split('\n')
      .map((line, at) => ({ line, place: `${file}:${at + 1}` }))
      .filter(({ line }) => pattern.test(line))
      .map(({ line, place }) => `${place}: ${line.trim()}`),
  );
}

test('there are sources to look at', () => {
  expect(SOURCES.length).toBeGreaterThan(50);
  expect(SOURCES).toContain('protocol/errors.ts');
});

test(`no source file is longer than ${LINES_MAX} lines`, () => {
  const long = SOURCES.map((file) => ({ file, lines: textOf(file).split('\n').length - 1 }));
  expect(long.filter(({ lines }) => lines > LINES_MAX)).toEqual([]);
});

test('every source file begins with a comment that says which idea lives in it', () => {
  const header = /^(#!.*\n)?(\/\/ \S.{20,}|\/\*\*? ?\n?.*\S)/;
  expect(SOURCES.filter((file) => !header.test(textOf(file)))).toEqual([]);
});

test('files are named for what they hold, in kebab-case nouns', () => {
  // A property's manager is a person of the domain; a SomethingManager is not.
  const vague = /(^|[/-])(utils?|helpers?|common|misc|index)(\.|-|\/)|-managers?\./;
  expect(SOURCES.filter((file) => vague.test(file))).toEqual([]);
  const kebab = /^[a-z0-9-]+(\.[a-z]+)*$/;
  const names = SOURCES.flatMap((file) => file.split('/').map((name) => ({ file, name })));
  expect(names.filter(({ name }) => !kebab.test(name)).map(({ file }) => file)).toEqual([]);
});

test('nothing is left to be done by a comment', () => {
  const files = SOURCES.filter((file) => file !== OWN);
  expect(linesWith(files, /\b(TODO|FIXME|XXX|HACK)\b/)).toEqual([]);
});

test('sources and documents speak of the product, not of the place where it was written', () => {
  const documents = [...filesIn('docs', /\.(md|svg)$/), 'README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'];
  const places = /(^|[^\w.])\/(work|root|home)\/|\.\.\/shared\/|registry\.npmjs|\b[Ii]ssue #?\d/;
  expect(linesWith([...SOURCES.filter((file) => file !== OWN), ...documents], places)).toEqual([]);
});

test('a suite or test that runs alone is never committed', () => {
  const tests = SOURCES.filter((file) => file.endsWith('.test.ts') && file !== OWN);
  expect(linesWith(tests, /\b(test|it|describe)\.only\(/)).toEqual([]);
});

test('every section of the wire format that the code cites has a heading', () => {
  const headings = new Set(
    textOf('docs/WIRE.md')
      .split('\n')
      .flatMap((line) => /^#{1,6}\s+(\d+(?:\.\d+)*)\b/.exec(line)?.[1] ?? []),
  );
  expect(headings.size).toBeGreaterThan(5);
  // "WIRE 4.2", "WIRE 5, 6" and "WIRE 3.1 and 3.2".
  const citation = /\bWIRE ((?:\d+(?:\.\d+)*(?:, | and | to )?)+)/g;
  const cited = SOURCES.filter((file) => file !== OWN).flatMap((file) =>
    [...textOf(file).matchAll(citation)].flatMap(([, sections = '']) =>
      (sections.match(/\d+(?:\.\d+)*/g) ?? []).map((section) => ({ file, section })),
    ),
  );
  expect(cited.length).toBeGreaterThan(0);
  expect(cited.filter(({ section }) => !headings.has(section))).toEqual([]);
});

test('lint is never switched off for a whole file', () => {
  const files = SOURCES.filter((file) => file !== OWN);
  expect(linesWith(files, /\/\* eslint-disable (?!-)|@ts-nocheck/)).toEqual([]);
});
