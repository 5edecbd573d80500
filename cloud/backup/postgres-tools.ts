// pg_dump and pg_restore of the machine. Where the database is goes to them by the environment alone: arguments can be
// read by every user of the machine, and libpq reads a URL otherwise than the driver that serves does.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
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
  return new Promise((resolve, reject) => {
    const child = spawn(programOf(tool), withTarget(tool, args), {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        ...process.env,
        ...libpqEnvironment(url),
        DATABASE_URL: undefined,
        PGCONNECT_TIMEOUT: String(CONNECT_DEADLINE_S),
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

/** pg_restore writes a script unless it is told of a database: an empty name is that of the environment. */
const withTarget = (tool: string, args: readonly string[]): string[] =>
  tool === 'pg_restore' ? ['--dbname=', ...args] : [...args];

/** Where certificates of authorities that this machine believes lie; libpq knows "system" from 16 on. */
const AUTHORITIES = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt'];

/** What the driver makes of the URL, in libpq's variables. PostgreSQL's manual, 34.15. */
export function libpqEnvironment(url: string): Record<string, string> {
  const { host, port, user, database, password, ssl: typed } = new Client({ connectionString: url });
  // The driver's types leave out that it may be the options of a TLS connection.
  const ssl: unknown = typed;
  const given = new URL(url).searchParams;
  const isOff = ssl === undefined || ssl === false;
  const isBlind =
    typeof ssl === 'object' && ssl !== null && 'rejectUnauthorized' in ssl && !ssl.rejectUnauthorized;
  const isProven = !isOff && !isBlind;
  const authorities = given.get('sslrootcert') ?? AUTHORITIES.find((file) => existsSync(file)) ?? 'system';
  const variables = {
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGDATABASE: database,
    PGPASSWORD: password,
    PGSSLMODE: isProven ? 'verify-full' : isOff ? 'disable' : 'require',
    PGSSLROOTCERT: isProven ? authorities : undefined,
    PGSSLCERT: given.get('sslcert'),
    PGSSLKEY: given.get('sslkey'),
    PGOPTIONS: given.get('options'),
  };
  const set = Object.entries(variables).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return Object.fromEntries(set);
}

function programOf(tool: string): string {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN) : [];
  const newest = versions
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(DEBIAN, version, 'bin', tool))
    .find((file) => existsSync(file));
  return newest ?? tool;
}
