// Receipts of earlier runs on their way to a cloud that is slow.
import { expect, test } from 'vitest';
import type { ReceiptResult } from '#protocol/api/door-sync.ts';
import { CloudError } from '#gateway/cloud-error.ts';
import { CLOUD_CALL_DEADLINE_MS, TELL_HELD_DEADLINE_MS } from '#gateway/cloud-limits.ts';
import { tellHeld } from '#gateway/receipts.ts';
import { aGateway } from './gateway-scene.ts';

const HELD = 50;
/** What the cloud makes of it is not looked at here. */
const TAKEN = {} as ReceiptResult;

/** One of each door, where it is not said which. */
async function aHeldGateway(doorOf = (n: number): string => `door_${n}`) {
  const { parts, clock } = await aGateway();
  for (let n = 0; n < HELD; n++)
    await parts.journal.append({
      type: 'receipt-held',
      id: `r${n}`,
      doorId: doorOf(n),
      lockId: '0a',
      receipt: 'ff00',
      atS: n,
    });
  return { parts, clock };
}

test('a slow cloud that fails at each keeps nobody longer than the bound for all; those left wait', async () => {
  const { parts, clock } = await aHeldGateway();
  const deadlines: (number | undefined)[] = [];
  parts.cloud.postReceipt = (_doorId, _receipt, options) => {
    deadlines.push(options?.deadlineMs);
    clock.advance(Math.min(options?.deadlineMs ?? Infinity, 9_000));
    return Promise.reject(new CloudError('INTERNAL', 'It fails.', { status: 500 }));
  };
  const beganMs = clock.monotonicMs();
  const told = await tellHeld(parts);
  expect(clock.monotonicMs() - beganMs).toBe(TELL_HELD_DEADLINE_MS);
  expect(told.map((one) => one.told)).toEqual(['not-yet', 'not-yet', 'not-yet']);
  expect(deadlines).toEqual([CLOUD_CALL_DEADLINE_MS, CLOUD_CALL_DEADLINE_MS, 2_000]);
  expect(parts.journal.state.held.size).toBe(HELD);
});

test('one that is away is asked once', async () => {
  const { parts } = await aHeldGateway();
  parts.cloud.postReceipt = () => Promise.reject(new CloudError('CLOUD_TIMEOUT', 'No answer.'));
  expect(await tellHeld(parts)).toHaveLength(1);
});

test('many of a door that the cloud fails at do not keep another door’s from it', async () => {
  const { parts, clock } = await aHeldGateway((n) => (n === HELD - 1 ? 'good' : 'bad'));
  const asked: string[] = [];
  parts.cloud.postReceipt = (doorId) => {
    asked.push(doorId);
    clock.advance(1_000);
    const error = new CloudError('INTERNAL', 'It fails.', { status: 500 });
    return doorId === 'bad' ? Promise.reject(error) : Promise.resolve(TAKEN);
  };
  await tellHeld(parts);
  expect(asked.slice(0, 2).sort()).toEqual(['bad', 'good']);
  expect(parts.journal.state.held.size).toBe(HELD - 1);
});

test('one that gets no answer does not stand before the others at each run', async () => {
  const { parts } = await aHeldGateway();
  parts.cloud.postReceipt = (doorId) =>
    doorId === 'door_0'
      ? Promise.reject(new CloudError('CLOUD_TIMEOUT', 'No answer.'))
      : Promise.resolve(TAKEN);
  for (let run = 0; run < 20; run++) await tellHeld(parts);
  expect([...parts.journal.state.held.values()].map(({ doorId }) => doorId)).toEqual(['door_0']);
});
