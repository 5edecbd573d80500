// Set-up says clearly which Node it wants, wants the same as package.json, and installs only where it must.
import { expect, test } from 'vitest';
import { textOf } from './files.ts';

interface Packages {
  readonly [place: string]: { readonly version: string; readonly optional?: boolean };
}

const { nodeProblem, holdsAll } = (await import(
  new URL('../../scripts/setup.mjs', import.meta.url).href
)) as {
  nodeProblem(version: string): string | undefined;
  holdsAll(installed: Packages, wanted: Packages): boolean;
};

test.each(['20.19.0', '20.20.2', '22.12.0', '24.0.0', '26.1.0'])('Node %s will do', (version) => {
  expect(nodeProblem(version)).toBeUndefined();
});

test.each(['18.20.0', '20.18.3', '21.7.0', '22.11.0', '23.11.0'])(
  'Node %s will not, and the sentence says which would',
  (version) => {
    expect(nodeProblem(version)).toContain(`this is Node ${version}`);
    expect(nodeProblem(version)).toContain('20.19 or later');
  },
);

test('package.json asks for the same versions of Node', () => {
  const own = JSON.parse(textOf('package.json')) as { engines: { node: string } };
  expect(own.engines.node).toBe('^20.19.0 || ^22.12.0 || >=24.0.0');
});

const WANTED: Packages = {
  '': { version: '0.1.0' },
  'node_modules/a': { version: '1.0.0' },
  'node_modules/a-other-platform': { version: '1.0.0', optional: true },
};

test.each<[string, Packages, boolean]>([
  ['all of it', { 'node_modules/a': { version: '1.0.0' } }, true],
  ['another version', { 'node_modules/a': { version: '1.0.1' } }, false],
  ['nothing', {}, false],
  ['one too many', { 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '1.0.0' } }, false],
])(
  'what npm installed by itself (%s) spares an installation only when it is whole',
  (_what, installed, good) => {
    expect(holdsAll(installed, WANTED)).toBe(good);
  },
);
