// Firmware images brought by a courier to a real lock over the in-memory radio, in virtual time: each outcome, what
// the lock has of it then, and what a person is told to do next.
import { describe, expect, test } from 'vitest';
import { frameCount } from '#protocol/sync/frames.ts';
import { TRIAL_PATIENCE_MS } from '#gateway/courier/courier-limits.ts';
import { aFirmware } from '#test/builders/firmware.ts';
import { aKeySet } from '#test/builders/key-set.ts';
import { anImageScene, numberOf, told } from './image-scene.ts';

const two = aFirmware({ firmware: 2, codeBytes: 20_000 });
const FRAMES = frameCount(two.manifest, 241);

const rotated = aKeySet({ number: 2, firmware: 'another' });

describe('an image that is brought', () => {
  test('runs for good once it has stood its trial, and that is seen', async () => {
    const scene = await anImageScene();
    const order: string[] = [];
    const seen: number[] = [];
    const outcome = await scene.bring(two, {
      onProgress: ({ bytes }) => seen.push(bytes),
      onStaged: () => order.push(`staged, ${numberOf(scene)} runs`),
    });
    expect(outcome).toEqual({ result: 'confirmed', connections: 2, framesSent: FRAMES, ranBefore: 1 });
    expect(order).toEqual(['staged, 1 runs']);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(two.image.length);
    expect(numberOf(scene)).toBe(2);
    expect(told(scene)).toEqual(['firmwareStaged', 'firmwareTrial', 'firmwareConfirmed']);
  });

  test('is told as staged at once where nobody wants to wait', async () => {
    const scene = await anImageScene();
    const outcome = await scene.bring(two, { isWatched: false });
    expect(outcome).toMatchObject({ result: 'staged', because: 'not-watched', connections: 1 });
    expect(numberOf(scene)).toBe(1);
    scene.clock.advance(10_000);
    expect(numberOf(scene)).toBe(2);
  });

  test.each(['fail', 'hang'] as const)(
    'and whose self test does "%s" is seen to fall back',
    async (selfTest) => {
      const scene = await anImageScene();
      const image = aFirmware({ firmware: 2, selfTest });
      expect(await scene.bring(image)).toMatchObject({ result: 'fell-back', running: 1 });
      expect(numberOf(scene)).toBe(1);
      expect(scene.clock.monotonicMs()).toBeLessThan(TRIAL_PATIENCE_MS + 10_000);
      expect(told(scene)).toEqual(['firmwareStaged', 'firmwareTrial', 'firmwareFellBack']);
    },
  );

  test('to a lock that runs it already sends nothing', async () => {
    const scene = await anImageScene();
    await scene.bring(two);
    const again = await scene.bring(two);
    expect(again).toEqual({ result: 'already-running', connections: 1, framesSent: 0, ranBefore: 2 });
  });

  test('waits in the lock for its battery, and the courier does not wait for ever', async () => {
    const scene = await anImageScene();
    const outcome = await scene.bring(two, { onStaged: () => scene.lock.hands.setBattery(3) });
    expect(outcome).toMatchObject({ result: 'staged', because: 'waiting' });
    expect(scene.clock.monotonicMs()).toBeLessThan(TRIAL_PATIENCE_MS + 15_000);
    // Brought again it is there already.
    expect(await scene.bring(two, { isWatched: false })).toMatchObject({ result: 'staged', framesSent: 0 });
  });

  test('and a lock that is not met again afterwards end as staged, in bounded time', async () => {
    const scene = await anImageScene();
    const outcome = await scene.bring(two, { onStaged: () => scene.lock.cutPower() });
    expect(outcome).toMatchObject({ result: 'staged', because: 'not-met' });
    expect(scene.clock.monotonicMs()).toBeLessThan(2 * TRIAL_PATIENCE_MS);
  });

  test('while nobody waits any more is told as it was seen last', async () => {
    const scene = await anImageScene();
    const abort = new AbortController();
    const outcome = await scene.bring(two, { signal: abort.signal, onStaged: () => abort.abort() });
    expect(outcome).toMatchObject({ result: 'staged', because: 'not-met', connections: 1 });
  });
});

describe('what a lock refuses ends at once, with what to do next', () => {
  test('FIRMWARE_NOT_NEWER, without an alarm at the lock for an old file', async () => {
    const scene = await anImageScene();
    await scene.bring(aFirmware({ firmware: 3 }));
    const outcome = await scene.bring(two);
    expect(outcome).toMatchObject({
      result: 'refused',
      framesSent: 0,
      error: { code: 'FIRMWARE_NOT_NEWER' },
    });
    expect(outcome.result === 'refused' && outcome.error.next).toContain('higher number');
    const alarms = [...(scene.lock.firmware?.storage.events.read(1) ?? [])].filter(({ type }) =>
      type.startsWith('sync'),
    );
    expect(alarms).toEqual([]);
  });

  test('BATTERY_LOW, before a frame is sent', async () => {
    const scene = await anImageScene();
    scene.lock.hands.setBattery(14);
    const outcome = await scene.bring(two);
    expect(outcome).toMatchObject({ result: 'refused', framesSent: 0, error: { code: 'BATTERY_LOW' } });
    expect(outcome.result === 'refused' && outcome.error.next).toContain('batteries');
  });

  test('WEAR_LIMIT, once an image failed its trial twice', async () => {
    const scene = await anImageScene();
    const bad = aFirmware({ firmware: 2, selfTest: 'fail' });
    await scene.bring(bad);
    // The second time it is in flash already: nothing is sent, and it is tried again.
    expect(await scene.bring(bad)).toMatchObject({ result: 'fell-back', framesSent: 0 });
    const outcome = await scene.bring(bad);
    expect(outcome).toMatchObject({ result: 'refused', error: { code: 'WEAR_LIMIT' } });
    expect(outcome.result === 'refused' && outcome.error.next).toContain('in a day');
  });

  test('STAGE_BUSY, while another image has to stand its trial', async () => {
    const scene = await anImageScene();
    await scene.bring(two, { isWatched: false });
    const outcome = await scene.bring(aFirmware({ firmware: 3 }));
    expect(outcome).toMatchObject({ result: 'refused', error: { code: 'STAGE_BUSY' } });
    expect(outcome.result === 'refused' && outcome.error.next).toContain('trial');
  });

  test('UNKNOWN_KEY, of another owner', async () => {
    const scene = await anImageScene();
    const foreign = aFirmware({ firmware: 2, keySet: aKeySet({ seed: 'another owner' }) });
    const outcome = await scene.bring(foreign);
    expect(outcome).toMatchObject({ result: 'refused', error: { code: 'UNKNOWN_KEY' } });
    expect(outcome.result === 'refused' && outcome.error.next).toContain('doorlab cloud firmware');
  });
});

test('a lock behind in key sets gets those first that its image was signed under', async () => {
  const scene = await anImageScene();
  const asked: number[] = [];
  const outcome = await scene.bring(aFirmware({ firmware: 2, keySet: rotated }), {
    keySet: 2,
    keySetsAfter: async (number) => {
      asked.push(number);
      return [rotated.bytes];
    },
  });
  expect(outcome.result).toBe('confirmed');
  expect(asked).toEqual([1]);
});

test('a lock that asks for key sets that nobody has is left as it is', async () => {
  const scene = await anImageScene();
  const outcome = await scene.bring(aFirmware({ keySet: rotated }), {
    keySet: 2,
  });
  expect(outcome).toMatchObject({ result: 'no-key-sets', after: 1, framesSent: 0 });
});
