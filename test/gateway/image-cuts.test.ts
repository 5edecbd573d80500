// A firmware image over a link that is lost and to a lock that restarts, at every moment and in every order: whatever is
// cut, the lock gets the image once, tries it once, and the courier says so.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { frameCount } from '#protocol/sync/frames.ts';
import { aFirmware } from '#test/builders/firmware.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';
import { anImageScene, numberOf, told, type ImageScene } from './image-scene.ts';

const two = aFirmware({ firmware: 2, codeBytes: 5_000 });
const FRAMES = frameCount(two.manifest, 241);
const ONCE = ['firmwareStaged', 'firmwareTrial', 'firmwareConfirmed'];

interface Cut {
  /** PDUs after the cut before, or the beginning. */
  readonly afterPdus: number;
  readonly what: 'link' | 'power';
}

/** Cuts come at PDUs of both directions, until the lock tries the image: a trial that is cut is over by design. */
async function aCutScene(cuts: readonly Cut[]): Promise<{ scene: ImageScene; pdus: () => number }> {
  const left = [...cuts];
  let pdus = 0;
  let since = 0;
  const scene = await anImageScene({
    onAtt: () => {
      pdus++;
      const cut = left[0];
      if (cut === undefined || ++since < cut.afterPdus || told(scene).includes('firmwareTrial')) return;
      left.shift();
      since = 0;
      // Not within the work that this PDU is about.
      scene.clock.after(0, () => {
        if (cut.what === 'link') scene.radio.dropLink(scene.peripheral.peripheralId);
        else if (scene.lock.isPowered) {
          scene.lock.cutPower();
          scene.lock.restorePower();
        }
      });
    },
  });
  return { scene, pdus: () => pdus };
}

async function expectOnce(cuts: readonly Cut[]): Promise<void> {
  const { scene } = await aCutScene(cuts);
  const outcome = await scene.bring(two);
  expect({ result: outcome.result, told: told(scene), runs: numberOf(scene) }, JSON.stringify(cuts)).toEqual({
    result: 'confirmed',
    told: ONCE,
    runs: 2,
  });
}

test('the link may be lost, or the lock restart, at every PDU of the transfer', async () => {
  const whole = await aCutScene([]);
  await whole.scene.bring(two, { isWatched: false });
  expect(whole.pdus()).toBeGreaterThan(FRAMES);
  for (let pdu = 1; pdu <= whole.pdus(); pdu++) {
    // One kind at a time: the other is lost between the same two frames a PDU later.
    await expectOnce([{ afterPdus: pdu, what: pdu % 2 === 0 ? 'link' : 'power' }]);
  }
});

test.each([
  ['while it waits', 'firmwareStaged'],
  ['during its trial', 'firmwareTrial'],
  ['once it has passed', 'firmwareConfirmed'],
])('an image whose last answer is lost is found in the lock %s', async (_, reached) => {
  const whole = await aCutScene([]);
  await whole.scene.bring(two, { isWatched: false });
  const scene = await anImageScene({ faults: { seed: 1, loseLinkAtPdu: whole.pdus() } });
  const { clock, central, peripheral } = scene;
  const rows: string[][] = [];
  const outcome = await scene.bring(two, {
    connect: async (how) => {
      while (rows.length > 0 && !told(scene).includes(reached))
        await new Promise<void>((resolve) => clock.after(100, resolve));
      rows.push(told(scene));
      return central.connect(peripheral.peripheralId, how);
    },
  });
  expect(outcome).toMatchObject({ result: 'confirmed', framesSent: FRAMES });
  expect(rows.slice(0, 2).map((row) => row.at(-1))).toEqual([undefined, reached]);
  expect(told(scene)).toEqual(ONCE);
});

test('several cuts in a row lead to the image once, each meeting going on from the last', async () => {
  const aCut = fc.record({
    afterPdus: fc.integer({ min: 10, max: 45 }),
    what: fc.constantFrom('link' as const, 'power' as const),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(aCut, { minLength: 2, maxLength: 3 }), (cuts) => expectOnce(cuts)),
    { numRuns: 15 },
  );
});

test('another courier goes on by chunk from where one went away, also across a restart', async () => {
  const large = aFirmware({ firmware: 2, codeBytes: 40_000 });
  const { scene } = await aCutScene([]);
  const abort = new AbortController();
  const first = await scene.bring(large, {
    signal: abort.signal,
    onProgress: ({ chunk }) => {
      if (chunk >= 5) abort.abort();
    },
  });
  expect(first.result).toBe('cancelled');
  scene.lock.cutPower();
  scene.lock.restorePower();
  const second = await scene.bring(large);
  expect(second.result).toBe('confirmed');
  // What was under way, and the chunks that were open.
  expect(first.framesSent + second.framesSent).toBeLessThan(frameCount(large.manifest, 241) + 5 * 17);
  expect(second.framesSent).toBeLessThan(6 * 17);
});

test('a set that comes between takes the place of the image, which goes on later with what it has', async () => {
  const { scene } = await aCutScene([]);
  const abort = new AbortController();
  const first = await scene.bring(two, {
    signal: abort.signal,
    onProgress: ({ chunk }) => {
      if (chunk >= 1) abort.abort();
    },
  });
  const set = await scene.deliver(aSignedSet({ lock: scene.running.built, rows: 200 }));
  const second = await scene.bring(two);
  expect([first.result, set.result, second.result]).toEqual(['cancelled', 'applied', 'confirmed']);
  expect(second.framesSent).toBeLessThan(FRAMES);
  expect(told(scene)).toEqual(ONCE);
});
