// The secure element's contents in a file beside the flash file, which holds the lock on both. There is always one
// whole version of it.
import { existsSync, readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { DoorlabError } from '#protocol/errors.ts';
import { replaceFile } from '#protocol/node/durable-file.ts';
import { orStoreFailed } from '../storage/storage-error.ts';
import {
  type SecureContents,
  SECURE_CONTENTS_MAX_BYTES,
  decodeSecureContents,
  encodeSecureContents,
} from './secure-contents.ts';
import type { SecureStore } from './secure-element.ts';

export class SecureFileError extends DoorlabError {
  readonly code = 'SECURE_FILE_INVALID';
}

const MAGIC = Buffer.from('doorlab se\n', 'latin1');
const OWNER_ONLY = 0o600;

/** Opens the file, or makes it with what `manufacture` gives. Throws SecureFileError, StorageError. */
export function openSecureFile(path: string, manufactureContents: () => SecureContents): SecureFile {
  if (!existsSync(path)) {
    const made = manufactureContents();
    put(path, made);
    return new SecureFile(path, made);
  }
  return new SecureFile(path, readContents(path));
}

export class SecureFile implements SecureStore {
  readonly #path: string;
  #contents: SecureContents;

  /** For `openSecureFile` only. */
  constructor(path: string, contents: SecureContents) {
    this.#path = path;
    this.#contents = contents;
  }

  load(): SecureContents {
    return this.#contents;
  }

  /** Throws StorageError, and then the contents stay as they were. */
  replace(contents: SecureContents): void {
    put(this.#path, contents);
    this.#contents = contents;
  }
}

function readContents(path: string): SecureContents {
  const file = readFileSync(path);
  const bodyEnd = file.length - 4;
  const isWhole =
    bodyEnd > MAGIC.length &&
    bodyEnd <= MAGIC.length + SECURE_CONTENTS_MAX_BYTES &&
    file.subarray(0, MAGIC.length).equals(MAGIC) &&
    file.readUInt32BE(bodyEnd) === crc32(file.subarray(0, bodyEnd));
  if (!isWhole) throw invalid(path, undefined);
  try {
    return decodeSecureContents(Uint8Array.from(file.subarray(MAGIC.length, bodyEnd)));
  } catch (cause) {
    throw invalid(path, cause);
  }
}

function put(path: string, contents: SecureContents): void {
  const body = Buffer.concat([MAGIC, encodeSecureContents(contents)]);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  orStoreFailed(path, () => replaceFile(path, Buffer.concat([body, check]), OWNER_ONLY));
}

const invalid = (path: string, cause: unknown): SecureFileError =>
  new SecureFileError(`${path} is damaged or is not a secure element's file.`, {
    cause,
    next: 'Restore it from a copy; without it the lock is another lock and has to be activated anew.',
  });
