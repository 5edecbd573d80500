// Makes a clone ready to run: checks Node, installs what the lock file names, and only when it changed. Uses
// Node built-ins alone, because it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

const STAMP = path.join(ROOT, 'node_modules', '.doorlab-setup');

/** As `engines` in package.json: pairs of major version and the lowest minor in it; newer majors are fine. */
const NODE_MINIMUM = new Map([
  [20, 19],
  [22, 12],
]);
const NODE_FROM_MAJOR = 24;

/** One sentence saying why this Node won't do, or undefined. */
export function nodeProblem(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const lowest = NODE_MINIMUM.get(major);
  if (major >= NODE_FROM_MAJOR || (lowest !== undefined && minor >= lowest)) return undefined;
  return (
    `Doorlab runs on Node 20.19 or later, 22.12 or later, or 24 and up; this is Node ${version}. ` +
    'Install one of these (for example from https://nodejs.org) and run the same command again.'
  );
}

/** What an installation depends on: the lock file, and the platform its binaries were chosen for. */
function wantedStamp() {
  const lockFile = readFileSync(path.join(ROOT, 'package-lock.json'));
  const digest = createHash('sha256').update(lockFile).digest('hex');
  return `${digest} ${process.platform} ${process.arch}\n`;
}

function isInstalled() {
  return existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wantedStamp();
}

/**
 * Whether what npm says it installed (its own record in node_modules) is what the lock file names: so after a
 * person's own `npm ci`, or with a folder that CI kept. Packages for other platforms are optional.
 */
export function holdsAll(installed, wanted) {
  const entries = Object.entries(wanted).filter(([place]) => place !== '');
  return (
    entries.every(([place, { version, optional }]) => {
      const found = installed[place];
      return found === undefined ? optional === true : found.version === version;
    }) && Object.keys(installed).every((place) => place in wanted)
  );
}

function isInstalledByNpm() {
  const record = path.join(ROOT, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const packagesIn = (file) => JSON.parse(readFileSync(file, 'utf8')).packages;
  return holdsAll(packagesIn(record), packagesIn(path.join(ROOT, 'package-lock.json')));
}

/** Installs where needed. Returns 0, or the exit code to end with. */
export function setUp({ quiet = false } = {}) {
  const problem = nodeProblem(process.versions.node);
  if (problem !== undefined) {
    console.error(`setup: ${problem}`);
    return 3;
  }
  if (isInstalled()) {
    if (!quiet) console.error('setup: dependencies are up to date');
    return 0;
  }
  if (isInstalledByNpm()) {
    writeFileSync(STAMP, wantedStamp());
    if (!quiet) console.error('setup: dependencies are as package-lock.json names them');
    return 0;
  }
  console.error('setup: installing dependencies (npm ci), once for this package-lock.json');
  const code = npm(['ci', '--include=dev', '--no-fund', '--no-audit', '--loglevel=error']);
  if (code !== 0) {
    console.error(
      `setup: npm ci failed with code ${code}; its messages are above. Check the network, then try again.`,
    );
    return 3;
  }
  writeFileSync(STAMP, wantedStamp());
  console.error('setup: dependencies installed');
  return 0;
}

/** Runs npm itself: the one that runs us where there is one, so that its version and settings are kept. */
function npm(args) {
  const own = process.env.npm_execpath;
  const options = { cwd: ROOT, stdio: ['ignore', 2, 2] };
  const result = own?.endsWith('.js')
    ? spawnSync(process.execPath, [own, ...args], options)
    : spawnSync('npm', args, { ...options, shell: process.platform === 'win32' });
  if (result.error) console.error(`setup: npm could not be started: ${result.error.message}`);
  return result.status ?? 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exitCode = setUp();
