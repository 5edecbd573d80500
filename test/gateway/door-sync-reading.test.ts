// A Door Sync where the link has no notifications: each window is followed by a read of lock-status, in the place of silence.
import { expect, test } from 'vitest';
import { stepDoorSync } from '#gateway/courier/door-sync.ts';
import { READING_PAUSE_MS, READINGS_MAX } from '#gateway/courier/courier-limits.ts';
import type { DoorSync, SyncInput } from '#gateway/courier/sync-phases.ts';
import {
  after,
  effectsOf,
  endOf,
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
  expect(effectsOf(step)).toEqual(['send-frames', 'progress', 'read-status', 'wait']);
});

test('what did not get on is asked after again in a while, and sent again', () => {
  const still = stepDoorSync(checking, statusInput({ offerId: 42 }));
  expect(still.state.phase.name).toBe('sending');
  expect(still.effects).toEqual([{ type: 'wait', ms: READING_PAUSE_MS }]);
  const again = stepDoorSync(still.state, silence);
  expect(effectsOf(again)).toEqual(['send-frames', 'progress', 'read-status', 'wait']);
});

test('a lock at which no frame arrives is given up after so many looks', () => {
  let state = checking;
  let looks = 0;
  const inputs: readonly SyncInput[] = [statusInput({ offerId: 42 }), silence];
  while (state.phase.name !== 'done' && looks <= READINGS_MAX) {
    state = after(state, ...inputs);
    looks++;
  }
  expect(endOf(state)).toEqual({ result: 'timed-out', awaited: 'ack' });
  expect(looks).toBe(READINGS_MAX + 1);
});

test('the receipt ends it while lock-status is read', () => {
  expect(endOf(after(checking, receiptInput()))).toMatchObject({ result: 'applied' });
});
