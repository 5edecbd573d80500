// pg_dump and pg_restore of the machine. The password goes to them by the environment alone: arguments can be read
// by every user of the machine.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { BackupError } from './backup-error.ts';

/** Debian's place, a folder a major version: the newest of them reads every older server. */
const DEBIAN = '/usr/lib/postgresql';
const SAID_MAX_CHARACTERS = 2_000;
/** Of each address of the server. How long the whole takes is a matter of its size, and of the caller's signal. */
const CONNECT_DEADLINE_S = 10;

export const dump = (url: string, file: string, signal: AbortSignal): Promise<void> =>
  run('pg_dump', ['--format=custom', '--no-owner', '--no-privileges', `--file=${file}`], url, signal);

/** All of it or nothing. */
export const restore = (url: string, file: string, signal: AbortSignal): Promise<void> =>
  run(
    'pg_restore',
    ['--single-transaction', '--exit-on-error', '--no-owner', '--no-privileges', file],
    url,
    signal,
  );

function run(tool: string, args: readonly string[], url: string, signal: AbortSignal): Promise<void> {
  const { target, password } = withoutPassword(url);
  return new Promise((resolve, reject) => {
    const child = spawn(programOf(tool), [...args, `--dbname=${target}`], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        ...process.env,
        DATABASE_URL: undefined,
        PGCONNECT_TIMEOUT: String(CONNECT_DEADLINE_S),
        ...(password === undefined ? {} : { PGPASSWORD: password }),
      },
      signal,
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-SAID_MAX_CHARACTERS);
    });
    child.on('error', (error) => {
      if (signal.aborted) reject(failed(tool, 'it was ended', error));
      else if ('code' in error && error.code === 'ENOENT') reject(missing(tool, error));
      else reject(failed(tool, error.message, error));
    });
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(failed(tool, said.trim() || 'it was ended'));
    });
  });
}

const missing = (tool: string, cause: Error): BackupError =>
  new BackupError('BACKUP_TOOL_FAILED', `there is no ${tool} here`, {
    cause,
    next: 'Install the client programs of PostgreSQL (Debian: apt-get install postgresql-client).',
  });

const failed = (tool: string, why: string, cause?: Error): BackupError =>
  new BackupError('BACKUP_TOOL_FAILED', `${tool} failed: ${why}`, {
    cause,
    next: 'Mend what it says, and begin again: nothing of it was kept.',
  });

export function withoutPassword(url: string): { target: string; password: string | undefined } {
  const parsed = new URL(url);
  const password = parsed.password === '' ? undefined : decodeURIComponent(parsed.password);
  parsed.password = '';
  return { target: parsed.toString(), password };
}

function programOf(tool: string): string {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN) : [];
  const newest = versions
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(DEBIAN, version, 'bin', tool))
    .find((file) => existsSync(file));
  return newest ?? tool;
}
