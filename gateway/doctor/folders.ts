// The folders that a gateway and a cloud live on: there, writable, and the secrets in them for nobody else's eyes.
import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { check, type Check } from './check.ts';

const OTHERS_MAY = 0o077;

export function checkDataFolder(folder: string): Check {
  const id = 'data-folder';
  if (!existsSync(folder)) return check(id, 'ok', `${folder} will be made when it is needed`);
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    return check(id, 'ok', `${folder} can be read and written`);
  } catch {
    return check(
      id,
      'fail',
      `${folder} can't be read and written`,
      `Give it to the user who runs this: chown -R "$USER" ${folder}`,
    );
  }
}

/** `isNeeded`: a cloud is served from this machine. */
export function checkKeys(folder: string, nowMs: number, isNeeded: boolean): Check {
  const id = 'keys';
  if (!existsSync(folder)) {
    return isNeeded
      ? check(id, 'fail', `${folder} is missing`, 'Make the keys with doorlab cloud keygen.')
      : check(id, 'unknown', `${folder} is missing; only the machine that serves the cloud has keys`);
  }
  let open: string[];
  let files: string[];
  try {
    files = filesIn(folder);
    open =
      process.platform === 'win32'
        ? []
        : [folder, ...files].filter((path) => (statSync(path).mode & OTHERS_MAY) !== 0);
  } catch {
    return check(id, 'fail', `${folder} can't be read`, 'Run this as the user who serves the cloud.');
  }
  const keys = files.filter((path) => path.endsWith('.key'));
  if (keys.length === 0)
    return check(id, 'fail', `${folder} holds no keys`, 'Make them with doorlab cloud keygen.');
  const exposed = open.filter((path) => path.endsWith('.key') || path === folder);
  if (exposed.length > 0) {
    return check(id, 'fail', `others may read ${exposed.join(', ')}`, `chmod -R go= ${folder}`);
  }
  const ageDays = Math.floor((nowMs - Math.min(...keys.map((path) => statSync(path).mtimeMs))) / 86_400_000);
  return check(id, 'ok', `${keys.length} keys in ${folder}, the oldest ${Math.max(0, ageDays)} days old`);
}

/** None without a file; whether it holds a token in force, `cloud-token` says. */
export function checkTokenFile(file: string): Check[] {
  const id = 'token-permissions';
  if (process.platform === 'win32') return [];
  const mode = modeOf(file);
  if (mode === undefined) return [];
  return (mode & OTHERS_MAY) === 0
    ? [check(id, 'ok', 'the token is its owner’s alone')]
    : [check(id, 'warn', `others may use ${file} (mode ${mode.toString(8)})`, `chmod 600 ${file}`)];
}

function modeOf(file: string): number | undefined {
  try {
    const found = statSync(file);
    return found.isFile() ? found.mode & 0o777 : undefined;
  } catch {
    return undefined;
  }
}

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
