// One of the two copies of the settings log: blocks in turn, each a header, a snapshot, then changes. A block is
// filled up, never mended: what shows a tear is left, and the next block begins with a snapshot.
import { concat, readU16, readU32, u16, u32 } from '#protocol/bytes.ts';
import type { NorFlash } from '../flash/nor-flash.ts';
import { crc32 } from './crc32.ts';
import type { Region } from './layout.ts';
import { eraseToBlank, isBlank, programSpan } from './medium.ts';
import { decodeEntries, encodeEntries, type SettingsEntries } from './settings-values.ts';
import { isKeptWithRetry } from './storage-error.ts';

/** After record `count` was applied. */
export interface SettingsState {
  readonly count: number;
  /** Everything that is recorded, in the order of its keys. */
  readonly encoded: Uint8Array;
  /** As in the record: keyed, over count and all that is recorded. */
  readonly tag: Uint8Array;
}

const MAGIC = 0x5e77;
const HEADER_BYTES = 12;
const RECORD_HEAD_BYTES = 8;
export const SETTINGS_TAG_BYTES = 16;
const CRC_BYTES = 4;
const BLANK_LENGTH = 0xffff;
const SNAPSHOT = 1;
const CHANGE = 2;

export class SettingsCopy {
  readonly #flash: NorFlash;
  readonly #blocks: readonly Region[];
  #current = -1;
  #generation = 0;
  /** Where the next record goes in the current block; undefined where nothing may be added to it. */
  #end: number | undefined;
  /** No block keeps anything any more: not tried again before the next boot. */
  #isDead = false;
  #opened: SettingsState | undefined;

  /** Reads the newest whole block. Writes nothing. */
  constructor(flash: NorFlash, blocks: readonly Region[]) {
    this.#flash = flash;
    this.#blocks = blocks;
    this.#opened = this.#open();
  }

  /** What opening found, for who opens it. */
  get opened(): SettingsState | undefined {
    return this.#opened;
  }

  /** Once it is known what is in force. */
  forgetOpened(): void {
    this.#opened = undefined;
  }

  /** False after a tear: the copy still serves, and is to be compacted before it grows. */
  get isClean(): boolean {
    return this.#end !== undefined;
  }

  /** Adds a change where there is room, else starts the next block from `after`. False where flash keeps neither. */
  append(change: Uint8Array, after: SettingsState): boolean {
    const record = encodeRecord(CHANGE, after.count, change, after.tag);
    const block = this.#blocks[this.#current];
    const end = this.#end;
    if (block === undefined || end === undefined || end + record.length > block.bytes) {
      return this.compact(after);
    }
    this.#end = undefined;
    if (!programSpan(this.#flash, block.address + end, record)) return this.compact(after);
    this.#end = end + record.length;
    return true;
  }

  /** What was begun may be there in part: the next change begins with a snapshot of everything. */
  startBlockNext(): void {
    this.#end = undefined;
    this.#isDead = false;
  }

  /** The block in use stays as it is until a new one is whole; bad ones are passed over. False where all are bad. */
  compact(state: SettingsState): boolean {
    if (this.#isDead) return false;
    this.#end = undefined;
    const others = this.#blocks.length - (this.#current < 0 ? 0 : 1);
    for (let step = 1; step <= others; step++) {
      if (this.#compactInto((this.#current + step) % this.#blocks.length, state)) return true;
    }
    this.#isDead = true;
    return false;
  }

  #compactInto(index: number, state: SettingsState): boolean {
    const block = this.#blocks[index];
    if (block === undefined) return false;
    // Of each try its own: what a bad block may yet show is older than what another one keeps.
    const generation = ++this.#generation;
    const record = encodeRecord(SNAPSHOT, state.count, state.encoded, state.tag);
    const start = this.#firstRecord();
    const isKept = isKeptWithRetry(
      () =>
        eraseToBlank(this.#flash, block) &&
        programSpan(this.#flash, block.address, encodeHeader(generation)) &&
        programSpan(this.#flash, block.address + start, record),
    );
    if (!isKept) return false;
    this.#current = index;
    this.#end = start + record.length;
    return true;
  }

  #open(): SettingsState | undefined {
    const found = this.#blocks
      .map((block, index) => ({ index, generation: this.#generationOf(block) }))
      .filter(({ generation }) => generation > 0)
      .sort((a, b) => b.generation - a.generation);
    this.#generation = found[0]?.generation ?? 0;
    for (const { index } of found) {
      const state = this.#readBlock(index);
      if (state === undefined) continue;
      this.#current = index;
      return state;
    }
    return undefined;
  }

  #generationOf(block: Region): number {
    const header = this.#flash.read(block.address, HEADER_BYTES);
    const isWhole = readU16(header, 0) === MAGIC && readU32(header, 8) === crc32(header.subarray(0, 8));
    return isWhole ? readU32(header, 4) : 0;
  }

  /** Undefined where the block does not begin with a whole snapshot: its making was cut short. */
  #readBlock(index: number): SettingsState | undefined {
    const block = this.#blocks[index];
    if (block === undefined) return undefined;
    const bytes = this.#flash.read(block.address, block.bytes);
    const entries = new Map<number, Uint8Array>();
    let last: SettingsRecord | undefined;
    let at = this.#firstRecord();
    for (;;) {
      const record = decodeRecord(bytes, at);
      const isNext =
        last === undefined ? record?.kind === SNAPSHOT : record?.kind === CHANGE && record.count > last.count;
      if (record === undefined || !isNext) break;
      for (const [key, value] of record.change) entries.set(key, value);
      last = record;
      at += record.length;
    }
    this.#end = isBlank(bytes.subarray(at)) ? at : undefined;
    return last && { count: last.count, encoded: encodeEntries(entries), tag: last.tag };
  }

  /** The header has a page of its own: a torn record cannot reach into it by sharing the page. */
  #firstRecord(): number {
    return this.#flash.geometry.pageBytes;
  }
}

function encodeHeader(generation: number): Uint8Array {
  const body = concat(u16(MAGIC), u16(0), u32(generation));
  return concat(body, u32(crc32(body)));
}

function encodeRecord(kind: number, count: number, change: Uint8Array, tag: Uint8Array): Uint8Array {
  const body = concat(u16(change.length), Uint8Array.of(kind, 0), u32(count), change, tag);
  return concat(body, u32(crc32(body)));
}

interface SettingsRecord {
  readonly kind: number;
  readonly count: number;
  readonly change: SettingsEntries;
  readonly tag: Uint8Array;
  readonly length: number;
}

/** Undefined at the end and for a torn record. */
function decodeRecord(block: Uint8Array, at: number): SettingsRecord | undefined {
  if (at + RECORD_HEAD_BYTES > block.length) return undefined;
  const changeLength = readU16(block, at);
  if (changeLength === BLANK_LENGTH) return undefined;
  const tagAt = at + RECORD_HEAD_BYTES + changeLength;
  const crcAt = tagAt + SETTINGS_TAG_BYTES;
  const end = crcAt + CRC_BYTES;
  if (end > block.length || readU32(block, crcAt) !== crc32(block.subarray(at, crcAt))) return undefined;
  const change = decodeEntries(block.subarray(at + RECORD_HEAD_BYTES, tagAt));
  if (change === undefined) return undefined;
  return {
    kind: block[at + 2] ?? 0,
    count: readU32(block, at + 4),
    change,
    tag: block.slice(tagAt, crcAt),
    length: end - at,
  };
}
