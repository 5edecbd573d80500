// The head of a table: what all rows share. Deterministic CBOR in chunk 0. A lock needs no zone database: the
// head carries the offsets of at least five years. WIRE 6.1.
import {
  array,
  bool,
  bytes,
  decodeWith,
  encodeWith,
  field,
  int,
  literal,
  nullable,
  struct,
  u32,
} from '../cbor/codec.ts';
import {
  DAILY_SLOTS_MAX,
  HEAD_MAX_BYTES,
  HOLIDAYS_MAX,
  SCHEDULES_MAX,
  WINDOWS_PER_SCHEDULE_MAX,
  ZONE_TRANSITIONS_MAX,
} from '../limits.ts';
import { bitmapBytes, getBit } from '../bitmap.ts';
import { refuseUnless } from '../wire-error.ts';

const FORMAT = 1;
export const SALT_BYTES = 16;
const OFFSET_MAX_S = 16 * 3_600;

export interface ScheduleWindow {
  /** Bit 0 = Monday ... bit 6 = Sunday; bit 7 = holidays. */
  readonly days: number;
  /** Minutes of the local day, both inclusive; an end before the start runs past midnight. */
  readonly startMinute: number;
  readonly endMinute: number;
}

export interface ZoneTransition {
  readonly atS: number;
  readonly offsetS: number;
}

export interface HoldOpenPolicy {
  /** Number of a schedule of this head, from 1 on. */
  readonly schedule: number;
  /** Holding begins with the first credential that opens within the window. */
  readonly needsFirstUnlock: boolean;
  /** Holidays are no days of it, whatever the windows say. */
  readonly exceptHolidays: boolean;
}

export interface Head {
  readonly format: typeof FORMAT;
  /** Drawn when the head changes, otherwise kept: a version has exactly one hash. */
  readonly salt: Uint8Array;
  readonly schedules: readonly (readonly ScheduleWindow[])[];
  readonly zone: { readonly offsetS: number; readonly transitions: readonly ZoneTransition[] };
  /** Local days since 1970-01-01. */
  readonly holidays: readonly number[];
  readonly daily: {
    readonly epoch: number;
    readonly dailySlots: number;
    readonly singleUseSlots: number;
    /** One bit a slot, daily ones first: set = barred. */
    readonly bars: Uint8Array;
  };
  readonly policies: {
    readonly lockoutProfile: number;
    /** Seconds a latch or relay stays released. */
    readonly unlockSeconds: number;
    /** When a reader holds its door open; null for never. */
    readonly holdOpen: HoldOpenPolicy | null;
  };
}

const minute = int(0, 1_439);
const offset = int(-OFFSET_MAX_S, OFFSET_MAX_S);

const headCodec = struct<Head>({
  format: field(1, literal(FORMAT)),
  salt: field(2, bytes(SALT_BYTES)),
  schedules: field(
    3,
    array(
      array(
        struct<ScheduleWindow>({
          days: field(1, int(1, 0xff)),
          startMinute: field(2, minute),
          endMinute: field(3, minute),
        }),
        WINDOWS_PER_SCHEDULE_MAX,
      ),
      SCHEDULES_MAX,
    ),
  ),
  zone: field(
    4,
    struct<Head['zone']>({
      offsetS: field(1, offset),
      transitions: field(
        2,
        array(
          struct<ZoneTransition>({ atS: field(1, u32), offsetS: field(2, offset) }),
          ZONE_TRANSITIONS_MAX,
        ),
      ),
    }),
  ),
  holidays: field(5, array(u32, HOLIDAYS_MAX)),
  daily: field(
    6,
    struct<Head['daily']>({
      epoch: field(1, u32),
      dailySlots: field(2, int(0, DAILY_SLOTS_MAX)),
      singleUseSlots: field(3, int(0, DAILY_SLOTS_MAX)),
      bars: field(4, bytes(0, Math.ceil(DAILY_SLOTS_MAX / 8))),
    }),
  ),
  policies: field(
    7,
    struct<Head['policies']>({
      lockoutProfile: field(1, int(0, 3)),
      unlockSeconds: field(2, int(1, 60)),
      holdOpen: field(
        3,
        nullable(
          struct<HoldOpenPolicy>({
            schedule: field(1, int(1, SCHEDULES_MAX)),
            needsFirstUnlock: field(2, bool),
            exceptHolidays: field(3, bool),
          }),
        ),
      ),
    }),
  ),
});

/** Throws LIMIT_EXCEEDED where the head would not fit chunk 0, another WireError where no lock would take it. */
export function encodeHead(head: Head): Uint8Array {
  requireConsistent(head);
  const encoded = encodeWith(headCodec, head, 'head');
  refuseUnless(
    encoded.length <= HEAD_MAX_BYTES,
    'LIMIT_EXCEEDED',
    `schedules, holidays and daily codes take ${encoded.length} bytes; ${HEAD_MAX_BYTES} fit`,
  );
  return encoded;
}

export function decodeHead(input: Uint8Array): Head {
  const head = decodeWith(headCodec, input, HEAD_MAX_BYTES, 'head');
  requireConsistent(head);
  return head;
}

/** One spelling for each meaning: a version has exactly one hash, and an offset is looked up in one way. */
function requireConsistent(head: Head): void {
  const { dailySlots, singleUseSlots, bars } = head.daily;
  const slots = dailySlots + singleUseSlots;
  refuseUnless(slots <= DAILY_SLOTS_MAX, 'LIMIT_EXCEEDED', 'too many daily slots');
  refuseUnless(bars.length === bitmapBytes(slots), 'WRONG_LENGTH', 'not one bar a daily slot');
  for (let bit = slots; bit < bars.length * 8; bit++) {
    refuseUnless(!getBit(bars, bit), 'BAD_PADDING', 'a bar behind the last daily slot');
  }
  const { holdOpen } = head.policies;
  const isKnown = holdOpen === null || holdOpen.schedule <= head.schedules.length;
  refuseUnless(isKnown, 'OUT_OF_RANGE', 'a hold-open schedule that the head does not have');
  requireAscending(head.holidays, 'holidays');
  requireAscending(
    head.zone.transitions.map(({ atS }) => atS),
    'zone transitions',
  );
}

function requireAscending(values: readonly number[], name: string): void {
  for (let i = 1; i < values.length; i++) {
    refuseUnless((values[i - 1] as number) < (values[i] as number), 'NOT_SORTED', `${name} out of order`);
  }
}

/** A head without schedules, holidays and daily codes, in UTC. */
export const plainHead = (salt: Uint8Array): Head => ({
  format: FORMAT,
  salt,
  schedules: [],
  zone: { offsetS: 0, transitions: [] },
  holidays: [],
  daily: { epoch: 0, dailySlots: 0, singleUseSlots: 0, bars: new Uint8Array(0) },
  policies: { lockoutProfile: 0, unlockSeconds: 10, holdOpen: null },
});
