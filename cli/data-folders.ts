// Where things lie in the data folder, the same for every command.
import { join, resolve } from 'node:path';
import type { Context } from './context.ts';
import { CliError } from './errors.ts';
import type { Config } from './settings.ts';

type WithData = Pick<Config, 'data'>;

export const cloudFolder = ({ data }: WithData): string => join(data, 'cloud');
export const keysFolder = ({ data }: WithData): string => join(data, 'keys');
export const gatewayFolder = ({ data }: WithData): string => join(data, 'gateway');
export const phoneFolder = ({ data }: WithData): string => join(data, 'phone');
/** Where `doorlab watch` meets the agent of this data folder. */
export const agentSocket = (config: WithData): string => join(gatewayFolder(config), 'agent.sock');
export const locksFolder = ({ data }: WithData): string => join(data, 'locks');

/** The one that --keys names, else the one in the data folder. */
export const keysFolderOf = ({ config, cwd }: Context, { keys }: { readonly keys?: string }): string =>
  keys === undefined ? keysFolder(config) : resolve(cwd, keys);

/** A URL with a password in it is no argument: others see those. */
export const databaseUrlIn = (env: Context['env']): string | undefined => env['DATABASE_URL'];

const LOCK_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/;

export const isLockName = (text: string): boolean => LOCK_NAME.test(text);

/** Throws USAGE for a name that could lead elsewhere. */
export function lockFolder(config: WithData, name: string): string {
  if (!isLockName(name)) {
    throw new CliError('USAGE', `"${name}" is no name for a lock.`, {
      next: 'Use up to 40 letters, digits, dots, dashes and underscores.',
    });
  }
  return join(locksFolder(config), name);
}
