// The lock's small persistent values, each with its number, type and limit in one table; the type of the whole
// follows from it. A new value gets a new number; a number is never used again, so one that is not known here is a
// newer firmware's, and is kept for it byte by byte.
import { concat, readU16, readU32, u16, u32 } from '#protocol/bytes.ts';
import { invariant } from '#protocol/errors.ts';
import { DAILY_SLOTS_MAX } from '#protocol/limits.ts';

interface NumberSetting {
  readonly key: number;
  readonly kind: 'u32';
}

interface BytesSetting {
  readonly key: number;
  readonly kind: 'bytes';
  readonly maxBytes: number;
}

const number = (key: number): NumberSetting => ({ key, kind: 'u32' });
const bytes = (key: number, maxBytes: number): BytesSetting => ({ key, kind: 'bytes', maxBytes });

const SETTINGS = {
  bootCount: number(1),
  /** UTC seconds below which time is never believed to be. */
  clockFloorS: number(2),
  /** Tables committed before this settings number do not count: an older flash was noticed then. */
  tableBarrier: number(3),
  /** Event rows up to this number may go. */
  eventsAcknowledged: number(4),
  /** No event row has a number above this. */
  eventsReserved: number(5),
  /** Numbers up to this may have been used on a flash that was replaced by an older one. */
  eventsSkipTo: number(6),
  /** Wrong entries since the last right one, the one under way included. */
  lockoutFailures: number(7),
  /** Of the wait that follows, and is not yet served; 0 = none. */
  lockoutWaitS: number(8),
  /** The daily-code epoch and local day that `burnedSlots` is about; `burnedOwnership` goes with them. */
  burnedEpoch: number(9),
  burnedDay: number(10),
  /** One bit a slot, as the head numbers them; set = used. */
  burnedSlots: bytes(11, Math.ceil(DAILY_SLOTS_MAX / 8)),
  /** UTC seconds. The last trusted time, for back-dating and for a clock that was lost. */
  lastTrustedS: number(12),
  /** The key set under which `clockFloorS` was raised last by signed time. */
  clockFloorKeyEpoch: number(13),
  /** 1 once the clock was seen to jump, until it is set: a cut of the power must not make it believed again. */
  clockJumped: number(14),
  /** What the log was told of the ownership last: its epoch while activated, else 0; and the key set, 0 = none. */
  toldEpoch: number(15),
  toldKeySet: number(16),
  burnedOwnership: number(21),
  /** The `tableBarrier` since which lockout and burned codes have been told that they forgot. */
  accessBarrier: number(22),
  /** Event rows up to this number were an earlier owner's: told to nobody. */
  eventsDisowned: number(30),
  /** The image that passed its trial last, as image-record.ts has it; empty = the built-in one. */
  firmwareConfirmed: bytes(40, 41),
  /** The image that waits for its trial or stands it; empty = none. */
  firmwareTrial: bytes(41, 42),
  /** Trials of late that ended unconfirmed, as failed-trials.ts has them; empty = none. */
  firmwareFailed: bytes(42, 9),
} as const;

type Settings = typeof SETTINGS;
export type SettingName = keyof Settings;
export type SettingsValues = {
  readonly [N in SettingName]: Settings[N]['kind'] extends 'u32' ? number : Uint8Array;
};

/** Every value of this firmware with its name and lengths at their largest stays below this. */
export const SETTINGS_ENCODED_MAX_BYTES = 512;
/** And those of all firmwares to come below this, so that any of them can be gone back from: a block holds it all. */
export const SETTINGS_RECORDED_MAX_BYTES = 2_048;

const settings = Object.entries(SETTINGS) as [SettingName, NumberSetting | BytesSetting][];
const settingOfKey = new Map(settings.map(([, setting]) => [setting.key, setting]));

/** Nothing in it can be changed, so all locks share it. */
const NO_BYTES = new Uint8Array(0);

export const DEFAULT_SETTINGS: SettingsValues = Object.fromEntries(
  settings.map(([name, { kind }]) => [name, kind === 'u32' ? 0 : NO_BYTES]),
) as unknown as SettingsValues;

/** What is recorded, by key: also what only a newer firmware has a name for. What is not recorded has its default. */
export type SettingsEntries = ReadonlyMap<number, Uint8Array>;

/** Throws InvariantError for a value beyond its limit. */
export function entriesOf(change: Partial<SettingsValues>): SettingsEntries {
  const entries = new Map<number, Uint8Array>();
  for (const [name, setting] of settings) {
    const value = change[name];
    if (value === undefined) continue;
    const bytesOfValue = typeof value === 'number' ? u32(value) : value;
    invariant(setting.kind === 'u32' || bytesOfValue.length <= setting.maxBytes, `${name} within its limit`);
    entries.set(setting.key, bytesOfValue);
  }
  return entries;
}

export function valuesOf(entries: SettingsEntries): SettingsValues {
  if (entries.size === 0) return DEFAULT_SETTINGS;
  return Object.fromEntries(
    settings.map(([name, { key, kind }]) => {
      const value = entries.get(key);
      if (value === undefined) return [name, DEFAULT_SETTINGS[name]];
      if (kind === 'u32') return [name, readU32(value, 0)];
      return [name, value.length === 0 ? NO_BYTES : value.slice()];
    }),
  ) as unknown as SettingsValues;
}

/** Key u8, length u16, value; in the order of the keys, so that what is recorded has one spelling. */
export function encodeEntries(entries: SettingsEntries): Uint8Array {
  const ordered = [...entries].sort(([a], [b]) => a - b);
  return concat(...ordered.flatMap(([key, value]) => [Uint8Array.of(key), u16(value.length), value]));
}

/** Undefined where it is not exactly an encoding, or a value that this firmware knows is none. */
export function decodeEntries(input: Uint8Array): SettingsEntries | undefined {
  if (input.length > SETTINGS_RECORDED_MAX_BYTES) return undefined;
  const entries = new Map<number, Uint8Array>();
  for (let at = 0; at < input.length;) {
    if (at + 3 > input.length) return undefined;
    const key = input[at] ?? 0;
    const length = readU16(input, at + 1);
    const end = at + 3 + length;
    if (end > input.length || !fits(settingOfKey.get(key), length)) return undefined;
    entries.set(key, input.subarray(at + 3, end));
    at = end;
  }
  return entries;
}

function fits(setting: NumberSetting | BytesSetting | undefined, length: number): boolean {
  if (setting === undefined) return true;
  return setting.kind === 'u32' ? length === 4 : length <= setting.maxBytes;
}
