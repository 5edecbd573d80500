// What every courier command opens and closes: the token, the journal, the radio, the cloud's client.
import { existsSync, readFileSync, statSync } from 'node:fs';
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

/** Throws INPUT_NEEDED where there is no token, FILE_UNREADABLE where the file holds something else. */
export function cloudAddress({ config, output }: Pick<Context, 'config' | 'output'>): CloudAddress {
  const file = tokenFile(config);
  const renewal = `Make a new one where the cloud runs: doorlab cloud token EMAIL --out ${file} --force`;
  if (!existsSync(file)) {
    throw new CliError('INPUT_NEEDED', `There is no token in ${file}.`, {
      next: `Make one where the cloud runs: doorlab cloud token EMAIL --out ${file}`,
    });
  }
  const token = readFileSync(file, 'utf8').trim();
  if (!TOKEN_FORM.test(token)) {
    throw new CliError(
      'FILE_UNREADABLE',
      `${file} holds ${token === '' ? 'nothing' : 'something else'}, not a token.`,
      { next: renewal },
    );
  }
  const mode = statSync(file).mode & 0o777;
  // Windows knows no such modes.
  if (process.platform !== 'win32' && (mode & OTHERS) !== 0) {
    output.note(`Others may read the token in ${file} (mode ${mode.toString(8)}): chmod 600 ${file}`);
  }
  return { baseUrl: cloudUrl(config), token, renewal };
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
    const { damage } = journal;
    if (damage !== undefined) {
      output.note(
        `The journal was damaged: ${damage.lines} lines set aside in ${damage.file ?? 'nowhere'}, ${damage.missing} missing.`,
      );
    }
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
