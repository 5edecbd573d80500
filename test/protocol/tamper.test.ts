// Nothing of a signed set can be changed, cut, mixed or carried to another lock: every single bit and every
// truncation of a manifest and of a small package, every splice of two valid sets.
import { describe, expect, it } from 'vitest';
import { nodeEngine as engine } from '#protocol/node/node-engine.ts';
import { parseManifest, verifyManifest } from '#protocol/signed/manifest.ts';
import { TableCheck } from '#protocol/table/chunks.ts';
import { parsePackage } from '#protocol/table/package.ts';
import { openChunk, openingKey } from '#protocol/table/seal.ts';
import { WireError } from '#protocol/wire-error.ts';
import { aLock, type BuiltLock } from '../builders/lock.ts';
import { aSignedSet, reSigned, type BuiltSet } from '../builders/signed-set.ts';
import { everyBitFlip } from './crypto-engines.ts';
import { codeOf } from './refusal.ts';

/** What a lock does with a set, from the first byte to the last check. */
function accept(
  set: BuiltSet,
  manifestBytes: Uint8Array,
  chunks: readonly Uint8Array[],
  lock = set.lock,
): void {
  const { manifest } = verifyManifest(
    engine,
    parseManifest(manifestBytes, lock.lockId),
    set.keySet.keySet.tableKey,
  );
  openAll(manifest, chunks, lock);
}

function openAll(manifest: BuiltSet['manifest'], chunks: readonly Uint8Array[], lock: BuiltLock): void {
  const key = openingKey(engine, lock.sealingSecret, manifest.ephemeralKey, {
    lockId: lock.lockId,
    triple: manifest.triple,
    kind: manifest.kind,
    baseHash: manifest.baseHash,
    tableHash: manifest.tableHash,
  });
  const check = new TableCheck(engine);
  chunks.forEach((sealed, i) => {
    const plaintext = openChunk(engine, key, i, sealed);
    if (plaintext === undefined) throw new WireError('BAD_SEAL', `chunk ${i}`);
    check.addChunk(plaintext);
  });
  check.finish(manifest);
}

const acceptPackage = (set: BuiltSet, input: Uint8Array): void => {
  const { manifestBytes, chunks } = parsePackage(engine, input, set.lock.lockId);
  accept(set, manifestBytes, chunks);
};

const set = aSignedSet({ tableVersion: 7, rows: 3 });

describe('a manifest', () => {
  it('with any single bit flipped is refused', () => {
    accept(set, set.manifestBytes, set.chunks);
    for (const flipped of everyBitFlip(set.manifestBytes)) {
      expect(codeOf(() => accept(set, flipped, set.chunks))).toBeDefined();
    }
  });

  it('cut anywhere is refused, and so is one with a byte more', () => {
    for (let end = 0; end < set.manifestBytes.length; end++) {
      expect(codeOf(() => parseManifest(set.manifestBytes.subarray(0, end), set.lock.lockId))).toBe(
        'TRUNCATED',
      );
    }
    const longer = Uint8Array.from([...set.manifestBytes, 0]);
    expect(codeOf(() => parseManifest(longer, set.lock.lockId))).toBe('TRAILING_BYTES');
  });

  it.each([
    ['a delta without a base', { kind: 'delta' }, 'WRONG_TYPE'],
    ['a full set with a base', { baseHash: set.manifest.tableHash }, 'WRONG_TYPE'],
    ['a digest too few', { chunkCount: 3, rowCount: 3 }, 'WRONG_LENGTH'],
    ['a short last chunk', { lastChunkBytes: 100 }, 'OUT_OF_RANGE'],
    ['more rows than its chunks hold', { rowCount: 128, tableBytes: 128 * 32 + 60 }, 'OUT_OF_RANGE'],
    ['no row in a row chunk', { rowCount: 0, tableBytes: 60 }, 'OUT_OF_RANGE'],
    ['a table smaller than its rows', { tableBytes: 96 }, 'OUT_OF_RANGE'],
    ['a head larger than its chunk', { tableBytes: 96 + 4_079 }, 'OUT_OF_RANGE'],
  ] as const)('that contradicts itself cannot even be signed: %s', (_, over, code) => {
    expect(codeOf(() => reSigned(set, over))).toBe(code);
  });
});

describe('a package', () => {
  it('with any single bit flipped is refused', () => {
    acceptPackage(set, set.packageBytes);
    for (const flipped of everyBitFlip(set.packageBytes)) {
      if (codeOf(() => acceptPackage(set, flipped)) === undefined) expect.fail('a flipped bit was taken');
    }
  }, 60_000);

  it('cut anywhere is refused, and so is one with a byte more', () => {
    for (let end = 0; end < set.packageBytes.length; end++) {
      const cut = set.packageBytes.subarray(0, end);
      if (codeOf(() => parsePackage(engine, cut, set.lock.lockId)) !== 'TRUNCATED')
        expect.fail(`${end} bytes`);
    }
    const longer = Uint8Array.from([...set.packageBytes, 0]);
    expect(codeOf(() => parsePackage(engine, longer, set.lock.lockId))).toBe('TRAILING_BYTES');
  });
});

describe('sealed chunks, were their digests not looked at,', () => {
  it('open with no bit flipped', () => {
    for (let bit = 0; bit < set.chunks[1]!.length * 8; bit += 7) {
      const flipped = Uint8Array.from(set.chunks[1]!);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      if (codeOf(() => openAll(set.manifest, [set.chunks[0]!, flipped], set.lock)) !== 'BAD_SEAL') {
        expect.fail(`bit ${bit}`);
      }
    }
  });

  it('open nowhere but in their place', () => {
    const [first, second] = set.chunks as [Uint8Array, Uint8Array];
    expect(codeOf(() => openAll(set.manifest, [second, first], set.lock))).toBe('BAD_SEAL');
    expect(codeOf(() => openAll(set.manifest, [first], set.lock))).toBe('TABLE_MISMATCH');
    expect(codeOf(() => openAll(set.manifest, [], set.lock))).toBe('TABLE_MISMATCH');
  });

  it.each([
    ['another table version', { tableVersion: 8 }],
    ['another ownership', { tableVersion: 7, ownershipEpoch: 2 }],
    ['another table of the same version', { tableVersion: 7, rows: 2 }],
  ])('of %s cannot be mixed in', (_, options) => {
    const other = aSignedSet({ rows: 3, ...options });
    for (const mixed of [
      [set.chunks[0]!, other.chunks[1]!],
      [other.chunks[0]!, set.chunks[1]!],
      other.chunks,
    ]) {
      expect(codeOf(() => openAll(set.manifest, mixed, set.lock))).toBe('BAD_SEAL');
    }
  });
});

describe('a set for lock A at lock B', () => {
  const other = aLock({ name: 'back' });

  it('is refused by its audience', () => {
    expect(codeOf(() => accept(set, set.manifestBytes, set.chunks, other))).toBe('WRONG_AUDIENCE');
    expect(codeOf(() => parsePackage(engine, set.packageBytes, other.lockId))).toBe('WRONG_AUDIENCE');
  });

  it('does not open, were the audience not looked at', () => {
    expect(codeOf(() => openAll(set.manifest, set.chunks, other))).toBe('BAD_SEAL');
  });

  it('is refused at every one of fifty others', () => {
    for (let i = 0; i < 50; i++) {
      const { lockId } = aLock({ name: `lock ${i}` });
      expect(codeOf(() => parseManifest(set.manifestBytes, lockId))).toBe('WRONG_AUDIENCE');
    }
  });
});

describe('an ephemeral key that gives no secret', () => {
  it('opens nothing', () => {
    const zero = { ...set.manifest, ephemeralKey: new Uint8Array(32) };
    expect(codeOf(() => openAll(zero, set.chunks, set.lock))).toBe('BAD_SEAL');
  });
});
