// The faults of a simulated air as words on the command line: `loss=10%,disconnect=every:20KiB`. One table gives each
// word its meaning and its help.
import type { FaultAt, Faults } from '#radio/air/faults.ts';
import { CliError } from './errors.ts';
import { nearest } from './suggestion.ts';

type Fields = { -readonly [K in keyof Faults]?: Faults[K] };

interface Word {
  /** As it is written, for help. */
  readonly example: string;
  /** All that it may be, for errors. */
  readonly range: string;
  readonly help: string;
  /** Undefined where the text is none of its values. */
  readonly parse: (text: string) => Fields | undefined;
  /** Without connection events it would do nothing. */
  readonly needsEvents?: true;
  /** Alone it leaves all links as they are, those that `links` picks too. */
  readonly isOfNoLink?: true;
}

const LOSS_PERCENT_MAX = 90;
const DELAY_MS_MAX = 60_000;
const PDU_MAX = 9_999_999;
const BYTES_MAX = 1024 * 1024 * 1024;
/** Of ATT (Vol 3 Part F, 3.2.8 and 3.2.9). */
const MTU_MIN = 23;
const MTU_MAX = 517;
const PAIRS_MAX = 64;
const LINKS_MAX = 1_000_000;

const shareRange = (name: string): string => `${name}=0% to ${name}=${LOSS_PERCENT_MAX}%`;
const delayRange = (name: string): string => `${name}=1ms to ${name}=${DELAY_MS_MAX}ms`;
const atRange = (name: string): string => `${name}=at:1 to ${name}=at:${PDU_MAX} or ${name}=at:50..90`;

const WORDS: Readonly<Record<string, Word>> = {
  loss: {
    example: 'loss=10%',
    range: shareRange('loss'),
    help: 'so many packets are lost, and sent again in the next event',
    parse: (text) => share(text, (packetLoss) => ({ packetLoss })),
    needsEvents: true,
  },
  delay: {
    example: 'delay=20ms',
    range: delayRange('delay'),
    help: 'each packet comes up to so much later',
    parse: (text) => milliseconds(text, (delayMsMax) => ({ delayMsMax })),
  },
  duplicate: {
    example: 'duplicate=5%',
    range: shareRange('duplicate'),
    help: 'so many write commands, notifications and adverts come twice',
    parse: (text) => share(text, (chance) => ({ pduDuplicate: chance, reportDuplicate: chance })),
  },
  adverts: {
    example: 'adverts=30%',
    range: shareRange('adverts'),
    help: 'so many reports of adverts are lost',
    parse: (text) => share(text, (reportLoss) => ({ reportLoss })),
    isOfNoLink: true,
  },
  disconnect: {
    example: 'disconnect=every:20KiB | at:200 | at:50..90',
    range: `disconnect=every:1B to disconnect=every:${BYTES_MAX / 1024 / 1024}MiB, ${atRange('disconnect')}`,
    help: 'each link is lost after so many bytes, or in place of its n-th PDU',
    parse: (text) => ending(text),
  },
  silent: {
    example: 'silent=at:200 | at:50..90',
    range: atRange('silent'),
    help: 'from its n-th PDU on the peripheral answers nothing more',
    parse: (text) => at(text, (silentFromPdu) => ({ silentFromPdu })),
  },
  mtu: {
    example: 'mtu=23',
    range: `mtu=${MTU_MIN} to mtu=${MTU_MAX}`,
    help: 'no link has a longer MTU',
    parse: (text) => whole(text, MTU_MIN, MTU_MAX, (attMtuMax) => ({ attMtuMax })),
  },
  slow: {
    example: 'slow=200ms',
    range: delayRange('slow'),
    help: 'peripherals hear everything so much later',
    parse: (text) => milliseconds(text, (slowPeerMs) => ({ slowPeerMs })),
  },
  'no-data-length': {
    example: 'no-data-length',
    range: 'no-data-length',
    help: 'packets of 27 bytes: no data length extension',
    parse: (text) => (text === '' ? { noDataLength: true } : undefined),
    needsEvents: true,
  },
  packets: {
    example: 'packets=4',
    range: `packets=1 to packets=${PAIRS_MAX}`,
    help: 'an event ends after so many packets of each side',
    parse: (text) => whole(text, 1, PAIRS_MAX, (pairsPerEventMax) => ({ pairsPerEventMax })),
    needsEvents: true,
  },
  links: {
    example: 'links=1/3',
    range: `links=1/1 to links=1/${LINKS_MAX}`,
    help: 'only one link in so many has the other faults',
    parse: (text) =>
      text.startsWith('1/') ? whole(text.slice(2), 1, LINKS_MAX, (oneLinkIn) => ({ oneLinkIn })) : undefined,
    isOfNoLink: true,
  },
};

/** A line a word, for `--help`. */
export const faultHelp = (): string =>
  Object.values(WORDS)
    .map(({ example, help }) => `  ${example.padEnd(44)} ${help}`)
    .join('\n');

/** The same seed and the same traffic give the same faults. Throws USAGE. */
export function faultsOf(
  text: string | undefined,
  { seed, hasEvents }: { readonly seed: number | undefined; readonly hasEvents: boolean },
): Faults {
  const faults: Fields = {};
  const given = new Set<string>();
  for (const part of text === undefined ? [] : text.split(',')) {
    const [name, value] = splitOnce(part.trim());
    const word = Object.hasOwn(WORDS, name) ? WORDS[name] : undefined;
    if (word === undefined) throw unknown(name);
    if (given.has(name)) throw new CliError('USAGE', `--fault: ${name} is given twice.`);
    given.add(name);
    const fields = word.parse(value);
    if (fields === undefined) throw new CliError('USAGE', `--fault: expected ${word.range}, not "${part}".`);
    if (word.needsEvents === true && !hasEvents) {
      throw new CliError('USAGE', `--fault: ${name} does nothing on an unpaced air.`, {
        next: 'Add --link 1m or --link 2m.',
      });
    }
    Object.assign(faults, fields);
  }
  if (given.has('links') && [...given].every((name) => WORDS[name]?.isOfNoLink === true)) {
    throw new CliError('USAGE', '--fault: links does nothing without a fault that links can have.', {
      next: 'Add one, such as disconnect=at:200.',
    });
  }
  return { seed: seed ?? 0, ...faults };
}

function splitOnce(part: string): [string, string] {
  const equals = part.indexOf('=');
  return equals < 0 ? [part, ''] : [part.slice(0, equals), part.slice(equals + 1)];
}

function unknown(name: string): CliError {
  const names = Object.keys(WORDS);
  const meant = nearest(name, names);
  return new CliError('USAGE', `--fault: there is no fault "${name}".`, {
    next: meant === undefined ? `There are: ${names.join(', ')}.` : `Did you mean ${meant}?`,
  });
}

function share(text: string, fields: (chance: number) => Fields): Fields | undefined {
  const percent = /^(\d{1,2}(?:\.\d{1,3})?)%$/.exec(text)?.[1];
  const value = Number(percent);
  return percent !== undefined && value <= LOSS_PERCENT_MAX ? fields(value / 100) : undefined;
}

function milliseconds(text: string, fields: (ms: number) => Fields): Fields | undefined {
  return text.endsWith('ms') ? whole(text.slice(0, -2), 1, DELAY_MS_MAX, fields) : undefined;
}

function whole(text: string, min: number, max: number, fields: (n: number) => Fields): Fields | undefined {
  const value = Number(text);
  return /^\d{1,10}$/.test(text) && value >= min && value <= max ? fields(value) : undefined;
}

function at(text: string, fields: (at: FaultAt) => Fields): Fields | undefined {
  const [, first, last] = /^at:(\d{1,7})(?:\.\.(\d{1,7}))?$/.exec(text) ?? [];
  if (first === undefined) return undefined;
  if (last === undefined) return whole(first, 1, PDU_MAX, fields);
  const [from, to] = [Number(first), Number(last)];
  return from >= 1 && from <= to ? fields([from, to]) : undefined;
}

const UNITS: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 * 1024 };

function ending(text: string): Fields | undefined {
  const [, count, unit] = /^every:(\d{1,10})(B|KiB|MiB)$/.exec(text) ?? [];
  if (count === undefined || unit === undefined) return at(text, (loseLinkAtPdu) => ({ loseLinkAtPdu }));
  const bytes = Number(count) * (UNITS[unit] ?? 1);
  return bytes >= 1 && bytes <= BYTES_MAX ? { loseLinkEveryBytes: bytes } : undefined;
}
