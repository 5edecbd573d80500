// What `doorlab lock run` says of a firmware image: as the lock's log has it, once, and of nothing before.
import { expect, test } from 'vitest';
import { tellFirmware } from '#cli/lock-firmware.ts';
import type { Context } from '#cli/context.ts';
import type { JsonObject } from '#cli/output.ts';
import { aFirmware } from '#test/builders/firmware.ts';
import { anImageScene } from '../gateway/image-scene.ts';

test('a lock that runs tells of an image that waits, is tried, fails or passes', async () => {
  const scene = await anImageScene();
  await scene.bring(aFirmware({ firmware: 2 }));
  const told: JsonObject[] = [];
  const output = { data: (_event: string, fields: JsonObject) => told.push(fields) };
  const stop = tellFirmware({ clock: scene.clock, output } as unknown as Context, scene.lock);
  await scene.bring(aFirmware({ firmware: 3, selfTest: 'fail' }));
  await scene.bring(aFirmware({ firmware: 4 }));
  scene.lock.cutPower();
  scene.clock.advance(2_000);
  scene.lock.restorePower();
  scene.clock.advance(2_000);
  stop();
  expect(told.map(({ what, runs }) => [what, runs])).toEqual([
    ['firmwareStaged', 2],
    ['firmwareTrial', 3],
    ['firmwareFellBack', 2],
    ['firmwareStaged', 2],
    ['firmwareTrial', 4],
    ['firmwareConfirmed', 4],
  ]);
  expect(told[2]).toMatchObject({ sentence: 'Firmware 3 failed its trial: back to 2.' });
});
