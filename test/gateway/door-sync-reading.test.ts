// A Door Sync where the link has no notifications: each window is followed by a read of lock-status, in the place of silence.
import { expect, test } from 'vitest';
import { stepDoorSync } from '#gateway/courier/door-sync.ts';
import { IDLE_DEADLINE_MS } from '#protocol/limits.ts';
import { FRAME_DEADLINE_MS, READING_PAUSE_MS } from '#gateway/courier/courier-limits.ts';
import type { DoorSync } from '#gateway/courier/sync-phases.ts';
import {
  ack,
  after,
  effectsOf,
  endOf,
  noFrame,
  offerAnswer,
  offering as notified,
  receiptInput,
  silence,
  statusInput,
} from './door-sync-inputs.ts';

const offering: DoorSync = { ...notified, job: { ...notified.job, isByReading: true } };
const checking = after(offering, offerAnswer(42));

test('a window is sent and asked after at once, without a silence', () => {
  const step = stepDoorSync(offering, offerAnswer(42));
  expect(step.state.phase.name).toBe('checking');
  expect(effectsOf(step)).toEqual(['send-frames', 'progress', 'await-frame', 'read-status', 'wait']);
});

test('what did not get on is asked after again in a while, and sent again', () => {
  const still = stepDoorSync(checking, statusInput({ offerId: 42 }));
  expect(still.state.phase.name).toBe('sending');
  expect(still.effects).toEqual([{ type: 'wait', ms: READING_PAUSE_MS }]);
  const again = stepDoorSync(still.state, silence);
  expect(effectsOf(again)).toEqual(['send-frames', 'progress', 'read-status', 'wait']);
});

test('a lock at which no frame arrives is given up by one deadline, which no look at it sets anew', () => {
  expect(FRAME_DEADLINE_MS).toBeLessThan(IDLE_DEADLINE_MS);
  let state = checking;
  for (let look = 0; look < 100; look++) {
    const still = stepDoorSync(state, statusInput({ offerId: 42 }));
    const again = stepDoorSync(still.state, silence);
    expect([...effectsOf(still), ...effectsOf(again)]).not.toContain('await-frame');
    expect(endOf(after(still.state, noFrame))).toEqual({ result: 'timed-out', awaited: 'ack' });
    state = again.state;
  }
  expect(endOf(after(state, noFrame))).toEqual({ result: 'timed-out', awaited: 'ack' });
});

test('a frame that arrived while lock-status is read sets the deadline anew', () => {
  expect(stepDoorSync(checking, ack(42, 1)).effects).toEqual([
    { type: 'await-frame', ms: FRAME_DEADLINE_MS },
  ]);
});

test('the receipt ends it while lock-status is read', () => {
  expect(endOf(after(checking, receiptInput()))).toMatchObject({ result: 'applied' });
});
