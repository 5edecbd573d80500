// The process that fleet.bench.ts measures. Prints one JSON line.
import { portableEngine } from '#protocol/crypto/portable-engine.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { systemClock } from '#protocol/node/system-clock.ts';
import { withDeadline } from '#protocol/ports/deadline.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { advertOfManufacturerData, recogniseAdvert } from '#protocol/sync/advert.ts';
import { DOOR_SYNC_SERVICE } from '#protocol/sync/gatt.ts';
import type { Central } from '#radio/ports/central.ts';
import { openVirtualRadio } from '#radio/virtual/virtual-radio.ts';
import { deliver } from '#gateway/courier/delivery.ts';
import { aLock } from '#test/builders/lock.ts';
import { aRunningLock, type RunningLock } from '#test/builders/running-lock.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';

const LOCKS = 200;
const COURIERS = 4;
const ROWS = 60;
const SCAN_MS = 60_000;

const startedMs = performance.now();
const random = seededRandom('fleet');
const radio = openVirtualRadio({ clock: systemClock });
const locks: RunningLock[] = [];
for (let i = 0; i < LOCKS; i++) {
  const peripheral = await radio.peripheral();
  const lock = aLock({ name: `lock ${i}` });
  // Firmware runs its own crypto, as a real lock would.
  locks.push(
    await aRunningLock({ peripheral, clock: systemClock, lock, capacityChunks: 3, engine: portableEngine }),
  );
}
const couriers: Central[] = [];
for (let i = 0; i < COURIERS; i++) couriers.push(await radio.central());
let synced = 0;
await Promise.all(
  couriers.map((central, i) =>
    run(
      central,
      locks.filter((_, n) => n % COURIERS === i),
    ),
  ),
);
const peakMiB = process.resourceUsage().maxRSS / 1_024;
process.stdout.write(JSON.stringify({ peakMiB, seconds: (performance.now() - startedMs) / 1_000, synced }));
await radio.close();
process.exit(0);

async function run(central: Central, mine: readonly RunningLock[]): Promise<void> {
  const addresses = await findAll(central, mine);
  for (const { built } of mine) {
    const set = aSignedSet({ lock: built, rows: ROWS });
    const outcome = await deliver(
      { engine: nodeEngine, clock: systemClock, random },
      {
        lockId: built.lockId,
        advertisingKey: built.secrets.advertisingKey,
        cloudNonce: random.bytes(16),
        package: set,
      },
      {
        connect: (options) => central.connect(addresses.get(built) ?? '', options),
        keySetsAfter: () => Promise.resolve([]),
      },
    );
    if (outcome.result !== 'applied') throw new Error(`${outcome.result}: ${JSON.stringify(outcome)}`);
    synced++;
  }
}

async function findAll(
  central: Central,
  locks: readonly RunningLock[],
): Promise<Map<RunningLock['built'], string>> {
  const found = new Map<RunningLock['built'], string>();
  let all!: () => void;
  const done = new Promise<void>((resolve) => {
    all = resolve;
  });
  const scan = await central.scan({
    serviceUuids: [DOOR_SYNC_SERVICE],
    onReport({ manufacturerData, peripheralId }) {
      const advert = manufacturerData && advertOfManufacturerData(manufacturerData);
      if (advert === undefined) return;
      const isHis = ({ built }: RunningLock): boolean =>
        recogniseAdvert(nodeEngine, built.secrets.advertisingKey, advert) !== undefined;
      const lock = locks.find((one) => !found.has(one.built) && isHis(one));
      if (lock !== undefined) found.set(lock.built, peripheralId);
      if (found.size === locks.length) all();
    },
  });
  await withDeadline(
    systemClock,
    SCAN_MS,
    done,
    () => new Error(`${locks.length - found.size} locks were not seen`),
  );
  await scan.stop();
  return found;
}
