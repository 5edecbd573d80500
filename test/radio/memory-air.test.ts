// Adverts and scans in memory, and what ten thousand idle peripherals cost.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import type { AdvertReport } from '#radio/ports/gatt.ts';
import { openMemoryRadio } from '#radio/memory/memory-radio.ts';
import { anAdvert, codeOf, meet, SERVICE, SERVICES, settleOn, STATUS } from './memory-fixture.ts';

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
