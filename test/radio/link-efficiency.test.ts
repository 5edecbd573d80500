// Frames of one packet by write command, 64 under way, acknowledged every 16 by a notification: what a Door Sync
// does on the air, on the real noble and bleno, against the limit of the modelled link.
import { expect, it } from 'vitest';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import type { LinkSettings } from '#radio/air/link-model.ts';
import { linkLimit, USUAL_LINK } from '#radio/air/link-model.ts';
import { openVirtualRadio } from '#radio/virtual/virtual-radio.ts';
import { CONTROL, DATA, met, SERVICE, stepped } from './radio-rig.ts';

/** 25 chunks of 4,096 bytes, 17 frames each. */
const FRAMES = 425;
const WINDOW_FRAMES = 64;
const ACKNOWLEDGED_EVERY = 16;
const ACKNOWLEDGEMENT_BYTES = 12;
const WRITE_COMMAND = 0x52;
const VALUE_HEADER_BYTES = 3;

async function efficiencyOf(settings: LinkSettings): Promise<{ efficiency: number; pdusAtOnce: number }> {
  const clock = new VirtualClock();
  const radio = openVirtualRadio({ clock, link: settings });
  const limit = linkLimit(settings);
  const events: number[] = [];
  let valueBytes = 0;
  radio.air.onAtt(({ pdu, event }) => {
    if (pdu[0] !== WRITE_COMMAND) return;
    events.push(event);
    valueBytes += pdu.length - VALUE_HEADER_BYTES;
  });
  let most = 0;
  await stepped(clock, radio.settle, async () => {
    const { link, handler } = await met(radio, { serviceUuids: [SERVICE] });
    expect(link.packetBytes).toBe(settings.maxPayloadBytes);
    let received = 0;
    let sent = 0;
    let acknowledged = 0;
    let wake = (): void => {};
    handler.write = (_value, peripheralLink) => {
      received++;
      most = Math.max(most, sent - received);
      if (received % ACKNOWLEDGED_EVERY === 0 || received === FRAMES) {
        const acknowledgement = Buffer.alloc(ACKNOWLEDGEMENT_BYTES);
        acknowledgement.writeUInt32BE(received);
        peripheralLink.notify(CONTROL, acknowledgement);
      }
      return 0;
    };
    await link.subscribe(CONTROL, (value) => {
      acknowledged = Buffer.from(value).readUInt32BE();
      wake();
    });
    const frame = new Uint8Array(limit.valueBytes);
    while (acknowledged < FRAMES) {
      while (sent < FRAMES && sent - acknowledged < WINDOW_FRAMES) {
        sent++;
        await link.writeCommand(DATA, frame);
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  });
  await stepped(clock, radio.settle, () => radio.close());
  const used = Math.max(...events) - Math.min(...events) + 1;
  return { efficiency: valueBytes / (used * limit.valueBytesPerEvent), pdusAtOnce: most };
}

it.each([
  // 425 frames fill 20.2 events of 21: no transfer of them can be better than 0.964 in whole events.
  ['2M, 251-byte packets', USUAL_LINK, 0.95],
  ['1M, 251-byte packets', { ...USUAL_LINK, phy: '1M' as const }, 0.97],
  ['1M, 27-byte packets', { ...USUAL_LINK, phy: '1M' as const, maxPayloadBytes: 27 }, 0.99],
  ['2M, four pairs an event', { ...USUAL_LINK, pairsPerEventMax: 4 }, 0.98],
] as const)('a windowed transfer reaches its share of the limit: %s', async (_name, settings, share) => {
  const { efficiency, pdusAtOnce } = await efficiencyOf(settings);
  expect(efficiency).toBeGreaterThanOrEqual(share);
  expect(efficiency).toBeLessThanOrEqual(1);
  expect(pdusAtOnce).toBeLessThanOrEqual(WINDOW_FRAMES);
});
