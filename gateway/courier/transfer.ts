// The frames of one offer as the courier sees them: what the lock holds, what is under way, what may be sent next.
// Pure. A frame is under way, held or missing, never two of these, and none at or beyond the limit is ever sent.
import { bitmapBytes, clearBit, countBits, getBit, setBit } from '#protocol/bitmap.ts';
import { OPEN_CHUNKS_MAX, WINDOW_FRAMES } from '#protocol/limits.ts';
import { sealedChunkBytes, type ChunkList } from '#protocol/signed/manifest.ts';
import { frameCount, framesOfChunk, framesPerChunk, type Ack, type Frame } from '#protocol/sync/frames.ts';
import type { Progress } from '#protocol/sync/progress.ts';
import { refuseUnless } from '#protocol/wire-error.ts';

/** How what is carried is cut into frames. */
export interface FramePlan {
  readonly list: ChunkList;
  /** Payload bytes of a frame. */
  readonly frameBytes: number;
  readonly framesPerChunk: number;
  /** Frame numbers run from 0 to this, exclusive. */
  readonly frameCount: number;
}

export const planFrames = (list: ChunkList, frameBytes: number): FramePlan => ({
  list,
  frameBytes,
  framesPerChunk: framesPerChunk(frameBytes),
  frameCount: frameCount(list, frameBytes),
});

/** Cut out of the chunks, as they go over the air. */
export function frameOf(
  plan: FramePlan,
  chunks: readonly Uint8Array[],
  offerId: number,
  number: number,
): Frame {
  const chunk = chunks[Math.floor(number / plan.framesPerChunk)];
  const start = (number % plan.framesPerChunk) * plan.frameBytes;
  return { offerId, number, payload: chunk?.subarray(start, start + plan.frameBytes) ?? new Uint8Array(0) };
}

export interface Transfer {
  readonly offerId: number;
  readonly plan: FramePlan;
  /** One bit a frame that the lock has, as it last said. */
  readonly held: Uint8Array;
  /** Frames sent and not accounted for, each with its place in the order of sending. */
  readonly underWay: ReadonlyMap<number, number>;
  /** Frames sent so far, repeats included; the next one's place. */
  readonly sent: number;
  /** The lowest frame that the lock has not. */
  readonly next: number;
  /** Frames below this number find room at the lock. */
  readonly limit: number;
}

/** From the offer's answer. Throws WireError where the progress is not of this package. */
export const beginTransfer = (plan: FramePlan, offerId: number, progress: Progress): Transfer =>
  applyProgress(
    { offerId, plan, held: new Uint8Array(0), underWay: new Map(), sent: 0, next: 0, limit: 0 },
    progress,
  );

/**
 * The whole of what the lock holds, after which nothing is under way: the bytes come in an answer to a request,
 * behind all frames sent before it. Throws WireError where the progress is not of this package.
 */
export function applyProgress(transfer: Transfer, progress: Progress): Transfer {
  const { plan } = transfer;
  const { list } = plan;
  refuseUnless(progress.chunkCount === list.chunkCount, 'OUT_OF_RANGE', 'progress of another package');
  const held = new Uint8Array(bitmapBytes(plan.frameCount));
  let missingChunks = 0;
  let limit = plan.frameCount;
  for (let chunk = 0; chunk < list.chunkCount; chunk++) {
    const first = chunk * plan.framesPerChunk;
    const frames = framesOfChunk(list, chunk, plan.frameBytes);
    if (getBit(progress.have, chunk)) {
      for (let i = 0; i < frames; i++) setBit(held, first + i);
    } else if (++missingChunks === OPEN_CHUNKS_MAX) {
      limit = first + frames;
    }
  }
  // Frames of another size, from a courier with another MTU, say nothing about ours.
  const isOurCut = progress.framesPerChunk === plan.framesPerChunk;
  for (const { index, frames: bits } of isOurCut ? progress.open : []) {
    const frames = framesOfChunk(list, index, plan.frameBytes);
    for (let i = 0; i < frames; i++) if (getBit(bits, i)) setBit(held, index * plan.framesPerChunk + i);
  }
  return { ...transfer, held, underWay: new Map(), next: lowestMissing(held, plan), limit };
}

/**
 * An acknowledgement: frames arrive in the order in which they were sent, so one under way that is older than one
 * that came is lost. What the lock dropped again (a chunk that did not match its digest) is missing once more.
 */
export function applyAck(transfer: Transfer, ack: Ack): Transfer {
  const { plan } = transfer;
  const next = Math.min(ack.next, plan.frameCount);
  const hasCome = (number: number): boolean =>
    number < next || (number > next && getBit(ack.received, number - next - 1));
  const held = transfer.held.slice();
  for (let number = transfer.next; number < next; number++) setBit(held, number);
  if (next < plan.frameCount) clearBit(held, next);
  const seen = Math.min(next + 1 + 8 * ack.received.length, plan.frameCount);
  for (let number = next + 1; number < seen; number++) {
    if (hasCome(number)) setBit(held, number);
    else clearBit(held, number);
  }
  let newest = -1;
  for (const [number, place] of transfer.underWay) {
    if (hasCome(number)) newest = Math.max(newest, place);
  }
  const underWay = new Map<number, number>();
  for (const [number, place] of transfer.underWay) {
    if (!getBit(held, number) && place > newest) underWay.set(number, place);
  }
  return { ...transfer, held, underWay, next, limit: Math.min(ack.limit, plan.frameCount) };
}

/** What may be sent now, in order, and the transfer with it under way. */
export function fillWindow(transfer: Transfer): { readonly transfer: Transfer; readonly frames: number[] } {
  const { held, plan, next } = transfer;
  const end = Math.min(next + WINDOW_FRAMES, transfer.limit, plan.frameCount);
  const frames: number[] = [];
  for (let number = next; number < end; number++) {
    if (!getBit(held, number) && !transfer.underWay.has(number)) frames.push(number);
  }
  if (frames.length === 0) return { transfer, frames };
  const underWay = new Map(transfer.underWay);
  let sent = transfer.sent;
  for (const number of frames) underWay.set(number, sent++);
  return { transfer: { ...transfer, underWay, sent }, frames };
}

export const isWhole = (transfer: Transfer): boolean => transfer.next >= transfer.plan.frameCount;

/** Of the chunks, manifest not counted. */
export interface TransferProgress {
  readonly bytes: number;
  readonly totalBytes: number;
  /** The lowest chunk that is not whole at the lock; the chunk count where all are. */
  readonly chunk: number;
}

export function progressOf({ plan, held, next }: Transfer): TransferProgress {
  const { list, frameBytes } = plan;
  let totalBytes = 0;
  let bytes = countBits(held) * frameBytes;
  for (let chunk = 0; chunk < list.chunkCount; chunk++) {
    const chunkBytes = sealedChunkBytes(list, chunk);
    const frames = framesOfChunk(list, chunk, frameBytes);
    const isLastHeld = getBit(held, chunk * plan.framesPerChunk + frames - 1);
    if (isLastHeld) bytes -= frames * frameBytes - chunkBytes;
    totalBytes += chunkBytes;
  }
  const chunk = next >= plan.frameCount ? list.chunkCount : Math.floor(next / plan.framesPerChunk);
  return { bytes, totalBytes, chunk };
}

function lowestMissing(held: Uint8Array, plan: FramePlan): number {
  let number = 0;
  while (number < plan.frameCount && getBit(held, number)) number++;
  return number;
}
