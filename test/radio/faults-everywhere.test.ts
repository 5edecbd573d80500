// One record of faults does the same on links of controllers and on links in memory.
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import type { Faults } from '#radio/air/faults.ts';
import { USUAL_LINK } from '#radio/air/link-model.ts';
import { openMemoryRadio } from '#radio/memory/memory-radio.ts';
import { openVirtualRadio } from '#radio/virtual/virtual-radio.ts';
import type { Met, Ports } from './radio-rig.ts';
import { CONTROL, DATA, met, SERVICE, sight, STATUS, stepped } from './radio-rig.ts';

const SEED = 11;
const INTERVAL_MS = 30;
const VALUES = 60;

interface Rig extends Ports {
  readonly clock: VirtualClock;
  settle(): Promise<void>;
  close(): Promise<void>;
}

type Open = (faults: Partial<Faults>) => Rig;

const RADIOS: readonly [string, Open][] = [
  [
    'noble and bleno',
    (faults) => {
      const clock = new VirtualClock();
      const radio = openVirtualRadio({ clock, link: USUAL_LINK, faults: { seed: SEED, ...faults } });
      return { ...radio, clock };
    },
  ],
  [
    'memory',
    (faults) => {
      const clock = new VirtualClock();
      const link = { intervalMs: INTERVAL_MS };
      const radio = openMemoryRadio({ clock, link, faults: { seed: SEED, ...faults } });
      return { ...radio, clock, settle: () => new Promise((resolve) => setImmediate(resolve)) };
    },
  ],
];

describe.each(RADIOS)('a fault on %s', (_, open) => {
  /** What `body` gives, and how long it took. */
  async function withFaults<T>(
    faults: Partial<Faults>,
    body: (met: Met, rig: Rig) => Promise<T>,
  ): Promise<T> {
    const rig = open(faults);
    let result!: T;
    const { clock, settle } = rig;
    await stepped(clock, settle, async () => {
      result = await body(await met(rig, { serviceUuids: [SERVICE], deadlineMs: 60_000 }), rig);
    });
    await stepped(clock, settle, () => rig.close());
    return result;
  }

  const transfer = async ({ link, handler }: Met, { clock }: Rig): Promise<number> => {
    const fromMs = clock.monotonicMs();
    for (let n = 0; n < VALUES; n++) await link.writeCommand(DATA, new Uint8Array(244).fill(n));
    await link.read(STATUS, 60_000);
    const got = handler.calls.filter((call) => call.startsWith('command data')).map((call) => call.slice(-2));
    expect([...new Set(got)]).toEqual(
      Array.from({ length: VALUES }, (_value, n) => n.toString(16).padStart(2, '0')),
    );
    return clock.monotonicMs() - fromMs;
  };
  const code = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => 'done',
      (error: unknown) => (error as { code?: unknown }).code,
    );

  it('of loss makes a transfer longer and loses nothing', async () => {
    const cleanMs = await withFaults({}, transfer);
    expect(await withFaults({ packetLoss: 0.2 }, transfer)).toBeGreaterThan(cleanMs * 1.5);
  });

  it('of delay makes a transfer longer, in the same order', async () => {
    const cleanMs = await withFaults({}, transfer);
    expect(await withFaults({ delayMsMax: 200 }, transfer)).toBeGreaterThan(cleanMs);
  });

  it('of short packets or of 4 packets an event is as slow as the link model says', async () => {
    const cleanMs = await withFaults({}, transfer);
    // 60 values at 4 an event are 15 events; nine packets each of 27 bytes are 540, 60 of them an event.
    for (const faults of [{ pairsPerEventMax: 4 }, { noDataLength: true }]) {
      const tookMs = await withFaults(faults, transfer);
      expect(tookMs).toBeGreaterThan(cleanMs + 5 * INTERVAL_MS);
      expect(tookMs).toBeLessThan(cleanMs + 20 * INTERVAL_MS);
    }
  });

  it('of duplicates repeats commands and notifications, and no request', async () => {
    await withFaults({ pduDuplicate: 1 }, async ({ link, handler }) => {
      const values: number[] = [];
      await link.subscribe(CONTROL, (value) => values.push(value[0] ?? -1));
      await link.write(CONTROL, Uint8Array.of(1));
      await link.writeCommand(CONTROL, Uint8Array.of(2));
      handler.link?.notify(CONTROL, Uint8Array.of(3));
      await link.read(STATUS);
      expect(handler.calls.filter((call) => call.includes(' control '))).toEqual([
        'request control 01',
        'command control 02',
        'command control 02',
      ]);
      expect(values).toEqual([3, 3]);
    });
  });

  it('of a disconnect every 4 KiB ends each link after so much', async () => {
    const counts = await withFaults(
      { loseLinkEveryBytes: 4_096 },
      async ({ central, link, handler, id }, rig) => {
        const received: number[] = [];
        for (let open = link, n = 0; n < 3; n++) {
          const before = handler.calls.length;
          for (let value = 0; value < 40; value++) await code(open.writeCommand(DATA, new Uint8Array(244)));
          await open.closed;
          await handler.called(`disconnect ${n + 1}`);
          received.push(handler.calls.slice(before).filter((call) => call.startsWith('command')).length);
          if (n < 2) open = await central.connect(id, { gattTable: link.gattTable });
        }
        expect(rig.clock.monotonicMs()).toBeGreaterThan(0);
        return received;
      },
    );
    // 16 and a half writes of 247 bytes are 4 KiB; the first link had its discovery too.
    expect(counts.slice(1)).toEqual([16, 16]);
    expect(counts[0]).toBeLessThan(16);
  });

  it('of a silent peer leaves a request to its deadline', async () => {
    await withFaults({ silentFromPdu: 40 }, async ({ link }, { clock }) => {
      for (let n = 0; n < 20; n++) if ((await code(link.read(STATUS))) !== 'done') break;
      expect(await code(link.read(STATUS))).toBe('LINK_LOST');
      expect(clock.monotonicMs()).toBeGreaterThan(5_000);
    });
  });

  it('of a slow peer delays every answer, and a deadline below it ends the link', async () => {
    await withFaults({ slowPeerMs: 400 }, async ({ link }, { clock }) => {
      const fromMs = clock.monotonicMs();
      await link.read(STATUS);
      expect(clock.monotonicMs() - fromMs).toBeGreaterThanOrEqual(400);
      expect(await code(link.read(STATUS, 300))).toBe('TIMEOUT');
    });
  });

  it('of a small MTU ends values at 20 bytes', async () => {
    await withFaults({ attMtuMax: 23 }, async ({ link }) => {
      expect(link.mtu).toBe(23);
      expect(await code(link.write(CONTROL, new Uint8Array(21)))).toBe('VALUE_TOO_LONG');
      expect(await code(link.write(CONTROL, new Uint8Array(20)))).toBe('done');
    });
  });

  it('of lost reports makes meeting later, of doubled ones tells twice', async () => {
    const rig = open({ reportLoss: 0.7, reportDuplicate: 0.9 });
    await stepped(rig.clock, rig.settle, async () => {
      const { central, link } = await met(rig);
      await link.disconnect();
      const seen: number[] = [];
      for (let n = 0; n < 5; n++) {
        await sight(central, () => seen.push(rig.clock.monotonicMs()) > 10);
      }
      expect(new Set(seen).size).toBeLessThan(seen.length);
    });
    await stepped(rig.clock, rig.settle, () => rig.close());
  });

  it('of one link in three spares the others', async () => {
    const outcomes = await withFaults({}, async (met_) => [await code(met_.link.read(STATUS))]);
    expect(outcomes).toEqual(['done']);
    const rig = open({ loseLinkAtPdu: 12, oneLinkIn: 3 });
    const lost: unknown[] = [];
    await stepped(rig.clock, rig.settle, async () => {
      for (let n = 0; n < 12; n++) {
        lost.push(
          await code(
            met(rig, { serviceUuids: [SERVICE] }).then(async ({ link, central, peripheral }) => {
              for (let read = 0; read < 12; read++) await link.read(STATUS);
              await central.close();
              await peripheral.close();
            }),
          ),
        );
      }
    });
    expect(lost).toContain('done');
    expect(lost).toContain('LINK_LOST');
    await stepped(rig.clock, rig.settle, () => rig.close());
  });

  it('is the same again with the same seed, and another with another', async () => {
    const all = { packetLoss: 0.1, delayMsMax: 50, pduDuplicate: 0.2, reportLoss: 0.2 };
    const onceMs = await withFaults(all, transfer);
    expect(await withFaults(all, transfer)).toBe(onceMs);
    expect(await withFaults({ ...all, seed: SEED + 1 }, transfer)).not.toBe(onceMs);
  });
});
