// Firmware images: taken, tried, confirmed, fallen back from.
import { FIRMWARE_RESTART_MS, FIRMWARE_TRIAL_DEADLINE_MS } from '#protocol/limits.ts';
import { SELF_TEST_MS } from '#lock-sim/firmware-image/firmware-update.ts';
import { aFirmware, type BuiltFirmware } from '#test/builders/firmware.ts';
import type { Claims } from '../claims.ts';
import type { Scenario } from '../scenario.ts';
import { aTable, TWO_CHUNKS_OF_ROWS } from '../tables.ts';
import type { World } from '../world.ts';

const one = aTable(1);
const two = aTable(2, { rows: TWO_CHUNKS_OF_ROWS });
const withOne = (world: World): void => void world.sync(one);

const BUILT_IN = 1;
const second = aFirmware({ firmware: 2, codeBytes: 3_000 });
const third = aFirmware({ firmware: 3 });
const failing = aFirmware({ firmware: 2, codeBytes: 3_000, selfTest: 'fail' });
const hanging = aFirmware({ firmware: 2, codeBytes: 3_000, selfTest: 'hang' });

const bring = (world: World, image: BuiltFirmware): void => {
  const courier = world.courier();
  courier.deliverImage(image);
  courier.leave();
};

const bringAndTry = (world: World, image: BuiltFirmware): void => {
  bring(world, image);
  world.wait(FIRMWARE_RESTART_MS);
  world.wait(SELF_TEST_MS);
};

const runs = (world: World): number => world.bench.lock.report().firmware;

/** Only what was confirmed or built in runs in the end; an image that passes can be brought again. */
const endsWith =
  (image: BuiltFirmware, tried: readonly number[]) =>
  (world: World, claims: Claims): string | undefined => {
    world.wait(FIRMWARE_TRIAL_DEADLINE_MS);
    world.wait(FIRMWARE_TRIAL_DEADLINE_MS);
    const before = runs(world);
    if (![BUILT_IN, ...tried].includes(before)) return `firmware ${before} runs, which was never confirmed`;
    const wasConfirmed = claims.settings.firmwareConfirmed.length > 0;
    if (wasConfirmed && before === BUILT_IN) return 'a confirmed image runs no more';
    const { firmware } = image.manifest;
    if (before < firmware) bringAndTry(world, image);
    world.reboot();
    return runs(world) === firmware
      ? undefined
      : `firmware ${runs(world)} runs after ${firmware} was brought`;
  };

export const FIRMWARE_SCENARIOS: readonly Scenario[] = [
  {
    name: 'firmware-image',
    machine: 'two chunks in force, the built-in firmware',
    happens: 'an image comes, the lock restarts into its trial, and confirms it',
    holds: 'The built-in firmware or the confirmed image runs, and the image can be brought again',
    goal: two,
    prepare: withOne,
    play: (world) => bringAndTry(world, second),
    afterwards: endsWith(second, [2]),
  },
  {
    name: 'firmware-that-fails-its-trial',
    machine: 'two chunks in force, the built-in firmware',
    happens: 'an image comes, fails its self test, and the lock falls back',
    holds: 'The built-in firmware runs in the end, and another image can be brought',
    goal: two,
    prepare: withOne,
    play: (world) => bringAndTry(world, failing),
    afterwards: endsWith(third, []),
  },
  {
    name: 'firmware-that-hangs',
    machine: 'two chunks in force, the built-in firmware',
    happens: 'an image comes, hangs in its trial, and the watchdog ends it',
    holds: 'The built-in firmware runs in the end, and another image can be brought',
    goal: two,
    prepare: withOne,
    play(world) {
      bringAndTry(world, hanging);
      world.wait(FIRMWARE_TRIAL_DEADLINE_MS);
    },
    afterwards: endsWith(third, []),
  },
  {
    name: 'second-firmware-image',
    machine: 'two chunks in force, an image confirmed',
    happens: 'the next image goes into the other place and is confirmed',
    holds: 'A confirmed image runs, and the next can be brought again',
    goal: two,
    prepare(world) {
      withOne(world);
      bringAndTry(world, second);
    },
    play: (world) => bringAndTry(world, third),
    afterwards: endsWith(third, [2, 3]),
  },
  {
    name: 'firmware-and-set-together',
    machine: 'two chunks in force, the built-in firmware',
    happens: 'an image and a newer set come before the lock restarts into the trial, then an opening',
    holds: 'The built-in firmware or the confirmed image runs, and the image can be brought again',
    goal: two,
    prepare: withOne,
    play(world) {
      bring(world, second);
      world.sync(two);
      world.wait(FIRMWARE_RESTART_MS);
      world.press(two.codes[0] ?? '');
      world.wait(SELF_TEST_MS);
    },
    afterwards: endsWith(second, [2]),
  },
];
