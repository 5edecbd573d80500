// The table: packing is greedy and whole by groups, the check takes exactly what packing makes, the limits fit
// each other, and a head or row without a meaning never gets as far as a commit.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareBytes, concat, equalBytes, readU16, writeU16 } from '#protocol/bytes.ts';
import type { WireErrorCode } from '#protocol/wire-error.ts';
import { CHUNKS_MAX, MANIFEST_MAX_BYTES, ROWS_MAX, ROWS_PER_CHUNK, ROW_BYTES } from '#protocol/limits.ts';
import { nodeEngine as engine } from '#protocol/node/node-engine.ts';
import { parseManifest } from '#protocol/signed/manifest.ts';
import { firstVerifier, hashTable, packTable, rowsOfChunk, TableCheck } from '#protocol/table/chunks.ts';
import { encodeHead, plainHead } from '#protocol/table/head.ts';
import { makeFullPackage } from '#protocol/table/package.ts';
import { encodeRow, sameVerifier, sortRows, verifierOf } from '#protocol/table/rows.ts';
import { aKeySet } from '../builders/key-set.ts';
import { aLock } from '../builders/lock.ts';
import { holds } from '../builders/seeded-property.ts';
import { codeOf } from './refusal.ts';

const lock = aLock();
const headBytes = encodeHead(plainHead(new Uint8Array(16).fill(7)));

/** A row by its group: equal groups are equal verifiers. */
function rowOf(group: number, credentialId: number): Uint8Array {
  const verifier = new Uint8Array(16);
  writeU16(verifier, 0, group);
  return encodeRow({
    verifier,
    credentialId,
    kind: 'doorcode',
    isGuest: false,
    schedule: 0,
    startS: 0,
    endS: 1,
  });
}

/** Groups of 1 to 8 rows, mostly large ones: the hard case for packing. */
const someRows = fc
  .array(fc.constantFrom(1, 2, 3, 7, 8, 8, 8), { minLength: 0, maxLength: 150, size: 'max' })
  .map((sizes) =>
    sortRows(sizes.flatMap((size, group) => Array.from({ length: size }, (_, id) => rowOf(group, id)))),
  );

function checkTable(chunks: readonly Uint8Array[], rows: readonly Uint8Array[]): WireErrorCode | undefined {
  return codeOf(() => {
    const check = new TableCheck(engine);
    for (const chunk of chunks) check.addChunk(chunk);
    check.finish({ ...hashTable(engine, headBytes, rows), rowCount: rows.length });
  });
}

const rowCountOf = (chunk: Uint8Array): number => readU16(chunk, 0);
const groupAt = (rows: readonly Uint8Array[], start: number): number => {
  let end = start;
  while (end < rows.length && sameVerifier(rows[start]!, rows[end]!)) end++;
  return end - start;
};

describe('packing', () => {
  it('keeps every row, in order, and the check takes what it made', () => {
    holds(
      fc.property(someRows, (rows) => {
        const chunks = packTable(headBytes, rows);
        expect(concat(...chunks.slice(1).map(rowsOfChunk))).toEqual(concat(...rows));
        expect(checkTable(chunks, rows)).toBeUndefined();
      }),
      40,
    );
  });

  it('is greedy and splits no group: the next group would not have fitted', () => {
    holds(
      fc.property(someRows, (rows) => {
        let at = 0;
        for (const chunk of packTable(headBytes, rows).slice(1)) {
          const end = at + rowCountOf(chunk);
          if (end < rows.length) {
            expect(sameVerifier(rows[end - 1]!, rows[end]!)).toBe(false);
            expect(rowCountOf(chunk) + groupAt(rows, end)).toBeGreaterThan(ROWS_PER_CHUNK);
          }
          at = end;
        }
        expect(at).toBe(rows.length);
      }),
      60,
    );
  });

  it('lets a lookup find the one chunk of a verifier by the first verifiers alone', () => {
    holds(
      fc.property(someRows, fc.nat(), (rows, pick) => {
        fc.pre(rows.length > 0);
        const chunks = packTable(headBytes, rows).slice(1);
        const wanted = verifierOf(rows[pick % rows.length]!);
        const holding = chunks.filter((chunk) => {
          const bytes = rowsOfChunk(chunk);
          return Array.from({ length: bytes.length / ROW_BYTES }, (_, i) =>
            bytes.subarray(i * ROW_BYTES),
          ).some((row) => equalBytes(verifierOf(row), wanted));
        });
        const found = chunks.filter((chunk) => compareBytes(firstVerifier(chunk), wanted) <= 0).at(-1);
        expect(holding).toEqual([found]);
      }),
      30,
    );
  });

  it('of 3,000 distinct rows makes 24 chunks and the head', () => {
    const rows = Array.from({ length: 3_000 }, (_, i) => rowOf(i, 1));
    expect(packTable(headBytes, rows)).toHaveLength(25);
  });

  it('refuses what it cannot pack, instead of going on for ever', () => {
    const equal = Array.from({ length: 300 }, (_, id) => rowOf(1, id));
    expect(codeOf(() => packTable(headBytes, equal))).toBe('GROUP_TOO_LARGE');
    expect(codeOf(() => packTable(headBytes, [rowOf(2, 1), rowOf(1, 1)]))).toBe('NOT_SORTED');
    expect(codeOf(() => packTable(headBytes, [rowOf(1, 1), rowOf(1, 1)]))).toBe('NOT_SORTED');
    expect(codeOf(() => packTable(new Uint8Array(4_079), []))).toBe('LIMIT_EXCEEDED');
  });
});

describe('the largest table', () => {
  const rows = Array.from({ length: ROWS_MAX }, (_, i) => rowOf(i, 1));
  const set = {
    lockId: lock.lockId,
    lockSealingKey: lock.sealingKey,
    triple: { ownershipEpoch: 0xffff_ffff, keyEpoch: 0xffff_ffff, tableVersion: 0xffff_ffff },
    headBytes: new Uint8Array(4_078),
    rows,
    minimumFirmware: 0xffff_ffff,
  };

  it('is 14,097 rows in 112 chunks, and its manifest stays within its limit', () => {
    expect(ROWS_MAX).toBe(14_097);
    const made = makeFullPackage(engine, aKeySet().table, new Uint8Array(32).fill(9), set);
    expect(made.chunks).toHaveLength(CHUNKS_MAX);
    expect(made.manifestBytes.length).toBeLessThanOrEqual(MANIFEST_MAX_BYTES);
    expect(parseManifest(made.manifestBytes, lock.lockId).manifest.rowCount).toBe(ROWS_MAX);
  });

  it('has no room for one row more, nor for fewer rows whose groups leave a 113th chunk', () => {
    expect(codeOf(() => packTable(headBytes, [...rows, rowOf(0xffff, 2)]))).toBe('LIMIT_EXCEEDED');
    // Groups of eight fill a chunk with 120 rows of 127: 112 row chunks and the head.
    const groups = Array.from({ length: 112 * 15 }, (_, g) =>
      Array.from({ length: 8 }, (_, id) => rowOf(g, id)),
    );
    expect(groups.flat().length).toBeLessThan(ROWS_MAX);
    expect(codeOf(() => packTable(headBytes, groups.flat()))).toBe('LIMIT_EXCEEDED');
    expect(packTable(headBytes, groups.slice(15).flat())).toHaveLength(CHUNKS_MAX);
  });
});

describe('the check of a table', () => {
  const rows = sortRows(Array.from({ length: 300 }, (_, i) => rowOf(i >> 1, i)));
  const chunks = packTable(headBytes, rows);

  it('takes the chunks as packed', () => {
    expect(checkTable(chunks, rows)).toBeUndefined();
  });

  it.each([
    ['two chunks swapped', [chunks[0]!, chunks[2]!, chunks[1]!, chunks[3]!], 'NOT_SORTED'],
    ['a chunk twice', [...chunks, chunks[3]!], 'NOT_SORTED'],
    ['the last chunk missing', chunks.slice(0, -1), 'TABLE_MISMATCH'],
    ['the head alone', chunks.slice(0, 1), 'TABLE_MISMATCH'],
    ['no head', chunks.slice(1), 'BAD_PADDING'],
    ['the head twice', [chunks[0]!, ...chunks], 'OUT_OF_RANGE'],
    ['a chunk of another length', [chunks[0]!, chunks[1]!.subarray(1)], 'WRONG_LENGTH'],
  ] as const)('refuses %s', (_, changed, code) => {
    expect(checkTable(changed, rows)).toBe(code);
  });

  const rewritten = (change: (list: Uint8Array[]) => Uint8Array[]): WireErrorCode | undefined => {
    const list = change([...rows]);
    const chunk = new Uint8Array(4_080);
    const part = list.slice(0, 100);
    writeU16(chunk, 0, part.length);
    part.forEach((row, i) => chunk.set(row, 2 + i * ROW_BYTES));
    return checkTable([chunks[0]!, chunk], rows.slice(0, 100));
  };

  it('refuses rows swapped, doubled, dropped or put in', () => {
    expect(rewritten((list) => list)).toBeUndefined();
    expect(rewritten(([a, b, ...rest]) => [b!, a!, ...rest])).toBe('NOT_SORTED');
    expect(rewritten(([a, ...rest]) => [a!, a!, ...rest])).toBe('NOT_SORTED');
    expect(rewritten(([, ...rest]) => rest)).toBe('TABLE_MISMATCH');
    expect(rewritten((list) => sortRows([...list, rowOf(0, 9)]))).toBe('TABLE_MISMATCH');
    expect(rewritten((list) => list.slice(0, 99))).toBe('TABLE_MISMATCH');
  });

  it('refuses a ninth row of one verifier', () => {
    expect(rewritten(() => Array.from({ length: 8 }, (_, id) => rowOf(1, id)))).toBe('TABLE_MISMATCH');
    expect(rewritten(() => Array.from({ length: 9 }, (_, id) => rowOf(1, id)))).toBe('GROUP_TOO_LARGE');
  });

  const withByte = (at: number, value: number): WireErrorCode | undefined =>
    rewritten(([first, ...rest]) => {
      const changed = Uint8Array.from(first!);
      changed[at] = value;
      return [changed, ...rest];
    });

  it('refuses a row whose kind, flags or schedule mean nothing, before any hash', () => {
    expect(withByte(20, 9)).toBe('OUT_OF_RANGE');
    expect(withByte(21, 2)).toBe('OUT_OF_RANGE');
    expect(withByte(23, 1)).toBe('OUT_OF_RANGE');
  });

  it('refuses a head that no lock can read, though its hash is signed', () => {
    const bad = Uint8Array.of(0x80);
    const check = new TableCheck(engine);
    expect(codeOf(() => check.addChunk(packTable(bad, [])[0]!))).toBe('WRONG_TYPE');
  });

  it('refuses a count of no rows, of 128, and anything behind the last row', () => {
    const [, chunk] = packTable(headBytes, rows.slice(0, 10)) as [Uint8Array, Uint8Array];
    const changed = (at: number, value: number): WireErrorCode | undefined => {
      const copy = Uint8Array.from(chunk);
      copy[at] = value;
      return checkTable([chunks[0]!, copy], rows.slice(0, 10));
    };
    expect(changed(1, 10)).toBeUndefined();
    expect(changed(1, 0)).toBe('OUT_OF_RANGE');
    expect(changed(1, 128)).toBe('OUT_OF_RANGE');
    expect(changed(1, 9)).toBe('BAD_PADDING');
    expect(changed(1, 11), 'zeros are no row').toBe('OUT_OF_RANGE');
    expect(changed(4_079, 1)).toBe('BAD_PADDING');
  });
});
