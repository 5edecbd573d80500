// Frames carry the sealed chunks on sync-data: offer id, frame number, payload. The number alone says which
// chunk and where in it. The acknowledgement says the lowest frame missing, which of the 64 after it came, and
// up to where the lock has room. WIRE 9.6.
import { concat, readU16, u16 } from '../bytes.ts';
import { invariant } from '../errors.ts';
import { FRAME_HEADER_BYTES, FRAME_VALUE_MAX_BYTES, SEALED_CHUNK_BYTES, WINDOW_FRAMES } from '../limits.ts';
import { sealedChunkBytes, type ChunkSizes } from '../signed/manifest.ts';
import { refuseUnless } from '../wire-error.ts';
import { FRAME_BYTES_MAX } from './messages.ts';

const ATT_WRITE_HEADER_BYTES = 3;

export interface Frame {
  readonly offerId: number;
  readonly number: number;
  readonly payload: Uint8Array;
}

/** L2CAP's basic header and ATT's opcode and handle, in front of a written value. */
const PACKET_HEADER_BYTES = 4 + 3;

/**
 * f = min(241, MTU - 6): one write command, in one link-layer packet where 251 bytes fit. Where the link's packets are
 * known to be shorter, as many bytes as fill whole packets. WIRE 9.6.
 */
export function frameBytesFor(mtu: number, packetBytes?: number): number {
  const most = Math.min(FRAME_BYTES_MAX, mtu - ATT_WRITE_HEADER_BYTES - FRAME_HEADER_BYTES);
  if (packetBytes === undefined) return most;
  const wholePackets = Math.floor((most + FRAME_HEADER_BYTES + PACKET_HEADER_BYTES) / packetBytes);
  const filling = wholePackets * packetBytes - PACKET_HEADER_BYTES - FRAME_HEADER_BYTES;
  return wholePackets === 0 ? most : filling;
}

export const framesPerChunk = (frameBytes: number): number => Math.ceil(SEALED_CHUNK_BYTES / frameBytes);

/** Frames of a chunk by its sealed size: a delta's chunk is short. */
export const framesOfChunk = (list: ChunkSizes, index: number, frameBytes: number): number =>
  Math.ceil(sealedChunkBytes(list, index) / frameBytes);

/** Frame numbers run from 0 to this, exclusive. */
export const frameCount = (list: ChunkSizes, frameBytes: number): number =>
  (list.chunkCount - 1) * framesPerChunk(frameBytes) + framesOfChunk(list, list.chunkCount - 1, frameBytes);

export const encodeFrame = (frame: Frame): Uint8Array =>
  concat(Uint8Array.of(frame.offerId), u16(frame.number), frame.payload);

/** Throws WireError. */
export function decodeFrame(value: Uint8Array): Frame {
  refuseUnless(value.length > FRAME_HEADER_BYTES, 'TRUNCATED', 'a frame without payload');
  refuseUnless(value.length <= FRAME_VALUE_MAX_BYTES, 'TOO_LARGE', 'a frame above 244 bytes');
  return { offerId: value[0] ?? 0, number: readU16(value, 1), payload: value.slice(FRAME_HEADER_BYTES) };
}

export interface Ack {
  readonly offerId: number;
  /** The lowest frame that is missing; the frame count where none is. */
  readonly next: number;
  /** 8 bytes; bit i (from the lowest of the first byte) = frame next + 1 + i has come. */
  readonly received: Uint8Array;
  /** Frames below this number find room; those at or above it are dropped. */
  readonly limit: number;
}

const ACK_BYTES = 1 + 2 + WINDOW_FRAMES / 8 + 2;

export function encodeAck(ack: Ack): Uint8Array {
  invariant(ack.received.length === WINDOW_FRAMES / 8, 'one bit a frame of the window');
  return concat(Uint8Array.of(ack.offerId), u16(ack.next), ack.received, u16(ack.limit));
}

export function decodeAck(body: Uint8Array): Ack {
  refuseUnless(body.length === ACK_BYTES, 'WRONG_LENGTH', 'an acknowledgement of another length');
  return {
    offerId: body[0] ?? 0,
    next: readU16(body, 1),
    received: body.slice(3, 11),
    limit: readU16(body, 11),
  };
}
