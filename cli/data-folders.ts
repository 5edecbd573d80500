// Where things lie in the data folder, the same for every command.
import { join } from 'node:path';
import { CliError } from './errors.ts';
import type { Config } from './settings.ts';

type WithData = Pick<Config, 'data'>;

export const cloudFolder = ({ data }: WithData): string => join(data, 'cloud');
export const keysFolder = ({ data }: WithData): string => join(data, 'keys');
export const gatewayFolder = ({ data }: WithData): string => join(data, 'gateway');
export const locksFolder = ({ data }: WithData): string => join(data, 'locks');

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
