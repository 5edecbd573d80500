// Noise IK against the published vectors of two other implementations, on both engines; then what an attacker may try.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { concat } from '#protocol/bytes.ts';
import { open, seal, type CipherState } from '#protocol/noise/cipher-state.ts';
import {
  FIRST_MESSAGE_BYTES,
  readFirst,
  readSecond,
  SECOND_MESSAGE_BYTES,
  writeFirst,
  writeSecond,
} from '#protocol/noise/noise-ik.ts';
import { ENGINES, everyBitFlip, hex, NOTHING } from './crypto-engines.ts';
import { codeOf } from './refusal.ts';

interface Vector {
  readonly name: string;
  readonly prologue: string;
  readonly initiatorStatic: string;
  readonly initiatorEphemeral: string;
  readonly responderStaticPublic: string;
  readonly responderStatic: string;
  readonly responderEphemeral: string;
  readonly handshakeHash?: string;
  readonly messages: readonly { readonly payload: string; readonly ciphertext: string }[];
}

const { vectors } = JSON.parse(
  readFileSync(new URL('../vectors/published/noise-ik.json', import.meta.url), 'utf8'),
) as { vectors: Vector[] };

/** All points of low order on Curve25519 and its twist, canonical and not (as listed at cr.yp.to/ecdh.html). */
const LOW_ORDER = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].map(hex);

describe.each(ENGINES)('Noise IK on the $name engine', (engine) => {
  it.each(vectors)('says what the vector of $name says, both ways, transport messages too', (vector) => {
    const prologue = hex(vector.prologue);
    const [first, second, ...transport] = vector.messages;
    const remoteStatic = hex(vector.responderStaticPublic);
    const staticSecret = hex(vector.responderStatic);
    const responder = { prologue, staticSecret, staticPublic: remoteStatic };
    expect(engine.x25519PublicKey(responder.staticSecret)).toEqual(remoteStatic);
    const initiator = writeFirst(
      engine,
      {
        prologue,
        staticSecret: hex(vector.initiatorStatic),
        ephemeralSecret: hex(vector.initiatorEphemeral),
        remoteStatic,
      },
      hex(first!.payload),
    );
    expect(initiator.message).toEqual(hex(first!.ciphertext));
    const read = readFirst(engine, responder, initiator.message);
    expect(read.payload).toEqual(hex(first!.payload));
    expect(read.remoteStatic).toEqual(engine.x25519PublicKey(hex(vector.initiatorStatic)));
    const answer = writeSecond(engine, read, hex(vector.responderEphemeral), hex(second!.payload));
    expect(answer.message).toEqual(hex(second!.ciphertext));
    const { established, payload } = readSecond(engine, initiator.state, answer.message);
    expect(payload).toEqual(hex(second!.payload));
    expect(established).toEqual(answer.established);
    if (vector.handshakeHash !== undefined)
      expect(established.handshakeHash).toEqual(hex(vector.handshakeHash));
    expect(transport.length).toBeGreaterThanOrEqual(2);
    let { fromInitiator, fromResponder } = established;
    transport.forEach((message, at) => {
      const cipher = at % 2 === 0 ? fromInitiator : fromResponder;
      const sealed = seal(engine, cipher, NOTHING, hex(message.payload));
      expect(sealed.bytes).toEqual(hex(message.ciphertext));
      expect(open(engine, cipher, NOTHING, sealed.bytes).bytes).toEqual(hex(message.payload));
      if (at % 2 === 0) fromInitiator = sealed.cipher;
      else fromResponder = sealed.cipher;
    });
  });

  const [vector] = vectors;
  const keys = {
    prologue: hex(vector!.prologue),
    staticSecret: hex(vector!.initiatorStatic),
    ephemeralSecret: hex(vector!.initiatorEphemeral),
    remoteStatic: hex(vector!.responderStaticPublic),
  };
  const responder = {
    prologue: keys.prologue,
    staticSecret: hex(vector!.responderStatic),
    staticPublic: keys.remoteStatic,
  };
  const initiator = writeFirst(engine, keys, NOTHING);
  const second = writeSecond(
    engine,
    readFirst(engine, responder, initiator.message),
    hex(vector!.responderEphemeral),
    NOTHING,
  );

  it('refuses a first and a second message with any bit flipped', () => {
    // The top bit of an X25519 key is not looked at (RFC 7748, 5), but it is hashed.
    for (const flipped of everyBitFlip(initiator.message)) {
      expect(['BAD_SEAL', 'OUT_OF_RANGE']).toContain(codeOf(() => readFirst(engine, responder, flipped)));
    }
    for (const flipped of everyBitFlip(second.message)) {
      const code = codeOf(() => readSecond(engine, initiator.state, flipped));
      expect(['BAD_SEAL', 'OUT_OF_RANGE']).toContain(code);
    }
  });

  it('refuses a message that was cut anywhere, or that goes on', () => {
    expect([initiator.message.length, second.message.length]).toEqual([
      FIRST_MESSAGE_BYTES,
      SECOND_MESSAGE_BYTES,
    ]);
    for (let length = 0; length < FIRST_MESSAGE_BYTES; length++) {
      expect(codeOf(() => readFirst(engine, responder, initiator.message.subarray(0, length)))).toBe(
        'TRUNCATED',
      );
    }
    for (let length = 0; length < SECOND_MESSAGE_BYTES; length++) {
      expect(codeOf(() => readSecond(engine, initiator.state, second.message.subarray(0, length)))).toBe(
        'TRUNCATED',
      );
    }
    const longer = concat(initiator.message, Uint8Array.of(0));
    expect(codeOf(() => readFirst(engine, responder, longer))).toBe('BAD_SEAL');
  });

  it('refuses every point of low order, as ephemeral, as static and from the responder', () => {
    for (const point of LOW_ORDER) {
      const asEphemeral = concat(point, initiator.message.subarray(32));
      expect(codeOf(() => readFirst(engine, responder, asEphemeral))).toBe('OUT_OF_RANGE');
      const answer = concat(point, second.message.subarray(32));
      expect(codeOf(() => readSecond(engine, initiator.state, answer))).toBe('OUT_OF_RANGE');
      const remoteStatic = point;
      expect(codeOf(() => writeFirst(engine, { ...keys, remoteStatic }, NOTHING))).toBe('OUT_OF_RANGE');
      // A responder that took it would share a secret that everybody knows.
      const believing = {
        ...engine,
        x25519PublicKey: (secret: Uint8Array) =>
          secret === keys.staticSecret ? point : engine.x25519PublicKey(secret),
      };
      const lie = writeFirst(believing, keys, NOTHING).message;
      expect(codeOf(() => readFirst(engine, responder, lie))).toBe('OUT_OF_RANGE');
    }
  });

  it('refuses another lock, another prologue and an initiator without the secret of the key it names', () => {
    const otherSecret = hex(vector!.responderEphemeral);
    const remoteStatic = engine.x25519PublicKey(otherSecret);
    const elsewhere = writeFirst(engine, { ...keys, remoteStatic }, NOTHING).message;
    expect(codeOf(() => readFirst(engine, responder, elsewhere))).toBe('BAD_SEAL');
    const epoch = writeFirst(engine, { ...keys, prologue: hex('00') }, NOTHING).message;
    expect(codeOf(() => readFirst(engine, responder, epoch))).toBe('BAD_SEAL');
    const named = engine.x25519PublicKey(keys.staticSecret);
    const liar = {
      ...engine,
      x25519PublicKey: (secret: Uint8Array) =>
        secret === otherSecret ? named : engine.x25519PublicKey(secret),
    };
    const impersonated = writeFirst(liar, { ...keys, staticSecret: otherSecret }, NOTHING).message;
    expect(codeOf(() => readFirst(engine, responder, impersonated))).toBe('BAD_SEAL');
  });

  it('gives who replays a first message no way to read or say what follows', () => {
    const again = readFirst(engine, responder, initiator.message);
    const other = writeSecond(engine, again, hex('11'.repeat(32)), NOTHING);
    expect(other.established.fromInitiator.key).not.toEqual(second.established.fromInitiator.key);
    const recorded = seal(engine, second.established.fromInitiator, NOTHING, hex('01'));
    expect(codeOf(() => open(engine, other.established.fromInitiator, NOTHING, recorded.bytes))).toBe(
      'BAD_SEAL',
    );
  });

  it('opens a message in its turn and in its direction alone', () => {
    const { fromInitiator, fromResponder } = second.established;
    const one = seal(engine, fromInitiator, NOTHING, hex('01'));
    const two = seal(engine, one.cipher, NOTHING, hex('02'));
    const refused = (cipher: CipherState, bytes: Uint8Array): string | undefined =>
      codeOf(() => open(engine, cipher, NOTHING, bytes));
    expect(refused(fromInitiator, two.bytes)).toBe('BAD_SEAL');
    expect(refused(one.cipher, one.bytes)).toBe('BAD_SEAL');
    expect(refused(fromResponder, one.bytes)).toBe('BAD_SEAL');
    for (const flipped of everyBitFlip(one.bytes)) expect(refused(fromInitiator, flipped)).toBe('BAD_SEAL');
    for (let length = 0; length < one.bytes.length; length++)
      expect(refused(fromInitiator, one.bytes.subarray(0, length))).toBe('BAD_SEAL');
  });

  it('shows nobody but the responder who the initiator is', () => {
    const identity = engine.x25519PublicKey(keys.staticSecret);
    const spelled = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
    const talk = spelled(concat(initiator.message, second.message));
    expect(talk).not.toContain(spelled(identity));
    const next = writeFirst(engine, { ...keys, ephemeralSecret: hex('22'.repeat(32)) }, NOTHING);
    for (let at = 0; at + 4 <= initiator.message.length; at++)
      expect(spelled(next.message)).not.toContain(spelled(initiator.message.subarray(at, at + 4)));
  });
});
