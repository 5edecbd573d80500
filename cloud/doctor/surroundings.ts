// What a cloud is given from outside: room on its disk, an encrypted way to its database, a server for its mails. No
// password stands in what is found.
import { statfsSync } from 'node:fs';
import { isLoopback } from '#protocol/loopback.ts';
import { parseSmtpUrl, SmtpUrlError, type SmtpServer } from '../mail/smtp-url.ts';
import { cloudCheck, type CloudCheck } from './check.ts';

const MIB = 1024 * 1024;
/** A backup and a migration need room for the database once more. */
const SPACE_WARN_BYTES = 1024 * MIB;
const SPACE_MIN_BYTES = 100 * MIB;
/** pg's names for modes in which the server has to prove itself, and those in which it has not. */
const PROVEN_MODES = ['require', 'verify-ca', 'verify-full'];
const UNPROVEN_MODES = ['no-verify', 'prefer', 'allow'];

/** `folder` must exist. */
export function checkDiskSpace(folder: string): CloudCheck {
  const id = 'disk-space';
  let freeBytes: number;
  try {
    const { bavail, bsize } = statfsSync(folder);
    freeBytes = bavail * bsize;
  } catch {
    return cloudCheck(id, 'unknown', `the file system of ${folder} does not say`);
  }
  return judgeDiskSpace(freeBytes, folder);
}

export function judgeDiskSpace(freeBytes: number, folder: string): CloudCheck {
  const detail = `${Math.floor(freeBytes / MIB)} MiB free for ${folder}`;
  const remedy = 'Free some: df -h shows where. Without room no change is taken any more.';
  if (freeBytes < SPACE_MIN_BYTES) return cloudCheck('disk-space', 'fail', detail, remedy);
  if (freeBytes < SPACE_WARN_BYTES) return cloudCheck('disk-space', 'warn', detail, remedy);
  return cloudCheck('disk-space', 'ok', detail);
}

/** Doorcodes and the secrets of locks go this way as they are. Undefined where the database is a file. */
export function checkDatabaseTls(databaseUrl: string | undefined): CloudCheck[] {
  if (databaseUrl === undefined || !URL.canParse(databaseUrl)) return [];
  const { hostname, searchParams } = new URL(databaseUrl);
  const host = searchParams.get('host') ?? hostname;
  if (isHere(host)) return [cloudCheck('database-tls', 'ok', 'the database is on this machine')];
  const mode = searchParams.get('sslmode') ?? (searchParams.get('ssl') === 'true' ? 'require' : 'disable');
  if (PROVEN_MODES.includes(mode)) return [cloudCheck('database-tls', 'ok', `${host}, encrypted`)];
  if (UNPROVEN_MODES.includes(mode)) {
    return [
      cloudCheck('database-tls', 'warn', `${host} is believed whoever it is (sslmode=${mode})`, ADD_SSL),
    ];
  }
  const status = isPrivate(host) ? 'warn' : 'fail';
  return [cloudCheck('database-tls', status, `doorcodes travel to ${host} as they are`, ADD_SSL)];
}

const ADD_SSL = 'Add ?sslmode=verify-full to DATABASE_URL.';

/** Also a socket, or none named. */
const isHere = (host: string): boolean => host === '' || /^(\/|%2f)/i.test(host) || isLoopback(host);

/** RFC 1918 and 4193, and names that only a local resolver knows: others may listen, but not the whole world. */
const isPrivate = (host: string): boolean =>
  /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|\[f[cd])/i.test(host) || !/[.:]/.test(host);

export function checkMail(smtpUrl: string | undefined): CloudCheck {
  if (smtpUrl === undefined || smtpUrl === '') {
    return cloudCheck(
      'mail',
      'warn',
      'there is no mail server: mails are kept in the mailbox of the data folder, and nobody gets them',
      'Name one: SMTP_URL=smtps://USER:PASSWORD@HOST',
    );
  }
  let server: SmtpServer;
  try {
    server = parseSmtpUrl(smtpUrl);
  } catch (error) {
    if (!(error instanceof SmtpUrlError)) throw error;
    return cloudCheck('mail', 'fail', error.message, error.next);
  }
  const { host, secure, requireTLS } = server;
  return secure || requireTLS || isLoopback(host)
    ? cloudCheck('mail', 'ok', `mails go to ${host}`)
    : cloudCheck(
        'mail',
        'warn',
        `mails go to ${host}, encrypted only if it offers to`,
        'Use smtps://, or leave out cleartext=allowed',
      );
}
