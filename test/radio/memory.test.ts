// The in-memory radio's link: its PDUs byte by byte, what the handler is told, and values that go both ways.
import { describe, expect, test } from 'vitest';
import { systemClock } from '#protocol/node/system-clock.ts';
import { codeOf, CONTROL, DATA, hex, meet, SERVICE, STATUS } from './memory-fixture.ts';

const uuid = (last: string): string => `${last}eeddccbbaa99887766554433221100`;

/** From noble 1.9.2-26 and bleno 0.6.2, each lib/hci-socket/gatt.js. */
const MTU_EXCHANGE = ['>020001', '<030001'];
const DISCOVERY = [
  '>100100ffff0028',
  '<1106' + '010005000018' + '060009000118' + '0a000c000a18' + '0d0010000f18',
  '>101100ffff0028',
  '<1114' + '11001900' + uuid('00'),
  '>101a00ffff0028',
  '<01101a000a',
  '>08010005000328',
  '<0907' + '0200020300002a' + '0400020500012a',
  '>08060009000328',
  '<0907' + '0700200800052a',
  '>08090009000328',
  '<010809000a',
  '>080a000c000328',
  '<0907' + '0b00020c00292a',
  '>080d0010000328',
  '<0907' + '0e00120f00192a',
  '>08100010000328',
  '<010810000a',
  '>08110019000328',
  '<0915' + `1200121300${uuid('01')}` + `15001c1600${uuid('02')}` + `1800041900${uuid('03')}`,
];

describe('the PDUs of a link', () => {
  test('a first connection exchanges the MTU and discovers, byte by byte as noble on bleno', async () => {
    const { connect, trace } = await meet();
    const link = await connect();
    expect(trace).toEqual([...MTU_EXCHANGE, ...DISCOVERY]);
    expect(link.mtu).toBe(256);
    expect(link.gattTable.services.at(-1)).toEqual({
      uuid: SERVICE,
      startHandle: 17,
      endHandle: 25,
      characteristics: [
        { uuid: STATUS, properties: 0x12, startHandle: 18, endHandle: 20, valueHandle: 19 },
        { uuid: CONTROL, properties: 0x1c, startHandle: 21, endHandle: 23, valueHandle: 22 },
        { uuid: DATA, properties: 0x04, startHandle: 24, endHandle: 25, valueHandle: 25 },
      ],
    });
  });

  test('a connection with a cached table exchanges the MTU alone', async () => {
    const { central, connect, peripheral, settle, trace } = await meet();
    const first = await connect();
    await settle(first.disconnect());
    trace.length = 0;
    const again = central.connect(peripheral.peripheralId, { gattTable: first.gattTable });
    const link = await settle(again);
    await settle(link.subscribe(CONTROL, () => {}));
    expect(trace).toEqual([...MTU_EXCHANGE, '>1217000100', '<13']);
    expect(link.gattTable).toEqual(first.gattTable);
  });

  test('reads, writes, commands, subscriptions and notifications have noble’s and bleno’s bytes', async () => {
    const { connect, handler, settle, trace } = await meet();
    const link = await connect();
    trace.length = 0;
    expect(await settle(link.read(STATUS))).toEqual(Uint8Array.of(1, 2, 3));
    await settle(link.subscribe(CONTROL, () => {}));
    await settle(link.write(CONTROL, Uint8Array.of(0xaa)));
    await link.writeCommand(DATA, Uint8Array.of(0xbb));
    expect(handler.link?.notify(CONTROL, Uint8Array.of(0xcc))).toBe(true);
    await settle(link.read(STATUS));
    expect(trace).toEqual([
      ...['>0a1300', '<0b010203'],
      ...['>1217000100', '<13'],
      ...['>121600aa', '<13'],
      ...['>521900bb', '<1b1600cc', '>0a1300', '<0b010203'],
    ]);
  });

  test('errors have bleno’s bytes: not readable, not writable, no configuration, the handler’s own', async () => {
    const { connect, handler, settle, trace } = await meet();
    const link = await connect();
    trace.length = 0;
    handler.readValue = 0x0e;
    handler.writeStatus = 0x80;
    for (const [promise, attStatus] of [
      [link.read(CONTROL), 0x02],
      [link.write(STATUS, Uint8Array.of(1)), 0x03],
      [link.subscribe(DATA, () => {}), 0x01],
      [link.read(STATUS), 0x0e],
      [link.write(CONTROL, Uint8Array.of(1)), 0x80],
    ] as const) {
      await expect(settle<unknown>(promise)).rejects.toMatchObject({ code: 'ATT_ERROR', attStatus });
    }
    expect(trace.filter((pdu) => pdu.startsWith('<'))).toEqual([
      '<010a160002',
      '<0112130003',
      '<01121a0001',
      '<010a13000e',
      '<0112160080',
    ]);
  });

  test('an error that bleno answers to a write command is not taken for the answer to the next request', async () => {
    const { connect, settle, trace } = await meet();
    const link = await connect();
    trace.length = 0;
    await link.writeCommand(STATUS, Uint8Array.of(1));
    expect(hex(await settle(link.read(STATUS)))).toBe('010203');
    // Both went out before either answer: the error comes while the read is open.
    expect(trace).toEqual(['>52130001', '>0a1300', '<0152130003', '<0b010203']);
  });
});

test('a session runs on the machine’s clock as on a virtual one', async () => {
  const { central, handler, peripheral } = await meet({ clock: systemClock });
  const link = await central.connect(peripheral.peripheralId);
  const got: string[] = [];
  await link.subscribe(CONTROL, (value) => got.push(hex(value)));
  handler.onWritten = (peer, value) => peer.notify(CONTROL, value);
  await link.write(CONTROL, Uint8Array.of(1));
  await link.disconnect();
  expect(got).toEqual(['01']);
  expect(handler.calls.at(-1)).toBe('disconnect 1');
});

describe('what the handler is told', () => {
  test('one connection: the MTU grows, the link is asked in the order of the calls, then it is gone', async () => {
    const { connect, handler, settle } = await meet();
    const link = await connect();
    expect(handler.link?.mtu).toBe(256);
    await settle(link.subscribe(CONTROL, () => {}));
    expect(handler.link?.isSubscribed(CONTROL)).toBe(true);
    expect(handler.link?.isSubscribed(STATUS)).toBe(false);
    const written = [link.write(CONTROL, Uint8Array.of(1)), link.writeCommand(DATA, Uint8Array.of(2))];
    await settle(Promise.all([...written, link.read('2a19')]));
    const peer = handler.link;
    await settle(link.disconnect());
    expect(handler.calls).toEqual([
      'connect 1 mtu 23',
      'subscribe 02',
      'request 02 01',
      'command 03 02',
      'read 19',
      'disconnect 1',
    ]);
    expect(peer?.connected).toBe(false);
    expect(peer?.notify(CONTROL, Uint8Array.of(1))).toBe(false);
  });

  test('each connection has an epoch of its own and nothing of the last one’s subscriptions', async () => {
    const { connect, handler, settle } = await meet();
    const first = await connect();
    await settle(first.subscribe(STATUS, () => {}));
    const old = handler.link;
    await settle(first.disconnect());
    await connect();
    expect(handler.link?.epoch).toBe(2);
    expect(handler.link?.isSubscribed(STATUS)).toBe(false);
    expect(handler.link?.notify(STATUS, Uint8Array.of(1))).toBe(false);
    expect(old?.notify(STATUS, Uint8Array.of(1))).toBe(false);
  });

  test('neither side is called from within its own call', async () => {
    const { central, connect, handler, peripheral, settle } = await meet();
    const before = handler.calls.length;
    const connecting = central.connect(peripheral.peripheralId);
    expect(handler.calls).toHaveLength(before);
    const link = await settle(connecting);
    const reading = link.read(STATUS);
    expect(handler.calls).not.toContain('read 01');
    await settle(reading);
    handler.link?.disconnect();
    expect(handler.calls).not.toContain('disconnect 1');
    await settle(link.closed);
    await connect();
  });
});

describe('values', () => {
  test('what arrives is a copy: neither side’s later changes reach the other', async () => {
    const { connect, handler, settle } = await meet();
    const link = await connect();
    const got: Uint8Array[] = [];
    await settle(link.subscribe(CONTROL, (value) => got.push(value)));
    const sent = Uint8Array.of(1, 2);
    // The first of each goes out at once, the others wait their turn.
    const sending = [0, 1].flatMap(() => [link.write(CONTROL, sent), link.writeCommand(DATA, sent)]);
    sent[0] = 9;
    await settle(Promise.all(sending));
    await settle(link.read(STATUS));
    expect(handler.calls.slice(-5, -1)).toEqual([
      'request 02 0102',
      'command 03 0102',
      'request 02 0102',
      'command 03 0102',
    ]);
    const notified = Uint8Array.of(3, 4);
    handler.link?.notify(CONTROL, notified);
    notified[0] = 9;
    await settle(link.read(STATUS));
    expect(got).toEqual([Uint8Array.of(3, 4)]);
    const value = handler.readValue as Uint8Array;
    const read = await settle(link.read(STATUS));
    read[0] = 9;
    expect(value[0]).toBe(1);
  });

  test('a notification sent while it is being subscribed to arrives, before the answer', async () => {
    const { connect, handler, settle, trace } = await meet();
    handler.onSubscribed = (link) => link.notify(CONTROL, Uint8Array.of(7));
    const link = await connect();
    const got: Uint8Array[] = [];
    await settle(link.subscribe(CONTROL, (value) => got.push(value)));
    expect(got).toEqual([Uint8Array.of(7)]);
    expect(trace.slice(-3)).toEqual(['>1217000100', '<1b160007', '<13']);
  });

  test('a value of MTU - 3 goes, one byte more is refused on both sides', async () => {
    const { connect, handler, settle } = await meet();
    const link = await connect();
    await settle(link.subscribe(CONTROL, () => {}));
    await settle(link.write(CONTROL, new Uint8Array(253)));
    await link.writeCommand(DATA, new Uint8Array(253));
    expect(await codeOf(link.write(CONTROL, new Uint8Array(254)))).toBe('VALUE_TOO_LONG');
    expect(await codeOf(link.writeCommand(DATA, new Uint8Array(254)))).toBe('VALUE_TOO_LONG');
    expect(handler.link?.notify(CONTROL, new Uint8Array(253))).toBe(true);
    expect(handler.link?.notify(CONTROL, new Uint8Array(254))).toBe(false);
  });

  test('a characteristic that the peer has not is refused without a PDU', async () => {
    const { connect, trace } = await meet();
    const link = await connect();
    const before = trace.length;
    expect(await codeOf(link.read('2a99'))).toBe('NO_CHARACTERISTIC');
    expect(await codeOf(link.write('2a99', Uint8Array.of(1)))).toBe('NO_CHARACTERISTIC');
    expect(await codeOf(link.writeCommand('2a99', Uint8Array.of(1)))).toBe('NO_CHARACTERISTIC');
    expect(await codeOf(link.subscribe('2a99', () => {}))).toBe('NO_CHARACTERISTIC');
    expect(trace).toHaveLength(before);
  });
});
