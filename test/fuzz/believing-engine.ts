// Crypto that believes every signature and opens every seal, so that what lies behind the checks is met by each input and
// not by one in a million: the parsers of a stolen key's holder. Hashes and MACs are real.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { AEAD_TAG_BYTES, ED25519_SIGNATURE_BYTES, X25519_BYTES } from '#protocol/crypto/engine.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';

const SHARED = new Uint8Array(X25519_BYTES).fill(9);

export const believingEngine: CryptoEngine = {
  ...nodeEngine,
  ed25519Sign: () => new Uint8Array(ED25519_SIGNATURE_BYTES),
  ed25519Verify: () => true,
  x25519PublicKey: (secret) => secret.slice(),
  x25519: (_, publicKey) => (publicKey.length === X25519_BYTES ? SHARED : undefined),
  aeadSeal(_key, _nonce, plaintext) {
    const sealed = new Uint8Array(plaintext.length + AEAD_TAG_BYTES);
    sealed.set(plaintext);
    return sealed;
  },
  aeadOpen: (_key, _nonce, sealed) =>
    sealed.length < AEAD_TAG_BYTES ? undefined : sealed.slice(0, sealed.length - AEAD_TAG_BYTES),
};
