// The lock's small persistent values, each with its number, type and limit in one table; the type of the whole
// follows from it. A new value gets a new number; a number is never used again.
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

/** Every value with its name and lengths at their largest stays below this. */
export const SETTINGS_ENCODED_MAX_BYTES = 512;

const entries = Object.entries(SETTINGS) as [SettingName, NumberSetting | BytesSetting][];
const nameOfKey = new Map(entries.map(([name, setting]) => [setting.key, name]));

/** Nothing in it can be changed, so all locks share it. */
const NO_BYTES = new Uint8Array(0);

export const DEFAULT_SETTINGS: SettingsValues = Object.fromEntries(
  entries.map(([name, { kind }]) => [name, kind === 'u32' ? 0 : NO_BYTES]),
) as unknown as SettingsValues;

/** Key u8, length u16, value; in the order of the keys. Throws InvariantError for a value beyond its limit. */
export function encodeSettings(change: Partial<SettingsValues>): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [name, setting] of entries) {
    const value = change[name];
    if (value === undefined) continue;
    const encoded = typeof value === 'number' ? u32(value) : value;
    invariant(setting.kind === 'u32' || encoded.length <= setting.maxBytes, `${name} within its limit`);
    parts.push(Uint8Array.of(setting.key), u16(encoded.length), encoded);
  }
  return concat(...parts);
}

/** Undefined where it is not exactly an encoding. */
export function decodeSettings(input: Uint8Array): Partial<SettingsValues> | undefined {
  const change: Partial<Record<SettingName, number | Uint8Array>> = {};
  for (let at = 0; at < input.length;) {
    if (at + 3 > input.length) return undefined;
    const name = nameOfKey.get(input[at] ?? 0);
    const length = readU16(input, at + 1);
    const end = at + 3 + length;
    if (name === undefined || end > input.length) return undefined;
    const setting = SETTINGS[name];
    if (setting.kind === 'u32') {
      if (length !== 4) return undefined;
      change[name] = readU32(input, at + 3);
    } else {
      if (length > setting.maxBytes) return undefined;
      change[name] = length === 0 ? NO_BYTES : input.slice(at + 3, end);
    }
    at = end;
  }
  return change as Partial<SettingsValues>;
}
