// A platform that tells no MTU and cuts what is longer than it carries: frames of the size that was hoped for never arrive,
// and the next are shorter. Real firmware over the in-memory radio, in virtual time.
import { describe, expect, test } from 'vitest';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { SYNC_DATA } from '#protocol/sync/gatt.ts';
import { deliver } from '#gateway/courier/delivery.ts';
import { openMemoryRadio } from '#radio/memory/memory-radio.ts';
import type { CentralLink } from '#radio/ports/central.ts';
import { MTU_GUESSES, PROPERTY_BITS, type GattTable } from '#radio/ports/gatt.ts';
import { aRunningLock } from '#test/builders/running-lock.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';
import { settle } from './settle.ts';

const CARRIED_BYTES = 182;

interface Platform {
  readonly canNotify: boolean;
  /** What it takes for each read beside the air. */
  readonly readMs: number;
}

const muted = ({ services }: GattTable): GattTable => ({
  services: services.map((service) => ({
    ...service,
    characteristics: service.characteristics.map((one) => ({
      ...one,
      properties: one.properties & ~PROPERTY_BITS.notify,
    })),
  })),
});

const cutting = (link: CentralLink, mtu: number, { canNotify, readMs }: Platform, clock: VirtualClock) => ({
  peripheralId: link.peripheralId,
  mtu,
  isMtuGuess: true,
  gattTable: canNotify ? link.gattTable : muted(link.gattTable),
  closed: link.closed,
  read: async (of: string, deadlineMs?: number) => {
    await new Promise<void>((resolve) => clock.after(readMs, resolve));
    return link.read(of, deadlineMs);
  },
  write: link.write.bind(link),
  writeCommand: (of: string, value: Uint8Array) =>
    link.writeCommand(of, of === SYNC_DATA ? value.slice(0, CARRIED_BYTES) : value),
  subscribe: link.subscribe.bind(link),
  disconnect: link.disconnect.bind(link),
});

describe('where long frames arrive cut short, the second meeting brings shorter ones', () => {
  test.each([
    ['with notifications', { canNotify: true, readMs: 0 }],
    ['by reading', { canNotify: false, readMs: 0 }],
    ['by reading, on a phone that takes its time', { canNotify: false, readMs: 150 }],
    ['by reading, on a phone that is slow', { canNotify: false, readMs: 600 }],
  ])('%s', async (_, platform: Platform) => {
    const clock = new VirtualClock();
    const radio = openMemoryRadio({ clock, link: { intervalMs: 30 } });
    const [central, peripheral] = [await radio.central(), await radio.peripheral()];
    const lock = await aRunningLock({ peripheral, clock });
    const job = {
      lockId: lock.built.lockId,
      advertisingKey: lock.built.secrets.advertisingKey,
      cloudNonce: new Uint8Array(16).fill(7),
      package: aSignedSet({ lock: lock.built, rows: 300 }),
    };
    const ports = { engine: nodeEngine, clock, random: seededRandom(1) };
    const mtus: number[] = [];
    const outcome = await settle(
      clock,
      deliver(ports, job, {
        connect: async (options) => {
          const { mtuMax = Infinity } = options;
          mtus.push(MTU_GUESSES.find((guess) => guess <= mtuMax) ?? 0);
          const link = await central.connect(peripheral.peripheralId, options);
          return cutting(link, mtus.at(-1) ?? 0, platform, clock);
        },
        keySetsAfter: async () => [],
      }),
    );
    expect(outcome).toMatchObject({ result: 'applied', connections: 2 });
    expect(mtus).toEqual(MTU_GUESSES.slice(0, 2));
    await radio.close();
  });
});
