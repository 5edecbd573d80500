// The receiver of frames, fed by hand: order, loss, repetition, rubbish, and never more than five buffers.
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { bitmapBytes, countBits, getBit } from '#protocol/bitmap.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { OPEN_CHUNKS_MAX } from '#protocol/limits.ts';
import { frameCount, framesPerChunk, type Ack, type Frame } from '#protocol/sync/frames.ts';
import {
  isComplete,
  resumeTransfer,
  startTransfer,
  stepTransfer,
  type Transfer,
  type TransferEffect,
} from '#lock-sim/sync/receiver.ts';
import { aSignedSet, type BuiltSet } from '#test/builders/signed-set.ts';

const FRAME_BYTES = 241;
const PER_CHUNK = framesPerChunk(FRAME_BYTES);
const OFFER_ID = 7;

const big = aSignedSet({ rows: 900 });

const begin = (set: BuiltSet, have = new Uint8Array(bitmapBytes(set.manifest.chunkCount))): Transfer =>
  startTransfer(set.manifest, OFFER_ID, FRAME_BYTES, have);

function frameOf(set: BuiltSet, number: number, frameBytes = FRAME_BYTES, offerId = OFFER_ID): Frame {
  const perChunk = framesPerChunk(frameBytes);
  const chunk = set.chunks[Math.floor(number / perChunk)]!;
  const at = (number % perChunk) * frameBytes;
  return { offerId, number, payload: chunk.slice(at, at + frameBytes) };
}

/** Feeds frames; programs are done at once unless `flash` is 'slow'. */
function feed(
  transfer: Transfer,
  frames: readonly Frame[],
  flash: 'fast' | 'slow' = 'fast',
): { transfer: Transfer; effects: TransferEffect[] } {
  const effects: TransferEffect[] = [];
  const step = (input: Parameters<typeof stepTransfer>[2]): void => {
    const result = stepTransfer(nodeEngine, transfer, input);
    transfer = result.transfer;
    for (const effect of result.effects) {
      effects.push(effect);
      if (effect.type === 'program' && flash === 'fast')
        step({ type: 'programmed', index: effect.index, lost: [] });
    }
  };
  for (const frame of frames) step({ type: 'frame', frame });
  return { transfer, effects };
}

const allFrames = (set: BuiltSet, frameBytes = FRAME_BYTES): Frame[] =>
  Array.from({ length: frameCount(set.manifest, frameBytes) }, (_, n) => frameOf(set, n, frameBytes));

const acksOf = (effects: readonly TransferEffect[]): Ack[] =>
  effects.flatMap((effect) => (effect.type === 'ack' ? [effect.ack] : []));
const programsOf = (effects: readonly TransferEffect[]): number[] =>
  effects.flatMap((effect) => (effect.type === 'program' ? [effect.index] : []));

describe('the receiver of a Door Sync', () => {
  it('hands on every chunk once, whole, and says when the set is complete', () => {
    const { transfer, effects } = feed(begin(big), allFrames(big));
    expect(programsOf(effects)).toEqual(big.chunks.map((_, i) => i));
    for (const effect of effects) {
      if (effect.type === 'program') expect(effect.sealed).toEqual(big.chunks[effect.index]);
    }
    expect(effects.filter(({ type }) => type === 'complete')).toHaveLength(1);
    expect(isComplete(transfer)).toBe(true);
  });

  it('acknowledges at least every 16 frames', () => {
    const { effects } = feed(begin(big), allFrames(big).slice(0, 16), 'slow');
    expect(acksOf(effects)).toEqual([
      { offerId: OFFER_ID, next: 16, received: new Uint8Array(8), limit: 5 * PER_CHUNK },
    ]);
  });

  it('says which frames after the lowest missing one have come', () => {
    const frames = allFrames(big)
      .slice(0, 18)
      .filter(({ number }) => number !== 2 && number !== 4);
    const ack = acksOf(feed(begin(big), frames, 'slow').effects).at(-1)!;
    expect(ack.next).toBe(2);
    expect(getBit(ack.received, 0)).toBe(true);
    expect(getBit(ack.received, 1)).toBe(false);
    expect(getBit(ack.received, 2)).toBe(true);
    expect(countBits(ack.received)).toBe(14);
  });

  it('drops frames beyond the fifth chunk that is not in flash, and takes them once there is room', () => {
    const limit = OPEN_CHUNKS_MAX * PER_CHUNK;
    const stalled = feed(begin(big), allFrames(big).slice(0, limit + PER_CHUNK), 'slow');
    expect(stalled.transfer.open).toHaveLength(OPEN_CHUNKS_MAX);
    expect(acksOf(stalled.effects).at(-1)).toMatchObject({ next: limit, limit });
    const freed = stepTransfer(nodeEngine, stalled.transfer, { type: 'programmed', index: 0, lost: [] });
    expect(acksOf(freed.effects)).toMatchObject([{ next: limit, limit: limit + PER_CHUNK }]);
  });

  it('acknowledges neither the frame that makes all whole nor the last chunk in flash: the last word does', () => {
    const small = aSignedSet({ rows: 5 });
    const frames = allFrames(small);
    const before = feed(begin(small), frames.slice(0, -1)).transfer;
    const last = feed(before, frames.slice(-1), 'slow');
    expect(last.effects.map(({ type }) => type)).toEqual(['program']);
    const index = programsOf(last.effects)[0]!;
    const repeated = feed(last.transfer, frames, 'slow');
    expect(repeated.effects, 'nor what comes again').toEqual([]);
    const done = stepTransfer(nodeEngine, last.transfer, { type: 'programmed', index, lost: [] });
    expect(done.effects).toEqual([{ type: 'complete' }]);
    const emptied = stepTransfer(nodeEngine, last.transfer, { type: 'programmed', index, lost: [0] });
    expect(acksOf(emptied.effects), 'but what flash lost is told').toMatchObject([{ next: 0 }]);
  });

  it('refuses a chunk that does not match its signed digest, and programs nothing of it', () => {
    const frames = allFrames(big).slice(0, PER_CHUNK);
    const forged = frames.map((frame) => ({ ...frame, payload: frame.payload.slice() }));
    forged[3]!.payload[0]! ^= 1;
    const { transfer, effects } = feed(begin(big), forged);
    expect(effects.filter(({ type }) => type !== 'ack')).toEqual([{ type: 'bad-chunk', index: 0 }]);
    expect(transfer.open).toHaveLength(0);
    expect(programsOf(feed(transfer, frames).effects)).toEqual([0]);
  });

  it.each([
    ['of another offer', frameOf(big, 0, FRAME_BYTES, OFFER_ID + 1)],
    [
      'beyond the last',
      { offerId: OFFER_ID, number: frameCount(big.manifest, FRAME_BYTES), payload: new Uint8Array(241) },
    ],
    ['that is too short', { ...frameOf(big, 0), payload: new Uint8Array(240) }],
    [
      'that is too long for the end of its chunk',
      { ...frameOf(big, PER_CHUNK - 1), payload: new Uint8Array(241) },
    ],
  ])('ignores a frame %s', (_, frame) => {
    const transfer = begin(big);
    expect(stepTransfer(nodeEngine, transfer, { type: 'frame', frame })).toEqual({ transfer, effects: [] });
  });

  it('goes on by chunk after a reboot, and by frame within a boot', () => {
    const have = new Uint8Array(bitmapBytes(big.manifest.chunkCount));
    have[0] = 0b0000_0101;
    const { effects } = feed(begin(big, have), allFrames(big));
    expect(programsOf(effects)).toEqual(big.chunks.map((_, i) => i).filter((i) => i !== 0 && i !== 2));

    const half = feed(begin(big), allFrames(big).slice(0, 10)).transfer;
    const resumed = resumeTransfer(half, 8, FRAME_BYTES);
    const rest = allFrames(big)
      .slice(10, PER_CHUNK)
      .map((frame) => ({ ...frame, offerId: 8 }));
    expect(programsOf(feed(resumed, rest).effects)).toEqual([0]);
  });

  it('starts open chunks anew where the next connection has another frame size', () => {
    const half = feed(begin(big), allFrames(big).slice(0, 10)).transfer;
    expect(resumeTransfer(half, 8, 100).open).toHaveLength(0);
  });

  it('shows no frame behind the last one of a whole chunk that waits under another frame size', () => {
    const waiting = feed(begin(big), allFrames(big).slice(0, PER_CHUNK), 'slow').transfer;
    const [chunk] = resumeTransfer(waiting, 8, 100).open;
    // 41 frames of 100 bytes: the last byte of the bitmap has one bit.
    expect([...chunk!.frames]).toEqual([0xff, 0xff, 0xff, 0xff, 0xff, 0x01]);
  });

  it('converges from any order, loss and repetition, never with more than five buffers', () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(fc.nat(), { maxLength: 400 }), (seed, picks) => {
        const set = aSignedSet({ rows: 400, seed: 1 });
        const frames = allFrames(set);
        const disorder = picks.map((pick) => frames[(pick + Math.abs(seed)) % frames.length]!);
        const messy = feed(begin(set), disorder);
        expect(messy.transfer.open.length).toBeLessThanOrEqual(OPEN_CHUNKS_MAX);
        let { transfer } = messy;
        for (let round = 0; round < frames.length && !isComplete(transfer); round++) {
          transfer = feed(transfer, frames).transfer;
        }
        expect(isComplete(transfer)).toBe(true);
      }),
      { seed: 20_261_124, numRuns: 50 },
    );
  });
});
