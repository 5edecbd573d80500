// The gateway's memory over crashes: an append-only file of checked lines. A receipt is on the disk before its promise settles,
// and so before anybody acts on it; one process at a time holds the journal.
import { mkdirSync, readFileSync, renameSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { DoorlabError } from '#protocol/errors.ts';
import { deferred, type Deferred } from '#protocol/ports/deferred.ts';
import { replaceFile, syncFolder, writeDraft, writeNewFile } from '#protocol/node/durable-file.ts';
import { takeProcessLock, type ProcessLock } from '#protocol/node/process-lock.ts';
import { encodeLine, readLines, type ReadLines } from './journal-lines.ts';
import {
  applyEntry,
  emptyJournalState,
  entriesOf,
  isLasting,
  type JournalEntry,
  type JournalState,
} from './journal-state.ts';

export type JournalErrorCode =
  | 'JOURNAL_BUSY' // another process holds it
  | 'JOURNAL_UNREADABLE' // the file system does not give it
  | 'JOURNAL_NOT_WRITTEN'; // the disk is full, or gone: the entry is not there

export class JournalError extends DoorlabError {
  readonly code: JournalErrorCode;

  constructor(code: JournalErrorCode, message: string, options: { cause?: unknown; next?: string } = {}) {
    super(message, options);
    this.code = code;
  }
}

/** What was found damaged as the journal was opened. Nothing of it is lost: it stands in `file`. */
export interface JournalDamage {
  readonly lines: number;
  /** Lines of which not even a rest was found. */
  readonly missing: number;
  /** Bytes of a last line that never became whole; nobody can have acted on it. */
  readonly tornBytes: number;
  /** Undefined where only lines are missing. */
  readonly file: string | undefined;
}

const FILE = 'journal.jsonl';
const LOCK_FILE = 'journal.lock';
/** A file below this is left alone; above it, it is written anew when most of it is history. */
export const COMPACT_ABOVE_BYTES = 256 * 1024;
const HISTORY_FACTOR = 4;
const OWNER_ONLY = 0o600;

export class Journal {
  readonly damage: JournalDamage | undefined;
  readonly #folder: string;
  readonly #lock: ProcessLock;
  #state: JournalState;
  #handle: FileHandle;
  #bytes: number;
  #lastNumber: number;
  #liveBytes: number;
  readonly #waiting: { readonly entry: JournalEntry; readonly end: Deferred<void> }[] = [];
  /** Writes go one after another. Never rejects. */
  #tail: Promise<void> = Promise.resolve();
  #isClosed = false;
  /** Why nothing can be appended any more: the file is no longer known to end where a line does, or to last. */
  #broken: { readonly cause: unknown } | undefined;

  /** `folder` is made where it is missing. Throws JournalError. */
  static async open(folder: string): Promise<Journal> {
    const unreadable = (cause: unknown): JournalError =>
      new JournalError('JOURNAL_UNREADABLE', `The journal in ${folder} can't be opened.`, {
        cause,
        next: 'Check that the folder can be read and written.',
      });
    let lock: ProcessLock | { readonly holderPid: number };
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      lock = takeProcessLock(join(folder, LOCK_FILE));
    } catch (error) {
      throw unreadable(error);
    }
    if (!('release' in lock)) {
      throw new JournalError('JOURNAL_BUSY', `Process ${lock.holderPid} holds the journal in ${folder}.`, {
        next: 'Let it finish or stop it, or use another data folder.',
      });
    }
    try {
      return await Journal.#recover(folder, lock);
    } catch (error) {
      lock.release();
      throw unreadable(error);
    }
  }

  static async #recover(folder: string, lock: ProcessLock): Promise<Journal> {
    const read = readLines(textOf(join(folder, FILE)));
    const state = read.entries.reduce(applyEntry, emptyJournalState);
    const damage = setAside(folder, read);
    // The damaged lines are safe by now: the file is written without them, and the torn one with it.
    if (damage !== undefined) replaceFile(join(folder, FILE), bytesOf(state), OWNER_ONLY);
    const lastNumber = damage === undefined ? read.lastNumber : entriesOf(state).length;
    const handle = await open(join(folder, FILE), 'a', OWNER_ONLY);
    syncFolder(folder);
    const { size } = await handle.stat();
    return new Journal(folder, lock, handle, { state, damage, lastNumber, bytes: size });
  }

  private constructor(
    folder: string,
    lock: ProcessLock,
    handle: FileHandle,
    found: { state: JournalState; damage: JournalDamage | undefined; lastNumber: number; bytes: number },
  ) {
    this.#folder = folder;
    this.#lock = lock;
    this.#handle = handle;
    this.#state = found.state;
    this.damage = found.damage;
    this.#lastNumber = found.lastNumber;
    this.#bytes = found.bytes;
    this.#liveBytes = bytesOf(found.state).length;
  }

  get state(): JournalState {
    return this.#state;
  }

  /**
   * Settles once the entry is on the disk, or with the operating system where a loss would be found out again. Rejects with
   * JOURNAL_NOT_WRITTEN, and then it is not in the journal.
   */
  append(entry: JournalEntry): Promise<void> {
    // Another process may hold the journal by the time that it would be written.
    if (this.#isClosed) return Promise.reject(this.#notWritten(new Error('it is closed')));
    const line = { entry, end: deferred() };
    this.#waiting.push(line);
    // What comes while one write goes on is written together.
    if (this.#waiting.length === 1) this.#tail = this.#tail.then(() => this.#writeWaiting());
    return line.end.promise;
  }

  /** After what was appended before; what comes later is refused. Idempotent. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#tail;
    await this.#handle.close();
    this.#lock.release();
  }

  async #writeWaiting(): Promise<void> {
    const lines = this.#waiting.splice(0);
    try {
      await this.#append(lines.map(({ entry }) => entry));
      for (const { end } of lines) end.resolve();
    } catch (error) {
      for (const { end } of lines) end.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  async #append(entries: readonly JournalEntry[]): Promise<void> {
    if (this.#broken !== undefined) throw this.#notWritten(this.#broken.cause);
    const text = entries.map((entry, i) => encodeLine(this.#lastNumber + 1 + i, entry)).join('');
    const bytes = Buffer.from(text);
    try {
      await this.#handle.appendFile(bytes);
      if (entries.some(isLasting)) await this.#handle.datasync();
    } catch (cause) {
      // Half a line must not stand before the next one: that one would be lost with it, though it was promised.
      await this.#handle.truncate(this.#bytes).catch((cause: unknown) => (this.#broken = { cause }));
      throw this.#notWritten(cause);
    }
    this.#lastNumber += entries.length;
    this.#bytes += bytes.length;
    this.#state = entries.reduce(applyEntry, this.#state);
    if (this.#bytes > Math.max(COMPACT_ABOVE_BYTES, HISTORY_FACTOR * this.#liveBytes)) await this.#compact();
  }

  #notWritten(cause: unknown): JournalError {
    return new JournalError('JOURNAL_NOT_WRITTEN', `The journal in ${this.#folder} can't be written.`, {
      cause,
      next: 'Free some space on the disk, then run it again.',
    });
  }

  /** A failure before the rename leaves the old file in place, which says the same. */
  async #compact(): Promise<void> {
    let fresh: FileHandle | undefined;
    try {
      const draft = writeDraft(join(this.#folder, FILE), bytesOf(this.#state), OWNER_ONLY);
      // Opened under its first name: from the rename on, what is appended must not go to the old file.
      fresh = await open(draft, 'a', OWNER_ONLY);
      renameSync(draft, join(this.#folder, FILE));
    } catch {
      await fresh?.close();
      return;
    }
    const old = this.#handle;
    this.#handle = fresh;
    this.#lastNumber = entriesOf(this.#state).length;
    this.#liveBytes = bytesOf(this.#state).length;
    this.#bytes = this.#liveBytes;
    try {
      await old.close();
      syncFolder(this.#folder);
    } catch (cause) {
      // Both files have all that was promised; a crash could bring back the old one, without what would come now.
      this.#broken = { cause };
    }
  }
}

/** The file that says no more than this state. */
const bytesOf = (state: JournalState): Uint8Array =>
  Buffer.from(
    entriesOf(state)
      .map((entry, i) => encodeLine(i + 1, entry))
      .join(''),
  );

function textOf(path: string): string {
  try {
    // Bytes that are no UTF-8 become U+FFFD, and the line's check fails by it.
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}

/** Copies what is damaged beside the file before anything of it is left out. */
function setAside(folder: string, read: ReadLines): JournalDamage | undefined {
  const { damaged, torn, missing } = read;
  if (damaged.length === 0 && torn === '' && missing === 0) return undefined;
  const original = damaged.length === 0 && torn === '' ? undefined : readFileSync(join(folder, FILE));
  // Of a file that is otherwise good the torn line is enough; a damaged one is kept whole, as it stands.
  const evidence = damaged.length === 0 ? original?.subarray(original.lastIndexOf(0x0a) + 1) : original;
  return {
    lines: damaged.length,
    missing,
    tornBytes: Buffer.byteLength(torn),
    file: evidence === undefined ? undefined : writeEvidence(folder, evidence),
  };
}

/** Under a name that is not taken: an earlier damage is evidence too. */
function writeEvidence(folder: string, bytes: Uint8Array): string {
  for (let number = 1; ; number++) {
    const path = join(folder, `journal.damaged-${number}`);
    try {
      writeNewFile(path, bytes, OWNER_ONLY);
      syncFolder(folder);
      return path;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
}
