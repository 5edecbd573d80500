// Drawing doorcodes: uniform over every digit, leading zeros included, within the limits of each length.
import { expect, test } from 'vitest';
import { codesMax, drawCode } from '#cloud/domain/codes/doorcodes.ts';
import { isDoorcode } from '#protocol/table/verifier.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';

test('codes have their length and every first digit', () => {
  const random = seededRandom(7);
  for (const length of [4, 5, 6, 7]) {
    const codes = Array.from({ length: 500 }, () => drawCode(random, length));
    expect(codes.every((code) => code.length === length && isDoorcode(code))).toBe(true);
    expect(new Set(codes.map((code) => code[0])).size).toBe(10);
  }
});

test('shorter codes are fewer: one in a thousand of what the digits could say', () => {
  expect([4, 5, 6].map(codesMax)).toEqual([10, 100, 1_000]);
});
