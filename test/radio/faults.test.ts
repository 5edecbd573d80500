// What the air can do to a link, and that the ports hold: nothing is lost but what is meant to be, and one seed
// gives one run.
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import type { Faults } from '#radio/air/faults.ts';
import { USUAL_LINK } from '#radio/air/link-model.ts';
import type { AdvertReport } from '#radio/ports/gatt.ts';
import { openVirtualRadio } from '#radio/virtual/virtual-radio.ts';
import type { Met } from './radio-rig.ts';
import { CONTROL, DATA, met, SERVICE, sight, STATUS, stepped } from './radio-rig.ts';

/** What `body` does on a paced link with these faults, and when each PDU arrived. */
async function withFaults(faults: Faults, body: (met: Met) => Promise<void>): Promise<string[]> {
  const clock = new VirtualClock();
  const radio = openVirtualRadio({ clock, link: USUAL_LINK, faults });
  const trace: string[] = [];
  radio.air.onAtt(({ pdu, atMs, event }) => {
    trace.push(`${event} ${atMs.toFixed(3)} ${Buffer.from(pdu).toString('hex')}`);
  });
  await stepped(clock, radio.settle, async () => body(await met(radio, { serviceUuids: [SERVICE] })));
  await stepped(clock, radio.settle, () => radio.close());
  return trace;
}

const transfer = async ({ link, handler }: Met): Promise<void> => {
  for (let n = 0; n < 40; n++) await link.writeCommand(DATA, new Uint8Array(244).fill(n));
  await link.read(STATUS);
  const received = handler.calls.filter((call) => call.startsWith('command data'));
  expect(received).toHaveLength(40);
  expect(received).toEqual(received.map((_, n) => `command data ${Buffer.alloc(244, n).toString('hex')}`));
};

describe('a lossy link', () => {
  it('delivers all in order, later', async () => {
    const good = await withFaults({ seed: 1 }, transfer);
    const lossy = await withFaults({ seed: 1, packetLoss: 0.2 }, transfer);
    const eventOf = (line = ''): number => Number(line.split(' ')[0]);
    expect(eventOf(lossy.at(-1))).toBeGreaterThan(eventOf(good.at(-1)));
    expect(lossy.map((line) => line.split(' ')[2])).toEqual(good.map((line) => line.split(' ')[2]));
  });

  it('is the same again with the same seed, and another with another', async () => {
    const faults = { packetLoss: 0.1, delayMsMax: 20, reportLoss: 0.3, reportDuplicate: 0.3 };
    const once = await withFaults({ seed: 7, ...faults }, transfer);
    expect(await withFaults({ seed: 7, ...faults }, transfer)).toEqual(once);
    expect(await withFaults({ seed: 8, ...faults }, transfer)).not.toEqual(once);
  });
});

it('with an MTU of 23 values end at 20 bytes, and a longer value is read in parts of one whole', async () => {
  await withFaults({ seed: 1, attMtuMax: 23 }, async ({ link, handler }) => {
    expect(link.mtu).toBe(23);
    await expect(link.write(CONTROL, new Uint8Array(21))).rejects.toMatchObject({ code: 'VALUE_TOO_LONG' });
    await link.write(CONTROL, new Uint8Array(20));
    let reads = 0;
    handler.read = () => new Uint8Array(60).fill(++reads);
    expect(await link.read(STATUS)).toEqual(new Uint8Array(60).fill(1));
    expect(handler.link?.notify(CONTROL, Uint8Array.of(1))).toBe(false);
  });
});

it('a link can drop in place of its n-th PDU, whichever that is', async () => {
  for (let n = 1; n <= 12; n++) {
    const clock = new VirtualClock();
    const radio = openVirtualRadio({ clock, link: USUAL_LINK, faults: { seed: 1, loseLinkAtPdu: n } });
    const outcomes: string[] = [];
    await stepped(clock, radio.settle, async () => {
      const note = (step: string) => async (work: Promise<unknown>) => {
        await work.then(
          () => outcomes.push(step),
          (error: unknown) => outcomes.push((error as { code: string }).code),
        );
      };
      await note('met')(
        met(radio).then(async ({ link }) => {
          await note('read')(link.read(STATUS));
          await note('written')(link.write(CONTROL, Uint8Array.of(1)));
        }),
      );
    });
    await stepped(clock, radio.settle, () => radio.close());
    expect(outcomes).toContain('LINK_LOST');
    expect(outcomes.every((code) => ['met', 'read', 'written', 'LINK_LOST'].includes(code))).toBe(true);
  }
});

it('a peer that goes out of range is noticed after the supervision timeout', async () => {
  const clock = new VirtualClock();
  const radio = openVirtualRadio({ clock, link: USUAL_LINK });
  await stepped(clock, radio.settle, async () => {
    const { link, handler } = await met(radio);
    const atMs = clock.monotonicMs();
    radio.air.links()[0]?.silence();
    await expect(link.read(STATUS)).rejects.toMatchObject({ code: 'LINK_LOST' });
    await handler.called('disconnect 1');
    expect(clock.monotonicMs() - atMs).toBeCloseTo(4_000, -2);
  });
  await stepped(clock, radio.settle, () => radio.close());
});

it('lost and doubled reports only make meeting later or telling twice', async () => {
  const clock = new VirtualClock();
  const faults = { seed: 3, reportLoss: 0.5, reportDuplicate: 0.5 };
  const radio = openVirtualRadio({ clock, link: USUAL_LINK, faults });
  await stepped(clock, radio.settle, async () => {
    const { central, link } = await met(radio);
    await link.disconnect();
    const reports: AdvertReport[] = [];
    let enough!: () => void;
    const seen = new Promise<void>((resolve) => {
      enough = resolve;
    });
    const startMs = clock.monotonicMs();
    const scan = await central.scan({
      serviceUuids: [SERVICE],
      onReport: (report) => {
        if (reports.push(report) === 100) enough();
      },
    });
    await seen;
    await scan.stop();
    // 100 reports at one in 105 ms, half lost, half of the rest doubled.
    const tookMs = clock.monotonicMs() - startMs;
    expect(tookMs).toBeGreaterThan(10_000);
    expect(tookMs).toBeLessThan(20_000);
    await sight(central);
  });
  await stepped(clock, radio.settle, () => radio.close());
});
