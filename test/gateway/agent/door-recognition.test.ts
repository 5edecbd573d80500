// Which door an advert is of, counted in MACs: a thousand doors that show themselves every second cost next to nothing, and
// whoever makes adverts up can't make it cost much.
import { describe, expect, test } from 'vitest';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { advertManufacturerData, makeAdvert, type AdvertState } from '#protocol/sync/advert.ts';
import { DOOR_SYNC_SERVICE } from '#protocol/sync/gatt.ts';
import type { AdvertReport } from '#radio/ports/gatt.ts';
import { MACS_AT_ONCE, MACS_PER_SECOND, STRANGERS_MAX } from '#gateway/agent/agent-limits.ts';
import { DoorRecognition } from '#gateway/agent/door-recognition.ts';

const random = seededRandom('door recognition');
const shows: AdvertState = { tableVersion: 7, logPending: false, batteryLow: false, notActivated: false };

const aDoor = (n: number) => ({ doorId: `door_${n}`, advertisingKey: random.bytes(32) });
type Door = ReturnType<typeof aDoor>;

const reportOf = (peripheralId: string, manufacturerData?: Uint8Array): AdvertReport => ({
  peripheralId,
  rssi: -60,
  connectable: true,
  serviceUuids: [DOOR_SYNC_SERVICE],
  ...(manufacturerData === undefined ? {} : { manufacturerData }),
});

const advertOf = (door: Door, over: Partial<AdvertState> = {}): Uint8Array =>
  advertManufacturerData(makeAdvert(nodeEngine, door.advertisingKey, random.bytes(4), { ...shows, ...over }));

function anIndex(count: number) {
  const counted = { macs: 0 };
  const engine: CryptoEngine = {
    ...nodeEngine,
    hmacSha256: (key, data) => {
      counted.macs++;
      return nodeEngine.hmacSha256(key, data);
    },
  };
  const clock = new VirtualClock();
  const doors = Array.from({ length: count }, (_, n) => aDoor(n));
  const index = new DoorRecognition({ engine, clock });
  index.setDoors(doors);
  const spent = (work: () => void): number => {
    const before = counted.macs;
    work();
    return counted.macs - before;
  };
  return { index, clock, doors, spent };
}

describe('recognising doors', () => {
  test('a thousand doors that show themselves every second cost no MAC once they are known', () => {
    const { index, clock, doors, spent } = anIndex(1_000);
    const reports = doors.map((door, n) => reportOf(`p${n}`, advertOf(door)));
    const known = new Set<string>();
    const learning = spent(() => {
      for (let s = 0; s < 60 && known.size < doors.length; s++) {
        clock.advance(1_000);
        for (const report of reports) {
          const place = index.look(report);
          if (typeof place === 'object') known.add(place.doorId);
        }
      }
    });
    expect(known.size).toBe(1_000);
    // Each new one is looked for among those that have no place yet.
    expect(learning).toBeLessThan((1_000 * 1_001) / 2 + 3 * 1_000 + 1);
    const standing = spent(() => {
      for (let s = 0; s < 100; s++) for (const report of reports) index.look(report);
    });
    expect(standing).toBe(0);
  });

  test('an advert that rotated costs its own door’s MAC and mask', () => {
    const { index, doors, spent } = anIndex(100);
    for (const [n, door] of doors.entries()) index.look(reportOf(`p${n}`, advertOf(door)));
    const rotated = doors.map((door, n) => reportOf(`p${n}`, advertOf(door, { tableVersion: 8 })));
    const cost = spent(() => {
      for (const report of rotated) expect(index.look(report)).toMatchObject({ advert: { versionBits: 8 } });
    });
    expect(cost).toBe(200);
  });

  test('the same advert is the same object, so that nothing is told twice', () => {
    const { index, doors } = anIndex(1);
    const report = reportOf('p', advertOf(doors[0]!));
    const first = index.look(report);
    expect(first).toMatchObject({ doorId: 'door_0' });
    expect(index.look(report)).toBe(first);
  });

  test('what is no advert of a lock costs nothing', () => {
    const { index, spent } = anIndex(10);
    expect(index.look(reportOf('p'))).toBe('hidden');
    expect(spent(() => index.look(reportOf('p', new Uint8Array(5))))).toBe(0);
  });

  test('a door of the list gets its key anew, and one that left it is nobody’s', () => {
    const { index, doors } = anIndex(2);
    const [first, second] = [doors[0]!, doors[1]!];
    const report = reportOf('p', advertOf(first));
    expect(index.look(report)).toMatchObject({ doorId: 'door_0' });
    index.setDoors([second]);
    expect(index.look(report)).toBeUndefined();
    index.setDoors([first, second]);
    expect(index.look(report)).toMatchObject({ doorId: 'door_0' });
    index.setDoors([{ ...first, advertisingKey: random.bytes(32) }, second]);
    expect(index.look(report)).toBeUndefined();
  });

  test('a lock that comes back under another address is found once its place is given up', () => {
    const { index, doors } = anIndex(3);
    const data = advertOf(doors[1]!);
    expect(index.look(reportOf('before', data))).toMatchObject({ peripheralId: 'before' });
    expect(index.look(reportOf('after', data))).toBeUndefined();
    index.forget('door_1');
    expect(index.look(reportOf('after', data))).toMatchObject({ doorId: 'door_1', peripheralId: 'after' });
  });
});

describe('attacks', () => {
  test('adverts made up by the thousand: the MACs spent on them stay within the budget', () => {
    const { index, clock, spent } = anIndex(1_000);
    const seconds = 30;
    const cost = spent(() => {
      for (let s = 0; s < seconds; s++) {
        clock.advance(1_000);
        for (let n = 0; n < 1_000; n++)
          index.look(
            reportOf(
              `x${random.bytes(6).join('.')}`,
              advertManufacturerData(Uint8Array.of(1, ...random.bytes(15))),
            ),
          );
      }
    });
    expect(cost).toBeLessThanOrEqual(MACS_AT_ONCE + seconds * MACS_PER_SECOND + 1_001);
  });

  test('under such a spray doors that are known stay known, and their rotations are', () => {
    const { index, clock, doors } = anIndex(200);
    const made = (): Uint8Array => advertManufacturerData(Uint8Array.of(1, ...random.bytes(15)));
    for (const [n, door] of doors.entries()) index.look(reportOf(`p${n}`, advertOf(door)));
    for (let n = 0; n < 3 * STRANGERS_MAX; n++) {
      if (n % 100 === 0) clock.advance(100);
      index.look(reportOf(`x${n}`, made()));
      // Also under the very address of a door.
      index.look(reportOf(`p${n % doors.length}`, made()));
    }
    for (const [n, door] of doors.entries())
      expect(index.look(reportOf(`p${n}`, advertOf(door, { tableVersion: 9 })))).toMatchObject({
        doorId: door.doorId,
        advert: { versionBits: 9 },
      });
  });

  test('adverts that were made up are tried once each, however often they come', () => {
    const { index, spent } = anIndex(50);
    const reports = Array.from({ length: 20 }, (_, n) =>
      reportOf(`x${n}`, advertManufacturerData(Uint8Array.of(1, ...random.bytes(15)))),
    );
    const cost = spent(() => {
      for (let times = 0; times < 100; times++) for (const report of reports) index.look(report);
    });
    expect(cost).toBe(20 * 50);
  });

  test('a replayed advert takes no door away from where it is', () => {
    const { index, doors } = anIndex(2);
    const data = advertOf(doors[0]!);
    index.look(reportOf('lock', data));
    expect(index.look(reportOf('thief', data))).toBeUndefined();
    expect(index.look(reportOf('lock', data))).toMatchObject({ peripheralId: 'lock' });
  });
});
