// The cloud's commands at work, on the data folder of this machine.
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { scopes, type Scope } from '#protocol/api/contract.ts';
import { createAccount, createToken, type Bootstrap } from '#cloud/bootstrap.ts';
import { openDataFolder } from '#cloud/data-folder.ts';
import { keygen } from '#cloud/keys/keygen.ts';
import { startCloud } from '#cloud/serve.ts';
import type { Context } from './context.ts';
import { CLOUD_PORT, engine } from './courier-session.ts';
import { cloudFolder, databaseUrlIn, keysFolderOf } from './data-folders.ts';
import { CliError } from './errors.ts';
import type { Outcome } from './output.ts';
import { portOf } from './radio-options.ts';
import { stopped, untilAborted } from './until-stopped.ts';

export interface ServeOptions {
  readonly host: string;
  readonly port?: string;
  readonly keys?: string;
  readonly publicUrl?: string;
  readonly mailFrom?: string;
  readonly showMails?: true;
  readonly trustProxy?: string;
}

export interface KeygenOptions {
  readonly keys?: string;
}

export interface AccountOptions {
  readonly portfolio?: string;
}

export interface TokenOptions {
  readonly scope: string;
  readonly label: string;
  readonly days: string;
  readonly out?: string;
  readonly force?: true;
}

const DAY_S = 86_400;

const bootstrapOf = ({ clock, random, config, env }: Context): Bootstrap => ({
  dataFolder: cloudFolder(config),
  databaseUrl: databaseUrlIn(env),
  clock,
  random,
  engine,
});

export async function makeKeys(context: Context, options: KeygenOptions): Promise<Outcome> {
  const { clock, random } = context;
  const folder = keysFolderOf(context, options);
  const files = keygen(folder, { engine, clock, random });
  return Promise.resolve({
    result: { folder, files: [...files] },
    text: `Key set 1 is in ${folder}. The root key lies in ${join(folder, 'root')}: take it to a safe place, serving does not need it.`,
  });
}

export async function migrateCloud({ clock, config, env }: Context): Promise<Outcome> {
  const folder = cloudFolder(config);
  const databaseUrl = databaseUrlIn(env);
  const store = await openDataFolder(folder, clock, databaseUrl);
  const { name } = store.dialect;
  await store.close();
  const where = name === 'postgres' ? 'The PostgreSQL database' : `The database in ${folder}`;
  return { result: { folder, database: name }, text: `${where} is at this program's version.` };
}

export async function serveCloud(context: Context, options: ServeOptions): Promise<Outcome> {
  const { clock, random, log, config, env, output, signal } = context;
  const cloud = await startCloud({
    dataFolder: cloudFolder(config),
    databaseUrl: databaseUrlIn(env),
    keysFolder: keysFolderOf(context, options),
    host: options.host,
    port: options.port === undefined ? CLOUD_PORT : portOf(options.port),
    publicUrl: options.publicUrl,
    trustedProxies: proxiesOf(options.trustProxy),
    mail: {
      smtpUrl: env['SMTP_URL'] === '' ? undefined : env['SMTP_URL'],
      from: options.mailFrom,
      isShown: options.showMails === true,
    },
    clock,
    random,
    engine,
    log,
  });
  output.data('serving', { url: cloud.url }, `DOOR OS answers at ${cloud.url}/api/v1`);
  if (cloud.mailFolder !== undefined) {
    output.data(
      'mailbox',
      { folder: cloud.mailFolder },
      `Mails stay in ${cloud.mailFolder}: SMTP_URL names no server.`,
    );
  }
  await untilAborted(signal);
  await cloud.stop();
  return stopped('DOOR OS is down.');
}

export async function makeAccount(
  context: Context,
  email: string,
  options: AccountOptions,
): Promise<Outcome> {
  const { prompt } = context;
  const password = await prompt.ask({
    text: `Password for ${email}`,
    instead: 'pipe it to stdin',
    secret: true,
  });
  const { accountId, isPasswordSet } = await createAccount(bootstrapOf(context), {
    email,
    password,
    ...(options.portfolio === undefined ? {} : { portfolioName: options.portfolio }),
  });
  const text = isPasswordSet
    ? `${email} can sign in.`
    : `${email} can sign in with the password that this account has already: it was not changed.`;
  return { result: { accountId, email, isPasswordSet }, text };
}

export async function makeToken(context: Context, email: string, options: TokenOptions): Promise<Outcome> {
  const { cwd, output } = context;
  if (options.out !== undefined && options.force !== true) requireFree(resolve(cwd, options.out));
  const made = await createToken(bootstrapOf(context), {
    email,
    label: options.label,
    scopes: scopesOf(options.scope),
    lifeS: daysOf(options.days) * DAY_S,
  });
  if (options.out === undefined) {
    output.data('token', { token: made.token }, made.token);
    return {};
  }
  const file = resolve(cwd, options.out);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  // A new file, renamed: one that was there keeps neither its mode nor a half-written token.
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${made.token}\n`, { mode: 0o600, flag: 'wx' });
  renameSync(draft, file);
  return { result: { file }, text: `The token is in ${file}, for its owner alone.` };
}

/** Before a token is made that nobody would get. Throws USAGE. */
function requireFree(file: string): void {
  if (!existsSync(file)) return;
  throw new CliError('USAGE', `${file} is there already and is not overwritten.`, {
    next: 'Name another file, or give --force to put the new token in its place.',
  });
}

function scopesOf(text: string): Scope[] {
  const known: readonly string[] = scopes;
  const wished = text.split(',').map((word) => word.trim());
  const unknown = wished.find((word) => !known.includes(word));
  if (unknown === undefined) return wished as Scope[];
  throw new CliError('USAGE', `--scope: there is no scope "${unknown}".`, {
    next: `Use ${scopes.join(', ')}.`,
  });
}

function daysOf(text: string): number {
  const days = Number(text);
  if (/^\d+$/.test(text) && days >= 1 && days <= 730) return days;
  throw new CliError('USAGE', `--days: expected 1 to 730, not "${text}".`);
}

/** Addresses and networks, as Express takes them. Throws USAGE. */
function proxiesOf(text: string | undefined): string[] | undefined {
  const addresses = text?.split(',').map((word) => word.trim());
  const wrong = addresses?.find((address) => isIP(address.replace(/\/\d{1,3}$/, '')) === 0);
  if (wrong === undefined) return addresses;
  throw new CliError('USAGE', `--trust-proxy: "${wrong}" is no address of a network.`, {
    next: 'Give addresses like 127.0.0.1 or 10.0.0.0/8.',
  });
}
