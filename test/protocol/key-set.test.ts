// Key sets: thresholds, rotation by both sides, and the ways around them. The attacks are TUF's on its root role.
import { describe, expect, it } from 'vitest';

import { encodeHex } from '#protocol/bytes.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { nodeEngine as engine } from '#protocol/node/node-engine.ts';
import { sign1, type Signer } from '#protocol/signed/cose.ts';
import { keySetHash, readKeySet, signKeySet, verifyKeySet, type KeySet } from '#protocol/signed/key-set.ts';
import { KEY_SET_MAX_BYTES } from '#protocol/limits.ts';
import { decodeCbor, encodeCbor, type CborValue } from '#protocol/cbor/strict.ts';
import { aKeySet, type KeySetOptions } from '../builders/key-set.ts';
import { NOTHING } from './crypto-engines.ts';
import { codeOf } from './refusal.ts';

const first = aKeySet({ roots: ['a', 'b', 'c'], threshold: 2 });
const next = (options: KeySetOptions): Uint8Array =>
  aKeySet({ number: 2, roots: ['c', 'd', 'e'], threshold: 2, ...options }).bytes;
const verify = (input: Uint8Array, previous?: KeySet): KeySet => verifyKeySet(engine, input, previous);
const payloadOf = (input: Uint8Array): Uint8Array =>
  (decodeCbor(input, KEY_SET_MAX_BYTES) as Uint8Array[])[0]!;

const detached = (root: Signer, payload: Uint8Array): Uint8Array =>
  sign1(engine, root, 'key-set', NOTHING, payload, { detached: true });
const wrap = (payload: CborValue, signatures: CborValue): Uint8Array => encodeCbor([payload, signatures]);

const COSE_KEY_START = 'a301012006215820';
const isCoseKey = (data: Uint8Array): boolean => encodeHex(data).startsWith(COSE_KEY_START);

describe('a first key set', () => {
  it('is taken with a threshold of its own roots', () => {
    expect(verify(first.bytes)).toEqual(first.keySet);
    expect(verify(aKeySet({ roots: ['a', 'b', 'c'], threshold: 2, signedBy: ['c', 'a'] }).bytes).number).toBe(
      1,
    );
  });

  it('with one signature too few is refused', () => {
    const short = aKeySet({ roots: ['a', 'b', 'c'], threshold: 2, signedBy: ['b'] });
    expect(codeOf(() => verify(short.bytes))).toBe('TOO_FEW_SIGNATURES');
  });

  it('signed twice by one root counts that root once', () => {
    const twice = aKeySet({ roots: ['a', 'b', 'c'], threshold: 2, signedBy: ['b', 'b'] });
    expect(codeOf(() => verify(twice.bytes))).toBe('TOO_FEW_SIGNATURES');
  });

  it('whose roots made keys of one id counts each by itself, and takes nobody else of that id', () => {
    const sameIds: CryptoEngine = {
      ...engine,
      sha256: (data) => (isCoseKey(data) ? new Uint8Array(32) : engine.sha256(data)),
    };
    const made = (signedBy: string[]): Uint8Array =>
      aKeySet({ roots: ['a', 'b', 'c'], threshold: 2, signedBy, engine: sameIds }).bytes;
    const taken = (signedBy: string[]): string | undefined =>
      codeOf(() => verifyKeySet(sameIds, made(signedBy), undefined));
    expect(taken(['c', 'a'])).toBeUndefined();
    expect(taken(['b', 'b'])).toBe('TOO_FEW_SIGNATURES');
    expect(taken(['a', 'x', 'b'])).toBe('BAD_SIGNATURE');
  });

  it('that lists one root twice cannot be made, and is refused where somebody made it', () => {
    const doubled: KeySet = {
      ...first.keySet,
      rootKeys: [first.roots[0]!.publicKey, first.roots[0]!.publicKey],
    };
    expect(codeOf(() => signKeySet(engine, doubled, [first.roots[0]!]))).toBe('OUT_OF_RANGE');
  });

  it('signed by strangers alone is refused, whatever their number', () => {
    const foreign = aKeySet({ roots: ['a', 'b', 'c'], threshold: 2, signedBy: ['x', 'y', 'z'] });
    expect(codeOf(() => verify(foreign.bytes))).toBe('TOO_FEW_SIGNATURES');
  });

  it('a stranger beside enough of the roots does no harm', () => {
    const mixed = aKeySet({ roots: ['a', 'b', 'c'], threshold: 2, signedBy: ['x', 'a', 'b'] });
    expect(verify(mixed.bytes)).toEqual(mixed.keySet);
  });

  it('with a broken signature by one of its roots is refused, though enough others are good', () => {
    const payload = payloadOf(first.bytes);
    const forged = { seed: first.table.seed, publicKey: first.roots[2]!.publicKey };
    const signatures = [first.roots[0]!, first.roots[1]!, forged].map((root) => detached(root, payload));
    expect(codeOf(() => verify(wrap(payload, signatures)))).toBe('BAD_SIGNATURE');
  });

  it('whose threshold no one can reach is refused', () => {
    expect(codeOf(() => signKeySet(engine, { ...first.keySet, threshold: 4 }, first.roots))).toBe(
      'OUT_OF_RANGE',
    );
    expect(codeOf(() => signKeySet(engine, { ...first.keySet, threshold: 0 }, first.roots))).toBe(
      'OUT_OF_RANGE',
    );
    expect(codeOf(() => signKeySet(engine, { ...first.keySet, rootKeys: [] }, first.roots))).toBe(
      'OUT_OF_RANGE',
    );
  });

  it('a signature over another payload does not count', () => {
    const signatures = [first.roots[0]!, first.roots[1]!].map((root) => detached(root, payloadOf(next({}))));
    expect(codeOf(() => verify(wrap(payloadOf(first.bytes), signatures)))).toBe('BAD_SIGNATURE');
  });

  it('a signature made for another role does not count', () => {
    const payload = payloadOf(first.bytes);
    const asManifest = sign1(engine, first.roots[0]!, 'manifest', NOTHING, payload, { detached: true });
    expect(codeOf(() => verify(wrap(payload, [asManifest])))).toBe('WRONG_ROLE');
  });

  it.each([
    ['a map', encodeCbor(new Map()), 'WRONG_TYPE'],
    ['no signatures', wrap(payloadOf(first.bytes), []), 'TOO_FEW_SIGNATURES'],
    ['signatures that are no list', wrap(payloadOf(first.bytes), 1), 'WRONG_TYPE'],
    ['a signature that is no bytes', wrap(payloadOf(first.bytes), [1]), 'WRONG_TYPE'],
    [
      'seventeen signatures',
      wrap(payloadOf(first.bytes), Array<Uint8Array>(17).fill(NOTHING)),
      'LIMIT_EXCEEDED',
    ],
    ['an empty payload', wrap(NOTHING, []), 'TRUNCATED'],
    ['more than 4 KiB', new Uint8Array(4_097), 'TOO_LARGE'],
  ] as const)('in the form of %s is refused', (_, input, code) => {
    expect(codeOf(() => verify(input))).toBe(code);
  });

  it('has a hash of its payload alone, whoever signed it', () => {
    const other = aKeySet({ roots: ['a', 'b', 'c'], threshold: 2, signedBy: ['a', 'c'] });
    expect(keySetHash(engine, other.bytes)).toEqual(keySetHash(engine, first.bytes));
    expect(readKeySet(other.bytes)).toEqual(first.keySet);
  });

  it('of eight roots, rotated by eight others, fits its limit', () => {
    const roots = (prefix: string): string[] => Array.from({ length: 8 }, (_, i) => `${prefix}${i}`);
    const old = aKeySet({ roots: roots('old') });
    const large = aKeySet({ number: 2, roots: roots('new'), signedBy: [...roots('old'), ...roots('new')] });
    expect(verify(large.bytes, old.keySet)).toEqual(large.keySet);
    expect(large.bytes.length).toBeLessThanOrEqual(KEY_SET_MAX_BYTES);
  });
});

describe('a rotation from set 1 to set 2', () => {
  it('is taken where a threshold of both sides signed', () => {
    expect(verify(next({ signedBy: ['a', 'b', 'd', 'e'] }), first.keySet).number).toBe(2);
  });

  it('counts a root that stands on both sides for both', () => {
    expect(verify(next({ signedBy: ['a', 'c', 'd'] }), first.keySet).number).toBe(2);
  });

  it.each([
    ['the new side alone', ['d', 'e']],
    ['the old side alone', ['a', 'b']],
    ['one of the old and the whole new side', ['a', 'd', 'e']],
  ])('signed by %s is refused', (_, signedBy) => {
    expect(codeOf(() => verify(next({ signedBy }), first.keySet))).toBe('TOO_FEW_SIGNATURES');
  });

  const everybody = { signedBy: ['a', 'b', 'c', 'd', 'e'] };

  it('to set 3 is refused: no step is left out', () => {
    expect(codeOf(() => verify(next({ number: 3, ...everybody }), first.keySet))).toBe(
      'KEY_SET_OUT_OF_ORDER',
    );
  });

  it('to the same number or back is refused: no rollback', () => {
    const second = aKeySet({ number: 2, roots: ['c', 'd', 'e'], threshold: 2, ...everybody });
    expect(codeOf(() => verify(second.bytes, second.keySet))).toBe('KEY_SET_OUT_OF_ORDER');
    const again = aKeySet({ roots: ['a', 'b', 'c'], threshold: 2, ...everybody });
    expect(codeOf(() => verify(again.bytes, second.keySet))).toBe('KEY_SET_OUT_OF_ORDER');
  });

  it('goes on step by step through sixteen sets', () => {
    let trusted = first.keySet;
    for (let number = 2; number <= 17; number++) {
      trusted = verify(aKeySet({ number, roots: ['a', 'b', 'c'], threshold: 2 }).bytes, trusted);
    }
    expect(trusted.number).toBe(17);
  });
});
