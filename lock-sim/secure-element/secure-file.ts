// The secure element's contents in a file beside the flash file, which holds the lock on both. Written to a
// draft, synced and renamed, so that there is always one whole version.
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { DoorlabError } from '#protocol/errors.ts';
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

/** Opens the file, or makes it with what `manufacture` gives. Throws SecureFileError. */
export function openSecureFile(path: string, manufactureContents: () => SecureContents): SecureFile {
  if (!existsSync(path)) {
    const made = manufactureContents();
    replaceFile(path, made);
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

  replace(contents: SecureContents): void {
    replaceFile(this.#path, contents);
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

function replaceFile(path: string, contents: SecureContents): void {
  const body = Buffer.concat([MAGIC, encodeSecureContents(contents)]);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  const draft = `${path}.draft`;
  const fd = openSync(draft, 'w', OWNER_ONLY);
  try {
    writeSync(fd, Buffer.concat([body, check]));
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(draft, path);
  syncFolder(dirname(path));
}

/** A rename lasts once its folder is synced; where a platform cannot, the rename has to do. */
function syncFolder(folder: string): void {
  try {
    const fd = openSync(folder, 'r');
    fsyncSync(fd);
    closeSync(fd);
  } catch {
    return;
  }
}

const invalid = (path: string, cause: unknown): SecureFileError =>
  new SecureFileError(`${path} is damaged or is not a secure element's file.`, {
    cause,
    next: 'Restore it from a copy; without it the lock is another lock and has to be activated anew.',
  });
