// Web Bluetooth in a real browser: as much of the ports' contract as its emulation can do, and a whole Door Sync by the
// courier in the page to our own lock behind the emulated device. What the emulation can't do is listed, in docs/radio.md too.
import type { Browser } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeHex } from '#protocol/bytes.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { systemClock } from '#protocol/node/system-clock.ts';
import { verifyReceipt } from '#protocol/signed/receipt.ts';
import { DOOR_SYNC_SERVICE, lockServices } from '#protocol/sync/gatt.ts';
import { encodePackage } from '#protocol/table/package.ts';
import { aKeySet } from '#test/builders/key-set.ts';
import { aTime } from '#test/builders/life.ts';
import { aRunningLock, type RunningLock } from '#test/builders/running-lock.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';
import { HandCloud } from '#test/lock-sim/hand-cloud.ts';
import { connectionContract } from './connection-contract.ts';
import { debianProgram } from './debian-program.ts';
import { gattContract } from './gatt-contract.ts';
import {
  aLock,
  anAdvert,
  OTHER_SERVICE,
  RecordingHandler,
  SERVICE,
  SERVICES,
  type InTime,
} from './radio-rig.ts';
import { BEYOND_EMULATION } from './web-bluetooth/beyond-emulation.ts';
import { BrowserRig, bundledPage, openBrowser, type PageCentral } from './web-bluetooth/browser-rig.ts';
import type { EmulatedPeripheral } from './web-bluetooth/emulated-peripheral.ts';

/** As the cloud of these tests has it: far ahead of the machine's, so that a lock that has it was told. */
const NOW_S = 1_990_000_000;

const chromium = debianProgram('chromium', 'chromium');
const suite = chromium.path === undefined ? describe.skip : describe;
const why = chromium.path === undefined ? ` (left out: ${chromium.missing})` : '';

suite(`Web Bluetooth in Chromium${why}`, () => {
  let browser: Browser;
  let script: string;
  let rig: BrowserRig;
  const services = [
    ...SERVICES.map(({ uuid }) => uuid),
    OTHER_SERVICE,
    ...lockServices.map(({ uuid }) => uuid),
  ];
  const open = (): Promise<BrowserRig> => BrowserRig.open(browser, script, services);

  beforeAll(async () => {
    script = await bundledPage();
  });

  const inBrowser = (sentence: string, body: () => Promise<void>): void => {
    it(sentence, async () => {
      // One for each: what ends a browser ends no other test.
      browser = await openBrowser(chromium.path ?? '');
      rig = await open();
      try {
        await body();
      } finally {
        await browser.close();
      }
    });
  };

  describe('the contract of the ports', () => {
    const left = new Set<string>();
    const promise: InTime = (sentence, body) => {
      if (sentence in BEYOND_EMULATION) left.add(sentence);
      else inBrowser(sentence, body);
    };
    connectionContract(() => rig, promise);
    gattContract(() => rig, promise);

    it('is left out only where the emulation can’t do it, sentence by sentence', () => {
      expect([...left].sort()).toEqual(Object.keys(BEYOND_EMULATION).sort());
    });
  });

  describe('a page', () => {
    inBrowser('gets nothing where the person chooses nothing', async () => {
      await aLock(rig, anAdvert());
      const central = await rig.central();
      expect(await rig.choose(central.number, SERVICE, { declines: true })).toBeUndefined();
    });

    inBrowser('is told so where the peripheral is away', async () => {
      const peripheral = await rig.peripheral();
      await peripheral.open(SERVICES, new RecordingHandler());
      const central = await rig.central();
      const id = (await rig.choose(central.number, SERVICE)) ?? '';
      peripheral.isAway = true;
      await expect(central.connect(id)).rejects.toMatchObject({ code: 'CONNECT_FAILED' });
      peripheral.isAway = false;
      await central.connect(id);
    });
  });

  describe('a Door Sync from the page', () => {
    interface Outcome {
      readonly result: string;
      readonly connections: number;
      readonly framesSent: number;
      readonly receipt?: string;
      readonly detail?: string;
      readonly upkeep?: {
        readonly time: { readonly result: string };
        readonly log: { readonly result: string; readonly batches: number; readonly detail?: string };
      };
    }
    interface Scene {
      readonly lock: RunningLock;
      readonly peripheral: EmulatedPeripheral;
      readonly central: PageCentral;
      deliver(tableVersion: number): Promise<Outcome>;
    }

    async function aScene(): Promise<Scene> {
      const peripheral = await rig.peripheral();
      const lock = await aRunningLock({ peripheral, clock: systemClock });
      const log = new HandCloud(lock.built, aKeySet());
      rig.cloud = {
        signTime: async (nonce) => encodeHex(aTime(Buffer.from(nonce, 'hex'), NOW_S, { lock: lock.built })),
        takeLogBatch: async (batch) => {
          log.take(Buffer.from(batch, 'hex'));
          return { ack: encodeHex(log.signAck()), next: log.head.sequence + 1 };
        },
      };
      const central = await rig.central();
      const id = (await rig.choose(central.number, DOOR_SYNC_SERVICE)) ?? '';
      const deliver = (tableVersion: number): Promise<Outcome> => {
        const set = aSignedSet({ lock: lock.built, rows: 300, tableVersion });
        return central.call<Outcome>('deliver', central.number, id, {
          lockId: encodeHex(lock.built.lockId),
          advertisingKey: encodeHex(lock.built.secrets.advertisingKey),
          package: encodeHex(encodePackage(set)),
        });
      };
      return { lock, peripheral, central, deliver };
    }

    const receiptOf = ({ lock }: Scene, { receipt = '' }: Outcome) =>
      verifyReceipt(
        nodeEngine,
        Buffer.from(receipt, 'hex'),
        lock.built.lockId,
        lock.built.identity.publicKey,
      );

    inBrowser(
      'brings a table: hello, offer, frames, the receipt by reading, and the time behind it',
      async () => {
        const scene = await aScene();
        const outcome = await scene.deliver(1);
        expect(outcome).toMatchObject({ result: 'applied', connections: 1 });
        expect(receiptOf(scene, outcome).triple.tableVersion).toBe(1);
        expect(scene.lock.lock.report().version).toBe('1.1.1');
        expect(outcome.upkeep?.time).toMatchObject({ result: 'done' });
        expect(scene.lock.lock.time()?.nowS).toBeGreaterThanOrEqual(NOW_S);
        expect(outcome.upkeep?.log.result).toBe('no-notifications');
        expect(await scene.deliver(1)).toMatchObject({ result: 'already-current', framesSent: 0 });
      },
    );

    inBrowser('goes on with shorter frames where long ones arrive cut short', async () => {
      const scene = await aScene();
      scene.peripheral.cutAt = 182;
      const outcome = await scene.deliver(1);
      expect(outcome).toMatchObject({ result: 'applied', connections: 2 });
      expect(scene.lock.lock.report().version).toBe('1.1.1');
    });

    inBrowser('is refused by a lock that is ahead, and says why', async () => {
      const scene = await aScene();
      await scene.deliver(2);
      expect(await scene.deliver(1)).toMatchObject({ result: 'refused' });
    });
  });
});
