// Root keys that live apart from the cloud: made on a machine of their own, their public half handed over as a file.
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { decodeHex, encodeHex } from '#protocol/bytes.ts';
import { isStrictPoint } from '#protocol/crypto/strict-ed25519.ts';
import { invariant } from '#protocol/errors.ts';
import { nowS } from '#protocol/ports/clock.ts';
import { jsonOf } from '../json-text.ts';
import { KeyFileError, SECRET_BYTES, writeKeyFile, writeNewFile } from './key-file.ts';
import type { Keygen } from './keygen.ts';
import { fingerprintOf } from './sign-request.ts';

const PUBLIC_MAX_CHARACTERS = 4_096;
const PUBLIC_FILE = 'Name the .pub file that `doorlab cloud root-key` has made.';

const PublicFile = z.strictObject({
  format: z.literal(1),
  role: z.literal('root'),
  algorithm: z.literal('Ed25519'),
  publicKey: z.string().regex(/^[0-9a-f]{64}$/),
});

export interface MadeRoot {
  readonly file: string;
  readonly publicFile: string;
  readonly fingerprint: string;
}

/** Throws KEY_EXISTS. */
export function makeRootKey(file: string, { engine, clock, random }: Keygen): MadeRoot {
  const secret = random.bytes(SECRET_BYTES);
  const publicKey = engine.ed25519PublicKey(secret);
  writeKeyFile(file, 'root', secret, nowS(clock));
  const publicFile = `${file}.pub`;
  writeNewFile(publicFile, publicText(publicKey));
  return { file, publicFile, fingerprint: fingerprintOf(engine, publicKey) };
}

/** The public half of a root key. Throws KEY_MISSING, KEY_UNREADABLE. */
export function readRootPublic(file: string): Uint8Array {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new KeyFileError('KEY_MISSING', `${file} can't be read`, {
      cause: error,
      next: PUBLIC_FILE,
    });
  }
  const parsed = PublicFile.safeParse(text.length > PUBLIC_MAX_CHARACTERS ? undefined : jsonOf(text));
  const publicKey = parsed.success ? decodeHex(parsed.data.publicKey) : undefined;
  if (publicKey === undefined || !isStrictPoint(publicKey)) {
    throw new KeyFileError('KEY_UNREADABLE', `${file} is not the public half of a root key`, {
      next: PUBLIC_FILE,
    });
  }
  invariant(publicKey.length === 32, 'as the pattern says');
  return publicKey;
}

const publicText = (publicKey: Uint8Array): Uint8Array =>
  new TextEncoder().encode(
    `${JSON.stringify({ format: 1, role: 'root', algorithm: 'Ed25519', publicKey: encodeHex(publicKey) })}\n`,
  );
