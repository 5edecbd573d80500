// What a lock holds of the set it receives: one bit a chunk and, for each open chunk, its frame bits. The same
// bytes stand in the offer's answer and in lock-status. WIRE 8.3.
import { concat, readU16, u16 } from '../bytes.ts';
import { bitmapBytes } from '../bitmap.ts';
import { CHUNKS_MAX, OPEN_CHUNKS_MAX, SEALED_CHUNK_BYTES } from '../limits.ts';
import { refuseUnless } from '../wire-error.ts';
import { FRAME_BYTES_MIN } from './messages.ts';

export interface OpenChunk {
  readonly index: number;
  /** One bit a frame of the chunk. */
  readonly frames: Uint8Array;
}

export interface Progress {
  readonly chunkCount: number;
  readonly framesPerChunk: number;
  /** One bit a chunk: whole, checked and programmed. */
  readonly have: Uint8Array;
  readonly open: readonly OpenChunk[];
}

const FRAMES_PER_CHUNK_MAX = Math.ceil(SEALED_CHUNK_BYTES / FRAME_BYTES_MIN);

export const encodeProgress = (p: Progress): Uint8Array =>
  concat(
    Uint8Array.of(p.chunkCount),
    u16(p.framesPerChunk),
    p.have,
    Uint8Array.of(p.open.length),
    ...p.open.flatMap((chunk) => [Uint8Array.of(chunk.index), chunk.frames]),
  );

/** Throws WireError. */
export function decodeProgress(input: Uint8Array): Progress {
  refuseUnless(input.length >= 3, 'TRUNCATED', 'progress without its counts');
  const chunkCount = input[0] ?? 0;
  const framesPerChunk = readU16(input, 1);
  refuseUnless(
    chunkCount >= 1 && chunkCount <= CHUNKS_MAX,
    'OUT_OF_RANGE',
    `progress of ${chunkCount} chunks`,
  );
  const isUsual = framesPerChunk >= 1 && framesPerChunk <= FRAMES_PER_CHUNK_MAX;
  refuseUnless(isUsual, 'OUT_OF_RANGE', `${framesPerChunk} frames a chunk`);
  const haveEnd = 3 + bitmapBytes(chunkCount);
  refuseUnless(input.length > haveEnd, 'TRUNCATED', 'progress without its open chunks');
  const openCount = input[haveEnd] ?? 0;
  refuseUnless(openCount <= OPEN_CHUNKS_MAX, 'LIMIT_EXCEEDED', `${openCount} open chunks`);
  const openBytes = 1 + bitmapBytes(framesPerChunk);
  refuseUnless(
    input.length === haveEnd + 1 + openCount * openBytes,
    'WRONG_LENGTH',
    'progress of another length',
  );
  const open = Array.from({ length: openCount }, (_, i) => {
    const at = haveEnd + 1 + i * openBytes;
    const index = input[at] ?? 0;
    refuseUnless(index < chunkCount, 'OUT_OF_RANGE', `open chunk ${index} of ${chunkCount}`);
    return { index, frames: input.slice(at + 1, at + openBytes) };
  });
  return { chunkCount, framesPerChunk, have: input.slice(3, haveEnd), open };
}
