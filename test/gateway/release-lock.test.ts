// Bringing a lock its release: met by its label, by whoever holds the file; and what can be wrong with either.
import { beforeAll, describe, expect, test } from 'vitest';
import { formatLabel } from '#protocol/label.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { encodeRefusal, MESSAGE } from '#protocol/sync/messages.ts';
import type { RefusalCode } from '#protocol/sync/refusals.ts';
import { releaseLock, type Released } from '#gateway/release-lock.ts';
import { aRelease } from '#test/builders/life.ts';
import { aLock } from '#test/builders/lock.ts';
import { aGateway } from './gateway-scene.ts';

const built = aLock({ name: 'to be released' });
const label = formatLabel(nodeEngine, built.labelHash);
let file: Uint8Array;
beforeAll(() => {
  file = aRelease(7, { lock: built });
});

/** `answers`: what the lock, which has an owner and no door, refuses a release with. */
async function aScene(refusal: RefusalCode = 'NOT_ACTIVATED') {
  const { parts, settle, addUnowned, radio } = await aGateway();
  const { lock, peripheral } = await addUnowned(built);
  const hear = lock.hear.bind(lock);
  let brought = 0;
  let dropsLeft = 0;
  lock.hear = (message) => {
    if (message.type !== MESSAGE.release) return hear(message);
    brought++;
    if (dropsLeft-- > 0) {
      radio.dropLink(peripheral.peripheralId);
      return [];
    }
    const body = encodeRefusal({ code: refusal, ofType: MESSAGE.release, detail: 'says the model' });
    return [{ type: MESSAGE.refusal, body }];
  };
  const release = (bytes = file, by = label): Promise<Released> => settle(releaseLock(parts, by, bytes));
  return { release, brought: () => brought, drop: (times: number) => (dropsLeft = times) };
}

describe('a release', () => {
  test.each([
    ['NOT_ACTIVATED', /no owner any more/],
    ['TOO_FEW_SIGNATURES', /--key-set N/],
    ['WRONG_AUDIENCE', /another lock/],
    ['WRONG_OWNERSHIP', /new release/],
    ['BATTERY_LOW', /batteries/],
  ] as const)('refused with %s says what helps', async (code, next) => {
    const { release } = await aScene(code);
    await expect(release()).rejects.toMatchObject({
      code: 'LOCK_REFUSED',
      refusal: code,
      next: expect.stringMatching(next) as string,
    });
  });

  test('is brought again where the link drops under it', async () => {
    const { release, brought, drop } = await aScene();
    drop(2);
    await expect(release()).rejects.toMatchObject({ code: 'LOCK_REFUSED' });
    expect(brought()).toBe(3);
  });

  test('for a lock that is not here, or is still at its door, finds none and says so', async () => {
    const { release, brought } = await aScene();
    const elsewhere = formatLabel(nodeEngine, aLock({ name: 'elsewhere' }).labelHash);
    await expect(release(file, elsewhere)).rejects.toMatchObject({
      code: 'DOOR_NOT_FOUND',
      next: expect.stringContaining('doorlab deactivate') as string,
    });
    expect(brought()).toBe(0);
  });

  test('that is cut off, padded, or something else is told before any radio is used', async () => {
    const { release, brought } = await aScene();
    for (const bytes of [file.subarray(0, -1), Uint8Array.of(...file, 0), new Uint8Array(0)])
      await expect(release(bytes)).rejects.toMatchObject({ name: 'WireError' });
    await expect(release(file, label.replace(/.$/, '1'))).rejects.toMatchObject({ code: 'BAD_LABEL' });
    expect(brought()).toBe(0);
  });
});
