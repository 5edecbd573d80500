// What the courier's machine sends and when it gives up: windows, limits, lost frames, silences.
import { expect, test } from 'vitest';
import { fullBitmap } from '#protocol/bitmap.ts';
import { IDLE_DEADLINE_MS } from '#protocol/limits.ts';
import { decodeHello, decodeOffer } from '#protocol/sync/messages.ts';
import { aKeySet } from '#test/builders/key-set.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';
import { ACK_SILENCE_MS, FRAME_DEADLINE_MS, RECEIPT_DEADLINE_MS } from '#gateway/courier/courier-limits.ts';
import { beginDoorSync, stepDoorSync } from '#gateway/courier/door-sync.ts';
import {
  lock,
  FRAMES,
  statusInput,
  helloAnswer,
  offerAnswer,
  ack,
  keySetAnswer,
  silence,
  noFrame,
  keySets,
  progress,
  after,
  readingStatus,
  greeting,
  offering,
  sending,
  endOf,
  framesOf,
  range,
  job,
} from './door-sync-inputs.ts';

test('the hello is bound to the connection and carries both nonces', () => {
  const [send] = stepDoorSync(readingStatus, statusInput()).effects;
  if (send?.type !== 'send') throw new Error('no hello');
  const hello = decodeHello(send.body);
  expect(hello).toMatchObject({ version: 1, boundTo: 'connection' });
  expect([...hello.cloudNonce]).toEqual([...job.cloudNonce]);
  expect([...hello.courierNonce]).toEqual([...job.courierNonce]);
});

test('an offer bears another id than the one that the lock still knows', () => {
  const [send] = stepDoorSync(greeting, helloAnswer()).effects;
  if (send?.type !== 'send') throw new Error('no offer');
  expect(decodeOffer(send.body).offerId).toBe(42);
  expect(decodeOffer(send.body).frameBytes).toBe(241);
});

test('before the first acknowledgement the window alone bounds, at 64 frames', () => {
  expect(framesOf(stepDoorSync(offering, offerAnswer(42)))).toEqual(range(0, 64));
});

test('before the first acknowledgement nothing goes beyond the fifth chunk that the lock has not', () => {
  // Chunk 0 is missing, 1 and 2 are there: the fifth missing one is chunk 6.
  const step = stepDoorSync(offering, offerAnswer(42, [1, 2]));
  expect(framesOf(step)).toEqual([...range(0, 17), ...range(51, 64)]);
  const next = stepDoorSync(step.state, ack(42, 17, 7 * 17, new Uint8Array(8).fill(0xff)));
  expect(framesOf(next).every((number) => number < 7 * 17)).toBe(true);
});

test('the limit of an acknowledgement holds even where the window is wider', () => {
  const step = stepDoorSync(sending, ack(42, 30, 70));
  expect(framesOf(step)).toEqual(range(64, 70));
});

test('only a frame older than one that came is lost', () => {
  // 0..15 came but for 3 and 9; 16..63 may still be on their way.
  const received = new Uint8Array(8);
  for (let number = 4; number < 16; number++)
    if (number !== 9) received[(number - 4) >> 3]! |= 1 << ((number - 4) & 7);
  const step = stepDoorSync(sending, ack(42, 3, FRAMES, received));
  expect(framesOf(step)).toEqual([3, 9, 64, 65, 66]);
});

test('a chunk that the lock dropped again goes out again from its first frame', () => {
  const all = after(sending, ack(42, 64, FRAMES));
  const received = new Uint8Array(8).fill(0xff);
  received[2] = 0x00;
  const step = stepDoorSync(all, ack(42, 17, FRAMES, received));
  expect(framesOf(step)).toEqual([17, ...range(34, 42)]);
});

test('silences without one more frame at the lock end by one deadline, before the lock’s own', () => {
  expect(FRAME_DEADLINE_MS).toBeLessThan(IDLE_DEADLINE_MS);
  expect(FRAME_DEADLINE_MS).toBeGreaterThan(2 * ACK_SILENCE_MS);
  let state = sending;
  for (let i = 0; i < 2; i++) {
    expect(endOf(after(state, silence, noFrame))).toEqual({ result: 'timed-out', awaited: 'ack' });
    const looked = stepDoorSync(after(state, silence), statusInput({ offerId: 42 }));
    expect(looked.effects.map(({ type }) => type)).toEqual(['send-frames', 'progress', 'wait']);
    state = looked.state;
  }
  expect(endOf(after(state, noFrame))).toEqual({ result: 'timed-out', awaited: 'ack' });
});

test('a lock that holds every frame and is silent writes its flash: it is looked at once, then the receipt is awaited', () => {
  const lastChunk = stepDoorSync(offering, offerAnswer(42, [0, 1, 2, 3, 4, 5, 6]));
  expect(framesOf(lastChunk)).toEqual(range(7 * 17, FRAMES));
  const looking = stepDoorSync(lastChunk.state, silence);
  expect(looking.effects.map(({ type }) => type)).toEqual(['read-status', 'wait']);
  const open = [{ index: 7, frames: fullBitmap(17) }];
  const whole = { ...progress([0, 1, 2, 3, 4, 5, 6]), open };
  const waiting = stepDoorSync(looking.state, statusInput({ offerId: 42, progress: whole }));
  expect(waiting.effects.map(({ type }) => type)).toEqual(['progress', 'wait']);
  expect(waiting.effects.at(-1)).toEqual({ type: 'wait', ms: RECEIPT_DEADLINE_MS });
  expect(endOf(after(waiting.state, silence))).toEqual({ result: 'timed-out', awaited: 'receipt' });
});

test('one frame more at the lock sets the deadline anew', () => {
  let state = sending;
  for (let i = 1; i < 12; i++) {
    const moved = stepDoorSync(after(state, silence, statusInput({ offerId: 42 })), ack(42, i));
    expect(moved.effects).toContainEqual({ type: 'await-frame', ms: FRAME_DEADLINE_MS });
    state = moved.state;
    expect(state.phase.name).toBe('sending');
  }
});

test('as many key sets as one connection may bring, then another connection', () => {
  const far = aKeySet({ number: 40 });
  const farJob = { ...job, cargo: { kind: 'set' as const, package: aSignedSet({ lock, keySet: far }) } };
  let state = after(beginDoorSync(farJob).state, statusInput(), helloAnswer({ keySetNumber: 1 }));
  state = after(state, keySets(...range(2, 40)));
  for (let number = 2; number < 17; number++) state = after(state, keySetAnswer(number));
  expect(state.phase.name).toBe('rotating');
  expect(endOf(after(state, keySetAnswer(17)))).toEqual({ result: 'more-key-sets' });
});

test('the step itself changes no state that it was given', () => {
  const frozen = JSON.stringify(sending.phase, (_, value: unknown) =>
    value instanceof Map ? [...value] : value,
  );
  stepDoorSync(sending, ack(42, 30));
  stepDoorSync(sending, silence);
  const again = JSON.stringify(sending.phase, (_, value: unknown) =>
    value instanceof Map ? [...value] : value,
  );
  expect(again).toBe(frozen);
});
