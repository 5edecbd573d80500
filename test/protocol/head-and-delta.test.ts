// The head has one spelling for each meaning and says which limit is broken; a delta leads from an exact base to
// the table of the full set, or nowhere.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeHex } from '#protocol/bytes.ts';
import { HEAD_MAX_BYTES, SCHEDULES_MAX } from '#protocol/limits.ts';
import { nodeEngine as engine } from '#protocol/node/node-engine.ts';
import { hashTable } from '#protocol/table/chunks.ts';
import { applyDelta, decodeDelta, encodeDelta, type Delta } from '#protocol/table/delta.ts';
import { decodeHead, encodeHead, plainHead, type Head } from '#protocol/table/head.ts';
import { encodeRow, sortRows } from '#protocol/table/rows.ts';
import { aRow } from '../builders/arbitraries.ts';
import { aLock } from '../builders/lock.ts';
import { holds } from '../builders/seeded-property.ts';
import { aDoorcodeRow } from '../builders/signed-set.ts';
import { codeOf } from './refusal.ts';

const head = plainHead(new Uint8Array(16).fill(1));
const window = { days: 0xff, startMinute: 1_439, endMinute: 1_438 };
const ascending = (count: number): number[] =>
  Array.from({ length: count }, (_, i) => 0xffff_fff0 - count + i);

describe('the largest head', () => {
  it('with every list at its limit fits chunk 0', () => {
    const largest: Head = {
      ...head,
      schedules: Array.from({ length: 64 }, () => [window, window, window, window]),
      zone: {
        offsetS: -57_600,
        transitions: ascending(20).map((atS) => ({ atS, offsetS: -57_600 })),
      },
      holidays: ascending(64),
      daily: {
        epoch: 0xffff_ffff,
        dailySlots: 1_500,
        singleUseSlots: 0,
        bars: new Uint8Array(188).fill(0x0f),
      },
    };
    const encoded = encodeHead(largest);
    expect(encoded.length).toBeLessThanOrEqual(HEAD_MAX_BYTES);
    expect(decodeHead(encoded)).toEqual(largest);
  });

  it.each([
    ['schedules', { schedules: Array.from({ length: SCHEDULES_MAX + 1 }, () => []) }],
    ['schedules', { schedules: [[window, window, window, window, window]] }],
    ['holidays', { holidays: ascending(65) }],
    ['transitions', { zone: { offsetS: 0, transitions: ascending(21).map((atS) => ({ atS, offsetS: 0 })) } }],
    ['slots', { daily: { epoch: 0, dailySlots: 800, singleUseSlots: 701, bars: new Uint8Array(188) } }],
  ])('beyond a limit is refused and the error names it: %s', (name, over) => {
    expect(codeOf(() => encodeHead({ ...head, ...over }))).toBe('LIMIT_EXCEEDED');
    expect(() => encodeHead({ ...head, ...over })).toThrow(name);
  });
});

describe('a head that could be spelled in another way', () => {
  it.each([
    ['holidays out of order', { holidays: [2, 1] }, 'NOT_SORTED'],
    ['a holiday twice', { holidays: [1, 1] }, 'NOT_SORTED'],
    [
      'transitions out of order',
      { zone: { offsetS: 0, transitions: [{ atS: 2, offsetS: 0 }, { atS: 1, offsetS: 0 }] } }, // prettier-ignore
      'NOT_SORTED',
    ],
    [
      'a bar too few',
      { daily: { epoch: 0, dailySlots: 9, singleUseSlots: 0, bars: new Uint8Array(1) } },
      'WRONG_LENGTH',
    ],
    [
      'a bar behind the last slot',
      { daily: { epoch: 0, dailySlots: 3, singleUseSlots: 0, bars: Uint8Array.of(8) } },
      'BAD_PADDING',
    ],
    ['a window on no day', { schedules: [[{ ...window, days: 0 }]] }, 'OUT_OF_RANGE'],
    ['minute 1,440', { schedules: [[{ ...window, endMinute: 1_440 }]] }, 'OUT_OF_RANGE'],
    ['an offset of a day', { zone: { offsetS: 86_400, transitions: [] } }, 'OUT_OF_RANGE'],
  ] as const)('is refused: %s', (_, over, code) => {
    expect(codeOf(() => encodeHead({ ...head, ...over }))).toBe(code);
  });
});

const lock = aLock();
const row = (digits: string, id: number): Uint8Array => encodeRow(aDoorcodeRow(lock, digits, id));
const base = {
  headBytes: encodeHead(head),
  rows: sortRows([row('1111', 1), row('2222', 2), row('3333', 3)]),
};

const someTable = fc.uniqueArray(aRow.map(encodeRow), { maxLength: 40, selector: encodeHex }).map(sortRows);

describe('a delta', () => {
  it('between any two tables leads to the very hash of the target', () => {
    holds(
      fc.property(someTable, someTable, fc.boolean(), (kept, added, newHead) => {
        const from = { headBytes: base.headBytes, rows: sortRows([...kept]) };
        const removed = from.rows.filter((_, i) => i % 3 === 0);
        const rest = from.rows.filter((_, i) => i % 3 !== 0);
        const fresh = added.filter((r) => !rest.some((other) => encodeHex(other) === encodeHex(r)));
        const headBytes = newHead ? encodeHead({ ...head, holidays: [1] }) : null;
        const delta: Delta = { headBytes, removed, added: fresh };
        const target = sortRows([...rest, ...fresh]);
        const result = applyDelta(from, decodeDelta(encodeDelta(delta)));
        const expected = hashTable(engine, headBytes ?? base.headBytes, target);
        expect(hashTable(engine, result.headBytes, result.rows)).toEqual(expected);
      }),
    );
  });

  const delta: Delta = { headBytes: null, removed: [], added: [] };

  it.each([
    ['removes a row that is not in the base', { removed: [row('9999', 9)] }, 'TABLE_MISMATCH'],
    ['adds a row that is there already', { added: [base.rows[0]!] }, 'TABLE_MISMATCH'],
    [
      'adds a ninth row of one verifier',
      { added: sortRows(Array.from({ length: 8 }, (_, i) => row('1111', 10 + i))) },
      'GROUP_TOO_LARGE',
    ],
  ] as const)('that %s is refused', (_, over, code) => {
    expect(codeOf(() => applyDelta(base, { ...delta, ...over }))).toBe(code);
  });

  it('that removes a row and adds it again changes nothing', () => {
    const again = [base.rows[1]!];
    expect(applyDelta(base, { ...delta, removed: again, added: again })).toEqual(base);
  });

  it('with rows out of order or above one chunk is neither made nor taken', () => {
    expect(codeOf(() => encodeDelta({ ...delta, added: [...base.rows].reverse() }))).toBe('NOT_SORTED');
    const many = sortRows(Array.from({ length: 121 }, (_, i) => row(String(10_000 + i), i)));
    expect(codeOf(() => encodeDelta({ ...delta, added: many }))).toBe('LIMIT_EXCEEDED');
    expect(codeOf(() => decodeDelta(new Uint8Array(4_081)))).toBe('TOO_LARGE');
  });
});
