// The courier's machine as a table: from which phase, by which input, to which phase, asking for what.
import { describe, expect, test } from 'vitest';
import { bitmapBytes } from '#protocol/bitmap.ts';
import type { Hash } from '#protocol/ids.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { decodeHello, decodeOffer, MESSAGE, type HelloAnswer } from '#protocol/sync/messages.ts';
import { framesPerChunk } from '#protocol/sync/frames.ts';
import { WireError } from '#protocol/wire-error.ts';
import { SILENCES_MAX } from '#gateway/courier/courier-limits.ts';
import { beginDoorSync, stepDoorSync } from '#gateway/courier/door-sync.ts';
import type { DoorSync, SyncEffect, SyncInput, SyncJob, SyncStep } from '#gateway/courier/sync-phases.ts';
import { aKeySet } from '#test/builders/key-set.ts';
import { aLock } from '#test/builders/lock.ts';
import { aReceipt } from '#test/builders/receipt.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';

const lock = aLock();
const keySet = aKeySet({ number: 3 });
/** Head and seven chunks of rows: 8 x 17 frames of 241 bytes. */
const set = aSignedSet({ lock, keySet, rows: 7 * 127 });
const FRAMES = 8 * 17;
const job: SyncJob = {
  engine: nodeEngine,
  lockId: lock.lockId,
  advertisingKey: lock.secrets.advertisingKey,
  courierNonce: new Uint8Array(16).fill(9),
  cloudNonce: new Uint8Array(16).fill(8),
  package: set,
  mtu: 247,
  keptGattVersion: undefined,
};

const statusInput = (over: { gattVersion?: number; offerId?: number } = {}): SyncInput => ({
  type: 'status',
  status: {
    gattVersion: over.gattVersion ?? 1,
    advert: new Uint8Array(16),
    connectionNonce: new Uint8Array(8),
    transfer: over.offerId === undefined ? undefined : { offerId: over.offerId, progress: progress() },
  },
});

const progress = (have: readonly number[] = []) => ({
  chunkCount: 8,
  framesPerChunk: framesPerChunk(241),
  have: Uint8Array.of(have.reduce((bits, chunk) => bits | (1 << chunk), 0)),
  open: [],
});

const helloAnswer = (over: Partial<HelloAnswer> = {}): SyncInput => ({
  type: 'message',
  message: {
    type: 'hello-answer',
    answer: {
      version: 1,
      activated: true,
      tableState: 'none',
      triple: { ownershipEpoch: 1, keyEpoch: 3, tableVersion: 0 },
      keySetNumber: 3,
      tableHash: null,
      stageHash: null,
      firmware: 1,
      capacityRows: 1500,
      ...over,
    },
  },
});

const offerAnswer = (offerId: number, have: readonly number[] = []): SyncInput => ({
  type: 'message',
  message: {
    type: 'offer-answer',
    answer: { offerId, status: 'send', progress: new Uint8Array(1) },
    progress: progress(have),
  },
});

const ack = (offerId: number, next: number, limit = FRAMES, received = new Uint8Array(8)): SyncInput => ({
  type: 'message',
  message: { type: 'ack', ack: { offerId, next, limit, received } },
});

const keySetAnswer = (keySetNumber: number): SyncInput => ({
  type: 'message',
  message: { type: 'key-set-answer', answer: { keySetNumber } },
});

const receiptInput = (over: Parameters<typeof aReceipt>[0] = {}): SyncInput => {
  const { bytes, receipt } = aReceipt({
    lock,
    triple: set.triple,
    tableHash: set.manifest.tableHash,
    courierNonce: job.courierNonce,
    ...over,
  });
  return { type: 'message', message: { type: 'receipt', receiptBytes: bytes, receipt } };
};

const refusal: SyncInput = {
  type: 'message',
  message: { type: 'refusal', refusal: { code: 'STALE', ofType: MESSAGE.offer, detail: 'older' } },
};
const silence: SyncInput = { type: 'silence' };
const linkLost: SyncInput = { type: 'link-lost', detail: 'gone' };
const garbled: SyncInput = { type: 'garbled', error: new WireError('TRUNCATED', 'half a message') };
const statement: SyncInput = {
  type: 'message',
  message: { type: 'statement', statement: new Uint8Array(1) },
};
const keySets = (...numbers: readonly number[]): SyncInput => ({
  type: 'key-sets',
  keySets: numbers.map((number) => aKeySet({ number }).bytes),
});

const after = (start: DoorSync, ...inputs: readonly SyncInput[]): DoorSync =>
  inputs.reduce((state, input) => stepDoorSync(state, input).state, start);

const readingStatus = beginDoorSync(job).state;
const readingKept = beginDoorSync({ ...job, keptGattVersion: 1 }).state;
const greeting = after(readingStatus, statusInput({ offerId: 41 }));
const fetching = after(greeting, helloAnswer({ keySetNumber: 1 }));
const rotating = after(fetching, keySets(2, 3));
const offering = after(greeting, helloAnswer());
const sending = after(offering, offerAnswer(42));
const checking = after(sending, silence);
const awaitingReceipt = after(sending, ack(42, FRAMES));
const done = after(awaitingReceipt, receiptInput());

const endOf = ({ phase }: DoorSync): unknown => (phase.name === 'done' ? phase.end : undefined);
const effectsOf = (step: SyncStep): string[] => step.effects.map(({ type }) => type);
const framesOf = (step: SyncStep): number[] =>
  step.effects.flatMap((effect) => (effect.type === 'send-frames' ? [...effect.numbers] : []));
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

type Row = [from: DoorSync, input: SyncInput, to: string, effects: SyncEffect['type'][]];

describe('each phase goes on by what it waits for', () => {
  const rows: Record<string, Row> = {
    'the status lets it greet and listen': [
      readingStatus,
      statusInput(),
      'greeting',
      ['send', 'listen', 'wait'],
    ],
    'kept handles of this layout are good': [
      readingKept,
      statusInput(),
      'greeting',
      ['send', 'listen', 'wait'],
    ],
    'a lock with the key set gets the offer': [greeting, helloAnswer(), 'offering', ['send', 'wait']],
    'a lock behind in key sets has them fetched': [
      greeting,
      helloAnswer({ keySetNumber: 1 }),
      'fetching-key-sets',
      ['fetch-key-sets', 'wait'],
    ],
    'a lock without an owner is offered to, and will refuse': [
      greeting,
      helloAnswer({ activated: false, keySetNumber: 0 }),
      'offering',
      ['send', 'wait'],
    ],
    'key sets are sent one by one': [fetching, keySets(2, 3), 'rotating', ['send', 'wait']],
    'the next key set follows the answer': [rotating, keySetAnswer(2), 'rotating', ['send', 'wait']],
    'the last key set is followed by the offer': [rotating, keySetAnswer(3), 'offering', ['send', 'wait']],
    'what is missing is sent': [offering, offerAnswer(42), 'sending', ['send-frames', 'progress', 'wait']],
    'where nothing is missing the receipt is awaited': [
      offering,
      offerAnswer(42, [0, 1, 2, 3, 4, 5, 6, 7]),
      'awaiting-receipt',
      ['progress', 'wait'],
    ],
    'an acknowledgement opens the window': [
      sending,
      ack(42, 16),
      'sending',
      ['send-frames', 'progress', 'wait'],
    ],
    'an acknowledgement that opens nothing sends nothing': [
      sending,
      ack(42, 0, 64),
      'sending',
      ['progress', 'wait'],
    ],
    'the last acknowledgement awaits the receipt': [
      sending,
      ack(42, FRAMES),
      'awaiting-receipt',
      ['progress', 'wait'],
    ],
    'silence has the status read': [sending, silence, 'checking', ['read-status', 'wait']],
    'the status says what to send again': [
      checking,
      statusInput({ offerId: 42 }),
      'sending',
      ['send-frames', 'progress', 'wait'],
    ],
    'an acknowledgement during the reading sends no frame': [checking, ack(42, 16), 'checking', []],
    'a lock that forgot the offer gets another': [checking, statusInput(), 'offering', ['send', 'wait']],
    'a chunk that the lock dropped again is sent again': [
      awaitingReceipt,
      ack(42, 17, FRAMES),
      'sending',
      ['send-frames', 'progress', 'wait'],
    ],
  };
  test.each(Object.entries(rows))('%s', (_, [from, input, to, effects]) => {
    const step = stepDoorSync(from, input);
    expect(step.state.phase.name).toBe(to);
    expect(effectsOf(step)).toEqual(effects);
  });
});

describe('each phase ends by', () => {
  const rows: Record<string, [DoorSync, SyncInput, object]> = {
    'the receipt: applied': [awaitingReceipt, receiptInput(), { result: 'applied' }],
    'the receipt before the last acknowledgement': [sending, receiptInput(), { result: 'applied' }],
    'the receipt while the status is read': [checking, receiptInput(), { result: 'applied' }],
    'the receipt as the answer to the offer: already current': [
      offering,
      receiptInput(),
      { result: 'already-current' },
    ],
    'the receipt as the answer to a second offer: applied': [
      after(checking, statusInput()),
      receiptInput(),
      { result: 'applied' },
    ],
    'a receipt for another table': [
      awaitingReceipt,
      receiptInput({ tableHash: new Uint8Array(32) as Hash }),
      { result: 'not-applied' },
    ],
    'a receipt of a lock that is degraded': [
      awaitingReceipt,
      receiptInput({ tableState: 'degraded' }),
      { result: 'not-applied' },
    ],
    'a receipt that answers another courier': [
      awaitingReceipt,
      receiptInput({ courierNonce: new Uint8Array(16) }),
      { result: 'garbled', code: 'OUT_OF_SEQUENCE' },
    ],
    'handles of another layout': [readingKept, statusInput({ gattVersion: 2 }), { result: 'stale-handles' }],
    'nonsense through kept handles': [readingKept, garbled, { result: 'stale-handles' }],
    'nonsense as the status': [readingStatus, garbled, { result: 'garbled', code: 'TRUNCATED' }],
    'no key sets': [fetching, keySets(), { result: 'no-key-sets', after: 1 }],
    'too few key sets': [after(fetching, keySets(2)), keySetAnswer(2), { result: 'no-key-sets', after: 2 }],
    'a key set without effect': [rotating, keySetAnswer(1), { result: 'garbled', code: 'OUT_OF_RANGE' }],
    'progress of another package': [
      offering,
      {
        type: 'message',
        message: {
          type: 'offer-answer',
          answer: { offerId: 42, status: 'send', progress: new Uint8Array(1) },
          progress: { ...progress(), chunkCount: 9, have: new Uint8Array(bitmapBytes(9)) },
        },
      },
      { result: 'garbled', code: 'OUT_OF_RANGE' },
    ],
    'silence before the status': [readingStatus, silence, { result: 'timed-out', awaited: 'lock-status' }],
    'silence after the hello': [greeting, silence, { result: 'timed-out', awaited: 'hello-answer' }],
    'silence of the cloud': [fetching, silence, { result: 'timed-out', awaited: 'key-sets' }],
    'silence after a key set': [rotating, silence, { result: 'timed-out', awaited: 'key-set-answer' }],
    'silence after the offer': [offering, silence, { result: 'timed-out', awaited: 'offer-answer' }],
    'silence while the status is read': [checking, silence, { result: 'timed-out', awaited: 'lock-status' }],
    'silence instead of the receipt': [awaitingReceipt, silence, { result: 'timed-out', awaited: 'receipt' }],
  };
  test.each(Object.entries(rows))('%s', (_, [from, input, end]) => {
    const step = stepDoorSync(from, input);
    expect(endOf(step.state)).toMatchObject(end);
    expect(step.effects).toEqual([]);
  });

  const open = { readingStatus, greeting, fetching, rotating, offering, sending, checking, awaitingReceipt };
  test.each(Object.entries(open))('a lost link, a refusal or nonsense in %s', (_, from) => {
    expect(endOf(after(from, linkLost))).toEqual({ result: 'link-lost', detail: 'gone' });
    expect(endOf(after(from, refusal))).toMatchObject({ result: 'refused', refusal: { code: 'STALE' } });
    expect(endOf(after(from, garbled))).toMatchObject({ result: 'garbled', code: 'TRUNCATED' });
  });
});

describe('what is not waited for changes nothing', () => {
  const rows: Record<string, [DoorSync, readonly SyncInput[]]> = {
    'before the greeting': [
      readingStatus,
      [helloAnswer(), offerAnswer(42), ack(42, 1), receiptInput(), keySetAnswer(2), keySets(2), statement],
    ],
    'while greeting': [greeting, [statusInput(), offerAnswer(42), ack(42, 1), receiptInput(), statement]],
    'while key sets are fetched': [fetching, [statusInput(), helloAnswer(), keySetAnswer(2), receiptInput()]],
    'while key sets are sent': [rotating, [helloAnswer(), keySets(2), ack(42, 1), receiptInput()]],
    'while offering': [
      offering,
      [helloAnswer(), offerAnswer(41), ack(42, 1), keySetAnswer(3), statusInput()],
    ],
    'while sending': [sending, [helloAnswer(), offerAnswer(42), ack(41, 5), statusInput(), keySets(1)]],
    'while the status is read': [checking, [offerAnswer(42), ack(41, 5), statement]],
    'while the receipt is awaited': [awaitingReceipt, [offerAnswer(42), ack(41, 5), statusInput()]],
    'when all is done': [
      done,
      [receiptInput(), refusal, linkLost, garbled, silence, statusInput(), ack(42, 1)],
    ],
  };
  test.each(Object.entries(rows))('%s', (_, [from, inputs]) => {
    for (const input of inputs) expect(stepDoorSync(from, input)).toEqual({ state: from, effects: [] });
  });
});

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

test('silences in a row without one more frame at the lock end in a time-out', () => {
  let state = sending;
  for (let i = 0; i < SILENCES_MAX; i++) {
    state = after(state, silence, statusInput({ offerId: 42 }));
    expect(state.phase.name).toBe('sending');
  }
  expect(endOf(after(state, silence))).toEqual({ result: 'timed-out', awaited: 'ack' });
});

test('one frame more at the lock starts the count of silences anew', () => {
  let state = sending;
  for (let i = 1; i < 4 * SILENCES_MAX; i++) {
    state = after(state, silence, statusInput({ offerId: 42 }), ack(42, i));
    expect(state.phase.name).toBe('sending');
  }
});

test('as many key sets as one connection may bring, then another connection', () => {
  const far = aKeySet({ number: 40 });
  const farJob = { ...job, package: aSignedSet({ lock, keySet: far }) };
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
