// One secret key in one file that its owner alone may read: role, algorithm, the secret in hex and when it was
// made. Written whole or not at all.
import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { decodeHex, encodeHex } from '#protocol/bytes.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { DoorlabError, invariant } from '#protocol/errors.ts';
import * as durable from '#protocol/node/durable-file.ts';
import { jsonOf } from '../json-text.ts';

export const keyRoles = ['root', 'table', 'time', 'firmware', 'log'] as const;
export type KeyRole = (typeof keyRoles)[number];

export const ALGORITHM = {
  root: 'Ed25519',
  table: 'Ed25519',
  time: 'Ed25519',
  firmware: 'Ed25519',
  log: 'X25519',
} as const satisfies Record<KeyRole, string>;

/** Ed25519's seed, and X25519's scalar. */
export const SECRET_BYTES = 32;

const KeyFile = z.strictObject({
  format: z.literal(1),
  role: z.enum(keyRoles),
  algorithm: z.enum(['Ed25519', 'X25519']),
  secret: z.string().regex(/^[0-9a-f]{64}$/),
  createdAtS: z.int().min(0),
});

export class KeyFileError extends DoorlabError {
  readonly code: 'KEY_MISSING' | 'KEY_UNREADABLE' | 'KEY_TOO_OPEN' | 'KEY_EXISTS' | 'KEY_FOREIGN';

  constructor(code: KeyFileError['code'], message: string, options: { cause?: unknown; next?: string } = {}) {
    super(message, options);
    this.code = code;
  }
}

export interface SecretKey {
  /** 32 bytes. */
  readonly secret: Uint8Array;
  readonly createdAtS: number;
}

export const publicKeyOf = (engine: CryptoEngine, role: KeyRole, secret: Uint8Array): Uint8Array =>
  ALGORITHM[role] === 'X25519' ? engine.x25519PublicKey(secret) : engine.ed25519PublicKey(secret);

/** Throws KEY_EXISTS: a key is never overwritten. */
export function writeKeyFile(file: string, role: KeyRole, secret: Uint8Array, createdAtS: number): void {
  const content = { format: 1, role, algorithm: ALGORITHM[role], secret: encodeHex(secret), createdAtS };
  writeNewFile(file, new TextEncoder().encode(`${JSON.stringify(content)}\n`));
}

/** Mode 0600, on the disk when it returns. Throws KEY_EXISTS. */
export function writeNewFile(file: string, content: Uint8Array): void {
  try {
    durable.writeNewFile(file, content, 0o600);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
    throw new KeyFileError('KEY_EXISTS', `${file} exists and is not overwritten`, {
      cause: error,
      next: 'Choose another folder; locks trust the keys they were activated with.',
    });
  }
  durable.syncFolder(dirname(file));
}

/** Throws KEY_MISSING, KEY_TOO_OPEN, KEY_UNREADABLE. */
export function readKeyFile(file: string, role: KeyRole): SecretKey {
  const text = readOwned(file);
  const parsed = KeyFile.safeParse(jsonOf(text));
  if (!parsed.success || parsed.data.role !== role || parsed.data.algorithm !== ALGORITHM[role]) {
    throw new KeyFileError('KEY_UNREADABLE', `${file} is not a ${role} key`, {
      next: 'Put it back from where the keys were copied.',
    });
  }
  const secret = decodeHex(parsed.data.secret);
  invariant(secret, 'hex, as checked');
  return { secret, createdAtS: parsed.data.createdAtS };
}

function readOwned(file: string): string {
  let mode: number;
  try {
    ({ mode } = statSync(file));
  } catch (error) {
    throw new KeyFileError('KEY_MISSING', `${file} can't be read`, {
      cause: error,
      next: 'Make the keys with `doorlab cloud keygen`.',
    });
  }
  // Windows has no such bits: there every file seems open.
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new KeyFileError('KEY_TOO_OPEN', `${file} can be read by others`, { next: `chmod 600 ${file}` });
  }
  return readFileSync(file, 'utf8');
}

const isErrno = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;
