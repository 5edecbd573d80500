// Our hosts on controllers that are none of ours: BlueZ's btvirt over H4, up to a whole Door Sync.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { systemClock } from '#protocol/node/system-clock.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { DOOR_SYNC_SERVICE } from '#protocol/sync/gatt.ts';
import { openH4Radio } from '#radio/h4/h4-radio.ts';
import { deliver } from '#gateway/courier/delivery.ts';
import { aRunningLock } from '#test/builders/running-lock.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';
import { startBtvirt, type Btvirt } from '#test/radio/btvirt.ts';
import { CONTROL, DATA, met, sight, STATUS } from '#test/radio/radio-rig.ts';

const started = await startBtvirt();
const missing = 'missing' in started ? started.missing : undefined;

describe.skipIf(missing !== undefined)(
  `on btvirt's controllers${missing === undefined ? '' : ` (${missing})`}`,
  () => {
    let btvirt: Btvirt;
    beforeAll(() => {
      if (!('missing' in started)) btvirt = started;
    });
    afterAll(() => btvirt.kill());
    const open = () => openH4Radio(btvirt.endpoint, { clock: systemClock });

    it('noble and bleno meet, read, write in order, notify and part, twice', async () => {
      const radio = open();
      const { link, handler, central, id } = await met(radio);
      expect(await link.read(STATUS)).toEqual(Uint8Array.of(1, 2, 3));
      for (let n = 0; n < 200; n++) await link.writeCommand(DATA, new Uint8Array(244).fill(n));
      await link.write(CONTROL, Uint8Array.of(7));
      const commands = handler.calls.filter((call) => call.startsWith('command data'));
      expect(commands).toEqual(
        Array.from({ length: 200 }, (_, n) => `command data ${Buffer.alloc(244, n).toString('hex')}`),
      );
      const value = new Promise<Uint8Array>((resolve) => void link.subscribe(CONTROL, resolve));
      await handler.called('subscribe control');
      expect(handler.link?.notify(CONTROL, Uint8Array.of(9, 9))).toBe(true);
      expect(await value).toEqual(Uint8Array.of(9, 9));
      await link.disconnect();
      await handler.called('disconnect 1');
      const again = await central.connect(id, { gattTable: link.gattTable });
      expect(await again.read(STATUS)).toEqual(Uint8Array.of(1, 2, 3));
      await radio.close();
    });

    it('a whole Door Sync puts the set in force', async () => {
      const radio = open();
      const { lock, built } = await aRunningLock({
        peripheral: await radio.peripheral(),
        clock: systemClock,
      });
      const central = await radio.central();
      const set = aSignedSet({ lock: built, rows: 600 });
      const { peripheralId } = await sight(
        central,
        ({ localName }) => localName !== undefined,
        DOOR_SYNC_SERVICE,
      );
      const random = seededRandom('btvirt');
      const outcome = await deliver(
        { engine: nodeEngine, clock: systemClock, random },
        {
          lockId: built.lockId,
          advertisingKey: built.secrets.advertisingKey,
          cloudNonce: random.bytes(16),
          package: set,
        },
        {
          connect: (options) => central.connect(peripheralId, options),
          keySetsAfter: () => Promise.resolve([]),
        },
      );
      expect(outcome.result).toBe('applied');
      expect(lock.press(set.codes[0]!)?.outcome).toBe('open');
      await lock.close();
      await radio.close();
    });

    it('whose power is cut in the middle, both hosts say that they are gone', async () => {
      const other = await startBtvirt();
      if ('missing' in other) throw new Error(other.missing);
      const radio = openH4Radio(other.endpoint, { clock: systemClock });
      const { link, handler } = await met(radio);
      await other.kill();
      await expect(link.read(STATUS)).rejects.toMatchObject({ code: 'LINK_LOST' });
      await handler.called('disconnect 1');
      expect(await radio.lost).toMatchObject({ code: 'ADAPTER_GONE' });
      await radio.close();
    });
  },
);
