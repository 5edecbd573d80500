// The portable engine: what lock firmware would run. Plain JavaScript without Node: tweetnacl for the curves,
// @noble for hashes and the AEAD, and here only the strictness they lack. It is not constant-time; real firmware
// brings its own library behind the same rules.
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import nacl from 'tweetnacl';
import type { CryptoEngine, Sha256Stream } from './engine.ts';
import {
  hasOpenLengths,
  hasX25519Lengths,
  requireAeadLengths,
  requireHkdfLengths,
  requireSeed,
  requireX25519Secret,
} from './lengths.ts';
import { RecentKeys } from './recent-keys.ts';
import { isStrictEd25519 } from './strict-ed25519.ts';

/** Deriving a key pair costs as much as a signature, and a lock signs with one seed. */
const KEPT_KEY_PAIRS = 16;

const keyPairs = new RecentKeys(KEPT_KEY_PAIRS, (seed) => nacl.sign.keyPair.fromSeed(seed));

export const portableEngine: CryptoEngine = {
  name: 'portable',

  sha256: (data) => sha256(data),

  sha256Stream() {
    const hash = sha256.create();
    const stream: Sha256Stream = {
      update(data) {
        hash.update(data);
        return stream;
      },
      digest: () => hash.digest(),
    };
    return stream;
  },

  hmacSha256: (key, data) => hmac(sha256, key, data),

  hkdfSha256(ikm, salt, info, lengthBytes) {
    requireHkdfLengths(info, lengthBytes);
    return hkdf(sha256, ikm, salt, info, lengthBytes);
  },

  ed25519PublicKey(seed) {
    requireSeed(seed);
    return Uint8Array.from(keyPairs.get(seed).publicKey);
  },

  ed25519Sign(seed, message) {
    requireSeed(seed);
    return nacl.sign.detached(message, keyPairs.get(seed).secretKey);
  },

  ed25519Verify(publicKey, message, signature) {
    return isStrictEd25519(publicKey, signature) && nacl.sign.detached.verify(message, signature, publicKey);
  },

  x25519PublicKey(secret) {
    requireX25519Secret(secret);
    return nacl.scalarMult.base(secret);
  },

  x25519(secret, publicKey) {
    if (!hasX25519Lengths(secret, publicKey)) return undefined;
    const shared = nacl.scalarMult(secret, publicKey);
    // RFC 7748 section 6.1: all bytes are looked at, whatever they are.
    return shared.reduce((any, byte) => any | byte, 0) === 0 ? undefined : shared;
  },

  aeadSeal(key, nonce, plaintext, aad) {
    requireAeadLengths(key, nonce);
    return chacha20poly1305(key, nonce, aad).encrypt(plaintext);
  },

  aeadOpen(key, nonce, sealed, aad) {
    if (!hasOpenLengths(key, nonce, sealed)) return undefined;
    const cipher = chacha20poly1305(key, nonce, aad);
    try {
      return cipher.decrypt(sealed);
    } catch {
      return undefined; // With the lengths right, a tag that does not match is all that is left to throw.
    }
  },
};
