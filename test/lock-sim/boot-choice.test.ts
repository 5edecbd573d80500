// Which firmware boots, as a table: what is confirmed, what is on trial, what is whole in flash.
import { describe, expect, it } from 'vitest';
import { hashOf } from '#protocol/ids.ts';
import { utf8 } from '#protocol/bytes.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { DEFAULT_SETTINGS } from '#lock-sim/storage/settings-values.ts';
import { chooseImage, confirmedNumber, type BootChoice } from '#lock-sim/firmware-image/boot-choice.ts';
import {
  confirmedIn,
  encodeConfirmed,
  encodeTrial,
  trialIn,
  type ImageRecord,
  type Trial,
} from '#lock-sim/firmware-image/image-record.ts';

const imageOf = (firmware: number, slot: 1 | 2): ImageRecord => ({
  firmware,
  slot,
  imageBytes: 5_000,
  imageHash: hashOf(nodeEngine, utf8(`image ${firmware}`)),
});
const two = imageOf(2, 1);
const three = imageOf(3, 2);
const staged: Trial = { phase: 'staged', image: three };
const running: Trial = { phase: 'running', image: three };

const well = { factory: 1, isBatteryWell: true };

type Row = [string, ImageRecord | undefined, Trial | undefined, readonly number[], Partial<BootChoice>];

describe('the firmware that boots', () => {
  it.each<Row>([
    ['the built-in one where there is no other', undefined, undefined, [], { firmware: 1, image: undefined }],
    ['the confirmed one', two, undefined, [2], { firmware: 2, image: two, fellBackFrom: undefined }],
    ['the built-in one where the confirmed one has rotted', two, undefined, [], { firmware: 1 }],
    ['a staged one, once, as a trial', two, staged, [2, 3], { firmware: 3, isTrial: true, trial: running }],
    ['a staged one over the built-in one', undefined, staged, [3], { firmware: 3, isTrial: true }],
    [
      'the confirmed one after a trial that did not end',
      two,
      running,
      [2, 3],
      { firmware: 2, trial: undefined, fellBackFrom: 3 },
    ],
    [
      'the built-in one after a trial that did not end',
      undefined,
      running,
      [3],
      { firmware: 1, fellBackFrom: 3 },
    ],
    [
      'the confirmed one where the staged one has rotted',
      two,
      staged,
      [2],
      { firmware: 2, trial: undefined, fellBackFrom: 3 },
    ],
    ['the built-in one where both have rotted', two, running, [], { firmware: 1, fellBackFrom: 3 }],
    [
      'the built-in one where it is newer than the confirmed one',
      imageOf(1, 1),
      undefined,
      [1],
      { firmware: 1, image: undefined },
    ],
  ])('is %s', (_, confirmed, trial, whole, expected) => {
    const isWhole = ({ firmware }: ImageRecord): boolean => whole.includes(firmware);
    const choice = chooseImage({ ...well, confirmed, trial, floor: 0, isWhole });
    expect(choice).toMatchObject(expected);
    expect(choice.isTrial).toBe(expected.isTrial ?? false);
  });

  it.each<[string, ImageRecord | undefined, Trial | undefined, number]>([
    ['a confirmed image', two, undefined, 3],
    ['a staged image', undefined, staged, 3],
    ['either', two, staged, 9],
  ])('is not %s that a flash put back brings back below the floor', (_, confirmed, trial, floor) => {
    const choice = chooseImage({ ...well, confirmed, trial, floor, isWhole: () => true });
    expect([choice.firmware, choice.isTrial]).toEqual([1, false]);
  });

  it('is the confirmed one while the battery is too low for a trial, and the staged one waits', () => {
    const facts = { confirmed: two, floor: 0, isWhole: () => true, factory: 1, isBatteryWell: false };
    const waits = { firmware: 2, image: two, isTrial: false, trial: staged, fellBackFrom: undefined };
    expect(chooseImage({ ...facts, trial: staged })).toEqual(waits);
    expect(chooseImage({ ...facts, trial: running })).toMatchObject({ trial: undefined, fellBackFrom: 3 });
  });

  it('is the confirmed one at the floor', () => {
    const choice = chooseImage({
      ...well,
      confirmed: two,
      trial: undefined,
      floor: 2,
      isWhole: () => true,
    });
    expect(choice.firmware).toBe(2);
  });

  it('is never below what was confirmed, for an offer, though that has rotted', () => {
    expect(confirmedNumber({ factory: 1, floor: 0, confirmed: two })).toBe(2);
    expect(confirmedNumber({ factory: 5, floor: 0, confirmed: two })).toBe(5);
    expect(confirmedNumber({ factory: 1, floor: 0, confirmed: undefined })).toBe(1);
    expect(confirmedNumber({ factory: 1, floor: 7, confirmed: two })).toBe(7);
  });

  it('is kept in the settings as it was written', () => {
    const values = {
      ...DEFAULT_SETTINGS,
      firmwareConfirmed: encodeConfirmed(two),
      firmwareTrial: encodeTrial(running),
    };
    expect([confirmedIn(values), trialIn(values)]).toEqual([two, running]);
    expect(trialIn({ ...values, firmwareTrial: encodeTrial(staged) })).toEqual(staged);
    expect([confirmedIn(DEFAULT_SETTINGS), trialIn(DEFAULT_SETTINGS)]).toEqual([undefined, undefined]);
  });
});
