// Receipts of earlier runs on their way to a cloud that is slow.
import { expect, test } from 'vitest';
import { CloudError } from '#gateway/cloud-error.ts';
import { CLOUD_CALL_DEADLINE_MS, TELL_HELD_DEADLINE_MS } from '#gateway/cloud-limits.ts';
import { tellHeld } from '#gateway/receipts.ts';
import { aGateway } from './gateway-scene.ts';

const HELD = 50;

async function aHeldGateway() {
  const { parts, clock } = await aGateway();
  for (let n = 0; n < HELD; n++)
    await parts.journal.append({
      type: 'receipt-held',
      id: `r${n}`,
      doorId: `door_${n}`,
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
