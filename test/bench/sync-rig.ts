// One lock and one courier over the modelled link, for figures of a Door Sync: the real noble on the real bleno, virtual
// time. Nothing here waits by the wall's clock, so the same settings give the same events.
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { advertOfManufacturerData, nonceOfAdvert } from '#protocol/sync/advert.ts';
import { DOOR_SYNC_SERVICE, SYNC_DATA } from '#protocol/sync/gatt.ts';
import type { Package } from '#protocol/table/package.ts';
import type { AttRecord } from '#radio/air/att-tap.ts';
import type { Faults } from '#radio/air/faults.ts';
import { USUAL_LINK, type LinkSettings } from '#radio/air/link-model.ts';
import type { AdvertReport } from '#radio/ports/gatt.ts';
import { openVirtualRadio } from '#radio/virtual/virtual-radio.ts';
import type { KnownHandles } from '#gateway/courier/carrier.ts';
import { deliver, type DeliveryOptions, type DeliveryOutcome } from '#gateway/courier/delivery.ts';
import type { FlashCounts, FlashTiming } from '#lock-sim/flash/nor-flash.ts';
import { aLock, type BuiltLock } from '#test/builders/lock.ts';
import { aDoorcodeRow, aSignedSet, doorcodes, type BuiltSet } from '#test/builders/signed-set.ts';
import { aRunningLock } from '#test/builders/running-lock.ts';
import { inVirtualTime } from '#test/builders/virtual-time.ts';

/** Of the benchmarks' table: 25 chunks. */
export const ROWS = 3_000;
const CHUNKS = 25;

export const LINKS: Readonly<Record<string, LinkSettings>> = {
  '1m_251': { ...USUAL_LINK, phy: '1M' },
  '2m_251': USUAL_LINK,
  '1m_27': { ...USUAL_LINK, phy: '1M', maxPayloadBytes: 27 },
  '2m_27': { ...USUAL_LINK, maxPayloadBytes: 27 },
  '2m_4_pairs': { ...USUAL_LINK, pairsPerEventMax: 4 },
};

/** Of virtual time, for one piece of work: many times what it takes. */
const LIMIT_MS = 600_000;

export interface RigOptions {
  readonly link: LinkSettings;
  readonly timing?: FlashTiming;
  readonly faults?: Faults;
}

export interface Rig {
  readonly built: BuiltLock;
  /** What passed over all links since it was last emptied. */
  readonly records: AttRecord[];
  /** Of the lock's flash, since it booted. */
  flashCounts(): FlashCounts;
  deliver(set: Package, options?: Partial<DeliveryOptions>): Promise<DeliveryOutcome>;
  close(): Promise<void>;
}

export async function aRig(options: RigOptions): Promise<Rig> {
  const clock = new VirtualClock();
  const { link, timing, faults } = options;
  const radio = openVirtualRadio({ clock, link, ...(faults === undefined ? {} : { faults }) });
  const records: AttRecord[] = [];
  radio.air.onAtt((record) => records.push(record));
  const running = <T>(work: Promise<T>): Promise<T> => inVirtualTime(clock, work, radio.settle, LIMIT_MS);
  const built = aLock();
  const peripheral = await radio.peripheral();
  const { lock } = await running(
    aRunningLock({
      peripheral,
      clock,
      lock: built,
      capacityChunks: CHUNKS + 1,
      ...(timing === undefined ? {} : { timing }),
    }),
  );
  const central = await running(radio.central());
  const random = seededRandom('sync-rig');
  const see = (): Promise<AdvertReport> =>
    new Promise((resolve, reject) => {
      let isSeen = false;
      const onReport = (report: AdvertReport): void => {
        if (isSeen) return;
        isSeen = true;
        scan.then((open) => open.stop()).then(() => resolve(report), reject);
      };
      const scan = central.scan({ serviceUuids: [DOOR_SYNC_SERVICE], onReport });
      scan.catch(reject);
    });
  let seen: AdvertReport | undefined;
  return {
    built,
    records,
    flashCounts: () => lock.flashCounts,
    deliver: (set, over = {}) =>
      running(
        deliver(
          { engine: nodeEngine, clock, random },
          {
            lockId: built.lockId,
            advertisingKey: built.secrets.advertisingKey,
            cloudNonce: random.bytes(16),
            package: set,
          },
          {
            connect: async (how) => {
              seen = await see();
              return central.connect(seen.peripheralId, how);
            },
            shownNonce: () => nonceOf(seen),
            keySetsAfter: () => Promise.resolve([]),
            ...over,
          },
        ),
      ),
    close: () => running(radio.close()),
  };
}

function nonceOf(report: AdvertReport | undefined): Uint8Array | undefined {
  const advert = report?.manufacturerData && advertOfManufacturerData(report.manufacturerData);
  return advert && nonceOfAdvert(advert);
}

/** The benchmarks' table; versions differ in the end of the first row alone. */
export const aTable = (lock: BuiltLock, tableVersion: number): BuiltSet =>
  aSignedSet({
    lock,
    tableVersion,
    rows: doorcodes(ROWS).map((code, i) =>
      aDoorcodeRow(lock, code, i + 1, i === 0 ? { endS: 2_000_000_000 + tableVersion } : {}),
    ),
  });

const WRITE_COMMAND = 0x52;
const NOTIFICATION = 0x1b;

/** The last notification: of a Door Sync that was applied, that of the receipt. */
export function receiptIn(records: readonly AttRecord[]): AttRecord {
  const receipt = records.findLast(({ from, pdu }) => from === 'peripheral' && pdu[0] === NOTIFICATION);
  if (receipt === undefined) throw new Error('no receipt came');
  return receipt;
}

/** Write commands on sync-data, by the handles that the delivery learned. */
export function framesIn(records: readonly AttRecord[], known: KnownHandles | undefined): AttRecord[] {
  const services = known?.gattTable.services ?? [];
  const data = services
    .flatMap(({ characteristics }) => characteristics)
    .find(({ uuid }) => uuid === SYNC_DATA);
  // Handles are little-endian behind the opcode, and few.
  return records.filter(
    ({ from, pdu }) => from === 'central' && pdu[0] === WRITE_COMMAND && pdu[1] === data?.valueHandle,
  );
}
