// A Door Sync from end to end, on both radios: the courier of the gateway, the firmware of the lock.
import { afterEach, describe, expect, it } from 'vitest';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { systemClock } from '#protocol/node/system-clock.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { DOOR_SYNC_SERVICE } from '#protocol/sync/gatt.ts';
import { verifyReceipt } from '#protocol/signed/receipt.ts';
import type { Central } from '#radio/ports/central.ts';
import type { Peripheral } from '#radio/ports/peripheral.ts';
import { openMemoryRadio } from '#radio/memory/memory-radio.ts';
import { openVirtualRadio } from '#radio/virtual/virtual-radio.ts';
import { deliver, type DeliveryOutcome } from '#gateway/courier/delivery.ts';
import { aRunningLock } from '#test/builders/running-lock.ts';
import { aSignedSet, type BuiltSet } from '#test/builders/signed-set.ts';

const random = seededRandom('door-sync world');

interface Radio {
  central(): Promise<Central>;
  peripheral(): Promise<Peripheral>;
  close(): Promise<void>;
}

const radios: readonly [string, () => Radio][] = [
  ['the real noble and bleno', () => openVirtualRadio({ clock: systemClock })],
  ['the in-memory radio', () => openMemoryRadio({ clock: systemClock })],
];

let close: () => Promise<void> = () => Promise.resolve();
afterEach(() => close());

async function firstPeripheral(central: Central): Promise<string> {
  let found: (id: string) => void;
  const met = new Promise<string>((resolve) => (found = resolve));
  const scan = await central.scan({
    serviceUuids: [DOOR_SYNC_SERVICE],
    onReport: (report) => found(report.peripheralId),
  });
  const id = await met;
  await scan.stop();
  return id;
}

async function sync(central: Central, set: BuiltSet): Promise<DeliveryOutcome> {
  return deliver(
    { engine: nodeEngine, clock: systemClock, random },
    {
      lockId: set.lock.lockId,
      advertisingKey: set.lock.secrets.advertisingKey,
      cloudNonce: random.bytes(16),
      package: set,
    },
    {
      connect: async (options) => central.connect(await firstPeripheral(central), options),
      keySetsAfter: () => Promise.resolve([]),
    },
  );
}

describe.each(radios)('a Door Sync over %s', (_, openRadio) => {
  it('puts the set in force, opens for its codes and no other, and brings back the receipt', async () => {
    const radio = openRadio();
    close = () => radio.close();
    const { lock, built } = await aRunningLock({ peripheral: await radio.peripheral(), clock: systemClock });
    const central = await radio.central();
    expect(lock.press('1000001')?.reason).toBe('NO_TABLE');
    const set = aSignedSet({ lock: built, rows: 300, tableVersion: 3 });
    const outcome = await sync(central, set);
    expect(outcome.result).toBe('applied');
    if (outcome.result !== 'applied') return;
    const receipt = verifyReceipt(nodeEngine, outcome.receiptBytes, built.lockId, built.identity.publicKey);
    expect(receipt).toMatchObject({
      triple: set.triple,
      tableState: 'active',
      tableHash: set.manifest.tableHash,
    });
    for (const code of set.codes) expect(lock.press(code)?.outcome).toBe('open');
    expect(lock.press('7654321')?.reason).toBe('UNKNOWN_CREDENTIAL');
    const again = await sync(central, set);
    expect(again.result).toBe('already-current');
    await lock.close();
  });

  it('keeps the old table through a power cut in its middle, and goes on where it was', async () => {
    const radio = openRadio();
    close = () => radio.close();
    const { lock, built } = await aRunningLock({ peripheral: await radio.peripheral(), clock: systemClock });
    const central = await radio.central();
    const old = aSignedSet({ lock: built, rows: 600, tableVersion: 1 });
    expect((await sync(central, old)).result).toBe('applied');
    lock.onPowerLost = () => void systemClock.after(50, () => lock.restorePower());
    lock.planCut(60, { kind: 'before' });
    const next = aSignedSet({ lock: built, rows: 500, tableVersion: 2, seed: 2, keySet: old.keySet });
    expect((await sync(central, next)).result).toBe('applied');
    expect(lock.report().boots).toBe(2);
    expect(lock.press(old.codes[599]!)?.reason).toBe('UNKNOWN_CREDENTIAL');
    expect(lock.press(next.codes[499]!)?.outcome).toBe('open');
    await lock.close();
  });
});
