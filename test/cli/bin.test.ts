// The bin as a process: from any folder, its exit code and signals passed through, and what it runs where.
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BIN = path.join(ROOT, 'cli', 'bin.mjs');

// Each test starts Node twice or more, on machines that are busy with the other suites.
vi.setConfig({ testTimeout: 60_000 });

/** A folder with the bin alone in it. */
let copy: string;
beforeEach(() => {
  copy = mkdtempSync(path.join(tmpdir(), 'doorlab-bin-'));
  mkdirSync(path.join(copy, 'cli'));
  copyFileSync(BIN, path.join(copy, 'cli', 'bin.mjs'));
  writeFileSync(path.join(copy, 'package.json'), '{ "type": "module" }');
});
afterEach(() => rmSync(copy, { recursive: true }));

const place = (name: string, text: string): void => {
  mkdirSync(path.dirname(path.join(copy, name)), { recursive: true });
  writeFileSync(path.join(copy, name), text);
};
const withDependencies = (): void =>
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'));
const runBin = (bin: string, args: string[]) =>
  spawnSync(process.execPath, [bin, ...args], { cwd: tmpdir(), encoding: 'utf8' });
const runCopy = (...args: string[]) => runBin(path.join(copy, 'cli', 'bin.mjs'), args);

test('the program runs from any folder and passes the exit code on', () => {
  const good = runBin(BIN, ['version']);
  expect([good.status, good.stderr]).toEqual([0, '']);
  expect(good.stdout).toMatch(/^doorlab \d/);
  expect(runBin(BIN, ['nonsense']).status).toBe(2);
});

test('a source tree is run as it is, under the source condition', () => {
  withDependencies();
  place('cli/main.ts', 'const what: string = process.execArgv[0] ?? ""; console.log(what);');
  place('dist/cli/main.js', 'console.log("built");');
  expect(runCopy().stdout).toBe('--conditions=source\n');
});

test('shipped without sources or without tsx, the built program is run', () => {
  place('dist/cli/main.js', 'console.log("built", process.argv[2]); process.exitCode = 6;');
  expect(runCopy('x')).toMatchObject({ stdout: 'built x\n', status: 6 });
  place('cli/main.ts', 'console.log("source");');
  expect(runCopy('x').stdout).toBe('built x\n');
});

test('a clone without dependencies says so and ends in 3', () => {
  place('cli/main.ts', 'console.log("source");');
  const { status, stderr } = runCopy();
  expect(status).toBe(3);
  expect(stderr).toContain('npm run setup');
});

test.each([
  ['SIGINT', 'on("SIGINT", () => process.exit(130))', 130],
  ['SIGTERM', 'on("SIGTERM", () => process.exit(0))', 0],
  // No handler of its own: the signal ends it, and a shell would say 128 + 15.
  ['SIGTERM', 'stdout.write("")', 143],
] as const)('%s reaches the program (%s) and its end comes back', async (signal, handler, exit) => {
  withDependencies();
  place('cli/main.ts', `process.${handler}; process.stdin.resume(); console.log("ready");`);
  const child = spawn(process.execPath, [path.join(copy, 'cli', 'bin.mjs')]);
  child.stdout.once('data', () => child.kill(signal));
  expect(await new Promise((resolve) => child.on('exit', resolve))).toBe(exit);
});
