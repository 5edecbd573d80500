// The arithmetic of a link, against figures worked out by hand from the packet formats.
import { describe, expect, it } from 'vitest';
import type { LinkSettings } from '#radio/air/link-model.ts';
import { linkLimit, pairUs, USUAL_LINK } from '#radio/air/link-model.ts';

const link = (changes: Partial<LinkSettings>): LinkSettings => ({ ...USUAL_LINK, ...changes });

describe('the time of a full packet and its empty answer', () => {
  it.each([
    ['1M', 27, false, 676],
    ['1M', 251, false, 2468],
    ['2M', 27, false, 496],
    ['2M', 251, false, 1392],
    ['1M', 27, true, 708],
    ['1M', 251, true, 2500],
    ['2M', 27, true, 512],
    ['2M', 251, true, 1408],
  ] as const)('%s, %i bytes, encrypted %s: %i µs', (phy, maxPayloadBytes, encrypted, us) => {
    expect(pairUs(link({ phy, encrypted }), maxPayloadBytes, 0)).toBe(us);
  });
});

describe('the limit of a link', () => {
  it('is 21 values of 244 an event on the usual link', () => {
    expect(linkLimit(USUAL_LINK)).toMatchObject({
      valueBytes: 244,
      packetsPerValue: 1,
      pairsPerEvent: 21,
      valueBytesPerEvent: 21 * 244,
      bytesPerSecond: (21 * 244 * 1000) / 30,
    });
  });

  it('is 97.6 kB/s on 1M', () => {
    expect(linkLimit(link({ phy: '1M' })).bytesPerSecond).toBeCloseTo(97_600);
  });

  it('names values of 236 bytes where packets have 27: nine full ones', () => {
    const limit = linkLimit(link({ phy: '1M', maxPayloadBytes: 27 }));
    expect(limit).toMatchObject({ valueBytes: 236, packetsPerValue: 9, pairsPerEvent: 44 });
    expect(linkLimit(link({ phy: '1M', maxPayloadBytes: 27 }), 244).bytesPerSecond).toBeLessThan(
      limit.bytesPerSecond,
    );
  });

  it('ends at the pairs that a phone takes', () => {
    expect(linkLimit(link({ pairsPerEventMax: 4 })).valueBytesPerEvent).toBe(4 * 244);
  });
});
