// The figures of a progress bar.
import { expect, test } from 'vitest';
import {
  barText,
  bytesText,
  durationText,
  measure,
  newMeter,
  perSecond,
  plainText,
  secondsLeft,
  type Meter,
} from '#cli/transfer.ts';

const meterOf = (...samples: [atMs: number, done: number][]): Meter =>
  samples.reduce((meter, [atMs, done]) => measure(meter, done, atMs), newMeter);

test('the speed is unknown until two moments can be compared', () => {
  expect(perSecond(newMeter)).toBeUndefined();
  expect(perSecond(meterOf([0, 10]))).toBeUndefined();
  expect(perSecond(meterOf([0, 0], [500, 10]))).toBe(20);
});

test('the speed is that of the last seconds, so that a stalled link shows', () => {
  const fast: [number, number][] = Array.from({ length: 10 }, (_, s) => [s * 1000, s * 1000]);
  expect(perSecond(meterOf(...fast))).toBe(1000);
  expect(perSecond(meterOf(...fast, [12_000, 9_000], [14_000, 9_000], [20_000, 9_000]))).not.toBe(1000);
});

test('a call with every frame keeps the samples few', () => {
  const frames: [number, number][] = Array.from({ length: 1_000 }, (_, ms) => [ms, ms]);
  expect(meterOf(...frames).samples.length).toBeLessThan(30);
  expect(perSecond(meterOf(...frames))).toBe(1000);
});

test('a resumed transfer is not fast because of what was there already', () => {
  expect(perSecond(meterOf([0, 80_000], [1_000, 81_000]))).toBe(1_000);
});

test('100 % is shown only when all is done', () => {
  const base = { total: 1_000_000, unit: 'bytes', perSecond: undefined };
  expect(plainText({ ...base, done: 999_999 })).toMatch(/^99%/);
  expect(plainText({ ...base, done: 1_000_000 })).toBe('100%, 1.0 of 1.0 MB');
  expect(barText({ ...base, done: 500_000 })).toBe('[===========>            ] 50%  0.5 of 1.0 MB');
  expect(barText({ ...base, done: 0 })).toBe('[                        ] 0%  0.0 of 1.0 MB');
});

test('other units are counted in words, without a speed', () => {
  expect(plainText({ done: 2, total: 12, unit: 'doors', perSecond: 1 })).toBe(
    '16%, 2 of 12 doors, 10 s left',
  );
});

test('nothing to do is done', () => {
  expect(plainText({ done: 0, total: 0, unit: 'doors', perSecond: undefined })).toBe('100%, 0 of 0 doors');
});

test('the time left is unknown while nothing moves', () => {
  expect(secondsLeft({ done: 1, total: 2, unit: 'bytes', perSecond: 0 })).toBeUndefined();
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_000, '1.0 kB'],
  [4_096, '4.1 kB'],
  [1_500_000, '1.5 MB'],
])('%i bytes are %s', (bytes, text) => expect(bytesText(bytes)).toBe(text));

test.each([
  [0.2, '1 s'],
  [59, '59 s'],
  [61, '1 min 1 s'],
  [7_260, '2 h 1 min'],
])('%d seconds are %s', (seconds, text) => expect(durationText(seconds)).toBe(text));
