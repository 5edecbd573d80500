// An independent verifier, @auth0/cose, agrees with what we sign and with what we refuse.
import { COSEKey, Headers, Sign1 } from '@auth0/cose';
import { describe, expect, it } from 'vitest';
import { encodeBase64Url } from '#protocol/bytes.ts';
import { nodeEngine as engine } from '#protocol/node/node-engine.ts';
import { keyId, parseSign1 } from '#protocol/signed/cose.ts';
import * as eddsa from './cose-eddsa.ts';

const key = new COSEKey([...eddsa.coseKey] as never);
const check = async (input: Uint8Array, externalAAD: Uint8Array): Promise<void> =>
  Sign1.decode(input).verify(await key.toKeyLike(), { externalAAD });
const SAYS_NO = { code: 'ERR_COSE_SIGNATURE_VERIFICATION_FAILED' };

describe('@auth0/cose', () => {
  it('agrees with a signature of ours over headers, external_aad and payload', async () => {
    await expect(check(eddsa.good, eddsa.externalAad)).resolves.toBeUndefined();
  });

  it('reads the headers that we wrote', () => {
    const { protectedHeaders, kid } = Sign1.decode(eddsa.good);
    expect(protectedHeaders.get(Headers.Algorithm)).toBe(eddsa.ALG_EDDSA);
    expect(Uint8Array.from(kid!)).toEqual(keyId(engine, eddsa.signer.publicKey));
    const claims: unknown = protectedHeaders.get(15);
    const expected: [number, string][] = [
      [2, 'manifest'],
      [3, encodeBase64Url(eddsa.lockId)],
    ];
    expect(claims).toEqual(new Map(expected));
  });

  it.each([
    ['a changed payload', eddsa.changed, eddsa.externalAad],
    ['another role', eddsa.good, eddsa.otherRole],
    ['no external_aad', eddsa.good, new Uint8Array(0)],
  ])('refuses %s', async (_, input, aad) => {
    await expect(check(input, aad)).rejects.toMatchObject(SAYS_NO);
  });

  it('does not disturb our decoder by the tags that it registers with cbor-x', () => {
    expect(parseSign1(eddsa.ours, 1_024, 'manifest', eddsa.lockId).payload).toEqual(eddsa.payload);
  });
});
