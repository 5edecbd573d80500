// Every setting that all commands share: one table gives its flag, its DOORLAB_* variable, its key in
// doorlab.yaml, how its text is parsed and what holds without it.
import { API_BASE } from '#protocol/api/contract.ts';
import { isLoopback } from '#protocol/loopback.ts';
import { parseEndpoint, type H4Endpoint } from '#radio/h4/endpoint.ts';
import { CliError } from './errors.ts';

export interface Setting<T> {
  /** As commander writes it. */
  readonly flag: string;
  readonly env: string;
  readonly help: string;
  /** Throws a CliError of code USAGE whose message completes "--flag: ..". */
  readonly parse: (text: string) => T;
  readonly fallback: T;
}

/** Which radio a command uses. `adapter` is noble for a courier and bleno for a lock. */
export type RadioChoice =
  | { readonly kind: 'virtual' }
  | { readonly kind: 'adapter' }
  /** An air served by `doorlab radio serve`. */
  | { readonly kind: 'ws'; readonly url: string }
  /** A controller at the other end of a byte stream. */
  | { readonly kind: 'h4'; readonly endpoint: H4Endpoint };

/** What a run goes by. */
export interface Config {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly noInput: boolean;
  /** Seconds; undefined leaves the command its own deadline. */
  readonly timeout: number | undefined;
  /** Undefined leaves the choice to the command. */
  readonly radio: RadioChoice | undefined;
  readonly adapter: number | undefined;
  readonly seed: number | undefined;
  /** A file to be made, absolute once loaded. */
  readonly btsnoop: string | undefined;
  readonly cloud: string | undefined;
  /** A folder, absolute once loaded. */
  readonly data: string;
}

export type SettingKey = keyof Config;

export const SETTINGS: { readonly [K in SettingKey]: Setting<Config[K]> } = {
  json: flag('--json', 'DOORLAB_JSON', 'one JSON object a line on stdout, for programs'),
  quiet: flag('--quiet', 'DOORLAB_QUIET', 'data and errors only'),
  verbose: flag('--verbose', 'DOORLAB_VERBOSE', 'debug log on stderr'),
  noInput: flag('--no-input', 'DOORLAB_NO_INPUT', 'never ask: a question becomes an error'),
  timeout: {
    flag: '--timeout <seconds>',
    env: 'DOORLAB_TIMEOUT',
    help: 'give up after so long (each command has its own default)',
    parse: parseSeconds,
    fallback: undefined,
  },
  radio: {
    flag: '--radio <kind>',
    env: 'DOORLAB_RADIO',
    help: 'virtual, adapter, ws://HOST:PORT, or h4:tcp:HOST:PORT, h4:unix:PATH, h4:serial:DEV[:BAUD]',
    parse: parseRadio,
    fallback: undefined,
  },
  adapter: {
    flag: '--adapter <n>',
    env: 'DOORLAB_ADAPTER',
    help: 'which adapter (hci number) for --radio adapter',
    parse: (text) => parseInteger(text, ADAPTER_MAX),
    fallback: undefined,
  },
  seed: {
    flag: '--seed <n>',
    env: 'DOORLAB_SEED',
    help: 'repeat the same simulated faults (radio serve, lock fault)',
    parse: (text) => parseInteger(text, SEED_MAX),
    fallback: undefined,
  },
  btsnoop: {
    flag: '--btsnoop <file>',
    env: 'DOORLAB_BTSNOOP',
    help: 'trace the packets of the radio into a new file, for btmon and Wireshark',
    parse: parseText,
    fallback: undefined,
  },
  cloud: {
    flag: '--cloud <url>',
    env: 'DOORLAB_CLOUD',
    help: 'where the cloud answers: https://, or http:// on this machine; with /api/v1 or without',
    parse: parseCloudUrl,
    fallback: undefined,
  },
  data: {
    flag: '--data <folder>',
    env: 'DOORLAB_DATA',
    help: 'where locks, keys, journals and databases are kept',
    parse: parseText,
    fallback: 'data',
  },
};

export const SETTING_KEYS = Object.keys(SETTINGS) as readonly SettingKey[];

/** As doorlab.yaml spells it. */
export const fileKeyOf = (key: SettingKey): string =>
  key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const ADAPTER_MAX = 255;
const SEED_MAX = 0xffff_ffff;
/** A day; what runs longer takes no timeout. */
const TIMEOUT_S_MAX = 86_400;

function flag(name: string, env: string, help: string): Setting<boolean> {
  return { flag: name, env, help, parse: parseBoolean, fallback: false };
}

function parseBoolean(text: string): boolean {
  if (['true', '1', 'yes'].includes(text)) return true;
  if (['false', '0', 'no', ''].includes(text)) return false;
  throw problem(`expected true or false, not "${text}"`);
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (text.trim() === '' || !(seconds > 0 && seconds <= TIMEOUT_S_MAX))
    throw problem(`expected seconds, more than 0 and at most ${TIMEOUT_S_MAX}, not "${text}"`);
  return seconds;
}

function parseInteger(text: string, max: number): number {
  if (!/^\d{1,10}$/.test(text) || Number(text) > max)
    throw problem(`expected a whole number from 0 to ${max}, not "${text}"`);
  return Number(text);
}

function parseRadio(text: string): RadioChoice {
  if (text === 'virtual' || text === 'adapter') return { kind: text };
  const url = text.startsWith('ws:ws') ? text.slice('ws:'.length) : text;
  if (/^wss?:\/\//.test(url) && URL.canParse(url)) return { kind: 'ws', url };
  const endpoint = text.startsWith('h4:') ? parseEndpoint(text.slice('h4:'.length)) : undefined;
  if (endpoint !== undefined) return { kind: 'h4', endpoint };
  const forms = 'virtual, adapter, ws://HOST:PORT, h4:tcp:HOST:PORT, h4:unix:PATH or h4:serial:DEV[:BAUD]';
  throw problem(`expected ${forms}, not "${text}"`);
}

const CLEARTEXT = '?cleartext=allowed';
/** In which the address ends that `cloud serve` prints; each route brings it along. Not the host of https://api/v1. */
const ROUTES = new RegExp(`(?<![:/])/*${API_BASE}$`);

/** Tokens and passwords go there: in clear to this machine alone, unless it is allowed in so many words. */
function parseCloudUrl(text: string): string {
  const isAllowed = text.endsWith(CLEARTEXT);
  const given = (isAllowed ? text.slice(0, -CLEARTEXT.length) : text).replace(/\/+$/, '');
  const base = given.replace(ROUTES, '');
  const url = /^https?:\/\//.test(base) && URL.canParse(base) ? new URL(base) : undefined;
  // As text: an empty query is one that URL does not show.
  if (url === undefined || /[?#]/.test(base))
    throw problem(`expected an address like https://doors.example.com, not "${text}"`);
  if (url.username !== '' || url.password !== '') throw problem('expected an address without a user in it');
  if (url.protocol === 'http:' && !isLoopback(url.hostname) && !isAllowed)
    throw problem(
      `http:// to ${url.hostname} would show token and password on the way: give https://, or end it in ${CLEARTEXT} where nobody listens`,
    );
  return base;
}

function parseText(text: string): string {
  if (text === '') throw problem('expected something, not nothing');
  return text;
}

const problem = (message: string): CliError => new CliError('USAGE', message);
