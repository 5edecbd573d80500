// What each type of event says beside its time: one table of named fields, from which the type and both directions
// follow. At most 58 bytes; never a code, a key or a name. WIRE 13.2.
import { readU16, readU32, writeU16, writeU32 } from '../bytes.ts';
import { invariant } from '../errors.ts';
import { asDoorId, DOOR_ID_BYTES, type DoorId } from '../ids.ts';
import { EVENT_DATA_MAX_BYTES } from '../limits.ts';
import { refusalNumbers, type RefusalCode } from '../sync/refusals.ts';
import { tripleBytes, type Triple } from '../triple.ts';
import {
  EVENT_CAUSES,
  EVENT_CREDENTIALS,
  EVENT_REASONS,
  EVENT_TYPES,
  eventTypeOf,
  type EventType,
} from './event-types.ts';

interface FieldCodec<T> {
  readonly bytes: number;
  write(out: Uint8Array, at: number, value: T): void;
  /** Undefined for a number that came later than this code. */
  read(data: Uint8Array, at: number): T | undefined;
}

const u8: FieldCodec<number> = {
  bytes: 1,
  write(out, at, value) {
    invariant(Number.isInteger(value) && value >= 0 && value <= 0xff, 'a u8 in range');
    out[at] = value;
  },
  read: (data, at) => data[at],
};
const u16: FieldCodec<number> = { bytes: 2, write: writeU16, read: readU16 };
const u32: FieldCodec<number> = { bytes: 4, write: writeU32, read: readU32 };

const triple: FieldCodec<Triple> = {
  bytes: 12,
  write: (out, at, value) => out.set(tripleBytes(value), at),
  read: (data, at) => ({
    ownershipEpoch: readU32(data, at),
    keyEpoch: readU32(data, at + 4),
    tableVersion: readU32(data, at + 8),
  }),
};

const doorId: FieldCodec<DoorId> = {
  bytes: DOOR_ID_BYTES,
  write: (out, at, value) => out.set(value, at),
  read: (data, at) => asDoorId(data.subarray(at, at + DOOR_ID_BYTES)),
};

function named<N extends string>(numbers: Readonly<Record<N, number>>): FieldCodec<N> {
  const entries = Object.entries(numbers) as [N, number][];
  return {
    bytes: 1,
    write(out, at, value) {
      out[at] = numbers[value];
    },
    read: (data, at) => entries.find(([, number]) => number === data[at])?.[0],
  };
}

const decision = {
  reason: named(EVENT_REASONS),
  credential: named(EVENT_CREDENTIALS),
  /** Of the row that decided, or the slot of a daily code; 0 where nothing was recognised. */
  credentialId: u32,
  /** 0 without a table. */
  tableVersion: u32,
};
const move = { cause: named(EVENT_CAUSES) };
const ownership = { ownershipEpoch: u32 };
const firmware = { firmware: u32 };

const EVENT_FIELDS = {
  gap: { from: u32, to: u32, reasons: u8 },
  booted: { triple },
  flashReplaced: {},
  tableCommitted: { triple },
  opened: decision,
  refused: decision,
  activated: { doorId },
  alarm: { code: named<RefusalCode>(refusalNumbers), triple },
  /** `alarm`: 1 where the lockout profile raises one with this wait. */
  lockedOut: { failures: u32, seconds: u32, alarm: u8 },
  lockoutEnded: move,
  boltJammed: { tries: u8 },
  doorAjar: { openSeconds: u32 },
  doorForced: {},
  ajarEnded: { openSeconds: u32 },
  batteryLow: { percent: u8 },
  batteryEmpty: { percent: u8 },
  /** At `monotonicS` of this boot it was `timeS`: dates the rows that were written without a clock. */
  clockSet: { monotonicS: u32, timeS: u32, uncertaintyS: u16 },
  /** At `monotonicS` of this boot it showed the row's own time, from which the rows after it are counted on. */
  clockLost: { monotonicS: u32 },
  deactivated: ownership,
  reset: ownership,
  released: ownership,
  keySetAdopted: { number: u32 },
  firmwareStaged: firmware,
  firmwareTrial: firmware,
  firmwareConfirmed: firmware,
  /** From what was tried to what runs now. */
  firmwareFellBack: { from: u32, to: u32 },
  tampered: {},
  privacyThrown: {},
  privacyReleased: {},
  manualUnlock: move,
  holdOpenStarted: {},
  holdOpenEnded: {},
  boltLocked: move,
  boltUnlocked: move,
  /** A count of 0: from here on only counted until the budget's day is over. */
  rowsCounted: { ofType: named<EventType>(EVENT_TYPES), count: u32 },
} as const satisfies Readonly<Record<EventType, object>>;

type Fields = typeof EVENT_FIELDS;
type ValueOf<C> = C extends { read(data: Uint8Array, at: number): infer T } ? Exclude<T, undefined> : never;

/** The named fields of one type of event. */
export type EventData<T extends EventType> = {
  readonly [F in keyof Fields[T]]: ValueOf<Fields[T][F]>;
};
export type LockEvent = { readonly [T in EventType]: { readonly type: T } & EventData<T> }[EventType];

const fieldsOf = (type: EventType): [string, FieldCodec<unknown>][] =>
  Object.entries(EVENT_FIELDS[type] as unknown as Record<string, FieldCodec<unknown>>);

const bytesOf = (type: EventType): number => fieldsOf(type).reduce((sum, [, { bytes }]) => sum + bytes, 0);

/** At most EVENT_DATA_MAX_BYTES. */
export const encodeEventData = <T extends EventType>(type: T, values: EventData<T>): Uint8Array =>
  encodeFields(type, values);

export const encodeEvent = (event: LockEvent): Uint8Array => encodeFields(event.type, event);

function encodeFields(type: EventType, values: object): Uint8Array {
  const data = new Uint8Array(bytesOf(type));
  invariant(data.length <= EVENT_DATA_MAX_BYTES, `the fields of ${type} within their limit`);
  let at = 0;
  for (const [name, codec] of fieldsOf(type)) {
    codec.write(data, at, (values as Readonly<Record<string, unknown>>)[name]);
    at += codec.bytes;
  }
  return data;
}

/** Undefined for a type, a length or a number within that this code does not know: such a row is kept as bytes. */
export function decodeEvent(typeNumber: number, data: Uint8Array): LockEvent | undefined {
  const type = eventTypeOf(typeNumber);
  if (type === undefined || data.length !== bytesOf(type)) return undefined;
  const event: Record<string, unknown> = { type };
  let at = 0;
  for (const [name, codec] of fieldsOf(type)) {
    const value = codec.read(data, at);
    if (value === undefined) return undefined;
    event[name] = value;
    at += codec.bytes;
  }
  return event as LockEvent;
}
