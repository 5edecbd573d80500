// What is installed is exactly what was tried: pinned versions, a lock file that names no host, no scripts.
import { expect, test } from 'vitest';
import { ROOT, textOf } from './files.ts';
import { existsSync } from 'node:fs';
import path from 'node:path';

interface PackageJson {
  readonly engines: { readonly node: string };
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly overrides: Readonly<Record<string, string>>;
  readonly scripts: Readonly<Record<string, string>>;
}
interface LockFile {
  readonly packages: Readonly<Record<string, { readonly resolved?: string; readonly version?: string }>>;
}

const own = JSON.parse(textOf('package.json')) as PackageJson;
const lock = JSON.parse(textOf('package-lock.json')) as LockFile;

test('every version in package.json is one version', () => {
  const all = Object.entries({ ...own.dependencies, ...own.devDependencies, ...own.overrides });
  expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
});

test('the lock file holds the versions of package.json', () => {
  const all = Object.entries({ ...own.dependencies, ...own.devDependencies });
  expect(all.filter(([name, version]) => lock.packages[`node_modules/${name}`]?.version !== version)).toEqual(
    [],
  );
});

test('the lock file names no registry', () => {
  expect(Object.entries(lock.packages).filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
  expect(textOf('package-lock.json')).not.toMatch(/"resolved"|https?:\/\/[^"]*registry/);
});

test('no install script of a package ever runs by itself', () => {
  expect(textOf('.npmrc')).toMatch(/^ignore-scripts=true$/m);
});

test('every script that package.json names is there', () => {
  const files = Object.values(own.scripts).flatMap((script) => script.match(/scripts\/[\w.-]+/g) ?? []);
  expect(files.length).toBeGreaterThan(3);
  expect(files.filter((file) => !existsSync(path.join(ROOT, file)))).toEqual([]);
});
