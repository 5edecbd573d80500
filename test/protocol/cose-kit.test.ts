// A second independent verifier, cose-kit. It answers with isValid and does not throw.
import { coseVerify, importCOSEKey } from 'cose-kit';
import { describe, expect, it } from 'vitest';
import * as eddsa from './cose-eddsa.ts';

const check = async (input: Uint8Array, externalAad: Uint8Array): Promise<boolean> => {
  const key = await importCOSEKey(eddsa.coseKey);
  return (await coseVerify(input, key, externalAad)).isValid;
};

describe('cose-kit', () => {
  it('agrees with a signature of ours over headers, external_aad and payload', async () => {
    await expect(check(eddsa.good, eddsa.externalAad)).resolves.toBe(true);
  });

  it.each([
    ['a changed payload', eddsa.changed, eddsa.externalAad],
    ['another role', eddsa.good, eddsa.otherRole],
    ['no external_aad', eddsa.good, new Uint8Array(0)],
  ])('refuses %s', async (_, input, aad) => {
    await expect(check(input, aad)).resolves.toBe(false);
  });
});
