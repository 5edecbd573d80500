// The in-memory radio on its own: its PDUs byte by byte, its flows, and how each wait on it ends.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { systemClock } from '#protocol/node/system-clock.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import type { AdvertReport } from '#radio/ports/gatt.ts';
import { openMemoryRadio } from '#radio/memory/memory-radio.ts';
import {
  anAdvert,
  codeOf,
  CONTROL,
  DATA,
  hex,
  meet,
  SERVICE,
  SERVICES,
  settleOn,
  STATUS,
} from './memory-fixture.ts';

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

describe('scanning', () => {
  test('a scan hears each advert again and again, a new one at once, and nothing after it stopped', async () => {
    const { central, clock, peripheral } = await meet();
    const reports: AdvertReport[] = [];
    const scan = await central.scan({ serviceUuids: [SERVICE], onReport: (report) => reports.push(report) });
    clock.advance(2_500);
    expect(reports).toHaveLength(3);
    expect(reports[0]).toEqual({
      ...anAdvert(),
      peripheralId: peripheral.peripheralId,
      rssi: expect.any(Number) as number,
      connectable: true,
    });
    const changed = reports[0]?.manufacturerData;
    changed?.fill(9);
    clock.advance(1_000);
    expect(reports[3]?.manufacturerData).toEqual(Uint8Array.of(0xff, 0xff, 1));
    reports.length = 3;
    await peripheral.advertise(anAdvert(Uint8Array.of(0xff, 0xff, 2)));
    clock.advance(0);
    expect(reports[3]?.manufacturerData).toEqual(Uint8Array.of(0xff, 0xff, 2));
    await scan.stop();
    await scan.stop();
    await peripheral.advertise(anAdvert());
    clock.advance(5_000);
    expect(reports).toHaveLength(4);
    expect(clock.nextDueMs()).toBeUndefined();
  });

  test('a scan for another service hears nothing, a scan for none in particular hears all', async () => {
    const { central, clock } = await meet();
    const heard = async (serviceUuids: string[]): Promise<number> => {
      let count = 0;
      const scan = await central.scan({ serviceUuids, onReport: () => count++ });
      clock.advance(0);
      await scan.stop();
      return count;
    };
    expect(await heard(['180f'])).toBe(0);
    expect(await heard([])).toBe(1);
    expect(await heard(['180f', SERVICE])).toBe(1);
  });

  test('a scan pauses while its central seeks a peripheral, and then hears everyone anew', async () => {
    const { central, clock, peripheral, radio } = await meet();
    const absent = await radio.peripheral();
    let heard = 0;
    const scan = await central.scan({ serviceUuids: [], onReport: () => heard++ });
    clock.advance(0);
    const connecting = codeOf(central.connect(absent.peripheralId, { deadlineMs: 3_000 }));
    await peripheral.advertise(anAdvert());
    clock.advance(2_999);
    expect(heard).toBe(1);
    clock.advance(1);
    expect(await connecting).toBe('CONNECT_TIMEOUT');
    expect(heard).toBe(2);
    void codeOf(central.connect(absent.peripheralId, { deadlineMs: 3_000 }));
    await scan.stop();
    await (await central.scan({ serviceUuids: [], onReport: () => heard++ })).stop();
    await central.scan({ serviceUuids: [], onReport: () => heard++ });
    clock.advance(2_999);
    expect(heard).toBe(2);
    clock.advance(1);
    expect(heard).toBe(3);
  });

  test('a second scan of one central is refused, until the first has stopped', async () => {
    const { central } = await meet();
    const scan = await central.scan({ serviceUuids: [], onReport() {} });
    expect(await codeOf(central.scan({ serviceUuids: [], onReport() {} }))).toBe('SCAN_FAILED');
    await scan.stop();
    expect(await codeOf(central.scan({ serviceUuids: [], onReport() {} }))).toBe('none');
  });

  test('a connected peripheral is not heard; the advert set meanwhile is shown after the disconnect', async () => {
    const { central, clock, connect, peripheral, settle } = await meet();
    const link = await connect();
    const heard: unknown[] = [];
    await central.scan({
      serviceUuids: [],
      onReport: ({ manufacturerData }) => heard.push(manufacturerData),
    });
    await peripheral.advertise(anAdvert(Uint8Array.of(0xff, 0xff, 5)));
    clock.advance(3_000);
    expect(heard).toEqual([]);
    await settle(link.disconnect());
    clock.advance(0);
    expect(heard).toEqual([Uint8Array.of(0xff, 0xff, 5)]);
  });

  test('advertising that was stopped while connected does not resume', async () => {
    const { central, clock, connect, peripheral, settle } = await meet();
    const link = await connect();
    await peripheral.stopAdvertising();
    await settle(link.disconnect());
    let heard = 0;
    await central.scan({ serviceUuids: [], onReport: () => heard++ });
    clock.advance(3_000);
    expect(heard).toBe(0);
  });

  test('an advert, a scan response or a name that would not fit is refused and the old one stays', async () => {
    const { central, clock, peripheral } = await meet();
    const twoLong = { serviceUuids: [SERVICE, STATUS] };
    const oneTooMany = { serviceUuids: [SERVICE, '180a', '180f', '1805', '1800', '1801'] };
    const fitsExactly = { serviceUuids: [SERVICE, '180a', '180f', '1805', '1800'], localName: 'x'.repeat(8) };
    const nameTooLong = { serviceUuids: [], localName: 'ééééé' };
    const responseTooLong = { serviceUuids: [], localName: '12345678', manufacturerData: new Uint8Array(20) };
    const responseFits = { ...responseTooLong, manufacturerData: new Uint8Array(19) };
    expect(await codeOf(peripheral.advertise(twoLong))).toBe('ADVERT_INVALID');
    expect(await codeOf(peripheral.advertise(oneTooMany))).toBe('ADVERT_INVALID');
    expect(await codeOf(peripheral.advertise(nameTooLong))).toBe('ADVERT_INVALID');
    expect(await codeOf(peripheral.advertise(responseTooLong))).toBe('ADVERT_INVALID');
    let heard: AdvertReport | undefined;
    await central.scan({ serviceUuids: [], onReport: (report) => (heard = report) });
    clock.advance(0);
    expect(heard).toMatchObject(anAdvert());
    expect(await codeOf(peripheral.advertise(fitsExactly))).toBe('none');
    expect(await codeOf(peripheral.advertise(responseFits))).toBe('none');
  });
});

describe('ten thousand peripherals', () => {
  const COUNT = 10_000;
  /** A record, its advert and its place on the air; a real bleno takes 50 to 95 KiB. */
  const LIMIT_BYTES = 2_048;

  test('cost little heap each while idle, and no timer', async () => {
    const clock = new VirtualClock();
    const radio = openMemoryRadio({ clock });
    const central = await radio.central();
    const collect = garbageCollector();
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let n = 0; n < COUNT; n++) {
      const peripheral = await radio.peripheral();
      // As separate locks do it: each with its own list of services, equal to the others.
      await peripheral.open(structuredClone(SERVICES), IDLE_HANDLER);
      await peripheral.advertise(anAdvert());
    }
    collect();
    const bytesEach = Math.round((process.memoryUsage().heapUsed - before) / COUNT);
    process.stdout.write(`in-memory peripheral: ${bytesEach} bytes of heap each, ${COUNT} of them\n`);
    expect(bytesEach).toBeLessThan(LIMIT_BYTES);
    expect(clock.nextDueMs()).toBeUndefined();
    const heard = new Set<string>();
    const scan = await central.scan({ serviceUuids: [SERVICE], onReport: (r) => heard.add(r.peripheralId) });
    clock.advance(0);
    expect(heard.size).toBe(COUNT);
    await scan.stop();
    await settleOn(clock, radio.close());
  });
});

/** Node's own, which only a flag uncovers. */
function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

const IDLE_HANDLER = {
  onConnect() {},
  onDisconnect() {},
  onRead: () => 0x0e,
  onWrite: () => 0,
  onSubscribe() {},
  onUnsubscribe() {},
};
