// What follows the last frame is the receipt and no acknowledgement: a courier of the real noble bears a lock whose flash
// takes longer than the silence after which it looks, and looks no more than once.
import { expect, it } from 'vitest';
import { ACK_SILENCE_MS } from '#gateway/courier/courier-limits.ts';
import { TYPICAL_TIMING } from '#lock-sim/flash/nor-flash.ts';
import { USUAL_LINK } from '#radio/air/link-model.ts';
import { aDelta } from '#test/builders/delta.ts';
import { aRig, aTable } from '../bench/sync-rig.ts';

const READ_REQUEST = 0x0a;

it('one changed row at a lock with slow flash takes one look at lock-status, and one offer', async () => {
  const timing = { ...TYPICAL_TIMING, eraseMs: 4 * TYPICAL_TIMING.eraseMs };
  const rig = await aRig({ link: USUAL_LINK, timing });
  const [one, two] = [aTable(rig.built, 1), aTable(rig.built, 2)];
  const first = await rig.deliver(one);
  rig.records.length = 0;
  const outcome = await rig.deliver(aDelta(one, two), { handles: first.handles });
  expect(outcome).toMatchObject({ result: 'applied', connections: 1 });
  const { records } = rig;
  const atMs = (event = 0): number => event * USUAL_LINK.intervalMs;
  expect(atMs(records.at(-1)?.event) - atMs(records[0]?.event)).toBeGreaterThan(ACK_SILENCE_MS);
  expect(records.filter(({ pdu }) => pdu[0] === READ_REQUEST)).toHaveLength(1);
  expect(outcome.framesSent).toBe(1);
  await rig.close();
});
