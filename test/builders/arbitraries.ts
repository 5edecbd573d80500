// Values of the wire format for properties, with the integers at which CBOR changes its width drawn often.
import fc from 'fast-check';
import type { DoorId, Hash } from '#protocol/ids.ts';
import type { Head } from '#protocol/table/head.ts';
import type { Row } from '#protocol/table/rows.ts';
import type { Triple } from '#protocol/triple.ts';

const EDGES = [0, 1, 23, 24, 255, 256, 65_535, 65_536, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];

export const anInt = (min: number, max: number): fc.Arbitrary<number> =>
  fc.oneof(
    fc.integer({ min, max }),
    fc.constantFrom(...EDGES.filter((edge) => edge >= min && edge <= max), min),
  );

export const anU32 = anInt(0, 0xffff_ffff);
export const anU8 = anInt(0, 0xff);

export const someBytes = (minLength: number, maxLength = minLength): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength, maxLength, size: 'max' }).map((bytes) => Uint8Array.from(bytes));

export const aHash = someBytes(32) as fc.Arbitrary<Hash>;
export const aDoorId = someBytes(16) as fc.Arbitrary<DoorId>;
export const orNull = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.option(arbitrary, { nil: null });

export const aTriple: fc.Arbitrary<Triple> = fc.record({
  ownershipEpoch: anU32,
  keyEpoch: anU32,
  tableVersion: anU32,
});

export const aRow: fc.Arbitrary<Row> = fc.record({
  verifier: someBytes(16),
  credentialId: anU32,
  kind: fc.constantFrom('doorcode', 'keycard', 'app'),
  isGuest: fc.boolean(),
  schedule: anInt(0, 0xffff),
  startS: anU32,
  endS: anU32,
});

const minute = anInt(0, 1_439);
const offset = anInt(-57_600, 57_600);
const ascending = (maxLength: number): fc.Arbitrary<number[]> =>
  fc.uniqueArray(anU32, { maxLength, size: 'max' }).map((values) => values.sort((a, b) => a - b));

const aDaily: fc.Arbitrary<Head['daily']> = fc
  .record({ epoch: anU32, dailySlots: anInt(0, 750), singleUseSlots: anInt(0, 750) })
  .chain((counts) => {
    const slots = counts.dailySlots + counts.singleUseSlots;
    const rest = 0xff >> ((8 - (slots % 8)) % 8);
    return someBytes(Math.ceil(slots / 8)).map((bars) => {
      if (bars.length > 0) bars[bars.length - 1]! &= rest;
      return { ...counts, bars };
    });
  });

const aHoldOpen = fc.option(
  fc.record({ schedule: anInt(1, 64), needsFirstUnlock: fc.boolean(), exceptHolidays: fc.boolean() }),
  { nil: null },
);

const aHeadWithout = fc.record({
  format: fc.constant(1 as const),
  salt: someBytes(16),
  schedules: fc.array(
    fc.array(fc.record({ days: anInt(1, 255), startMinute: minute, endMinute: minute }), { maxLength: 4 }),
    { maxLength: 64 },
  ),
  zone: fc.record({
    offsetS: offset,
    transitions: ascending(20).chain((times) =>
      fc.tuple(...times.map((atS) => offset.map((offsetS) => ({ atS, offsetS })))),
    ),
  }),
  holidays: ascending(64),
  daily: aDaily,
  policies: fc.record({ lockoutProfile: anInt(0, 3), unlockSeconds: anInt(1, 60) }),
});

export const aHead: fc.Arbitrary<Head> = fc.tuple(aHeadWithout, aHoldOpen).map(([head, wish]) => {
  const count = head.schedules.length;
  const holdOpen = wish === null || count === 0 ? null : { ...wish, schedule: 1 + (wish.schedule % count) };
  return { ...head, policies: { ...head.policies, holdOpen } };
});
