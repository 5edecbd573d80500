// Faults of a running lock, put in by hand: its power, its bolt, its battery, its flash.
import { uniform } from '#protocol/ports/random.ts';
import { SECTOR_FAULTS } from '#lock-sim/flash/aging-flash.ts';
import {
  FLASH_REGIONS,
  ROT_BITS_MAX,
  SLOWNESS_MAX,
  type ControlRequest,
} from '#lock-sim/control/messages.ts';
import type { Context } from './context.ts';
import { CliError } from './errors.ts';
import { numberOf } from './numbers.ts';
import type { JsonObject, Outcome } from './output.ts';
import { ask } from './running-lock.ts';

export interface FaultOptions {
  readonly atFlashOp?: string;
  readonly torn?: string;
  readonly rebootAfter?: string;
  readonly how?: string;
  readonly bits?: string;
}

export const FAULT_KINDS = [
  'power-cut',
  'power-on',
  'jam',
  'unjam',
  'battery',
  'bad-sector',
  'bit-rot',
  'slow-flash',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** With the kinds that take one: what it is. */
const VALUES: Readonly<Partial<Record<FaultKind, string>>> = {
  battery: 'PERCENT',
  'bad-sector': 'SECTOR',
  'bit-rot': 'REGION',
  'slow-flash': 'FACTOR',
};

const COUNT = { min: 0, max: 9_999_999 };
const REBOOT_AFTER_MAX_MS = 3_600_000;
const DEFAULT_ROT_BITS = '8';
const U32_RANGE = 2 ** 32;

export async function faultLock(
  context: Context,
  name: string,
  kindText: string,
  value: string | undefined,
  options: FaultOptions,
): Promise<Outcome> {
  const kind = FAULT_KINDS.find((known) => known === kindText);
  if (kind === undefined) {
    throw new CliError('USAGE', `"${kindText}" is no fault.`, {
      next: `There are ${FAULT_KINDS.join(', ')}.`,
    });
  }
  checkArguments(kind, value, options);
  const reply = await ask(context, name, requestOf(kind, value ?? '', options, seedOf(context)));
  if (!('bits' in reply)) return { result: { kind }, text: `${name}: ${told(kind, value, options)}.` };
  const result: JsonObject = { kind, ...reply, seed: seedOf(context) };
  return {
    result,
    text:
      reply.bits === 0
        ? `${name}: nothing is written in ${value}, so that nothing rots.`
        : `${name}: ${reply.bits} bits of ${value} flipped, in ${reply.sectors.length === 1 ? 'sector' : 'sectors'} ${reply.sectors.join(', ')}.`,
  };
}

/** Throws USAGE for what does not go with that kind: it would be passed over without a word. */
function checkArguments(kind: FaultKind, value: string | undefined, options: FaultOptions): void {
  const wanted = VALUES[kind];
  if (wanted !== undefined && value === undefined)
    throw new CliError('USAGE', `${kind} needs a ${wanted}.`, {
      next: `doorlab lock fault NAME ${kind} ${wanted}`,
    });
  if (wanted === undefined && value !== undefined)
    throw new CliError('USAGE', `${kind} takes no "${value}".`);
  const { atFlashOp, torn, rebootAfter, how, bits } = options;
  const strangers = [
    ...(kind === 'power-cut'
      ? []
      : [
          ['--at-flash-op', atFlashOp],
          ['--torn', torn],
          ['--reboot-after', rebootAfter],
        ]),
    ...(kind === 'bad-sector' ? [] : [['--how', how]]),
    ...(kind === 'bit-rot' ? [] : [['--bits', bits]]),
  ].filter(([, given]) => given !== undefined);
  const [stranger] = strangers;
  if (stranger !== undefined) throw new CliError('USAGE', `${stranger[0]} does not go with ${kind}.`);
  if (torn !== undefined && atFlashOp === undefined)
    throw new CliError('USAGE', '--torn goes with --at-flash-op: it is that operation which is torn.');
}

function requestOf(kind: FaultKind, value: string, options: FaultOptions, seed: number): ControlRequest {
  const optional = (flag: string, text: string | undefined, range = COUNT): number | undefined =>
    text === undefined ? undefined : numberOf(flag, text, range);
  switch (kind) {
    case 'power-cut':
      return {
        do: 'cut-power',
        atOperation: optional('--at-flash-op', options.atFlashOp),
        tornAfterBytes: optional('--torn', options.torn),
        restoreAfterMs: optional('--reboot-after', options.rebootAfter, { min: 0, max: REBOOT_AFTER_MAX_MS }),
      };
    case 'power-on':
      return { do: 'restore-power' };
    case 'jam':
    case 'unjam':
      return { do: 'jam', isJammed: kind === 'jam' };
    case 'battery':
      return { do: 'battery', percent: numberOf('battery', value, { min: 0, max: 100, unit: 'percent' }) };
    case 'bad-sector':
      return {
        do: 'bad-sector',
        sector: numberOf('bad-sector', value, COUNT),
        fault: oneOf('--how', options.how ?? 'erase-fails', [...SECTOR_FAULTS, 'sound']),
      };
    case 'bit-rot':
      return {
        do: 'rot',
        region: oneOf('bit-rot', value, FLASH_REGIONS),
        bits: numberOf('--bits', options.bits ?? DEFAULT_ROT_BITS, { min: 1, max: ROT_BITS_MAX }),
        seed,
      };
    case 'slow-flash':
      return { do: 'slow-flash', factor: numberOf('slow-flash', value, { min: 1, max: SLOWNESS_MAX }) };
  }
}

const seeds = new WeakMap<Context, number>();

/** That of --seed, or one that is drawn once a run and told. */
function seedOf(context: Context): number {
  const seed = context.config.seed ?? seeds.get(context) ?? uniform(context.random, U32_RANGE);
  seeds.set(context, seed);
  return seed;
}

function oneOf<T extends string>(what: string, text: string, known: readonly T[]): T {
  const found = known.find((one) => one === text);
  if (found !== undefined) return found;
  throw new CliError('USAGE', `${what}: expected ${known.join(', ')}, not "${text}".`);
}

function told(
  kind: FaultKind,
  value: string | undefined,
  { atFlashOp, rebootAfter, how }: FaultOptions,
): string {
  switch (kind) {
    case 'power-cut': {
      const when =
        atFlashOp === undefined
          ? 'the power is off'
          : `the power goes before flash operation ${atFlashOp} from now`;
      return rebootAfter === undefined ? when : `${when}, and comes back after ${rebootAfter} ms`;
    }
    case 'power-on':
      return 'the power is on';
    case 'jam':
      return 'something is in the way of the bolt';
    case 'unjam':
      return 'nothing is in the way of the bolt';
    case 'battery':
      return `the battery is at ${value} %`;
    case 'bad-sector':
      return how === 'sound'
        ? `sector ${value} is sound`
        : `sector ${value} is bad (${how ?? 'erase-fails'}) until this lock process ends`;
    case 'bit-rot':
      return 'bits flipped';
    case 'slow-flash':
      return value === '1' ? 'the flash is as fast as it was' : `the flash takes ${value} times as long`;
  }
}
