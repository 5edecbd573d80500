// Words for links and ports as they stand on the command line.
import { USUAL_LINK, type LinkSettings } from '#radio/air/link-model.ts';
import type { Faults } from '#radio/air/faults.ts';
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

const LOSS_PERCENT_MAX = 90;

/** The same seed and the same traffic give the same faults. Throws USAGE. */
export function faultsOf(
  { loss, dropAt }: { readonly loss: string; readonly dropAt?: string },
  seed: number | undefined,
): Faults {
  const percent = Number(loss);
  if (!(percent >= 0 && percent <= LOSS_PERCENT_MAX)) {
    throw new CliError('USAGE', `--loss: expected a percentage up to ${LOSS_PERCENT_MAX}, not "${loss}".`);
  }
  if (dropAt !== undefined && !/^[1-9]\d{0,6}$/.test(dropAt)) {
    throw new CliError('USAGE', `--drop-at: expected a number from 1 on, not "${dropAt}".`);
  }
  return {
    seed: seed ?? 0,
    packetLoss: percent / 100,
    ...(dropAt === undefined ? {} : { disconnectAtPacket: Number(dropAt) }),
  };
}
