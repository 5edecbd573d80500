// How fast a phone opens: connection intervals on the real noble and bleno, whatever the packets of the link are.
import { expect, it } from 'vitest';
import { USUAL_LINK } from '#radio/air/link-model.ts';
import { unlockIntervals } from '../bench/unlock-intervals.ts';

it.each([
  ['2M, packets of 251 bytes', USUAL_LINK],
  ['1M, packets of 27 bytes', { ...USUAL_LINK, phy: '1M', maxPayloadBytes: 27 }],
  ['2M, four packets an event', { ...USUAL_LINK, pairsPerEventMax: 4 }],
] as const)('an app unlock takes 4 intervals to the bolt, 14 at a first meeting: %s', async (_name, link) => {
  const { cached, first } = await unlockIntervals(link);
  expect(cached).toBeLessThanOrEqual(4);
  expect(first).toBeLessThanOrEqual(14);
});
