// How each wait on the in-memory radio ends: deadlines in virtual time, lost links, dead hosts, closed ports; and
// that one seed gives one trace.
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import type { RadioError } from '#radio/ports/errors.ts';
import { openMemoryRadio } from '#radio/memory/memory-radio.ts';
import type { MemoryRadioOptions } from '#radio/memory/memory-radio.ts';
import {
  anAdvert,
  codeOf,
  CONTROL,
  DATA,
  hex,
  meet,
  RecordingHandler,
  SERVICE,
  SERVICES,
  settleOn,
  STATUS,
} from './memory-fixture.ts';

describe('connecting', () => {
  test('a peripheral that is not on the air is waited for until the deadline, not longer', async () => {
    const { central, clock, peripheral, settle } = await meet();
    await peripheral.stopAdvertising();
    const connecting = codeOf(central.connect(peripheral.peripheralId));
    expect(await settle(connecting)).toBe('CONNECT_TIMEOUT');
    expect(clock.monotonicMs()).toBe(10_000);
    const brief = codeOf(central.connect(peripheral.peripheralId, { deadlineMs: 300 }));
    expect(await settle(brief)).toBe('CONNECT_TIMEOUT');
    expect(clock.monotonicMs()).toBe(10_300);
    await peripheral.advertise(anAdvert());
    clock.advance(10_000);
    expect((await settle(central.connect(peripheral.peripheralId))).mtu).toBe(256);
  });

  test('a peripheral that comes on the air within the deadline is met', async () => {
    const { central, clock, peripheral, settle } = await meet();
    await peripheral.stopAdvertising();
    const connecting = central.connect(peripheral.peripheralId);
    clock.advance(9_000);
    await peripheral.advertise(anAdvert());
    expect((await settle(connecting)).peripheralId).toBe(peripheral.peripheralId);
  });

  test('a whole connection fits into one advance of the clock, its deadline lapsing after it', async () => {
    const { central, clock, peripheral } = await meet();
    const connecting = central.connect(peripheral.peripheralId);
    await Promise.resolve();
    clock.advance(60_000);
    expect((await connecting).gattTable.services).toHaveLength(5);
  });

  test('a host that answers nothing ends in CONNECT_TIMEOUT and the link goes', async () => {
    const { central, clock, handler, peripheral, radio, settle } = await meet();
    radio.silence(peripheral.peripheralId, true);
    const connecting = codeOf(central.connect(peripheral.peripheralId, { deadlineMs: 2_000 }));
    expect(await settle(connecting)).toBe('CONNECT_TIMEOUT');
    clock.advance(100);
    expect(handler.calls).toEqual(['connect 1 mtu 23', 'disconnect 1']);
    radio.silence(peripheral.peripheralId, false);
    expect((await settle(central.connect(peripheral.peripheralId))).mtu).toBe(256);
  });

  test('a signal ends the wait with CONNECT_FAILED, whatever it had come to', async () => {
    const { central, clock, handler, peripheral, radio, settle } = await meet();
    const { peripheralId } = peripheral;
    const given = new AbortController();
    given.abort();
    expect(await codeOf(central.connect(peripheralId, { signal: given.signal }))).toBe('CONNECT_FAILED');
    radio.silence(peripheralId, true);
    const during = new AbortController();
    const connecting = codeOf(central.connect(peripheralId, { signal: during.signal }));
    await Promise.resolve();
    clock.advance(50);
    expect(handler.calls).toEqual(['connect 1 mtu 23']);
    during.abort();
    expect(await settle(connecting)).toBe('CONNECT_FAILED');
    clock.advance(50);
    expect(handler.calls.at(-1)).toBe('disconnect 1');
    await peripheral.stopAdvertising();
    const before = new AbortController();
    const waiting = codeOf(central.connect(peripheralId, { signal: before.signal }));
    before.abort();
    expect(await settle(waiting)).toBe('CONNECT_FAILED');
    radio.silence(peripheralId, false);
    await peripheral.advertise(anAdvert());
    expect((await settle(central.connect(peripheralId))).mtu).toBe(256);
  });

  test('one central seeks one peripheral at a time; a second waits its turn and its own deadline', async () => {
    const { central, clock, peripheral, radio } = await meet();
    const silent = await radio.peripheral();
    const absent = codeOf(central.connect(silent.peripheralId, { deadlineMs: 2_000 }));
    const hasty = codeOf(central.connect(peripheral.peripheralId, { deadlineMs: 1_000 }));
    expect(await settleOn(clock, hasty)).toBe('CONNECT_TIMEOUT');
    const patient = central.connect(peripheral.peripheralId, { deadlineMs: 5_000 });
    await settleOn(clock, patient);
    expect(clock.monotonicMs()).toBe(2_000);
    expect(await absent).toBe('CONNECT_TIMEOUT');
  });

  test('a peripheral serves one central: another gets it once the first has gone', async () => {
    const { clock, connect, peripheral, radio, settle } = await meet();
    const first = await connect();
    const second = (await radio.central()).connect(peripheral.peripheralId);
    clock.advance(5_000);
    await settle(first.disconnect());
    expect((await settle(second)).mtu).toBe(256);
  });

  test('a second connection of one central to one peripheral is refused as its turn comes', async () => {
    const { central, clock, peripheral, settle } = await meet();
    const first = central.connect(peripheral.peripheralId);
    const second = codeOf(central.connect(peripheral.peripheralId));
    await settle(first);
    expect(await second).toBe('CONNECT_FAILED');
    expect(await codeOf(central.connect(peripheral.peripheralId))).toBe('CONNECT_FAILED');
    expect(clock.monotonicMs()).toBe(0);
  });

  test('an address that was never on the radio is refused, and the next attempt goes on', async () => {
    const { central, connect } = await meet();
    for (const id of ['c0ffee000000', '02d000000000', '02d000000002', '02d0zz', '']) {
      expect(await codeOf(central.connect(id))).toBe('CONNECT_FAILED');
    }
    expect((await connect()).mtu).toBe(256);
  });

  test('only the wanted services are discovered, at a saving of PDUs', async () => {
    const { central, peripheral, settle, trace } = await meet();
    const { peripheralId } = peripheral;
    const link = await settle(central.connect(peripheralId, { serviceUuids: [SERVICE] }));
    expect(trace).toHaveLength(SETUP_PDUS - 12);
    expect(link.gattTable.services.map(({ characteristics }) => characteristics.length)).toEqual([
      0, 0, 0, 0, 3,
    ]);
    expect(await codeOf(link.read('2a19'))).toBe('NO_CHARACTERISTIC');
  });

  test('a link lost during discovery ends the connect with LINK_LOST', async () => {
    const { central, peripheral, settle } = await meet({ faults: { seed: 1, loseLinkAtPdu: 5 } });
    expect(await settle(codeOf(central.connect(peripheral.peripheralId)))).toBe('LINK_LOST');
  });
});

describe('operations', () => {
  test('no answer within the deadline is TIMEOUT, and the link is dropped', async () => {
    const { clock, connect, handler, peripheral, radio, settle } = await meet();
    const link = await connect();
    radio.silence(peripheral.peripheralId, true);
    const startMs = clock.monotonicMs();
    const reading = codeOf(link.read(STATUS, 700));
    const behind = codeOf(link.write(CONTROL, Uint8Array.of(1)));
    expect(await settle(reading)).toBe('TIMEOUT');
    expect(clock.monotonicMs()).toBe(startMs + 700);
    expect(await settle(behind)).toBe('LINK_LOST');
    await settle(link.closed);
    expect(handler.calls.at(-1)).toBe('disconnect 1');
    expect(await codeOf(link.read(STATUS))).toBe('LINK_LOST');
  });

  test('a deadline counts from the call, and one that lapses behind another ends the link as well', async () => {
    const { clock, connect, settle } = await meet({ link: { intervalMs: 100 } });
    const link = await connect();
    const startMs = clock.monotonicMs();
    const reads = [link.read(STATUS, 2_000), link.read(STATUS, 2_000), link.read(STATUS, 350)].map(codeOf);
    expect(await settle(Promise.all(reads))).toEqual(['none', 'LINK_LOST', 'TIMEOUT']);
    expect(clock.monotonicMs()).toBe(startMs + 350);
    await settle(link.closed);
  });

  test('a dead host notifies nothing, and after a disconnect nothing is notified', async () => {
    const options = { link: { intervalMs: 30, pairsPerEvent: 1 } };
    const { clock, connect, handler, peripheral, radio, settle, trace } = await meet(options);
    const link = await connect();
    const got: string[] = [];
    await settle(link.subscribe(CONTROL, (value) => got.push(hex(value))));
    radio.silence(peripheral.peripheralId, true);
    handler.link?.notify(CONTROL, Uint8Array.of(1));
    clock.advance(100);
    radio.silence(peripheral.peripheralId, false);
    handler.link?.notify(CONTROL, Uint8Array.of(2));
    clock.advance(100);
    // The end waits behind a command, and the value comes first: too late all the same.
    await link.writeCommand(DATA, Uint8Array.of(0));
    handler.link?.notify(CONTROL, Uint8Array.of(3));
    await settle(link.disconnect());
    expect(got).toEqual(['02']);
    expect(trace.filter((pdu) => pdu.startsWith('<1b'))).toEqual(['<1b160002', '<1b160003']);
  });

  test('an operation that has settled leaves no timer behind', async () => {
    const { clock, connect, settle } = await meet();
    const link = await connect();
    await settle(link.read(STATUS));
    await settle(codeOf(link.read(CONTROL)));
    expect(clock.nextDueMs()).toBeUndefined();
    const open = [codeOf(link.read(STATUS)), codeOf(link.read(STATUS))];
    await settle(link.disconnect());
    expect(await Promise.all(open)).toEqual(['LINK_LOST', 'LINK_LOST']);
    expect(clock.nextDueMs()).toBeUndefined();
  });

  test('one request is open at a time, and commands keep their place among them', async () => {
    const { connect, settle, trace } = await meet({ link: { intervalMs: 30 } });
    const link = await connect();
    trace.length = 0;
    const calls = [
      link.writeCommand(DATA, Uint8Array.of(1)),
      link.read(STATUS),
      link.writeCommand(DATA, Uint8Array.of(2)),
      link.write(CONTROL, Uint8Array.of(3)),
    ];
    await settle(Promise.all(calls));
    expect(trace).toEqual(['>52190001', '>0a1300', '<0b010203', '>52190002', '>12160003', '<13']);
  });

  test.each([0x04, 0x05, 0x08, 0x0f])(
    'after ATT error %i, which noble does not get over, the link goes',
    async (status) => {
      const { connect, handler, settle } = await meet();
      const link = await connect();
      handler.readValue = status;
      const reading = link.read(STATUS);
      const behind = codeOf(link.read(STATUS));
      await expect(settle(reading)).rejects.toMatchObject({ code: 'ATT_ERROR', attStatus: status });
      expect(await settle(behind)).toBe('LINK_LOST');
      await settle(link.closed);
    },
  );

  test('a value of more than 244 bytes from the handler is answered as an unlikely error', async () => {
    const { connect, handler, settle } = await meet();
    const link = await connect();
    handler.readValue = new Uint8Array(244);
    expect(await settle(link.read(STATUS))).toHaveLength(244);
    handler.readValue = new Uint8Array(245);
    await expect(settle(link.read(STATUS))).rejects.toMatchObject({ code: 'ATT_ERROR', attStatus: 0x0e });
  });
});

describe('the end of a link', () => {
  test('a dropped link fails what is open with LINK_LOST, and both sides learn of it', async () => {
    const { connect, handler, peripheral, radio, settle } = await meet();
    const link = await connect();
    const open = [codeOf(link.read(STATUS)), codeOf(link.writeCommand(DATA, Uint8Array.of(1)))];
    expect(radio.dropLink(peripheral.peripheralId)).toBe(true);
    expect(await settle(Promise.all(open))).toEqual(['LINK_LOST', 'LINK_LOST']);
    await link.closed;
    expect(handler.calls).toEqual(['connect 1 mtu 23', 'disconnect 1']);
    expect(await codeOf(link.read(STATUS))).toBe('LINK_LOST');
    expect(await codeOf(link.writeCommand(DATA, Uint8Array.of(1)))).toBe('LINK_LOST');
    expect(radio.dropLink(peripheral.peripheralId)).toBe(false);
    expect((await connect()).mtu).toBe(256);
  });

  test('with connection events a lost link is noticed after the supervision timeout', async () => {
    const faults = { seed: 1, loseLinkAtPdu: SETUP_PDUS + 1 };
    const { clock, connect, handler, settle } = await meet({ link: { intervalMs: 30 }, faults });
    const link = await connect();
    const startMs = clock.monotonicMs();
    expect(await settle(codeOf(link.read(STATUS)))).toBe('LINK_LOST');
    expect(clock.monotonicMs()).toBe(startMs + 30 + 4_000);
    expect(handler.calls).toEqual(['connect 1 mtu 23', 'disconnect 1']);
  });

  test('what was sent before a disconnect arrives before it, from either side', async () => {
    const { connect, handler, settle } = await meet({ link: { intervalMs: 30, pairsPerEvent: 1 } });
    const link = await connect();
    await link.writeCommand(DATA, Uint8Array.of(1));
    await link.writeCommand(DATA, Uint8Array.of(2));
    await settle(link.disconnect());
    await link.disconnect();
    expect(handler.calls.slice(1)).toEqual(['command 03 01', 'command 03 02', 'disconnect 1']);
    const again = await connect();
    const got: string[] = [];
    await settle(again.subscribe(CONTROL, (value) => got.push(hex(value))));
    handler.link?.notify(CONTROL, Uint8Array.of(1));
    handler.link?.notify(CONTROL, Uint8Array.of(2));
    handler.link?.disconnect();
    expect(handler.link?.notify(CONTROL, Uint8Array.of(3))).toBe(false);
    await settle(again.closed);
    expect(got).toEqual(['01', '02']);
  });

  test('closed ports end scans, attempts and links, and refuse what comes after', async () => {
    const { central, clock, connect, handler, peripheral, radio, settle } = await meet();
    const link = await connect();
    const open = codeOf(link.read(STATUS));
    const waiting = codeOf(central.connect((await radio.peripheral()).peripheralId));
    const scanning = await central.scan({ serviceUuids: [], onReport() {} });
    await settle(radio.close());
    await radio.close();
    await scanning.stop();
    expect(await open).toBe('CLOSED');
    expect(await waiting).toBe('CLOSED');
    await link.closed;
    expect(handler.calls).toEqual(['connect 1 mtu 23', 'read 01', 'disconnect 1']);
    expect(await codeOf(central.connect(peripheral.peripheralId))).toBe('CLOSED');
    expect(await codeOf(central.scan({ serviceUuids: [], onReport() {} }))).toBe('CLOSED');
    expect(await codeOf(peripheral.advertise(anAdvert()))).toBe('CLOSED');
    expect(await codeOf(radio.central())).toBe('CLOSED');
    expect(clock.nextDueMs()).toBeUndefined();
  });

  test('a peripheral that closes drops its link and is gone from the air', async () => {
    const { central, connect, handler, peripheral, settle } = await meet();
    const link = await connect();
    await settle(peripheral.close());
    await link.closed;
    expect(handler.calls.at(-1)).toBe('disconnect 1');
    const connecting = codeOf(central.connect(peripheral.peripheralId, { deadlineMs: 100 }));
    expect(await settle(connecting)).toBe('CONNECT_TIMEOUT');
  });
});

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

/** The MTU exchange and the discovery of the fixture's table. */
const SETUP_PDUS = 22;

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
