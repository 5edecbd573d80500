// Words for links and ports as they stand on the command line.
import { USUAL_LINK, type LinkSettings } from '#radio/air/link-model.ts';
import { CliError } from './errors.ts';

export function linkNamed(name: 'unpaced' | '1m' | '2m'): 'unpaced' | LinkSettings {
  if (name === 'unpaced') return name;
  return { ...USUAL_LINK, phy: name === '1m' ? '1M' : '2M' };
}

const PORT_MAX = 65_535;

/** Throws USAGE. */
export function portOf(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= PORT_MAX) return Number(text);
  throw new CliError('USAGE', `"${text}" is no port: expected a number from 0 to ${PORT_MAX}.`);
}
