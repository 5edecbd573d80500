// Activation binds a lock to a door: the lock signs what it is and what it was asked, the cloud holds that
// against the label's hash and answers the lock's secrets, sealed to it and signed by the table key. WIRE 10.
import { bytes, decodeWith, encodeWith, field, int, literal, struct } from '../cbor/codec.ts';
import { concat, equalBytes, utf8 } from '../bytes.ts';
import type { CryptoEngine } from '../crypto/engine.ts';
import { AEAD_KEY_BYTES } from '../crypto/engine.ts';
import {
  doorIdCodec,
  hashCodec,
  lockIdCodec,
  lockIdOf,
  type DoorId,
  type Hash,
  type LockId,
} from '../ids.ts';
import { ACTIVATION_MAX_BYTES } from '../limits.ts';
import { labelHashOf } from '../label.ts';
import { chunkNonce } from '../table/seal.ts';
import { refuseUnless, WireError } from '../wire-error.ts';
import { NONCE_BYTES } from './receipt.ts';
import { parseSign1, sign1, signedHash, verifyParts, type Signer } from './cose.ts';

export const ACTIVATION_NONCE_BYTES = 32;
export const LOCK_SECRET_BYTES = 32;
const FORMAT = 1;
const SEALED_SECRETS_BYTES = 3 * LOCK_SECRET_BYTES + 16;

/** What the cloud asks of a lock whose activation window is open. */
export interface ActivationRequest {
  readonly format: typeof FORMAT;
  readonly nonce: Uint8Array;
  readonly doorId: DoorId;
  readonly ownershipEpoch: number;
  /** SHA-256 of the payload of the key set that was sent just before. */
  readonly keySetHash: Hash;
}

/**
 * The cloud's nonce in the receipt that answers a grant: the start of the statement's hash, which covers the request's
 * own nonce and the key set that is pinned. A receipt of another binding never bears it. WIRE 9.7.
 */
export const activationReceiptNonce = (statementHash: Uint8Array): Uint8Array =>
  statementHash.slice(0, NONCE_BYTES);

const requestFields = {
  format: field(1, literal(FORMAT)),
  nonce: field(2, bytes(ACTIVATION_NONCE_BYTES)),
  doorId: field(3, doorIdCodec),
  ownershipEpoch: field(4, int(1, 0xffff_ffff)),
  keySetHash: field(5, hashCodec),
};
const requestCodec = struct<ActivationRequest>(requestFields);

export const encodeActivationRequest = (request: ActivationRequest): Uint8Array =>
  encodeWith(requestCodec, request);

export const decodeActivationRequest = (input: Uint8Array): ActivationRequest =>
  decodeWith(requestCodec, input, ACTIVATION_MAX_BYTES, 'activation request');

/** The lock's answer, signed with its identity. */
export interface ActivationStatement extends ActivationRequest {
  readonly lockId: LockId;
  readonly identityKey: Uint8Array;
  readonly sealingKey: Uint8Array;
  readonly channelKey: Uint8Array;
  readonly capacityRows: number;
  readonly firmware: number;
}

const statementCodec = struct<ActivationStatement>({
  ...requestFields,
  lockId: field(6, lockIdCodec),
  identityKey: field(7, bytes(32)),
  sealingKey: field(8, bytes(32)),
  channelKey: field(9, bytes(32)),
  capacityRows: field(10, int(1, 0xffff_ffff)),
  firmware: field(11, int(0, 0xffff_ffff)),
});

export const signStatement = (
  engine: CryptoEngine,
  identity: Signer,
  statement: ActivationStatement,
): Uint8Array =>
  sign1(engine, identity, 'activation-statement', new Uint8Array(0), encodeWith(statementCodec, statement));

export interface VerifiedStatement {
  readonly statement: ActivationStatement;
  /** SHA-256 of its Sig_structure; the grant is bound to it. */
  readonly hash: Hash;
}

/**
 * The statement of the lock whose label bears `labelHash`, and of no other. Throws WireError: WRONG_AUDIENCE for
 * another lock, BAD_SIGNATURE for a forgery.
 */
export function verifyStatement(
  engine: CryptoEngine,
  input: Uint8Array,
  labelHash: Uint8Array,
): VerifiedStatement {
  const parts = parseSign1(input, ACTIVATION_MAX_BYTES, 'activation-statement', new Uint8Array(0));
  const statement = decodeWith(statementCodec, parts.payload, ACTIVATION_MAX_BYTES, 'statement');
  const isLabelled = equalBytes(labelHashOf(engine, statement.identityKey), labelHash);
  refuseUnless(isLabelled, 'WRONG_AUDIENCE', 'another lock than the one whose label was given');
  verifyParts(engine, parts, statement.identityKey);
  const isItsId = equalBytes(statement.lockId, lockIdOf(engine, statement.identityKey));
  refuseUnless(isItsId, 'WRONG_AUDIENCE', 'a lock id that does not follow from the identity key');
  return { statement, hash: signedHash(engine, parts) };
}

/**
 * The cloud's other half of the check: a statement counts only as the answer to the request that is open, or an
 * old one could be played again. Throws WRONG_AUDIENCE.
 */
export function requireAnswer(statement: ActivationStatement, request: ActivationRequest): void {
  const answers =
    equalBytes(statement.nonce, request.nonce) &&
    equalBytes(statement.doorId, request.doorId) &&
    statement.ownershipEpoch === request.ownershipEpoch &&
    equalBytes(statement.keySetHash, request.keySetHash);
  refuseUnless(answers, 'WRONG_AUDIENCE', 'a statement that answers another request');
}

/** What cloud and lock alone share. 32 bytes each. */
export interface LockSecrets {
  /** Keys the verifiers of doorcodes and cards. */
  readonly credentialKey: Uint8Array;
  /** Daily doorcodes are derived from it. */
  readonly dailyKey: Uint8Array;
  /** Known to couriers of the door as well: masks the advert and opens the hello. */
  readonly advertisingKey: Uint8Array;
}

interface Grant {
  readonly format: typeof FORMAT;
  readonly statementHash: Hash;
  readonly ephemeralKey: Uint8Array;
  readonly sealedSecrets: Uint8Array;
}

const grantCodec = struct<Grant>({
  format: field(1, literal(FORMAT)),
  statementHash: field(2, hashCodec),
  ephemeralKey: field(3, bytes(32)),
  sealedSecrets: field(4, bytes(SEALED_SECRETS_BYTES)),
});

/** `ephemeralSecret`: 32 fresh bytes, used once. */
export function signGrant(
  engine: CryptoEngine,
  tableSigner: Signer,
  ephemeralSecret: Uint8Array,
  verified: VerifiedStatement,
  secrets: LockSecrets,
): Uint8Array {
  const { statement, hash } = verified;
  const shared = engine.x25519(ephemeralSecret, statement.sealingKey);
  const key = grantKey(engine, shared, statement.lockId, hash);
  const plaintext = concat(secrets.credentialKey, secrets.dailyKey, secrets.advertisingKey);
  const grant: Grant = {
    format: FORMAT,
    statementHash: hash,
    ephemeralKey: engine.x25519PublicKey(ephemeralSecret),
    sealedSecrets: engine.aeadSeal(key, chunkNonce(0), plaintext, new Uint8Array(0)),
  };
  return sign1(engine, tableSigner, 'activation-grant', statement.lockId, encodeWith(grantCodec, grant));
}

/** The lock's side: the secrets, once the table key signed them for exactly this statement. Throws WireError. */
export function openGrant(
  engine: CryptoEngine,
  input: Uint8Array,
  expected: {
    readonly lockId: LockId;
    readonly statementHash: Hash;
    readonly tableKey: Uint8Array;
    readonly sealingSecret: Uint8Array;
  },
): LockSecrets {
  const parts = parseSign1(input, ACTIVATION_MAX_BYTES, 'activation-grant', expected.lockId);
  verifyParts(engine, parts, expected.tableKey);
  const grant = decodeWith(grantCodec, parts.payload, ACTIVATION_MAX_BYTES, 'grant');
  const answersUs = equalBytes(grant.statementHash, expected.statementHash);
  refuseUnless(answersUs, 'WRONG_AUDIENCE', 'a grant for another statement');
  const shared = engine.x25519(expected.sealingSecret, grant.ephemeralKey);
  const key = grantKey(engine, shared, expected.lockId, grant.statementHash);
  const plaintext = engine.aeadOpen(key, chunkNonce(0), grant.sealedSecrets, new Uint8Array(0));
  if (plaintext === undefined) throw new WireError('BAD_SEAL', 'the secrets were not sealed to this lock');
  return {
    credentialKey: plaintext.slice(0, 32),
    dailyKey: plaintext.slice(32, 64),
    advertisingKey: plaintext.slice(64, 96),
  };
}

function grantKey(
  engine: CryptoEngine,
  shared: Uint8Array | undefined,
  lockId: LockId,
  statementHash: Hash,
): Uint8Array {
  if (shared === undefined) throw new WireError('BAD_SEAL', 'a public key that gives no shared secret');
  const info = concat(utf8('doorlab/grant/1'), lockId, statementHash);
  return engine.hkdfSha256(shared, new Uint8Array(0), info, AEAD_KEY_BYTES);
}
