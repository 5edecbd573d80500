// A manifest's frame as verifiers know it that have not heard of Ed25519's own number (-19) yet: the same object
// with the deprecated EdDSA (-8). Each such package registers its tags in cbor-x for the whole process, so each
// has a test file of its own.
import { concat, utf8 } from '#protocol/bytes.ts';
import { nodeEngine as engine } from '#protocol/node/node-engine.ts';
import { sign1 } from '#protocol/signed/cose.ts';
import { aKeySet } from '../builders/key-set.ts';
import { aLock } from '../builders/lock.ts';

export const ALG_EDDSA = -8;
export const { lockId } = aLock();
export const { table: signer } = aKeySet();
export const payload = utf8('what is signed');
export const externalAad = concat(utf8('doorlab/manifest/1'), Uint8Array.of(0), lockId);
export const otherRole = concat(utf8('doorlab/receipt/1'), Uint8Array.of(0), lockId);

export const good = sign1(engine, signer, 'manifest', lockId, payload, { algorithm: ALG_EDDSA });
/** Ours, with the number that we use. */
export const ours = sign1(engine, signer, 'manifest', lockId, payload);
export const changed = Uint8Array.from(good);
changed[Buffer.from(good).indexOf(payload)]! ^= 1;

/** RFC 9053, 7.2: an Ed25519 public key as COSE_Key. */
export const coseKey = new Map<number, number | Uint8Array>([
  [1, 1],
  [-1, 6],
  [-2, signer.publicKey],
]);
