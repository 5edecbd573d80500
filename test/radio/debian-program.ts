// A program of a Debian package that a test rests on: found, or, as root in CI, installed; otherwise the test says
// which command installs it. In CI a test that is left out is a failure.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

const LOCK_TIMEOUT_S = 120;
const INSTALL_DEADLINE_MS = 300_000;
const isRoot = process.getuid?.() === 0;
const inCi = !['', '0', 'false', undefined].includes(process.env['CI']);

export interface Program {
  /** Undefined where there is none. */
  readonly path: string | undefined;
  /** Why there is none, and how one is had. */
  readonly missing: string;
}

/** `packages` by spaces. */
export function debianProgram(name: string, packages: string): Program {
  const missing = `there is no ${name} here: ${isRoot ? '' : 'sudo '}apt-get install -y ${packages}`;
  const found = onPath(name);
  if (found !== undefined || !isRoot || !inCi || process.platform !== 'linux')
    return { path: found, missing };
  const install = ['install', '-y', '--no-install-recommends', ...packages.split(' ')];
  if (apt(install) !== 0) {
    apt(['update']);
    apt(install);
  }
  return { path: onPath(name), missing };
}

function apt(args: readonly string[]): number | null {
  // Tests run side by side, and each may want a package.
  return spawnSync('apt-get', ['-o', `DPkg::Lock::Timeout=${LOCK_TIMEOUT_S}`, ...args], {
    stdio: ['ignore', 2, 2],
    timeout: INSTALL_DEADLINE_MS,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  }).status;
}

function onPath(name: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(path.delimiter)
    .map((folder) => path.join(folder, name))
    .find((file) => existsSync(file));
}
