// Connection events in memory, faults from a seed, and that one seed gives one trace.
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import type { RadioError } from '#radio/ports/errors.ts';
import type { MemoryRadioOptions } from '#radio/memory/memory-radio.ts';
import { openMemoryRadio } from '#radio/memory/memory-radio.ts';
import {
  anAdvert,
  codeOf,
  CONTROL,
  DATA,
  hex,
  meet,
  RecordingHandler,
  SERVICES,
  settleOn,
  SETUP_PDUS,
  STATUS,
} from './memory-fixture.ts';

describe('connection events', () => {
  test('a request costs two intervals, a batch of commands one event for as many as fit', async () => {
    const { clock, connect, handler, settle } = await meet({ link: { intervalMs: 30, pairsPerEvent: 4 } });
    const link = await connect();
    const startMs = clock.monotonicMs();
    await settle(link.read(STATUS));
    expect(clock.monotonicMs() - startMs).toBe(60);
    for (let n = 0; n < 10; n++) await link.writeCommand(DATA, Uint8Array.of(n));
    const arrived = (): number => handler.calls.filter((call) => call.startsWith('command')).length;
    clock.advance(30);
    expect(arrived()).toBe(4);
    clock.advance(30);
    expect(arrived()).toBe(8);
    clock.advance(30);
    expect(arrived()).toBe(10);
    expect(clock.nextDueMs()).toBeUndefined();
  });

  test('an event holds the 21 full packets of a 2M link at 30 ms unless told otherwise', async () => {
    const { clock, connect, handler } = await meet({ link: { intervalMs: 30 } });
    const link = await connect();
    for (let n = 0; n < 30; n++) await link.writeCommand(DATA, new Uint8Array(244));
    const before = handler.calls.length;
    clock.advance(30);
    expect(handler.calls.length - before).toBe(21);
  });

  test.each([0, 0.1, 0.7, 1.3, 1_000 / 3, 1e6 + 0.3])(
    'a connection with discovery takes an interval for each PDU, on a clock at a fraction: %d ms',
    async (atMs) => {
      const { clock, connect, trace } = await meet({ link: { intervalMs: 11.25 } });
      clock.advance(atMs);
      const startMs = clock.monotonicMs();
      await connect();
      expect((clock.monotonicMs() - startMs) / 11.25).toBeCloseTo(trace.length, 6);
    },
  );
});

/** Eight locks and two couriers that read, write and try again; what came over the air, with its time. */
async function story(options: Partial<MemoryRadioOptions>): Promise<string[]> {
  const clock = new VirtualClock();
  const trace: string[] = [];
  const radio = openMemoryRadio({
    clock,
    link: { intervalMs: 30, pairsPerEvent: 4 },
    onAtt: (link, from, pdu) => trace.push(`${clock.monotonicMs()} ${link} ${from} ${hex(pdu)}`),
    ...options,
  });
  const ids: string[] = [];
  for (let n = 0; n < 8; n++) {
    const peripheral = await radio.peripheral();
    const handler = new RecordingHandler();
    handler.onWritten = (link, value) => link.notify(CONTROL, value);
    await peripheral.open(SERVICES, handler);
    await peripheral.advertise(anAdvert());
    ids.push(peripheral.peripheralId);
  }
  const courier = async (order: readonly string[]): Promise<void> => {
    const central = await radio.central();
    for (const id of order) {
      for (let attempt = 0; attempt < 3; attempt++) {
        try {
          const link = await central.connect(id, { deadlineMs: 20_000 });
          await link.subscribe(CONTROL, (value) => trace.push(`${id} notified ${hex(value)}`), 1_000);
          for (let n = 0; n < 20; n++) await link.writeCommand(DATA, Uint8Array.of(n));
          await link.write(CONTROL, Uint8Array.of(attempt), 1_000);
          await link.disconnect();
          break;
        } catch (error) {
          trace.push(`${clock.monotonicMs()} ${id} ${(error as RadioError).code}`);
        }
      }
    }
  };
  await settleOn(clock, Promise.all([courier(ids), courier(ids.toReversed())]));
  return trace;
}

describe('faults from a seed', () => {
  test('a link is lost in place of the PDU named, which neither side gets', async () => {
    const { connect, settle, trace } = await meet({ faults: { seed: 1, loseLinkAtPdu: SETUP_PDUS + 3 } });
    const link = await connect();
    const before = trace.length;
    expect(before).toBe(SETUP_PDUS);
    await settle(link.read(STATUS));
    expect(await settle(codeOf(link.read(STATUS)))).toBe('LINK_LOST');
    expect(trace.slice(before)).toEqual(['>0a1300', '<0b010203']);
  });

  test('a host that dies at a PDU hears and says nothing from it on', async () => {
    const { connect, handler, settle, trace } = await meet({
      faults: { seed: 1, silentFromPdu: SETUP_PDUS + 3 },
    });
    const link = await connect();
    await settle(link.read(STATUS));
    expect(await settle(codeOf(link.read(STATUS)))).toBe('TIMEOUT');
    expect(handler.calls.filter((call) => call === 'read 01')).toHaveLength(1);
    expect(trace.at(-1)).toBe('>0a1300');
  });

  test('one seed gives one trace, another seed another', async () => {
    const faults = { oneLinkIn: 3, loseLinkAtPdu: [1, 60], silentFromPdu: [30, 90] } as const;
    const first = await story({ faults: { seed: 7, ...faults } });
    expect(await story({ faults: { seed: 7, ...faults } })).toEqual(first);
    expect(await story({ faults: { seed: 8, ...faults } })).not.toEqual(first);
    const failures = first.filter((line) => /LINK_LOST|TIMEOUT/.test(line));
    expect(failures.length).toBeGreaterThan(0);
    expect(await story({})).toEqual(await story({}));
  });
});
