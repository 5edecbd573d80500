// Flash cells in a file, so that a lock survives the end of its process. Cells are kept inverted: an erased
// cell is a zero, and a fresh file is all hole. Layout: header, cells, then erase count and unstable seed a sector.
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { DoorlabError } from '#protocol/errors.ts';
import { syncFolder, writeFully } from '#protocol/node/durable-file.ts';
import { type ProcessLock, takeProcessLock } from '#protocol/node/process-lock.ts';
import { orStoreFailed } from '../storage/storage-error.ts';
import type { FlashStore } from './flash-store.ts';
import { type FlashGeometry, checkGeometry, flashBytes, isGeometry } from './geometry.ts';

export type FlashFileErrorCode =
  | 'FLASH_FILE_INVALID' // truncated, foreign, or of another geometry
  | 'FLASH_FILE_BUSY' // another process, or another lock in this one, has it open
  | 'FLASH_FILE_IO'; // the file system refused

export class FlashFileError extends DoorlabError {
  readonly code: FlashFileErrorCode;

  constructor(code: FlashFileErrorCode, message: string, options: { cause?: unknown; next?: string } = {}) {
    super(message, options);
    this.code = code;
  }
}

export interface FlashFileOptions {
  readonly path: string;
  /** Of a file to be made; one that exists must have it. */
  readonly geometry: FlashGeometry;
  /** `always` after each change; `close` (default) survives a killed process, not a crash of the machine. */
  readonly fsync?: 'always' | 'close';
}

const HEADER_BYTES = 4096;
const MAGIC = Buffer.from('doorlab flash\n\0\0', 'latin1');
const FORMAT = 1;
const CHECKED_BYTES = MAGIC.length + 16;
const SECTOR_STATE_BYTES = 8;

/** Opens the file, or makes it blank. Throws FlashFileError. */
export function openFlashFile({ path, geometry, fsync = 'close' }: FlashFileOptions): FlashFile {
  checkGeometry(geometry);
  const lock = lockFile(path);
  let fd: number | undefined;
  try {
    if (!existsSync(path)) makeBlank(path, geometry);
    fd = openSync(path, 'r+');
    checkHeader(fd, path, geometry);
    return new FlashFile(path, fd, lock, geometry, fsync === 'always');
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    lock.release();
    throw error instanceof DoorlabError ? error : ioError(path, error);
  }
}

export class FlashFile implements FlashStore {
  readonly geometry: FlashGeometry;
  readonly #path: string;
  readonly #fd: number;
  readonly #lock: ProcessLock;
  readonly #syncEach: boolean;
  readonly #blank: Uint8Array;
  #open = true;

  /** For `openFlashFile` only. */
  constructor(path: string, fd: number, lock: ProcessLock, geometry: FlashGeometry, syncEach: boolean) {
    this.#path = path;
    this.#fd = fd;
    this.#lock = lock;
    this.geometry = geometry;
    this.#syncEach = syncEach;
    this.#blank = new Uint8Array(geometry.sectorBytes);
  }

  read(address: number, into: Uint8Array): void {
    readFully(this.#fd, into, HEADER_BYTES + address);
    invert(into);
  }

  write(address: number, bytes: Uint8Array): void {
    this.#put(HEADER_BYTES + address, invert(Uint8Array.from(bytes)));
  }

  clear(sector: number): void {
    this.#put(HEADER_BYTES + sector * this.geometry.sectorBytes, this.#blank);
  }

  eraseCount(sector: number): number {
    return this.#readState(sector, 0);
  }

  setEraseCount(sector: number, count: number): void {
    this.#writeState(sector, 0, count);
  }

  unstableSeed(sector: number): number {
    return this.#readState(sector, 4);
  }

  setUnstableSeed(sector: number, seed: number): void {
    if (this.unstableSeed(sector) !== seed) this.#writeState(sector, 4, seed);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    fsyncSync(this.#fd);
    closeSync(this.#fd);
    this.#lock.release();
  }

  /** Throws StorageError, and then any part of the bytes may be there, as after a torn operation. */
  #put(position: number, bytes: Uint8Array): void {
    orStoreFailed(this.#path, () => {
      writeFully(this.#fd, bytes, position);
      if (this.#syncEach) fsyncSync(this.#fd);
    });
  }

  #statePosition(sector: number, offset: number): number {
    return HEADER_BYTES + flashBytes(this.geometry) + sector * SECTOR_STATE_BYTES + offset;
  }

  #readState(sector: number, offset: number): number {
    const bytes = Buffer.alloc(4);
    readFully(this.#fd, bytes, this.#statePosition(sector, offset));
    return bytes.readUInt32LE();
  }

  #writeState(sector: number, offset: number, value: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value >>> 0);
    this.#put(this.#statePosition(sector, offset), bytes);
  }
}

function lockFile(path: string): ProcessLock {
  let taken;
  try {
    taken = takeProcessLock(`${path}.lock`);
  } catch (error) {
    throw ioError(path, error);
  }
  if ('release' in taken) return taken;
  throw new FlashFileError('FLASH_FILE_BUSY', `${path} is in use by process ${taken.holderPid}.`, {
    next: 'Stop that lock first, or give this one another folder.',
  });
}

/** Under another name until it is whole: whoever is killed in the making leaves a draft, and the next begins anew. */
function makeBlank(path: string, geometry: FlashGeometry): void {
  const draft = `${path}.draft`;
  rmSync(draft, { force: true });
  const fd = openSync(draft, 'wx+');
  try {
    writeBlank(fd, geometry);
  } finally {
    closeSync(fd);
  }
  renameSync(draft, path);
  syncFolder(dirname(path));
}

function writeBlank(fd: number, geometry: FlashGeometry): void {
  ftruncateSync(fd, fileBytes(geometry));
  const header = Buffer.alloc(CHECKED_BYTES + 4);
  MAGIC.copy(header);
  header.writeUInt32LE(FORMAT, MAGIC.length);
  header.writeUInt32LE(geometry.sectorBytes, MAGIC.length + 4);
  header.writeUInt32LE(geometry.pageBytes, MAGIC.length + 8);
  header.writeUInt32LE(geometry.sectors, MAGIC.length + 12);
  header.writeUInt32LE(crc32(header.subarray(0, CHECKED_BYTES)), CHECKED_BYTES);
  writeFully(fd, header, 0);
  fsyncSync(fd);
}

function checkHeader(fd: number, path: string, wanted: FlashGeometry): void {
  const size = fstatSync(fd).size;
  const header = Buffer.alloc(CHECKED_BYTES + 4);
  if (size < HEADER_BYTES) throw invalid(path, 'is too short to be a flash file');
  readFully(fd, header, 0);
  if (!header.subarray(0, MAGIC.length).equals(MAGIC)) throw invalid(path, 'is not a flash file');
  if (header.readUInt32LE(CHECKED_BYTES) !== crc32(header.subarray(0, CHECKED_BYTES))) {
    throw invalid(path, 'has a damaged header');
  }
  const format = header.readUInt32LE(MAGIC.length);
  if (format !== FORMAT) throw invalid(path, `has format ${format}, and this program knows ${FORMAT}`);
  const found: FlashGeometry = {
    sectorBytes: header.readUInt32LE(MAGIC.length + 4),
    pageBytes: header.readUInt32LE(MAGIC.length + 8),
    sectors: header.readUInt32LE(MAGIC.length + 12),
  };
  if (!isGeometry(found)) throw invalid(path, 'names a geometry that no part has');
  if (size !== fileBytes(found)) {
    throw invalid(path, `has ${size} bytes where its geometry asks for ${fileBytes(found)}`);
  }
  const same =
    found.sectorBytes === wanted.sectorBytes &&
    found.pageBytes === wanted.pageBytes &&
    found.sectors === wanted.sectors;
  if (!same) throw invalid(path, `holds ${describe(found)}, and the lock is set up with ${describe(wanted)}`);
}

const fileBytes = (geometry: FlashGeometry): number =>
  HEADER_BYTES + flashBytes(geometry) + geometry.sectors * SECTOR_STATE_BYTES;

const describe = ({ sectors, sectorBytes, pageBytes }: FlashGeometry): string =>
  `${sectors} sectors of ${sectorBytes} bytes in pages of ${pageBytes}`;

const invalid = (path: string, what: string): FlashFileError =>
  new FlashFileError('FLASH_FILE_INVALID', `${path} ${what}.`, {
    next: 'Restore it from a copy, or move it away: the lock then starts with blank flash and needs a Door Sync.',
  });

const ioError = (path: string, cause: unknown): FlashFileError =>
  new FlashFileError('FLASH_FILE_IO', `${path} cannot be used: ${String(cause)}.`, {
    cause,
    next: 'Check that the folder exists, may be written to and has room.',
  });

function invert(bytes: Uint8Array): Uint8Array {
  for (let i = 0; i < bytes.length; i++) bytes[i] = ~(bytes[i] ?? 0);
  return bytes;
}

function readFully(fd: number, into: Uint8Array, position: number): void {
  for (let done = 0; done < into.length;) {
    const count = readSync(fd, into, done, into.length - done, position + done);
    if (count === 0) {
      throw new FlashFileError('FLASH_FILE_INVALID', 'The flash file became shorter while it was open.', {
        next: 'Leave the file alone while its lock runs.',
      });
    }
    done += count;
  }
}
