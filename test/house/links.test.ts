// What the documents point at is there: files, folders and headings, from the README to the decision records.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { filesIn, ROOT, textOf } from './files.ts';

const DOCUMENTS = [...filesIn('docs', /\.md$/), 'README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'];

/** As GitHub makes them: lower case, no punctuation, dashes for spaces. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');

const anchorsIn = (document: string): string[] =>
  [...textOf(document).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));

test('every link of a document leads to a file and a heading that are there', () => {
  const links = DOCUMENTS.flatMap((document) =>
    [...textOf(document).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, to = '']) => ({ document, to })),
  );
  expect(links.length).toBeGreaterThan(5);
  const isDead = ({ document, to }: { document: string; to: string }): boolean => {
    const [file = '', anchor] = to.split('#');
    const target = file === '' ? document : path.join(path.dirname(document), file);
    if (!existsSync(path.join(ROOT, target))) return true;
    return anchor !== undefined && !anchorsIn(target).includes(anchor);
  };
  expect(links.filter(isDead)).toEqual([]);
});

test('decision records are numbered without a gap, and each says what was decided and what follows', () => {
  const records = filesIn('docs/adr', /\.md$/).sort();
  const numbers = records.map((file) => Number(path.basename(file).slice(0, 4)));
  expect(numbers).toEqual(numbers.map((_, at) => at + 1));
  const sections = ['**Status**', '**Context.**', '**Decision.**', '**Consequences.**'];
  const incomplete = records.filter((file) => !sections.every((section) => textOf(file).includes(section)));
  expect(incomplete).toEqual([]);
});
