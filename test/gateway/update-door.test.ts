// One door's update as a gateway does it: met by its advert, brought the image, and each end in words that say what to
// do; and which images are brought at all.
import { describe, expect, onTestFinished, test } from 'vitest';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { silentLog } from '#protocol/ports/log.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { Journal } from '#gateway/journal.ts';
import type { SyncDoor } from '#gateway/sync-doors.ts';
import { trustImage } from '#gateway/trusted-image.ts';
import { updateDoor, type UpdatedDoor, type UpdateOptions } from '#gateway/update-door.ts';
import { aFirmware, type BuiltFirmware } from '#test/builders/firmware.ts';
import { aKeySet, type BuiltKeySet } from '#test/builders/key-set.ts';
import { FakeCloud } from './fake-cloud.ts';
import { anImageScene, numberOf, type ImageScene } from './image-scene.ts';
import { settle } from './settle.ts';
import { aFolder } from './temporary-folder.ts';

const first = aKeySet();
/** By the same roots, each with that firmware key. */
const following = (number: number, firmware?: string): BuiltKeySet =>
  aKeySet({ number, ...(firmware === undefined ? {} : { firmware }) });

/** A cloud with these key sets, sixteen a page. */
const aCloud = (keySets: readonly BuiltKeySet[] = [first]): FakeCloud =>
  Object.assign(new FakeCloud(), {
    keySetsAfter: async (number: number) => keySets.slice(number, number + 16).map(({ bytes }) => bytes),
  });

async function updated(
  scene: ImageScene,
  image: BuiltFirmware,
  options: Partial<UpdateOptions> = {},
  cloud = aCloud(),
): Promise<UpdatedDoor> {
  const { clock, central, running } = scene;
  const journal = await Journal.open(aFolder());
  onTestFinished(() => journal.close());
  const random = seededRandom('update');
  const parts = { engine: nodeEngine, clock, random, cloud, journal, log: silentLog, central };
  const door: SyncDoor = {
    doorId: 'front',
    doorName: 'Front',
    lockId: running.built.lockId,
    advertisingKey: running.built.secrets.advertisingKey,
    leaving: undefined,
    sync: { state: 'no-lock', target: null, applied: null, pendingSinceS: null, dueS: null, reasons: [] },
  };
  const trusted = await trustImage(nodeEngine, cloud, image);
  const { signal } = new AbortController();
  return settle(clock, updateDoor(parts, door, trusted, { isWatched: true, signal, ...options }));
}

describe('an update at a door', () => {
  test('is met by the advert, brought, and seen to run', async () => {
    const scene = await anImageScene();
    const notes: string[] = [];
    const done = await updated(scene, aFirmware(), {
      onMet: () => notes.push('met'),
      onStaged: () => notes.push('staged'),
    });
    expect(done).toMatchObject({ result: 'confirmed', ranBefore: 1 });
    expect(notes).toEqual(['met', 'staged']);
  });

  test('brings a lock that is behind the key sets of its cloud', async () => {
    const scene = await anImageScene();
    const sets = [first, following(2, 'another'), following(3, 'another')];
    const image = aFirmware({ keySet: sets[2]! });
    expect(await updated(scene, image, {}, aCloud(sets))).toMatchObject({ result: 'confirmed' });
    // As far as the image needs it, and no further: the rest comes with the next set.
    expect(scene.lock.firmware?.facts().keySet?.number).toBe(2);
  });

  test('that is not passed is an error with the number that runs', async () => {
    const scene = await anImageScene();
    await expect(updated(scene, aFirmware({ selfTest: 'fail' }))).rejects.toMatchObject({
      code: 'FIRMWARE_FELL_BACK',
      message: expect.stringContaining('firmware 1 runs as before') as unknown,
      next: expect.stringContaining('higher number') as unknown,
    });
  });

  test('whose lock waits for its battery is partly done', async () => {
    const scene = await anImageScene();
    const onStaged = (): void => scene.lock.hands.setBattery(3);
    await expect(updated(scene, aFirmware(), { onStaged })).rejects.toMatchObject({
      code: 'FIRMWARE_WAITS',
      message: expect.stringContaining('batteries') as unknown,
    });
    expect(await updated(scene, aFirmware(), { isWatched: false })).toMatchObject({ result: 'staged' });
  });

  test('that the lock refuses says so, and what to do', async () => {
    const scene = await anImageScene();
    await updated(scene, aFirmware({ firmware: 3 }));
    await expect(updated(scene, aFirmware({ firmware: 2 }))).rejects.toMatchObject({
      code: 'LOCK_REFUSED',
      refusal: 'FIRMWARE_NOT_NEWER',
      next: expect.stringContaining('higher number') as unknown,
    });
  });

  test('of a lock that is not there ends in time', async () => {
    const scene = await anImageScene();
    scene.lock.cutPower();
    await expect(updated(scene, aFirmware())).rejects.toMatchObject({ code: 'DOOR_NOT_FOUND' });
    expect(scene.clock.monotonicMs()).toBeLessThan(15_000);
  });

  test('that is interrupted says so, and a later one goes on', async () => {
    const scene = await anImageScene();
    const abort = new AbortController();
    const image = aFirmware({ codeBytes: 20_000 });
    const interrupted = updated(scene, image, {
      signal: abort.signal,
      onProgress: ({ chunk }) => {
        if (chunk >= 2) abort.abort();
      },
    });
    await expect(interrupted).rejects.toMatchObject({ code: 'INTERRUPTED' });
    expect(await updated(scene, image)).toMatchObject({ result: 'confirmed' });
    expect(numberOf(scene)).toBe(2);
  });
});

describe('an image is brought', () => {
  const trusted = (image: BuiltFirmware, keySets: readonly BuiltKeySet[]): Promise<number> =>
    trustImage(nodeEngine, aCloud(keySets), image).then(({ keySet }) => keySet);

  test('from the first key set on that has its firmware key, over all pages of a long chain', async () => {
    const chain = [
      first,
      ...Array.from({ length: 38 }, (_, i) => following(i + 2, i < 18 ? undefined : 'another')),
    ];
    expect(await trusted(aFirmware(), chain.slice(0, 19))).toBe(1);
    expect(await trusted(aFirmware({ keySet: chain.at(-1)! }), chain)).toBe(20);
  });

  test('not by a firmware key that was rotated away, as a stolen one is', async () => {
    await expect(trusted(aFirmware(), [first, following(2, 'another')])).rejects.toMatchObject({
      code: 'IMAGE_UNTRUSTED',
      message: expect.stringContaining('key set 2') as unknown,
    });
  });

  test('not with a signature that does not verify', async () => {
    const image = aFirmware();
    const manifestBytes = image.manifestBytes.map((byte, i, all) => (i === all.length - 1 ? byte ^ 1 : byte));
    await expect(trusted({ ...image, manifestBytes }, [first])).rejects.toMatchObject({
      code: 'IMAGE_UNTRUSTED',
    });
  });

  test('not where the cloud has no key set', async () => {
    await expect(trusted(aFirmware(), [])).rejects.toMatchObject({ code: 'CLOUD_RUBBISH' });
  });

  test('not by a chain of key sets without end', async () => {
    const cloud = Object.assign(new FakeCloud(), {
      keySetsAfter: async (number: number) => [following(number + 1).bytes],
    });
    await expect(trustImage(nodeEngine, cloud, aFirmware())).rejects.toMatchObject({ code: 'CLOUD_RUBBISH' });
  });
});
