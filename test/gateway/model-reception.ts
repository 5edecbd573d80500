// How the model lock receives one set: whole chunks in its flash, frames of the others in memory, acknowledgements
// every 16 frames and at each whole chunk. It counts what a courier ought not to send.
import { bitmapBytes, setBit } from '#protocol/bitmap.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { chunkDigest, sealedChunkBytes, type Manifest } from '#protocol/signed/manifest.ts';
import { encodeAck, frameCount, framesOfChunk, framesPerChunk, type Frame } from '#protocol/sync/frames.ts';
import type { Progress } from '#protocol/sync/progress.ts';

/** In flash: kept over boots. */
export interface Stage {
  readonly manifest: Manifest;
  readonly manifestBytes: Uint8Array;
  readonly have: Set<number>;
}

export interface Misbehaviour {
  /** Frames that the lock had already. */
  duplicates: number;
  /** Frames at or beyond the limit, for which it has no room. */
  readonly outOfBounds: number[];
}

export type Heard = { readonly ack: Uint8Array } | 'whole-set' | 'nothing';

const ACK_EVERY = 16;

/** In memory: gone at a boot. */
export class Reception {
  readonly stage: Stage;
  readonly frameBytes: number;
  readonly #perChunk: number;
  readonly #end: number;
  readonly #frames = new Set<number>();
  readonly #buffers = new Map<number, Uint8Array>();
  readonly #misbehaviour: Misbehaviour;
  /** Of the offer that it goes on under. */
  offerId = 0;
  #sinceAck = 0;

  constructor(stage: Stage, frameBytes: number, misbehaviour: Misbehaviour) {
    this.stage = stage;
    this.frameBytes = frameBytes;
    this.#perChunk = framesPerChunk(frameBytes);
    this.#end = frameCount(stage.manifest, frameBytes);
    this.#misbehaviour = misbehaviour;
  }

  offered(offerId: number): void {
    this.offerId = offerId;
    this.#sinceAck = 0;
  }

  hear({ number, payload }: Frame, isBadChunk: (index: number) => boolean): Heard {
    if (number >= this.#limit()) {
      this.#misbehaviour.outOfBounds.push(number);
      return 'nothing';
    }
    if (this.#has(number)) {
      this.#misbehaviour.duplicates++;
      return this.#acknowledge();
    }
    const { manifest, have } = this.stage;
    const index = Math.floor(number / this.#perChunk);
    const buffer = this.#buffers.get(index) ?? new Uint8Array(sealedChunkBytes(manifest, index));
    this.#buffers.set(index, buffer);
    this.#frames.add(number);
    buffer.set(payload, (number % this.#perChunk) * this.frameBytes);
    const all = Array.from(
      { length: framesOfChunk(manifest, index, this.frameBytes) },
      (_, i) => index * this.#perChunk + i,
    );
    if (!all.every((one) => this.#frames.has(one))) return this.#acknowledge();
    this.#buffers.delete(index);
    for (const one of all) this.#frames.delete(one);
    if (isBadChunk(index)) return 'nothing';
    const digest = chunkDigest(manifest, index);
    if (!nodeEngine.sha256(buffer).every((byte, i) => byte === digest[i])) {
      throw new Error(`the courier sent another chunk ${index} than the signed one`);
    }
    have.add(index);
    return have.size < manifest.chunkCount ? this.#ack() : 'whole-set';
  }

  progress(): Progress {
    const { manifest, have: inFlash } = this.stage;
    const have = new Uint8Array(bitmapBytes(manifest.chunkCount));
    for (const index of inFlash) setBit(have, index);
    const open = new Map<number, Uint8Array>();
    for (const number of this.#frames) {
      const index = Math.floor(number / this.#perChunk);
      const bits = open.get(index) ?? new Uint8Array(bitmapBytes(this.#perChunk));
      setBit(bits, number % this.#perChunk);
      open.set(index, bits);
    }
    return {
      chunkCount: manifest.chunkCount,
      framesPerChunk: this.#perChunk,
      have,
      open: [...open].map(([index, frames]) => ({ index, frames })),
    };
  }

  #acknowledge(): Heard {
    return ++this.#sinceAck < ACK_EVERY ? 'nothing' : this.#ack();
  }

  #ack(): Heard {
    this.#sinceAck = 0;
    let next = 0;
    while (next < this.#end && this.#has(next)) next++;
    const received = new Uint8Array(8);
    for (let i = 0; i < 64; i++) if (this.#has(next + 1 + i)) setBit(received, i);
    return { ack: encodeAck({ offerId: this.offerId, next, received, limit: this.#limit() }) };
  }

  #has(number: number): boolean {
    return this.#frames.has(number) || this.stage.have.has(Math.floor(number / this.#perChunk));
  }

  #limit(): number {
    const { manifest, have } = this.stage;
    const missing = Array.from({ length: manifest.chunkCount }, (_, i) => i).filter((i) => !have.has(i));
    const fifth = missing[4];
    return fifth === undefined ? this.#end : Math.min(this.#end, (fifth + 1) * this.#perChunk);
  }
}
