// Noise_IK_25519_ChaChaPoly_SHA256 of the Noise Protocol Framework, revision 34, as pure steps:
//   <- s ... -> e, es, s, ss   <- e, ee, se
// The initiator knows the responder's static key and is known by its own, which only the responder can read. Ephemeral
// secrets are handed in and must never be used twice. WIRE 14.1.
import { concat, utf8 } from '../bytes.ts';
import { AEAD_TAG_BYTES, X25519_BYTES, type CryptoEngine } from '../crypto/engine.ts';
import { refuseUnless } from '../wire-error.ts';
import {
  mixHash,
  mixKey,
  openAndHash,
  sealAndHash,
  split,
  startSymmetric,
  type SplitCiphers,
  type SymmetricState,
} from './symmetric-state.ts';

const PROTOCOL = utf8('Noise_IK_25519_ChaChaPoly_SHA256');
const SEALED_KEY_BYTES = X25519_BYTES + AEAD_TAG_BYTES;
/** Of the first message with an empty payload. */
export const FIRST_MESSAGE_BYTES = X25519_BYTES + SEALED_KEY_BYTES + AEAD_TAG_BYTES;
/** Of the second, likewise. */
export const SECOND_MESSAGE_BYTES = X25519_BYTES + AEAD_TAG_BYTES;

export interface InitiatorKeys {
  readonly prologue: Uint8Array;
  readonly staticSecret: Uint8Array;
  readonly ephemeralSecret: Uint8Array;
  readonly remoteStatic: Uint8Array;
}

export interface ResponderKeys {
  readonly prologue: Uint8Array;
  readonly staticSecret: Uint8Array;
  /** Of that secret: it is the same each time, and costs a product on the curve. */
  readonly staticPublic: Uint8Array;
}

/** The initiator between the two messages. */
export interface AwaitingSecond {
  readonly symmetric: SymmetricState;
  readonly staticSecret: Uint8Array;
  readonly ephemeralSecret: Uint8Array;
}

/** The responder between the two messages: who says to be there, and it is proven only by what it sends next. */
export interface FirstRead {
  readonly symmetric: SymmetricState;
  readonly remoteStatic: Uint8Array;
  readonly remoteEphemeral: Uint8Array;
  readonly payload: Uint8Array;
}

export interface Established extends SplitCiphers {
  /** The handshake's own hash, one for each channel there ever was (11.2). */
  readonly handshakeHash: Uint8Array;
}

/** -> e, es, s, ss. Throws OUT_OF_RANGE where the responder's key is of low order. */
export function writeFirst(
  engine: CryptoEngine,
  keys: InitiatorKeys,
  payload: Uint8Array,
): { readonly message: Uint8Array; readonly state: AwaitingSecond } {
  const { staticSecret, ephemeralSecret, remoteStatic } = keys;
  const ephemeral = engine.x25519PublicKey(ephemeralSecret);
  let state = mixHash(engine, begin(engine, keys.prologue, remoteStatic), ephemeral);
  state = mixKey(engine, state, engine.x25519(ephemeralSecret, remoteStatic));
  const identity = sealAndHash(engine, state, engine.x25519PublicKey(staticSecret));
  state = mixKey(engine, identity.state, engine.x25519(staticSecret, remoteStatic));
  const sealed = sealAndHash(engine, state, payload);
  return {
    message: concat(ephemeral, identity.bytes, sealed.bytes),
    state: { symmetric: sealed.state, staticSecret, ephemeralSecret },
  };
}

/** Throws TRUNCATED, OUT_OF_RANGE for a key of low order, BAD_SEAL for anything that is not meant for these keys. */
export function readFirst(engine: CryptoEngine, keys: ResponderKeys, message: Uint8Array): FirstRead {
  const { prologue, staticSecret, staticPublic } = keys;
  refuseUnless(message.length >= FIRST_MESSAGE_BYTES, 'TRUNCATED', 'a first message that ends early');
  const remoteEphemeral = message.slice(0, X25519_BYTES);
  const payloadAt = X25519_BYTES + SEALED_KEY_BYTES;
  let state = begin(engine, prologue, staticPublic);
  state = mixHash(engine, state, remoteEphemeral);
  state = mixKey(engine, state, engine.x25519(staticSecret, remoteEphemeral));
  const identity = openAndHash(engine, state, message.subarray(X25519_BYTES, payloadAt));
  const remoteStatic = identity.bytes;
  state = mixKey(engine, identity.state, engine.x25519(staticSecret, remoteStatic));
  const opened = openAndHash(engine, state, message.subarray(payloadAt));
  return { symmetric: opened.state, remoteStatic, remoteEphemeral, payload: opened.bytes };
}

/** <- e, ee, se. */
export function writeSecond(
  engine: CryptoEngine,
  { symmetric, remoteStatic, remoteEphemeral }: FirstRead,
  ephemeralSecret: Uint8Array,
  payload: Uint8Array,
): { readonly message: Uint8Array; readonly established: Established } {
  const ephemeral = engine.x25519PublicKey(ephemeralSecret);
  let state = mixHash(engine, symmetric, ephemeral);
  state = mixKey(engine, state, engine.x25519(ephemeralSecret, remoteEphemeral));
  state = mixKey(engine, state, engine.x25519(ephemeralSecret, remoteStatic));
  const sealed = sealAndHash(engine, state, payload);
  return { message: concat(ephemeral, sealed.bytes), established: establish(engine, sealed.state) };
}

/** Throws TRUNCATED, OUT_OF_RANGE, BAD_SEAL as `readFirst` does. */
export function readSecond(
  engine: CryptoEngine,
  { symmetric, staticSecret, ephemeralSecret }: AwaitingSecond,
  message: Uint8Array,
): { readonly established: Established; readonly payload: Uint8Array } {
  refuseUnless(message.length >= SECOND_MESSAGE_BYTES, 'TRUNCATED', 'a second message that ends early');
  const remoteEphemeral = message.slice(0, X25519_BYTES);
  let state = mixHash(engine, symmetric, remoteEphemeral);
  state = mixKey(engine, state, engine.x25519(ephemeralSecret, remoteEphemeral));
  state = mixKey(engine, state, engine.x25519(staticSecret, remoteEphemeral));
  const opened = openAndHash(engine, state, message.subarray(X25519_BYTES));
  return { established: establish(engine, opened.state), payload: opened.bytes };
}

/** Both sides know the responder's static key before they begin. */
const begin = (engine: CryptoEngine, prologue: Uint8Array, responderStatic: Uint8Array): SymmetricState =>
  mixHash(engine, mixHash(engine, startSymmetric(PROTOCOL), prologue), responderStatic);

const establish = (engine: CryptoEngine, state: SymmetricState): Established => ({
  ...split(engine, state),
  handshakeHash: state.hash,
});
