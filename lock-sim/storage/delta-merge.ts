// A delta merged into its base, chunk by chunk in constant memory: rows of the base, less those removed, with those
// added, packed greedily as the cloud packs. Measured and checked whole before anything is written. WIRE 7.3.
import { compareBytes, equalBytes, writeU16 } from '#protocol/bytes.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { DoorlabError } from '#protocol/errors.ts';
import { CHUNK_PLAINTEXT_BYTES, EQUAL_VERIFIERS_MAX, ROWS_PER_CHUNK, ROW_BYTES } from '#protocol/limits.ts';
import type { RefusalCode } from '#protocol/sync/refusals.ts';
import { eachRow, headOfChunk, rowsOfChunk, TableCheck } from '#protocol/table/chunks.ts';
import type { Delta } from '#protocol/table/delta.ts';
import { sameVerifier } from '#protocol/table/rows.ts';
import { refuseUnless, WireError } from '#protocol/wire-error.ts';
import type { Stage } from './stage.ts';
import type { SignedSize } from './storage.ts';
import { StorageError } from './storage-error.ts';

const COUNT_BYTES = 2;
/** A tear may cost chunks that share a sector: what was lost is written on the next time round. */
const WRITE_ROUNDS_MAX = 3;

/** The table in force, as a merge reads it. */
export interface MergeBase {
  readonly chunkCount: number;
  /** 4,080 bytes; undefined where the flash has lost it. */
  openChunk(index: number): Uint8Array | undefined;
}

/** A delta that can't be taken here, though nothing is wrong with its form. */
export class DeltaRefused extends DoorlabError {
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Chunks of the result. Writes nothing. Throws WireError where the result is not the signed table, DeltaRefused where
 * the base is damaged or the result does not fit.
 */
export function measureDelta(
  engine: CryptoEngine,
  base: MergeBase,
  delta: Delta,
  signed: SignedSize & { readonly tableHash: Uint8Array },
  capacityChunks: number,
): number {
  const check = new TableCheck(engine);
  let chunks = 0;
  for (const chunk of mergedChunks(base, delta)) {
    check.addChunk(chunk);
    chunks++;
  }
  check.finish(signed);
  if (chunks > capacityChunks) {
    throw new DeltaRefused('CAPACITY', `the delta leads to ${chunks} chunks; ${capacityChunks} fit`);
  }
  return chunks;
}

/** Writes the result, which `measureDelta` has found good, into the stage. Throws StorageError. */
export function writeDelta(stage: Stage, base: MergeBase, delta: Delta): void {
  for (let round = 0; round < WRITE_ROUNDS_MAX && stage.missing > 0; round++) {
    let index = 0;
    for (const chunk of mergedChunks(base, delta)) stage.writeChunk(index++, chunk);
  }
  if (stage.missing > 0) {
    throw new StorageError('FLASH_WORN', 'The flash loses chunks as fast as they are written.');
  }
}

/** The chunks of the result in order. The buffer is lent: it holds the next chunk at the next step. */
export function* mergedChunks(base: MergeBase, delta: Delta): Generator<Uint8Array> {
  const out = new Uint8Array(CHUNK_PLAINTEXT_BYTES);
  const headBytes = delta.headBytes ?? headOfChunk(open(base, 0));
  writeU16(out, 0, headBytes.length);
  out.set(headBytes, COUNT_BYTES);
  yield out;
  const packer = new Packer(out);
  for (const row of mergedRows(base, delta)) {
    if (packer.isFullFor(row)) {
      yield packer.close(row);
      packer.next();
    }
    packer.add(row);
  }
  if (packer.rows > 0) yield packer.close();
}

/** Rows are removed first: one that is removed may come back among those added. */
function* mergedRows(base: MergeBase, { removed, added }: Delta): Generator<Uint8Array> {
  let removedAt = 0;
  let addedAt = 0;
  for (let index = 1; index < base.chunkCount; index++) {
    for (const row of eachRow(rowsOfChunk(open(base, index)))) {
      const gone = removed[removedAt];
      if (gone !== undefined && equalBytes(gone, row)) {
        removedAt++;
        continue;
      }
      for (let next = added[addedAt]; next !== undefined; next = added[++addedAt]) {
        const order = compareBytes(next, row);
        refuseUnless(order !== 0, 'TABLE_MISMATCH', 'a row to add is in the base already');
        if (order > 0) break;
        yield next;
      }
      yield row;
    }
  }
  // Both run in the same order, so one that the base has not was never passed.
  refuseUnless(removedAt === removed.length, 'TABLE_MISMATCH', 'a row to remove is not in the base');
  yield* added.slice(addedAt);
}

function open(base: MergeBase, index: number): Uint8Array {
  const chunk = base.openChunk(index);
  if (chunk === undefined)
    throw new DeltaRefused('WRONG_BASE', `chunk ${index} of the base is no longer there`);
  return chunk;
}

/** Fills one chunk after another; a group of equal verifiers that does not fit moves on whole. */
class Packer {
  readonly #out: Uint8Array;
  #rows = 0;
  /** Rows at the end that share their verifier. */
  #groupRows = 0;
  #carried = new Uint8Array(0);

  constructor(out: Uint8Array) {
    this.#out = out;
    this.#out.fill(0);
  }

  get rows(): number {
    return this.#rows;
  }

  isFullFor(row: Uint8Array): boolean {
    refuseUnless(!this.#continues(row) || this.#groupRows < EQUAL_VERIFIERS_MAX, 'GROUP_TOO_LARGE', NINTH);
    return this.#rows === ROWS_PER_CHUNK;
  }

  /** The chunk as it goes out. `next`: the row that found no room. */
  close(next?: Uint8Array): Uint8Array {
    const moves = next !== undefined && this.#continues(next) ? this.#groupRows : 0;
    this.#rows -= moves;
    const end = this.#end();
    this.#carried = this.#out.slice(end, end + moves * ROW_BYTES);
    this.#out.fill(0, end);
    writeU16(this.#out, 0, this.#rows);
    return this.#out;
  }

  next(): void {
    this.#out.fill(0);
    this.#out.set(this.#carried, COUNT_BYTES);
    this.#rows = this.#carried.length / ROW_BYTES;
  }

  add(row: Uint8Array): void {
    this.#groupRows = this.#continues(row) ? this.#groupRows + 1 : 1;
    this.#out.set(row, this.#end());
    this.#rows++;
  }

  #continues(row: Uint8Array): boolean {
    if (this.#rows === 0) return false;
    const end = this.#end();
    return sameVerifier(this.#out.subarray(end - ROW_BYTES, end), row);
  }

  #end(): number {
    return COUNT_BYTES + this.#rows * ROW_BYTES;
  }
}

const NINTH = 'a ninth row of one verifier';

export const isDeltaRefusal = (error: unknown): error is WireError | DeltaRefused =>
  error instanceof WireError || error instanceof DeltaRefused;
