// What a lock's secure element keeps: its born secrets, its owner and the per-lock secrets of its activation,
// the floor, and the count that the settings log is bound to. One immutable value, stored whole.
import {
  bytes,
  decodeWith,
  encodeWith,
  field,
  literal,
  nullable,
  struct,
  u32,
} from '#protocol/cbor/codec.ts';
import { type DoorId, type Hash, doorIdCodec, hashCodec } from '#protocol/ids.ts';
import { KEY_SET_MAX_BYTES } from '#protocol/limits.ts';
import type { Random } from '#protocol/ports/random.ts';
import type { LockSecrets } from '#protocol/signed/activation.ts';
import { type Triple, tripleCodec } from '#protocol/triple.ts';

const FORMAT = 1;
const SECRET_BYTES = 32;
export const SECURE_CONTENTS_MAX_BYTES = 8_192;

/** Whom the lock obeys, from its activation on; kept through a reset until the root key releases it. */
export interface Owner {
  readonly doorId: DoorId;
  readonly ownershipEpoch: number;
  /** The verified key set as received; its roots are the pinned ones. */
  readonly keySetBytes: Uint8Array;
}

/** No table below it is ever taken or opened; with a table version of 0 there has been none yet. */
export interface Floor {
  readonly triple: Triple;
  /** Of the table at the floor: what a degraded lock takes again. Null before the first. */
  readonly tableHash: Hash | null;
}

export interface SecureContents {
  readonly format: typeof FORMAT;
  /** Ed25519 seed. Its public key is the lock's identity; the label bears its hash. */
  readonly identitySeed: Uint8Array;
  /** X25519 secret that tables and grants are sealed to. */
  readonly sealingSecret: Uint8Array;
  /** X25519 secret: the lock's Noise static key, used for nothing else. */
  readonly channelSecret: Uint8Array;
  /** Tables at rest and their commit records hang on it: a new one unmakes them all at once. */
  readonly tableSecret: Uint8Array;
  /** Checks settings, seals event rows at rest; outlives owners. */
  readonly logSecret: Uint8Array;
  readonly owner: Owner | null;
  /** Null before activation and after deactivation. */
  readonly lockSecrets: LockSecrets | null;
  readonly floor: Floor;
  /** Number of the last settings record that is known to be in flash. */
  readonly settingsCount: number;
  /**
   * The highest firmware number that passed its trial. No image in flash below it ever boots or is taken; the one that
   * is built in boots where there is no other.
   */
  readonly firmwareFloor: number;
}

const secret = bytes(SECRET_BYTES);

const contentsCodec = struct<SecureContents>({
  format: field(1, literal(FORMAT)),
  identitySeed: field(2, secret),
  sealingSecret: field(3, secret),
  channelSecret: field(4, secret),
  tableSecret: field(5, secret),
  logSecret: field(6, secret),
  owner: field(
    7,
    nullable(
      struct<Owner>({
        doorId: field(1, doorIdCodec),
        ownershipEpoch: field(2, u32),
        keySetBytes: field(3, bytes(1, KEY_SET_MAX_BYTES)),
      }),
    ),
  ),
  lockSecrets: field(
    8,
    nullable(
      struct<LockSecrets>({
        credentialKey: field(1, secret),
        dailyKey: field(2, secret),
        advertisingKey: field(3, secret),
      }),
    ),
  ),
  floor: field(9, struct<Floor>({ triple: field(1, tripleCodec), tableHash: field(2, nullable(hashCodec)) })),
  settingsCount: field(10, u32),
  firmwareFloor: field(11, u32),
});

export const encodeSecureContents = (contents: SecureContents): Uint8Array =>
  encodeWith(contentsCodec, contents);

/** Throws WireError. */
export const decodeSecureContents = (input: Uint8Array): SecureContents =>
  decodeWith(contentsCodec, input, SECURE_CONTENTS_MAX_BYTES, 'secure element');

/** A lock as it leaves the factory. */
export const manufacture = (random: Random): SecureContents => ({
  format: FORMAT,
  identitySeed: random.bytes(SECRET_BYTES),
  sealingSecret: random.bytes(SECRET_BYTES),
  channelSecret: random.bytes(SECRET_BYTES),
  tableSecret: random.bytes(SECRET_BYTES),
  logSecret: random.bytes(SECRET_BYTES),
  owner: null,
  lockSecrets: null,
  floor: { triple: { ownershipEpoch: 0, keyEpoch: 0, tableVersion: 0 }, tableHash: null },
  settingsCount: 0,
  firmwareFloor: 0,
});
