// What every courier command opens and closes: the token, the journal, the radio, the cloud's client.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import type { CloudAddress } from '#gateway/cloud-call.ts';
import { CloudClient } from '#gateway/cloud-client.ts';
import { Journal } from '#gateway/journal.ts';
import { PackageCache } from '#gateway/package-cache.ts';
import type { GatewayParts } from '#gateway/sync-doors.ts';
import type { Context } from './context.ts';
import { gatewayFolder } from './data-folders.ts';
import { CliError } from './errors.ts';
import { codeOf } from './exit-codes.ts';
import { damageText } from './journal-damage.ts';
import { openRadio } from './open-radio.ts';

export const CLOUD_PORT = 8_480;
const CLOUD_URL = `http://127.0.0.1:${CLOUD_PORT}`;
const TOKEN_FILE = 'token';

export const engine: CryptoEngine = nodeEngine;

export const tokenFile = (config: Context['config']): string => join(gatewayFolder(config), TOKEN_FILE);
export const cloudUrl = (config: Context['config']): string => config.cloud ?? CLOUD_URL;

export function openCloud(context: Context): CloudClient {
  const { config, clock } = context;
  const cache = new PackageCache(join(gatewayFolder(config), 'packages'), engine);
  return new CloudClient({ address: cloudAddress(context), engine, clock, cache });
}

/** What goes into a header; whether it is a token in force the cloud alone can say. */
const TOKEN_FORM = /^[a-z0-9_]{1,256}$/i;
const OTHERS = 0o077;

/** Throws INPUT_NEEDED where there is no token, FILE_UNREADABLE where there is something else in its place. */
export function cloudAddress({ config, output }: Pick<Context, 'config' | 'output'>): CloudAddress {
  const file = tokenFile(config);
  const renewal = `Make a new one where the cloud runs: doorlab cloud token EMAIL --out ${file} --force`;
  const { text, mode } = readTokenFile(file);
  const token = text.trim();
  if (!TOKEN_FORM.test(token)) {
    throw new CliError(
      'FILE_UNREADABLE',
      `${file} holds ${token === '' ? 'nothing' : 'something else'}, not a token.`,
      { next: renewal },
    );
  }
  // Windows knows no such modes.
  if (process.platform !== 'win32' && (mode & OTHERS) !== 0) {
    output.note(`Others may read the token in ${file} (mode ${mode.toString(8)}): chmod 600 ${file}`);
  }
  return { baseUrl: cloudUrl(config), token, renewal };
}

function readTokenFile(file: string): { readonly text: string; readonly mode: number } {
  try {
    const found = statSync(file);
    // A pipe or a device may have no end.
    if (!found.isFile()) {
      throw new CliError('FILE_UNREADABLE', `${file} is ${found.isDirectory() ? 'a folder' : 'no file'}.`, {
        next: `Remove it, then ${MAKING} ${file}`,
      });
    }
    return { text: readFileSync(file, 'utf8'), mode: found.mode & 0o777 };
  } catch (error) {
    throw error instanceof CliError ? error : unread(file, error);
  }
}

const MAKING = 'make a token where the cloud runs: doorlab cloud token EMAIL --out';

function unread(file: string, cause: unknown): CliError {
  const code = codeOf(cause);
  return code === 'ENOENT'
    ? new CliError('INPUT_NEEDED', `There is no token in ${file}.`, { next: `First ${MAKING} ${file}` })
    : new CliError('FILE_UNREADABLE', `${file} can't be read (${code ?? 'unknown'}).`, {
        cause,
        next: 'Check who owns it and its folders, and their permissions.',
      });
}

/** Runs `work` with everything open, and closes it whatever comes. */
export async function asCourier<T>(
  context: Context,
  work: (parts: GatewayParts & { cloud: CloudClient }) => Promise<T>,
): Promise<T> {
  const { clock, random, log, config, output } = context;
  const cloud = openCloud(context);
  const journal = await Journal.open(gatewayFolder(config));
  try {
    if (journal.damage !== undefined) output.note(damageText(journal.damage));
    const radio = openRadio(context);
    try {
      return await work({ engine, clock, random, log, journal, cloud, central: await radio.central() });
    } finally {
      await radio.close();
    }
  } finally {
    await journal.close();
  }
}
