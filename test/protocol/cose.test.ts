// COSE_Sign1: published Sig_structures and thumbprint, and every way in which a signed object can be of another
// kind, for another lock, or by another key.
import { createPublicKey, verify as nodeVerify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { concat, encodeBase64Url, encodeHex, utf8 } from '#protocol/bytes.ts';
import { encodeCbor, encodeTagged, type CborValue } from '#protocol/cbor/strict.ts';
import { nodeEngine as engine } from '#protocol/node/node-engine.ts';
import {
  COSE_SIGN1_TAG,
  keyId,
  keyThumbprint,
  parseSign1,
  sign1,
  signedHash,
  sigStructure,
  verifyParts,
  type Role,
  type SignOptions,
} from '#protocol/signed/cose.ts';
import publishedSign1 from '../vectors/published/cose-sign1.json' with { type: 'json' };
import publishedThumbprint from '../vectors/published/rfc9679.json' with { type: 'json' };
import { aKeySet } from '../builders/key-set.ts';
import { aLock } from '../builders/lock.ts';
import { ENGINES, hex, NOTHING } from './crypto-engines.ts';
import { codeOf } from './refusal.ts';

const ALG_EDDSA = -8;
const MAX_BYTES = 1_024;
const { lockId } = aLock();
const { table: signer, time: otherSigner } = aKeySet();
const payload = utf8('what is signed');

const signed = (options: SignOptions = {}): Uint8Array =>
  sign1(engine, signer, 'manifest', lockId, payload, options);

const parse = (input: Uint8Array, role: Role = 'manifest', audience: Uint8Array = lockId) =>
  parseSign1(input, MAX_BYTES, role, audience);

describe('published vectors', () => {
  it.each(publishedSign1.cases)('the Sig_structure $name is the one that was signed', (given) => {
    const structure = sigStructure(hex(given.protected), hex(given.externalAad), hex(given.payload));
    expect(encodeHex(structure)).toBe(given.toBeSigned);
    const coordinate = (text: string): string => Buffer.from(text, 'hex').toString('base64url');
    const { x, y } = publishedSign1.key;
    const key = { kty: 'EC', crv: 'P-256', x: coordinate(x), y: coordinate(y) };
    const publicKey = createPublicKey({ format: 'jwk', key });
    const es256 = { key: publicKey, dsaEncoding: 'ieee-p1363' } as const;
    expect(nodeVerify('sha256', structure, es256, hex(given.signature))).toBe(true);
  });

  it.each(ENGINES)('the Ed25519 signature over a Sig_structure verifies, with the $name engine', (each) => {
    const { key, protected: header, payload: content, signature } = publishedSign1.ed25519;
    const structure = sigStructure(hex(header), NOTHING, hex(content));
    expect(each.ed25519Verify(hex(key), structure, hex(signature))).toBe(true);
    expect(each.ed25519Verify(hex(key), structure.subarray(1), hex(signature))).toBe(false);
  });

  it('the whole object of RFC 9052 is read and refused: its key id stands unprotected', () => {
    const [first] = publishedSign1.cases;
    expect(publishedSign1.object).toContain(first!.signature);
    expect(codeOf(() => parse(hex(publishedSign1.object)))).toBe('UNKNOWN_FIELD');
  });

  it('a thumbprint is SHA-256 of the deterministic COSE_Key, as RFC 9679 shows it for another curve', () => {
    const { x, y, encoded, thumbprint } = publishedThumbprint;
    const key = encodeCbor(new Map<number, CborValue>([[-3, hex(y)], [-2, hex(x)], [-1, 1], [1, 2]])); // prettier-ignore
    expect(encodeHex(key)).toBe(encoded);
    expect(encodeHex(engine.sha256(key))).toBe(thumbprint);
  });

  it('ours is over {1: 1, -1: 6, -2: x}', () => {
    const coseKey = concat(hex('a301012006215820'), signer.publicKey);
    expect(keyThumbprint(engine, signer.publicKey)).toEqual(engine.sha256(coseKey));
  });
});

describe('a signed object', () => {
  it('is taken by the key that is named in it', () => {
    const parts = parse(signed());
    expect(() => verifyParts(engine, parts, signer.publicKey)).not.toThrow();
    expect(parts.payload).toEqual(payload);
    expect(signedHash(engine, parts)).toEqual(engine.sha256(parts.toBeSigned));
  });

  it('with the deprecated EdDSA (-8) is refused, though the signature verifies', () => {
    expect(codeOf(() => parse(signed({ algorithm: ALG_EDDSA })))).toBe('WRONG_ALGORITHM');
  });

  it('of another role is refused', () => {
    expect(codeOf(() => parse(signed(), 'receipt'))).toBe('WRONG_ROLE');
  });

  it('for lock A is refused at lock B', () => {
    expect(codeOf(() => parse(signed(), 'manifest', aLock({ name: 'back' }).lockId))).toBe('WRONG_AUDIENCE');
  });

  it('for one lock is refused where one for all is asked, and the other way round', () => {
    expect(codeOf(() => parse(signed(), 'manifest', NOTHING))).toBe('WRONG_AUDIENCE');
    const forAll = sign1(engine, signer, 'manifest', NOTHING, payload);
    expect(codeOf(() => parse(forAll))).toBe('WRONG_AUDIENCE');
  });

  it('by another key is refused by its name, and by its signature where it bears a false name', () => {
    const parts = parse(sign1(engine, otherSigner, 'manifest', lockId, payload));
    expect(codeOf(() => verifyParts(engine, parts, signer.publicKey))).toBe('UNKNOWN_KEY');
    const falseName = { seed: otherSigner.seed, publicKey: signer.publicKey };
    const forged = parse(sign1(engine, falseName, 'manifest', lockId, payload));
    expect(codeOf(() => verifyParts(engine, forged, signer.publicKey))).toBe('BAD_SIGNATURE');
  });

  it('with its payload inside is refused where it has to come apart, and the other way round', () => {
    expect(codeOf(() => parseSign1(signed(), MAX_BYTES, 'manifest', lockId, payload))).toBe('WRONG_TYPE');
    expect(codeOf(() => parse(signed({ detached: true })))).toBe('WRONG_TYPE');
    const parts = parseSign1(signed({ detached: true }), MAX_BYTES, 'manifest', lockId, payload);
    expect(() => verifyParts(engine, parts, signer.publicKey)).not.toThrow();
  });
});

describe('a header of another form', () => {
  const kid = keyId(engine, signer.publicKey);
  const claims = new Map<number, CborValue>([
    [2, 'manifest'],
    [3, encodeBase64Url(lockId)],
  ]);
  const good: [number, CborValue][] = [
    [1, -19],
    [4, kid],
    [15, claims],
  ];
  const object = (
    header: readonly (readonly [number, CborValue])[],
    unprotected: CborValue = new Map(),
    signature: CborValue = new Uint8Array(64),
  ): Uint8Array =>
    encodeTagged(COSE_SIGN1_TAG, [encodeCbor(new Map(header)), unprotected, payload, signature]);

  it('is told apart from a right one', () => {
    expect(codeOf(() => parse(object(good)))).toBeUndefined();
  });

  it.each([
    ['no algorithm', object(good.slice(1)), 'WRONG_ALGORITHM'],
    ['an algorithm as text', object([[1, 'Ed25519'], ...good.slice(1)]), 'WRONG_ALGORITHM'],
    ['no key id', object([good[0]!, good[2]!]), 'MISSING_FIELD'],
    [
      'a whole thumbprint as key id',
      object([good[0]!, [4, keyThumbprint(engine, signer.publicKey)], good[2]!]),
      'WRONG_LENGTH',
    ],
    [
      'an audience in hex',
      object([good[0]!, good[1]!, [15, new Map([...claims, [3, encodeHex(lockId)]])]]),
      'WRONG_AUDIENCE',
    ],
    ['no claims', object(good.slice(0, 2)), 'MISSING_FIELD'],
    ['one field more', object([...good, [2, []]]), 'UNKNOWN_FIELD'],
    ['one claim more', object([good[0]!, good[1]!, [15, new Map([...claims, [1, 'us']])]]), 'UNKNOWN_FIELD'],
    ['something unprotected', object(good, new Map([[4, kid]])), 'UNKNOWN_FIELD'],
    ['an unprotected header that is no map', object(good, []), 'WRONG_TYPE'],
    ['a signature of 63 bytes', object(good, new Map(), new Uint8Array(63)), 'WRONG_LENGTH'],
    ['a signature that is text', object(good, new Map(), 'signed'), 'WRONG_TYPE'],
    ['three members', encodeTagged(COSE_SIGN1_TAG, [NOTHING, new Map(), payload]), 'WRONG_TYPE'],
    [
      'a protected header as a map',
      encodeTagged(COSE_SIGN1_TAG, [new Map(good), new Map(), payload, NOTHING]),
      'WRONG_TYPE',
    ],
    ['a protected header above 256 bytes', object([...good, [99, new Uint8Array(256)]]), 'TOO_LARGE'],
    ['tag 98, COSE_Sign', Uint8Array.from([0xd8, 98, ...signed().subarray(1)]), 'UNEXPECTED_TAG'],
    ['tag 17, COSE_Mac0', Uint8Array.from([0xd1, ...signed().subarray(1)]), 'UNEXPECTED_TAG'],
    ['no tag', signed().subarray(1), 'UNEXPECTED_TAG'],
  ] as const)('%s', (_, input, code) => {
    expect(codeOf(() => parse(input))).toBe(code);
  });
});
