// The names of things on the wire, branded so that one is never passed for another. WIRE 1.
import { concat, encodeHex, utf8 } from './bytes.ts';
import type { CryptoEngine } from './crypto/engine.ts';
import { bytes, type Codec } from './cbor/codec.ts';

export const LOCK_ID_BYTES = 16;
export const DOOR_ID_BYTES = 16;
export const HASH_BYTES = 32;

/** 16 bytes that follow from the lock's identity key; not secret, but never in the clear in an advert. */
export type LockId = Uint8Array & { readonly brand: 'LockId' };
/** 16 bytes drawn by the cloud when the door is made. */
export type DoorId = Uint8Array & { readonly brand: 'DoorId' };
/** SHA-256, 32 bytes. */
export type Hash = Uint8Array & { readonly brand: 'Hash' };

export const lockIdCodec = bytes(LOCK_ID_BYTES) as unknown as Codec<LockId>;
export const doorIdCodec = bytes(DOOR_ID_BYTES) as unknown as Codec<DoorId>;
export const hashCodec = bytes(HASH_BYTES) as unknown as Codec<Hash>;

/** WIRE 1.2: the first 16 bytes of SHA-256("doorlab/lock-id/1" || identity key). */
export function lockIdOf(engine: CryptoEngine, identityKey: Uint8Array): LockId {
  return engine.sha256(concat(utf8('doorlab/lock-id/1'), identityKey)).slice(0, LOCK_ID_BYTES) as LockId;
}

export const hashOf = (engine: CryptoEngine, data: Uint8Array): Hash => engine.sha256(data) as Hash;

export const asLockId = (raw: Uint8Array): LockId | undefined =>
  raw.length === LOCK_ID_BYTES ? (Uint8Array.from(raw) as LockId) : undefined;

export const asDoorId = (raw: Uint8Array): DoorId | undefined =>
  raw.length === DOOR_ID_BYTES ? (Uint8Array.from(raw) as DoorId) : undefined;

/** For people and logs: the first 8 hex digits. */
export const shortId = (id: LockId | DoorId): string => encodeHex(id.subarray(0, 4));
