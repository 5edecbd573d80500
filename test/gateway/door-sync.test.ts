// The courier's machine as a table: from which phase, by which input, to which phase, asking for what.
import { describe, expect, test } from 'vitest';
import { bitmapBytes } from '#protocol/bitmap.ts';
import type { Hash } from '#protocol/ids.ts';
import { stepDoorSync } from '#gateway/courier/door-sync.ts';
import type { DoorSync, SyncEffect, SyncInput } from '#gateway/courier/sync-phases.ts';
import {
  FRAMES,
  statusInput,
  helloAnswer,
  offerAnswer,
  ack,
  keySetAnswer,
  receiptInput,
  refusal,
  silence,
  noFrame,
  linkLost,
  garbled,
  statement,
  keySets,
  after,
  readingStatus,
  readingKept,
  greeting,
  greetingUnread,
  fetching,
  rotating,
  offering,
  sending,
  checking,
  awaitingLastWord,
  done,
  endOf,
  effectsOf,
  progress,
} from './door-sync-inputs.ts';

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
    'greeted unread it gets the offer just so': [greetingUnread, helloAnswer(), 'offering', ['send', 'wait']],
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
    'what is missing is sent': [
      offering,
      offerAnswer(42),
      'sending',
      ['send-frames', 'progress', 'await-frame', 'wait'],
    ],
    'where nothing is missing the receipt is awaited': [
      offering,
      offerAnswer(42, [0, 1, 2, 3, 4, 5, 6, 7]),
      'awaiting-last-word',
      ['progress', 'wait'],
    ],
    'an acknowledgement opens the window': [
      sending,
      ack(42, 16),
      'sending',
      ['send-frames', 'progress', 'await-frame', 'wait'],
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
      'awaiting-last-word',
      ['progress', 'wait'],
    ],
    'silence has the status read': [sending, silence, 'checking', ['read-status', 'wait']],
    'the status says what to send again': [
      checking,
      statusInput({ offerId: 42 }),
      'sending',
      ['send-frames', 'progress', 'wait'],
    ],
    'an acknowledgement during the reading sends no frame': [
      checking,
      ack(42, 16),
      'checking',
      ['await-frame'],
    ],
    'a lock that forgot the offer gets another': [checking, statusInput(), 'offering', ['send', 'wait']],
    'a chunk that the lock dropped again is sent again': [
      awaitingLastWord,
      ack(42, 17, FRAMES),
      'sending',
      ['send-frames', 'progress', 'await-frame', 'wait'],
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
    'the receipt: applied': [awaitingLastWord, receiptInput(), { result: 'applied' }],
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
      awaitingLastWord,
      receiptInput({ tableHash: new Uint8Array(32) as Hash }),
      { result: 'not-applied' },
    ],
    'a receipt of a lock that is degraded': [
      awaitingLastWord,
      receiptInput({ tableState: 'degraded' }),
      { result: 'not-applied' },
    ],
    'a receipt that answers another courier': [
      awaitingLastWord,
      receiptInput({ courierNonce: new Uint8Array(16) }),
      { result: 'garbled', code: 'OUT_OF_SEQUENCE' },
    ],
    'handles of another layout': [readingKept, statusInput({ gattVersion: 2 }), { result: 'stale-handles' }],
    'nonsense after an unread hello': [greetingUnread, garbled, { result: 'stale-handles' }],
    'silence after an unread hello': [greetingUnread, silence, { result: 'not-recognised' }],
    'an unread hello refused': [greetingUnread, refusal, { result: 'not-recognised' }],
    'the link gone after an unread hello': [greetingUnread, linkLost, { result: 'not-recognised' }],
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
    'no frame at the lock for too long': [sending, noFrame, { result: 'timed-out', awaited: 'ack' }],
    'no frame at it while the status is read': [checking, noFrame, { result: 'timed-out', awaited: 'ack' }],
    'silence instead of the receipt': [
      awaitingLastWord,
      silence,
      { result: 'timed-out', awaited: 'receipt' },
    ],
  };
  test.each(Object.entries(rows))('%s', (_, [from, input, end]) => {
    const step = stepDoorSync(from, input);
    expect(endOf(step.state)).toMatchObject(end);
    expect(step.effects).toEqual([]);
  });

  const open = { readingStatus, greeting, fetching, rotating, offering, sending, checking, awaitingLastWord };
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
      [helloAnswer(), offerAnswer(41), ack(42, 1), keySetAnswer(3), statusInput(), noFrame],
    ],
    'while sending': [sending, [helloAnswer(), offerAnswer(42), ack(41, 5), statusInput(), keySets(1)]],
    'while the status is read': [checking, [offerAnswer(42), ack(41, 5), statement]],
    'while the receipt is awaited': [awaitingLastWord, [offerAnswer(42), ack(41, 5), statusInput(), noFrame]],
    'when all is done': [
      done,
      [receiptInput(), refusal, linkLost, garbled, silence, noFrame, statusInput(), ack(42, 1)],
    ],
  };
  test.each(Object.entries(rows))('%s', (_, [from, inputs]) => {
    for (const input of inputs) expect(stepDoorSync(from, input)).toEqual({ state: from, effects: [] });
  });
});
