// Receiving the frames of one thing, a set or a firmware image: which chunks are in flash, which are open in memory,
// when to acknowledge, when to program, when it is whole. At most five chunks are open, so 20 KiB of buffers bound
// it. A chunk is handed on only when it is whole and matches its signed digest. WIRE 11.3.
import { bitmapBytes, clearBit, countBits, fullBitmap, getBit, setBit } from '#protocol/bitmap.ts';
import { equalBytes } from '#protocol/bytes.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { ACK_EVERY_FRAMES, OPEN_CHUNKS_MAX, WINDOW_FRAMES } from '#protocol/limits.ts';
import { chunkDigest, sealedChunkBytes, type ChunkList } from '#protocol/signed/manifest.ts';
import { frameCount, framesOfChunk, framesPerChunk, type Ack, type Frame } from '#protocol/sync/frames.ts';
import type { Progress } from '#protocol/sync/progress.ts';

/** The buffers are the state's own and are filled in place; everything else is replaced by each step. */
interface OpenChunk {
  readonly index: number;
  readonly buffer: Uint8Array;
  readonly frames: Uint8Array;
  readonly isWhole: boolean;
  /** Frames of an earlier offer are among it: whoever sent those, this courier need not answer for them. */
  readonly isInherited: boolean;
}

export interface Transfer {
  readonly list: ChunkList;
  readonly offerId: number;
  readonly frameBytes: number;
  /** One bit a chunk: programmed. */
  readonly have: Uint8Array;
  readonly open: readonly OpenChunk[];
  readonly framesSinceAck: number;
}

export type TransferInput =
  | { readonly type: 'frame'; readonly frame: Frame }
  /** `lost`: chunks that shared the erased sector and have to come again. */
  | { readonly type: 'programmed'; readonly index: number; readonly lost: readonly number[] };

export type TransferEffect =
  | { readonly type: 'ack'; readonly ack: Ack }
  /** `sealed` matches its digest; `programmed` is to be stepped once it is in flash. */
  | { readonly type: 'program'; readonly index: number; readonly sealed: Uint8Array }
  | { readonly type: 'bad-chunk'; readonly index: number }
  /** Every chunk is in flash: verify and commit. */
  | { readonly type: 'complete' };

interface Step {
  readonly transfer: Transfer;
  readonly effects: readonly TransferEffect[];
}

/** `have`: chunks in flash from an earlier connection or boot. */
export const startTransfer = (
  list: ChunkList,
  offerId: number,
  frameBytes: number,
  have: Uint8Array,
): Transfer => ({ list, offerId, frameBytes, have, open: [], framesSinceAck: 0 });

/**
 * The same set offered again within a boot: open chunks stay where the frame size is the same; where it is
 * not, only those that are whole already and on their way into flash.
 */
export function resumeTransfer(transfer: Transfer, offerId: number, frameBytes: number): Transfer {
  const allFrames = fullBitmap(framesPerChunk(frameBytes));
  const open =
    frameBytes === transfer.frameBytes
      ? transfer.open.map((chunk) => ({ ...chunk, isInherited: true }))
      : transfer.open.filter((chunk) => chunk.isWhole).map((chunk) => ({ ...chunk, frames: allFrames }));
  return { ...transfer, offerId, frameBytes, open, framesSinceAck: 0 };
}

export function stepTransfer(engine: CryptoEngine, transfer: Transfer, input: TransferInput): Step {
  return input.type === 'frame'
    ? takeFrame(engine, transfer, input.frame)
    : takeProgrammed(transfer, input.index, input.lost);
}

export const isComplete = (transfer: Transfer): boolean =>
  countBits(transfer.have) === transfer.list.chunkCount;

export const progressOf = (transfer: Transfer): Progress => ({
  chunkCount: transfer.list.chunkCount,
  framesPerChunk: framesPerChunk(transfer.frameBytes),
  have: transfer.have,
  open: transfer.open.map(({ index, frames }) => ({ index, frames })),
});

function takeFrame(engine: CryptoEngine, transfer: Transfer, frame: Frame): Step {
  const { list } = transfer;
  const perChunk = framesPerChunk(transfer.frameBytes);
  const index = Math.floor(frame.number / perChunk);
  const within = frame.number % perChunk;
  const isOurs = frame.offerId === transfer.offerId && frame.number < frameCount(list, transfer.frameBytes);
  const at = within * transfer.frameBytes;
  const room = isOurs ? Math.min(transfer.frameBytes, sealedChunkBytes(list, index) - at) : 0;
  if (!isOurs || frame.payload.length !== room) return { transfer, effects: [] };

  const counted = { ...transfer, framesSinceAck: transfer.framesSinceAck + 1 };
  if (getBit(transfer.have, index) || frame.number >= limitOf(transfer))
    return acknowledge(counted, frame.number);
  const chunk = transfer.open.find((open) => open.index === index) ?? openChunk(transfer, index);
  if (getBit(chunk.frames, within)) return acknowledge(counted, frame.number);
  chunk.buffer.set(frame.payload, at);
  setBit(chunk.frames, within);
  const others = transfer.open.filter((open) => open.index !== index);
  if (countBits(chunk.frames) < framesOfChunk(list, index, transfer.frameBytes)) {
    return acknowledge({ ...counted, open: [...others, chunk] }, frame.number);
  }
  if (!equalBytes(engine.sha256(chunk.buffer), chunkDigest(list, index))) {
    // Its frames are all missing again. Rubbish that was inherited is not this courier's fault, and it sends them anew.
    const without = { ...counted, open: others };
    if (chunk.isInherited) return { transfer: without, effects: [{ type: 'ack', ack: ackOf(without) }] };
    // The courier that sent rubbish may send it once more, into nothing.
    return { transfer: without, effects: [{ type: 'bad-chunk', index }] };
  }
  const whole = acknowledge({ ...counted, open: [...others, { ...chunk, isWhole: true }] }, frame.number);
  return { ...whole, effects: [{ type: 'program', index, sealed: chunk.buffer }, ...whole.effects] };
}

function takeProgrammed(transfer: Transfer, index: number, lost: readonly number[]): Step {
  const have = transfer.have.slice();
  for (const gone of lost) clearBit(have, gone);
  setBit(have, index);
  const next: Transfer = {
    ...transfer,
    have,
    open: transfer.open.filter((chunk) => chunk.index !== index),
    framesSinceAck: 0,
  };
  // What follows is the last word, and acknowledges everything.
  if (isComplete(next)) return { transfer: next, effects: [{ type: 'complete' }] };
  // Room has come free: without this a courier that stands at the limit would wait for ever.
  return { transfer: next, effects: [{ type: 'ack', ack: ackOf(next) }] };
}

const openChunk = (transfer: Transfer, index: number): OpenChunk => ({
  index,
  buffer: new Uint8Array(sealedChunkBytes(transfer.list, index)),
  frames: new Uint8Array(bitmapBytes(framesPerChunk(transfer.frameBytes))),
  isWhole: false,
  isInherited: false,
});

/** Every 16 frames, and at the last frame that the courier may send for now; not once nothing is missing. */
function acknowledge(transfer: Transfer, number: number): Step {
  const isLastForNow = number + 1 === limitOf(transfer);
  if (transfer.framesSinceAck < ACK_EVERY_FRAMES && !isLastForNow) return { transfer, effects: [] };
  const ack = ackOf(transfer);
  if (ack.next === frameCount(transfer.list, transfer.frameBytes)) return { transfer, effects: [] };
  return { transfer: { ...transfer, framesSinceAck: 0 }, effects: [{ type: 'ack', ack }] };
}

export function ackOf(transfer: Transfer): Ack {
  const next = nextMissing(transfer);
  const received = new Uint8Array(WINDOW_FRAMES / 8);
  for (let i = 0; i < WINDOW_FRAMES; i++) if (hasFrame(transfer, next + 1 + i)) setBit(received, i);
  return { offerId: transfer.offerId, next, received, limit: limitOf(transfer) };
}

/**
 * The end of the fifth chunk not in flash yet. As every open chunk lies below it, five buffers are enough. It
 * falls only where a chunk that was in flash is lost.
 */
function limitOf(transfer: Transfer): number {
  const { list } = transfer;
  let room = OPEN_CHUNKS_MAX;
  for (let index = 0; index < list.chunkCount; index++) {
    if (getBit(transfer.have, index)) continue;
    if (--room === 0 && index < list.chunkCount - 1) return (index + 1) * framesPerChunk(transfer.frameBytes);
  }
  return frameCount(list, transfer.frameBytes);
}

function nextMissing(transfer: Transfer): number {
  const { list } = transfer;
  for (let index = 0; index < list.chunkCount; index++) {
    if (getBit(transfer.have, index)) continue;
    const chunk = transfer.open.find((open) => open.index === index);
    if (chunk?.isWhole === true) continue;
    const first = index * framesPerChunk(transfer.frameBytes);
    const frames = framesOfChunk(list, index, transfer.frameBytes);
    for (let i = 0; i < frames; i++) if (chunk === undefined || !getBit(chunk.frames, i)) return first + i;
  }
  return frameCount(list, transfer.frameBytes);
}

function hasFrame(transfer: Transfer, number: number): boolean {
  if (number >= frameCount(transfer.list, transfer.frameBytes)) return false;
  const perChunk = framesPerChunk(transfer.frameBytes);
  const index = Math.floor(number / perChunk);
  if (getBit(transfer.have, index)) return true;
  const chunk = transfer.open.find((open) => open.index === index);
  return chunk !== undefined && getBit(chunk.frames, number % perChunk);
}
