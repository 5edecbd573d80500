// The courier's machine as a table where it carries a firmware image, or only looks how far a lock is with one: what
// differs from a credential set, and nothing else does.
import { describe, expect, test } from 'vitest';
import type { Cargo } from '#gateway/courier/cargo.ts';
import { beginDoorSync, stepDoorSync } from '#gateway/courier/door-sync.ts';
import type { DoorSync, SyncEffect, SyncInput, SyncStep } from '#gateway/courier/sync-phases.ts';
import { MESSAGE } from '#protocol/sync/messages.ts';
import { aFirmware } from '#test/builders/firmware.ts';
import * as set from './door-sync-inputs.ts';

/** Eight chunks, as the set of the other tables has. */
const image = aFirmware({ firmware: 5, codeBytes: 8 * 4_096 - 100 });
const cargo: Cargo & { kind: 'image' } = { kind: 'image', package: image, keySet: 3, isLook: false };

const begin = (over: Partial<typeof cargo> = {}): DoorSync =>
  set.after(
    beginDoorSync({ ...set.job, cargo: { ...cargo, ...over } }).state,
    set.statusInput({ offerId: 41 }),
  );
const answer = (running: number, staged: number | null): SyncInput => ({
  type: 'message',
  message: { type: 'firmware-answer', answer: { running, staged } },
});

const greeting = begin();
const offering = set.after(greeting, set.helloAnswer());
const sending = set.after(offering, set.offerAnswer(42));
const checking = set.after(sending, set.silence);
const awaitingLastWord = set.after(sending, set.ack(42, set.FRAMES));
const looking = begin({ isLook: true });
const lookOffered = set.after(looking, set.helloAnswer({ firmware: 5 }));

const offerTypeIn = ({ effects }: SyncStep): number | undefined =>
  effects.flatMap((effect) => (effect.type === 'send' ? [effect.messageType] : []))[0];

describe('each phase goes on as it does for a set', () => {
  const rows: Record<string, [DoorSync, SyncInput, string, SyncEffect['type'][]]> = {
    'a lock with the key set gets the offer': [greeting, set.helloAnswer(), 'offering', ['send', 'wait']],
    'a lock behind in key sets gets them first': [
      greeting,
      set.helloAnswer({ keySetNumber: 1 }),
      'fetching-key-sets',
      ['fetch-key-sets', 'wait'],
    ],
    'a lock ahead in key sets judges for itself': [
      greeting,
      set.helloAnswer({ keySetNumber: 9 }),
      'offering',
      ['send', 'wait'],
    ],
    'what is missing is sent': [
      offering,
      set.offerAnswer(42, [0, 3]),
      'sending',
      ['send-frames', 'progress', 'await-frame', 'wait'],
    ],
    'the last acknowledgement awaits the answer': [
      sending,
      set.ack(42, set.FRAMES),
      'awaiting-last-word',
      ['progress', 'wait'],
    ],
    'a lock that forgot the offer gets another': [checking, set.statusInput(), 'offering', ['send', 'wait']],
    'a receipt is of no image': [sending, set.receiptInput(), 'sending', []],
    'an answer before the offer means nothing': [greeting, answer(1, 5), 'greeting', []],
    'a lock that may run it on trial is asked by the offer': [
      looking,
      set.helloAnswer({ firmware: 5 }),
      'offering',
      ['send', 'wait'],
    ],
    'a look brings no key sets': [
      looking,
      set.helloAnswer({ firmware: 5, keySetNumber: 1 }),
      'offering',
      ['send', 'wait'],
    ],
  };
  test.each(Object.entries(rows))('%s', (_, [from, input, to, effects]) => {
    const step = stepDoorSync(from, input);
    expect(step.state.phase.name).toBe(to);
    expect(set.effectsOf(step)).toEqual(effects);
  });

  test('by an offer of its own kind', () => {
    expect(offerTypeIn(stepDoorSync(greeting, set.helloAnswer()))).toBe(MESSAGE.firmwareOffer);
    expect(offerTypeIn(stepDoorSync(set.greeting, set.helloAnswer()))).toBe(MESSAGE.offer);
  });

  test('and a set takes no firmware answer for its end', () => {
    expect(stepDoorSync(set.sending, answer(1, 5))).toEqual({ state: set.sending, effects: [] });
  });
});

describe('each phase ends by', () => {
  const notNewer = { result: 'refused', refusal: { code: 'FIRMWARE_NOT_NEWER' } };
  const rows: Record<string, [DoorSync, SyncInput, object]> = {
    'the answer: staged': [awaitingLastWord, answer(1, 5), { result: 'staged' }],
    'the answer before the last acknowledgement': [sending, answer(1, 5), { result: 'staged' }],
    'the answer while the status is read': [checking, answer(1, 5), { result: 'staged' }],
    'the answer at once: it waits already': [offering, answer(1, 5), { result: 'staged' }],
    'the answer at once: it stands its trial': [offering, answer(5, null), { result: 'on-trial' }],
    'an answer about another image': [sending, answer(1, 6), { result: 'garbled', code: 'OUT_OF_SEQUENCE' }],
    'an answer that nothing is staged': [sending, answer(1, null), { result: 'garbled' }],
    'a lock that runs a newer one, which is not offered an older': [
      greeting,
      set.helloAnswer({ firmware: 6 }),
      notNewer,
    ],
    'a refusal': [sending, set.refusal, { result: 'refused' }],
    'silence for the answer': [
      awaitingLastWord,
      set.silence,
      { result: 'timed-out', awaited: 'firmware-answer' },
    ],
    'a look at a lock that runs another, which is not offered it anew': [
      looking,
      set.helloAnswer({ firmware: 1 }),
      { result: 'not-running' },
    ],
    'a look at a lock that runs a newer one': [looking, set.helloAnswer({ firmware: 6 }), notNewer],
    'a look at its trial': [lookOffered, answer(5, null), { result: 'on-trial' }],
  };
  test.each(Object.entries(rows))('%s', (_, [from, input, end]) => {
    expect(set.endOf(set.after(from, input))).toMatchObject(end);
  });
});
