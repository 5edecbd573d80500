// What goes over the air outside the signed objects: fragments at every MTU, the numbering of frames, the advert
// that only a key holder knows again, the hello's MAC and the messages' numbers.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, equalBytes } from '#protocol/bytes.ts';
import {
  CHUNKS_MAX,
  CONTROL_MESSAGE_MAX_BYTES,
  FRAGMENT_HEADER_BYTES,
  FRAME_HEADER_BYTES,
  FRAME_VALUE_MAX_BYTES,
  LOCK_STATUS_MAX_BYTES,
  MANIFEST_MAX_BYTES,
  OPEN_CHUNKS_MAX,
} from '#protocol/limits.ts';
import { nodeEngine as engine } from '#protocol/node/node-engine.ts';
import {
  advertManufacturerData,
  advertOfManufacturerData,
  makeAdvert,
  recogniseAdvert,
} from '#protocol/sync/advert.ts';
import { FragmentReader, FragmentWriter, type ControlMessage } from '#protocol/sync/fragments.ts';
import {
  encodeAck,
  encodeFrame,
  frameBytesFor,
  frameCount,
  framesOfChunk,
  framesPerChunk,
} from '#protocol/sync/frames.ts';
import { encodeLockStatus } from '#protocol/sync/lock-status.ts';
import {
  decodeRefusal,
  encodeOffer,
  encodeRefusal,
  helloMac,
  MESSAGE,
  messageName,
} from '#protocol/sync/messages.ts';
import { refusalNumbers } from '#protocol/sync/refusals.ts';
import { bitmapBytes } from '#protocol/bitmap.ts';
import { sealedChunkBytes } from '#protocol/signed/manifest.ts';
import { anInt, anU8, someBytes } from '../builders/arbitraries.ts';
import { aLock } from '../builders/lock.ts';
import { holds } from '../builders/seeded-property.ts';
import { aSignedSet } from '../builders/signed-set.ts';
import { everyBitFlip } from './crypto-engines.ts';
import { codeOf } from './refusal.ts';

const ATT_WRITE_HEADER_BYTES = 3;
const MTUS = Array.from({ length: 256 - 23 + 1 }, (_, i) => 23 + i);

function readAll(reader: FragmentReader, fragments: readonly Uint8Array[]): ControlMessage[] {
  return fragments.map((fragment) => reader.read(fragment)).filter((message) => message !== undefined);
}

describe('fragments', () => {
  it('bring a message of the largest size through at every MTU from 23 to 256', () => {
    const writer = new FragmentWriter();
    const reader = new FragmentReader();
    const body = new Uint8Array(CONTROL_MESSAGE_MAX_BYTES).map((_, i) => i * 7);
    for (const mtu of MTUS) {
      const fragments = writer.write({ type: MESSAGE.offer, body }, mtu - ATT_WRITE_HEADER_BYTES);
      expect(Math.max(...fragments.map(({ length }) => length))).toBeLessThanOrEqual(
        mtu - ATT_WRITE_HEADER_BYTES,
      );
      const [message, ...others] = readAll(reader, fragments);
      expect(others).toEqual([]);
      expect(message!.type).toBe(MESSAGE.offer);
      expect(equalBytes(message!.body, body)).toBe(true);
    }
  });

  it('bring messages of any size one after another, each at its own MTU', () => {
    const aMessage = fc.record({ type: anInt(0, 127), body: someBytes(0, 700), mtu: anInt(23, 256) });
    holds(
      fc.property(fc.array(aMessage, { maxLength: 12 }), (messages) => {
        const writer = new FragmentWriter();
        const reader = new FragmentReader();
        for (const { type, body, mtu } of messages) {
          const fragments = writer.write({ type, body }, mtu - ATT_WRITE_HEADER_BYTES);
          expect(readAll(reader, fragments)).toEqual([{ type, body }]);
        }
      }),
      60,
    );
  });

  const three = (): Uint8Array[] => new FragmentWriter().write({ type: 3, body: new Uint8Array(50) }, 20);

  it.each([
    ['one left out', ([a, , c]: Uint8Array[]) => [a!, c!]],
    ['one twice', ([a, b, c]: Uint8Array[]) => [a!, a!, b!, c!]],
    ['two swapped', ([a, b, c]: Uint8Array[]) => [b!, a!, c!]],
  ])('with %s are refused', (_, change) => {
    expect(codeOf(() => readAll(new FragmentReader(), change(three())))).toBe('OUT_OF_SEQUENCE');
  });

  it('of another message within one are refused', () => {
    const [first, second] = three();
    second![0] = 4;
    expect(codeOf(() => readAll(new FragmentReader(), [first!, second!]))).toBe('OUT_OF_SEQUENCE');
  });

  it('without end are refused: neither empty nor long ones go on for ever', () => {
    const reader = new FragmentReader();
    expect(codeOf(() => reader.read(Uint8Array.of(1, 0)))).toBe('TRUNCATED');
    const flood = new FragmentReader();
    const read = (): void => {
      for (let i = 0; i < 4_098; i++) flood.read(Uint8Array.of(1, i & 0xff, 0xee));
    };
    expect(codeOf(read)).toBe('TOO_LARGE');
  });

  it('are not made of a message above 4 KiB or for a value without room', () => {
    const writer = new FragmentWriter();
    expect(codeOf(() => writer.write({ type: 1, body: new Uint8Array(4_097) }, 20))).toBe('TOO_LARGE');
    expect(codeOf(() => writer.write({ type: 1, body: new Uint8Array(1) }, FRAGMENT_HEADER_BYTES))).toBe(
      'OUT_OF_RANGE',
    );
  });

  it('a manifest of the largest size fits one offer', () => {
    const manifestBytes = new Uint8Array(MANIFEST_MAX_BYTES);
    expect(encodeOffer({ offerId: 1, frameBytes: 241, manifestBytes })).toHaveLength(
      CONTROL_MESSAGE_MAX_BYTES,
    );
  });
});

describe('frames', () => {
  it('are 17 of 244 bytes a chunk on the usual link', () => {
    expect(frameBytesFor(247)).toBe(241);
    expect(frameBytesFor(517)).toBe(241);
    expect(framesPerChunk(241)).toBe(17);
    expect(encodeFrame({ offerId: 1, number: 0, payload: new Uint8Array(241) })).toHaveLength(
      FRAME_VALUE_MAX_BYTES,
    );
  });

  it('fill whole packets where the link’s are known to be shorter, and are never longer than without', () => {
    expect(frameBytesFor(247, 27)).toBe(233);
    expect(frameBytesFor(247, 251)).toBe(241);
    for (let mtu = 23; mtu <= 517; mtu++) {
      for (const packetBytes of [27, 69, 123, 185, 251]) {
        const frameBytes = frameBytesFor(mtu, packetBytes);
        const inPackets = frameBytes + FRAME_HEADER_BYTES + 7;
        expect(frameBytes).toBeLessThanOrEqual(frameBytesFor(mtu));
        expect(frameBytes).toBeGreaterThanOrEqual(17);
        expect(inPackets < packetBytes || inPackets % packetBytes === 0).toBe(true);
      }
    }
  });

  it('cover every byte of every chunk once, at every MTU, and their numbers fit 16 bits', () => {
    const { manifest } = aSignedSet({ rows: 200 });
    for (const mtu of MTUS) {
      const frameBytes = frameBytesFor(mtu);
      expect(frameBytes + FRAME_HEADER_BYTES).toBeLessThanOrEqual(mtu - ATT_WRITE_HEADER_BYTES);
      const frames = framesPerChunk(frameBytes);
      expect((frames - 1) * frameBytes).toBeLessThan(4_096);
      expect(frames * frameBytes).toBeGreaterThanOrEqual(4_096);
      expect(frameCount(manifest, frameBytes)).toBe(manifest.chunkCount * frames);
      expect(CHUNKS_MAX * frames).toBeLessThanOrEqual(0xffff);
    }
  });

  it('of a delta end with its short chunk', () => {
    const { manifest } = aSignedSet();
    const delta = { ...manifest, kind: 'delta' as const, chunkCount: 1, lastChunkBytes: 500 };
    expect(sealedChunkBytes(delta, 0)).toBe(500);
    expect(framesOfChunk(delta, 0, 241)).toBe(3);
    expect(frameCount(delta, 241)).toBe(3);
  });

  it('are acknowledged within 20 bytes, fragment header and all', () => {
    const body = encodeAck({ offerId: 1, next: 0, received: new Uint8Array(8), limit: 0 });
    expect(new FragmentWriter().write({ type: MESSAGE.ack, body }, 20)).toHaveLength(1);
  });

  it('and the whole progress fits lock-status at every MTU', () => {
    for (const mtu of MTUS) {
      const perChunk = framesPerChunk(frameBytesFor(mtu));
      const frames = new Uint8Array(bitmapBytes(perChunk));
      const progress = {
        chunkCount: CHUNKS_MAX,
        framesPerChunk: perChunk,
        have: new Uint8Array(bitmapBytes(CHUNKS_MAX)),
        open: Array.from({ length: OPEN_CHUNKS_MAX }, (_, index) => ({ index, frames })),
      };
      const transfer = { offerId: 1, progress };
      const status = {
        gattVersion: 1,
        advert: new Uint8Array(16),
        connectionNonce: new Uint8Array(8),
        transfer,
      };
      expect(encodeLockStatus(status).length).toBeLessThanOrEqual(LOCK_STATUS_MAX_BYTES);
    }
  });
});

const { advertisingKey } = aLock().secrets;
const otherKey = aLock({ name: 'back' }).secrets.advertisingKey;
const quiet = { tableVersion: 0x0001_0007, logPending: false, batteryLow: false, notActivated: false };

describe('an advert', () => {
  const nonce = Uint8Array.of(1, 2, 3, 4);

  it('tells a key holder version bits and flags, and nobody else anything', () => {
    holds(
      fc.property(
        someBytes(4),
        anInt(0, 0xffff_ffff),
        fc.boolean(),
        fc.boolean(),
        fc.boolean(),
        (n, v, a, b, c) => {
          const state = { tableVersion: v, logPending: a, batteryLow: b, notActivated: c };
          const advert = makeAdvert(engine, advertisingKey, n, state);
          const { tableVersion, ...flags } = state;
          const expected = { ...flags, versionBits: tableVersion & 0xffff, nonce: n };
          expect(recogniseAdvert(engine, advertisingKey, advert)).toEqual(expected);
          expect(recogniseAdvert(engine, otherKey, advert)).toBeUndefined();
          expect(advertOfManufacturerData(advertManufacturerData(advert))).toEqual(advert);
        },
      ),
    );
  });

  it('with any single bit flipped is nobody’s', () => {
    for (const flipped of everyBitFlip(makeAdvert(engine, advertisingKey, nonce, quiet))) {
      expect(recogniseAdvert(engine, advertisingKey, flipped)).toBeUndefined();
    }
  });

  it('shares nothing with the next one but its format', () => {
    const first = makeAdvert(engine, advertisingKey, nonce, quiet);
    const next = makeAdvert(engine, advertisingKey, Uint8Array.of(1, 2, 3, 5), quiet);
    expect(first.subarray(5, 13)).not.toEqual(next.subarray(5, 13));
    expect(first.subarray(13)).not.toEqual(next.subarray(13));
  });

  it('of another length or company is passed over', () => {
    const advert = makeAdvert(engine, advertisingKey, nonce, quiet);
    expect(recogniseAdvert(engine, advertisingKey, advert.subarray(1))).toBeUndefined();
    expect(recogniseAdvert(engine, advertisingKey, concat(advert, Uint8Array.of(0)))).toBeUndefined();
    expect(advertOfManufacturerData(concat(Uint8Array.of(0x4c, 0x00), advert))).toBeUndefined();
    expect(advertOfManufacturerData(Uint8Array.of(0xff, 0xff))).toBeUndefined();
  });
});

describe('the MAC of a hello', () => {
  it('differs by key, by which nonce it is bound to, and by each nonce', () => {
    const nonces = { courierNonce: new Uint8Array(16), cloudNonce: new Uint8Array(16) };
    const other = new Uint8Array(16).fill(1);
    const nonce = new Uint8Array(8);
    const macs = [
      helloMac(engine, advertisingKey, 'connection', nonce, nonces),
      helloMac(engine, otherKey, 'connection', nonce, nonces),
      helloMac(engine, advertisingKey, 'advert', nonce, nonces),
      helloMac(engine, advertisingKey, 'connection', new Uint8Array(8).fill(1), nonces),
      helloMac(engine, advertisingKey, 'connection', nonce, { ...nonces, courierNonce: other }),
      helloMac(engine, advertisingKey, 'connection', nonce, { ...nonces, cloudNonce: other }),
    ];
    expect(new Set(macs.map(String)).size).toBe(macs.length);
  });
});

describe('the numbers of messages and refusals', () => {
  it('of a side are known from that side alone', () => {
    expect(messageName(MESSAGE.hello, 'courier')).toBe('hello');
    expect(messageName(MESSAGE.ack, 'lock')).toBe('ack');
    expect(codeOf(() => messageName(MESSAGE.hello, 'lock'))).toBe('UNKNOWN_MESSAGE');
    expect(codeOf(() => messageName(MESSAGE.receipt, 'courier'))).toBe('UNKNOWN_MESSAGE');
    holds(fc.property(anU8, (type) => codeOf(() => messageName(type, 'lock')) !== undefined || type >= 64));
  });

  it('stand for one thing each', () => {
    for (const numbers of [Object.values(MESSAGE), Object.values(refusalNumbers)]) {
      expect(new Set(numbers).size).toBe(numbers.length);
    }
  });

  it('a refusal’s text is cut and cleaned, so that it always goes out and never drives a terminal', () => {
    const refusal = { code: 'STALE', ofType: 3, detail: `\u001b[31m${'𐅑'.repeat(200)}` } as const;
    const { detail } = decodeRefusal(encodeRefusal(refusal));
    expect(detail).toMatch(/^\?\[31m\?+$/);
    expect(detail).toHaveLength(120);
  });
});
