// A delta merged chunk by chunk against a table made whole: the same chunks, whatever the two tables are, and a refusal
// for each result that is not the signed one.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { hashTable, packTable } from '#protocol/table/chunks.ts';
import { deltaBetween, type Delta, type TableContent } from '#protocol/table/delta.ts';
import { encodeHead, plainHead } from '#protocol/table/head.ts';
import { encodeRow, NO_END, sortRows } from '#protocol/table/rows.ts';
import { measureDelta, mergedChunks, type MergeBase } from '#lock-sim/storage/delta-merge.ts';
import { holds } from '#test/builders/seeded-property.ts';

const heads = [1, 2].map((fill) => encodeHead(plainHead(new Uint8Array(16).fill(fill))));

/** `verifier`: equal numbers share a group. */
function rowOf(verifier: number, credentialId: number): Uint8Array {
  const bytes = new Uint8Array(16);
  bytes.set([verifier >> 8, verifier & 0xff]);
  const rest = { kind: 'doorcode', isGuest: false, schedule: 0, startS: 0, endS: NO_END } as const;
  return encodeRow({ verifier: bytes, credentialId, ...rest });
}

const tableOf = (rows: readonly Uint8Array[], head = 0): TableContent => ({
  headBytes: heads[head]!,
  rows: sortRows(rows),
});

function baseOf(table: TableContent): MergeBase {
  const chunks = packTable(table.headBytes, table.rows);
  return { chunkCount: chunks.length, openChunk: (index) => chunks[index]?.slice() };
}

/** The buffer is lent: each chunk is copied as it comes. */
function collect(chunks: Iterable<Uint8Array>): Uint8Array[] {
  const copies: Uint8Array[] = [];
  for (const chunk of chunks) copies.push(chunk.slice());
  return copies;
}

const range = (from: number, to: number): Uint8Array[] =>
  Array.from({ length: to - from }, (_, i) => rowOf(from + i, 1));

const signedOf = ({ headBytes, rows }: TableContent) => ({
  ...hashTable(nodeEngine, headBytes, rows),
  rowCount: rows.length,
});

const codeOf = (work: () => unknown): unknown => {
  try {
    work();
    return undefined;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
};

describe('a delta merged with its base', () => {
  const groups: [string, TableContent, TableContent][] = [
    ['nothing changed', tableOf(range(0, 200)), tableOf(range(0, 200))],
    ['a new head alone', tableOf(range(0, 200)), tableOf(range(0, 200), 1)],
    ['a chunk emptied', tableOf(range(0, 128)), tableOf(range(0, 127))],
    ['a chunk filled and another begun', tableOf(range(0, 127)), tableOf(range(0, 128))],
    ['all rows gone', tableOf(range(0, 100)), tableOf([])],
    ['from no rows', tableOf([]), tableOf(range(0, 100))],
    ['rows at both ends', tableOf(range(10, 260)), tableOf([...range(5, 250), ...range(300, 310)])],
    [
      'a group that no longer fits its chunk',
      tableOf([...range(0, 124), ...[1, 2, 3].map((id) => rowOf(500, id))]),
      tableOf([...range(0, 124), ...[1, 2, 3, 4, 5].map((id) => rowOf(500, id)), rowOf(600, 1)]),
    ],
    [
      'eight of one verifier at the end of a full chunk',
      tableOf([...range(0, 119), ...[1, 2].map((id) => rowOf(500, id))]),
      tableOf([...range(0, 120), ...[1, 2, 3, 4, 5, 6, 7, 8].map((id) => rowOf(500, id))]),
    ],
  ];

  it.each(groups)('gives the chunks of the full set: %s', (_, base, target) => {
    const delta = deltaBetween(base, target);
    const chunks = collect(mergedChunks(baseOf(base), delta));
    expect(chunks).toEqual(packTable(target.headBytes, target.rows));
    expect(measureDelta(nodeEngine, baseOf(base), delta, signedOf(target), 112)).toBe(chunks.length);
  });

  it('gives the chunks and the hash of the full set for any two tables', () => {
    const aTable = fc
      .record({
        picks: fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 90 }), fc.integer({ min: 1, max: 8 })), {
          maxLength: 500,
          size: 'max',
          selector: ([verifier, id]) => verifier * 9 + id,
        }),
        head: fc.integer({ min: 0, max: 1 }),
      })
      .map(({ picks, head }) =>
        tableOf(
          picks.map(([verifier, id]) => rowOf(verifier, id)),
          head,
        ),
      );
    let chunksSeen = 0;
    holds(
      fc.property(aTable, aTable, (base, target) => {
        const delta = deltaBetween(base, target);
        const expected = packTable(target.headBytes, target.rows);
        chunksSeen = Math.max(chunksSeen, expected.length);
        expect(collect(mergedChunks(baseOf(base), delta))).toEqual(expected);
        expect(measureDelta(nodeEngine, baseOf(base), delta, signedOf(target), 112)).toBe(expected.length);
      }),
      60,
    );
    expect(chunksSeen).toBeGreaterThan(3);
  });

  const base = tableOf(range(0, 200));
  const target = tableOf(range(1, 201));
  const right = deltaBetween(base, target);
  const eight = tableOf([1, 2, 3, 4, 5, 6, 7, 8].map((id) => rowOf(7, id)));
  const asTarget = signedOf(target);

  it.each<[string, TableContent, Delta, Partial<typeof asTarget>, string]>([
    ['a row to remove is not there', base, { ...right, removed: [rowOf(900, 1)] }, {}, 'TABLE_MISMATCH'],
    ['a row to remove lies between two', base, { ...right, removed: [rowOf(7, 9)] }, {}, 'TABLE_MISMATCH'],
    ['a row to add is there already', base, { ...right, added: [rowOf(50, 1)] }, {}, 'TABLE_MISMATCH'],
    ['a row is left out', base, { ...right, added: [] }, {}, 'TABLE_MISMATCH'],
    ['the head is another', base, { ...right, headBytes: heads[1]! }, {}, 'TABLE_MISMATCH'],
    ['the signed count is another', base, right, { rowCount: 199 }, 'TABLE_MISMATCH'],
    ['the signed size is another', base, right, { tableBytes: 1 }, 'TABLE_MISMATCH'],
    [
      'a ninth row of one verifier comes',
      eight,
      { ...right, removed: [], added: [rowOf(7, 9)] },
      {},
      'GROUP_TOO_LARGE',
    ],
    ['the head is none', base, { ...right, headBytes: Uint8Array.of(0xa0) }, {}, 'MISSING_FIELD'],
  ])('is refused where %s', (_, from, delta, over, code) => {
    const signed = { ...asTarget, ...over };
    expect(codeOf(() => measureDelta(nodeEngine, baseOf(from), delta, signed, 112))).toBe(code);
  });

  it('may remove a row and add it again', () => {
    const again = {
      ...right,
      removed: sortRows([...right.removed, rowOf(50, 1)]),
      added: sortRows([...right.added, rowOf(50, 1)]),
    };
    expect(measureDelta(nodeEngine, baseOf(base), again, asTarget, 112)).toBe(3);
  });

  it('is refused where its result has more chunks than fit', () => {
    expect(codeOf(() => measureDelta(nodeEngine, baseOf(base), right, asTarget, 2))).toBe('CAPACITY');
  });

  it('is refused where the flash has lost a chunk of the base', () => {
    const whole = baseOf(base);
    const rotten = { ...whole, openChunk: (i: number) => (i === 2 ? undefined : whole.openChunk(i)) };
    expect(codeOf(() => measureDelta(nodeEngine, rotten, right, asTarget, 112))).toBe('WRONG_BASE');
  });
});
