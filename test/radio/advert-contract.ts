// The part of the ports' contract about what is shown and seen.
import { expect } from 'vitest';
import type { AdvertReport } from '#radio/ports/gatt.ts';
import type { InTime, RadioRig } from './radio-rig.ts';
import { aLock, anAdvert, met, OTHER_SERVICE, SERVICE, sight } from './radio-rig.ts';

/** Short enough not to be felt in real time; on a virtual clock it costs nothing. */
const SHORT_MS = 150;

export function advertContract(rig: () => RadioRig, promise: InTime): void {
  promise('a scan reports services, name and manufacturer data', async () => {
    await aLock(rig());
    const report = await sight(await rig().central());
    expect(report).toMatchObject({ ...anAdvert(), connectable: true });
    expect(report.rssi).toBeLessThan(0);
  });

  promise('a scan reports only those who offer a wanted service', async () => {
    await aLock(rig(), anAdvert({ serviceUuids: [OTHER_SERVICE], localName: 'other' }));
    await aLock(rig());
    const central = await rig().central();
    const names = new Set<string | undefined>();
    let twice!: () => void;
    const seen = new Promise<void>((resolve) => {
      twice = resolve;
    });
    let reports = 0;
    const scan = await central.scan({
      serviceUuids: [SERVICE],
      onReport: ({ localName }) => {
        names.add(localName);
        if (++reports === 2) twice();
      },
    });
    await seen;
    await scan.stop();
    expect([...names]).toEqual(['lock']);
  });

  promise(
    'a rotated advert is seen by a scan that is on, and earlier reports stay as they were',
    async () => {
      const { peripheral } = await aLock(rig());
      const central = await rig().central();
      const reports: AdvertReport[] = [];
      const waits: (() => void)[] = [];
      const scan = await central.scan({
        serviceUuids: [SERVICE],
        onReport: (report) => {
          reports.push(report);
          waits.splice(0).forEach((wake) => wake());
        },
      });
      const until = async (last: number): Promise<void> => {
        while (reports.at(-1)?.manufacturerData?.[2] !== last) {
          await new Promise<void>((resolve) => waits.push(resolve));
        }
      };
      await until(1);
      const first = reports[0];
      await peripheral.advertise(anAdvert({ manufacturerData: Uint8Array.of(0xff, 0xff, 9) }));
      await until(9);
      await scan.stop();
      expect(first?.manufacturerData).toEqual(Uint8Array.of(0xff, 0xff, 1, 2, 3));
    },
  );

  promise('a second scan is refused while the first goes on, and taken after it stopped', async () => {
    await aLock(rig());
    const central = await rig().central();
    const scan = await central.scan({ serviceUuids: [], onReport: () => {} });
    await expect(central.scan({ serviceUuids: [], onReport: () => {} })).rejects.toMatchObject({
      code: 'SCAN_FAILED',
    });
    await scan.stop();
    await scan.stop();
    await sight(central);
  });

  promise('no report comes after a scan was stopped', async () => {
    const { peripheral } = await aLock(rig());
    const central = await rig().central();
    let reports = 0;
    let first!: () => void;
    const seen = new Promise<void>((resolve) => {
      first = resolve;
    });
    const scan = await central.scan({
      serviceUuids: [SERVICE],
      onReport: () => {
        reports++;
        first();
      },
    });
    await seen;
    await scan.stop();
    const before = reports;
    await peripheral.advertise(anAdvert({ localName: 'again' }));
    await sight(await rig().central(), ({ localName }) => localName === 'again');
    expect(reports).toBe(before);
  });

  promise('an advert that is too long is refused and the one before goes on', async () => {
    const { peripheral } = await aLock(rig());
    const long = [
      anAdvert({ manufacturerData: new Uint8Array(30) }),
      anAdvert({ localName: 'ninebytes' }),
      anAdvert({ serviceUuids: [SERVICE, OTHER_SERVICE] }),
    ];
    for (const advert of long) {
      await expect(peripheral.advertise(advert)).rejects.toMatchObject({ code: 'ADVERT_INVALID' });
    }
    expect(await sight(await rig().central())).toMatchObject(anAdvert());
  });

  promise('a peripheral that stopped advertising is not met', async () => {
    const { peripheral } = await aLock(rig());
    const central = await rig().central();
    const { peripheralId } = await sight(central);
    await peripheral.stopAdvertising();
    await expect(central.connect(peripheralId, { deadlineMs: SHORT_MS })).rejects.toMatchObject({
      code: 'CONNECT_TIMEOUT',
    });
    await peripheral.advertise(anAdvert());
    await central.connect(peripheralId);
  });

  promise('an advert that changes under a link is shown once it is down, and not before', async () => {
    const { peripheral, link, id } = await met(rig());
    const other = await rig().central();
    const changed = anAdvert({ localName: 'changed' });
    await peripheral.advertise(changed);
    await expect(other.connect(id, { deadlineMs: SHORT_MS })).rejects.toThrow();
    await link.disconnect();
    const report = await sight(other, ({ localName }) => localName === 'changed');
    expect(report).toMatchObject(changed);
  });
}
