// The tables of docs/radio.md: each test that they name is there, so that a mend is not said to be held by nothing.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const folder = new URL('./', import.meta.url);
const read = (name: string | URL): string => readFileSync(new URL(name, folder), 'utf8');

it('every test that the radio document names exists', () => {
  const rows = read('../../docs/radio.md')
    .split('\n')
    .filter((line) => line.startsWith('|'));
  const named = rows.flatMap((row) => [...row.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name));
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  const tests = files.map(({ name }) => read(name)).join('\n');
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter((name) => !tests.includes(name))).toEqual([]);
});
