// How operations on an in-memory link end, and links themselves: answers, deadlines, drops, closed ports.
import { describe, expect, test } from 'vitest';
import { anAdvert, codeOf, CONTROL, DATA, hex, meet, SETUP_PDUS, STATUS } from './memory-fixture.ts';

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
