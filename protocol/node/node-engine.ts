// The Node engine: node:crypto with kept KeyObjects, for the cloud, fleets and proofs. It accepts exactly what the
// portable engine accepts: OpenSSL by itself takes keys of small order.
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hash,
  hkdfSync,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import { AEAD_TAG_BYTES, type CryptoEngine, type Sha256Stream } from '../crypto/engine.ts';
import {
  hasOpenLengths,
  hasX25519Lengths,
  requireAeadLengths,
  requireHkdfLengths,
  requireSeed,
  requireX25519Secret,
} from '../crypto/lengths.ts';
import { RecentKeys } from '../crypto/recent-keys.ts';
import { isStrictEd25519 } from '../crypto/strict-ed25519.ts';
import { concat, decodeHex } from '../bytes.ts';
import { invariant } from '../errors.ts';

/** Enough for every lock of a large fleet; a KeyObject takes about 1 KiB. */
const KEPT_PUBLIC_KEYS = 4096;
const KEPT_PRIVATE_KEYS = 1024;

/** RFC 8410: a private key in DER is this and its 32 bytes. A JWK of it would need the public key first. */
const ED25519_PKCS8 = der('302e020100300506032b657004220420');
const X25519_PKCS8 = der('302e020100300506032b656e04220420');

const ed25519Public = new RecentKeys(KEPT_PUBLIC_KEYS, (key) => publicKeyObject('Ed25519', key));
const ed25519Private = new RecentKeys(KEPT_PRIVATE_KEYS, (seed) => keyPair(ED25519_PKCS8, seed));
const x25519Public = new RecentKeys(KEPT_PUBLIC_KEYS, (key) => publicKeyObject('X25519', key));
const x25519Private = new RecentKeys(KEPT_PRIVATE_KEYS, (secret) => keyPair(X25519_PKCS8, secret));

export const nodeEngine: CryptoEngine = {
  name: 'node',

  sha256: (data) => plain(hash('sha256', data, 'buffer')),

  sha256Stream() {
    const running = createHash('sha256');
    const stream: Sha256Stream = {
      update(data) {
        running.update(data);
        return stream;
      },
      digest: () => plain(running.digest()),
    };
    return stream;
  },

  hmacSha256: (key, data) => plain(createHmac('sha256', key).update(data).digest()),

  hkdfSha256(ikm, salt, info, lengthBytes) {
    requireHkdfLengths(info, lengthBytes);
    return new Uint8Array(hkdfSync('sha256', ikm, salt, info, lengthBytes));
  },

  ed25519PublicKey(seed) {
    requireSeed(seed);
    return Uint8Array.from(ed25519Private.get(seed).publicKey);
  },

  ed25519Sign(seed, message) {
    requireSeed(seed);
    return plain(sign(null, message, ed25519Private.get(seed).privateKey));
  },

  ed25519Verify(publicKey, message, signature) {
    return (
      isStrictEd25519(publicKey, signature) && verify(null, message, ed25519Public.get(publicKey), signature)
    );
  },

  x25519PublicKey(secret) {
    requireX25519Secret(secret);
    return Uint8Array.from(x25519Private.get(secret).publicKey);
  },

  x25519(secret, publicKey) {
    if (!hasX25519Lengths(secret, publicKey)) return undefined;
    const keys = { privateKey: x25519Private.get(secret).privateKey, publicKey: x25519Public.get(publicKey) };
    try {
      return plain(diffieHellman(keys));
    } catch {
      return undefined; // OpenSSL fails where the shared secret would be all zero, and nowhere else.
    }
  },

  aeadSeal(key, nonce, plaintext, aad) {
    requireAeadLengths(key, nonce);
    const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: AEAD_TAG_BYTES });
    cipher.setAAD(aad, { plaintextLength: plaintext.length });
    return concat(cipher.update(plaintext), cipher.final(), cipher.getAuthTag());
  },

  aeadOpen(key, nonce, sealed, aad) {
    if (!hasOpenLengths(key, nonce, sealed)) return undefined;
    const length = sealed.length - AEAD_TAG_BYTES;
    const decipher = createDecipheriv('chacha20-poly1305', key, nonce, { authTagLength: AEAD_TAG_BYTES });
    decipher.setAAD(aad, { plaintextLength: length });
    decipher.setAuthTag(sealed.subarray(length));
    const plaintext = decipher.update(sealed.subarray(0, length));
    try {
      decipher.final();
    } catch {
      return undefined;
    }
    return plain(plaintext);
  },
};

/** RFC 8037. Measured at 6 µs, where the same key in DER takes OpenSSL's decoders 140 µs. */
const publicKeyObject = (crv: 'Ed25519' | 'X25519', key: Uint8Array): KeyObject =>
  createPublicKey({ key: { kty: 'OKP', crv, x: Buffer.from(key).toString('base64url') }, format: 'jwk' });

function keyPair(prefix: Uint8Array, secret: Uint8Array): { privateKey: KeyObject; publicKey: Uint8Array } {
  const privateKey = createPrivateKey({ key: Buffer.concat([prefix, secret]), format: 'der', type: 'pkcs8' });
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' });
  invariant(x, 'an OKP key with its x');
  return { privateKey, publicKey: plain(Buffer.from(x, 'base64url')) };
}

/** A Buffer may be a window on a shared pool; what leaves the engine is its owner's alone. */
const plain = (buffer: Buffer): Uint8Array => new Uint8Array(buffer);

function der(hex: string): Uint8Array {
  const bytes = decodeHex(hex);
  invariant(bytes, 'a constant in hex');
  return bytes;
}
