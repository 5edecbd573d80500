// `doorlab cloud ..`: DOOR OS as a process, its keys, its database, its first account and tokens.
import type { Command } from 'commander';
import type { Host } from '../context.ts';
import { examples } from '../program.ts';
import { registerKeys } from './cloud-keys.ts';
import type { AccountOptions, KeygenOptions, ServeOptions, TokenOptions } from '../cloud-run.ts';

const SHORT_DEADLINE_MS = 60_000;
/** Requests that are being answered, mails that are being sent, and the database, one behind the other. */
const STOP_GRACE_MS = 30_000;
/** A large database, on a slow disk. */
const BACKUP_DEADLINE_MS = 3_600_000;

export function register(program: Command, host: Host): void {
  const cloud = program
    .command('cloud')
    .description('DOOR OS: serve it, its keys and their rotation, its first account and tokens');
  registerServing(cloud, host);
  registerKeys(cloud, host);
  registerAccess(cloud, host);
  registerBackup(cloud, host);
  examples(cloud, [
    'doorlab cloud keygen                                # once',
    'doorlab cloud account ann@example.com               # the first manager',
    'doorlab cloud serve',
    'doorlab cloud backup doors.backup                   # each day',
    'doorlab cloud keys                                  # their age, and what is to be done',
    'doorlab cloud rotate --root /media/safe/root.key    # each year, and when one was stolen',
    'doorlab cloud rotate --out set.request              # the root key is elsewhere: a request',
    'doorlab cloud sign set.request --root root.key      # there',
    'doorlab cloud rotate --finish set.request.*.signature',
  ]);
}

function registerServing(cloud: Command, host: Host): void {
  const keygen = cloud
    .command('keygen')
    .description('make the keys of a cloud, once: root, table, time, firmware, log, and key set 1')
    .option('--keys <folder>', 'where (default: keys in the data folder)')
    .action(
      host.action<KeygenOptions>({ deadlineMs: SHORT_DEADLINE_MS }, async (context, options) => {
        const { makeKeys } = await import('../cloud-run.ts');
        return makeKeys(context, options);
      }),
    );
  examples(keygen, ['doorlab cloud keygen', 'doorlab cloud keygen --keys /media/safe/keys']);

  const migrate = cloud
    .command('migrate')
    .description('bring the database to this version; serving does it too')
    .action(
      host.action({ deadlineMs: SHORT_DEADLINE_MS }, async (context) => {
        const { migrateCloud } = await import('../cloud-run.ts');
        return migrateCloud(context);
      }),
    );
  examples(migrate, ['doorlab cloud migrate', 'doorlab cloud migrate --data /srv/doorlab']);

  const serve = cloud
    .command('serve')
    .description('serve DOOR OS from the data folder until it is stopped')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <n>', 'port to listen on; 0 takes a free one (default: 8480)')
    .option('--keys <folder>', 'keys as keygen made them (default: keys in the data folder)')
    .option('--public-url <url>', 'where people reach it: for links in mails (default: where it listens)')
    .option(
      '--mail-from <address>',
      'sender of mails, as "DOOR OS <doors@example.com>"; needed with SMTP_URL',
    )
    .option('--show-mails', 'let portfolio managers read the mailbox on disk, links and all: for demos')
    .option('--trust-proxy <addresses>', 'proxies, with commas, that say in X-Forwarded-For who asks')
    .action(
      host.action<ServeOptions>({ deadlineMs: 'none', graceMs: STOP_GRACE_MS }, async (context, options) => {
        const { serveCloud } = await import('../cloud-run.ts');
        return serveCloud(context, options);
      }),
    );
  examples(serve, [
    'doorlab cloud serve',
    'doorlab cloud serve --port 0 --json',
    'doorlab cloud serve --data /srv/doorlab',
    'SMTP_URL=smtps://us:password@mail.example.com doorlab cloud serve --mail-from doors@example.com',
  ]);
}

function registerAccess(cloud: Command, host: Host): void {
  const account = cloud
    .command('account <email>')
    .description('make a manager account; the password is asked for, or is the first line of stdin')
    .option('--portfolio <name>', 'name of its portfolio')
    .action(
      host.action<AccountOptions>({ deadlineMs: 'none' }, async (context, options, [email = '']) => {
        const { makeAccount } = await import('../cloud-run.ts');
        return makeAccount(context, email, options);
      }),
    );
  examples(account, [
    'doorlab cloud account ann@example.com',
    'doorlab cloud account ann@example.com < password.txt',
  ]);

  const token = cloud
    .command('token <email>')
    .description('make a bearer token of an account: to stdout, once, or into a file with --out')
    .option('--scope <list>', 'what it may do: manager, courier, activate, with commas', 'courier,activate')
    .option('--label <text>', 'what it is for, as DOOR OS shows it', 'command line')
    .option('--days <n>', 'how long it holds', '90')
    .option('--out <file>', 'write it there, for its owner alone')
    .option('--force', 'replace the file of --out where it is there')
    .action(
      host.action<TokenOptions>({ deadlineMs: SHORT_DEADLINE_MS }, async (context, options, [email = '']) => {
        const { makeToken } = await import('../cloud-run.ts');
        return makeToken(context, email, options);
      }),
    );
  examples(token, [
    'doorlab cloud token ann@example.com --out data/gateway/token   # for sync, activate, status',
    'doorlab cloud token ann@example.com --scope manager --days 1',
  ]);
}

function registerBackup(cloud: Command, host: Host): void {
  const backup = cloud
    .command('backup <file>')
    .description('write the database into one file, while it is served; the keys are no part of it')
    .action(
      host.action({ deadlineMs: BACKUP_DEADLINE_MS }, async (context, _options, [file = '']) => {
        const { backUpCloud } = await import('../backup-run.ts');
        return backUpCloud(context, file);
      }),
    );
  examples(backup, [
    'doorlab cloud backup /media/safe/doorlab-2027-01-31.backup',
    'DATABASE_URL=postgresql://... doorlab cloud backup nightly.backup   # by pg_dump',
  ]);

  const restore = cloud
    .command('restore <file>')
    .description('put a backup back into an empty database, and skip what locks may have seen since')
    .action(
      host.action({ deadlineMs: BACKUP_DEADLINE_MS }, async (context, _options, [file = '']) => {
        const { restoreCloud } = await import('../backup-run.ts');
        return restoreCloud(context, file);
      }),
    );
  examples(restore, ['doorlab cloud restore nightly.backup --data /srv/doorlab-new']);
}
