// Values kept by key: made once, bounded in number, and the one longest unused goes first.
import { expect, test } from 'vitest';
import { RecentKeys } from '#protocol/crypto/recent-keys.ts';
import { InvariantError } from '#protocol/errors.ts';

const key = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);

function counted(capacity: number): { keys: RecentKeys<string>; made: number[] } {
  const made: number[] = [];
  const keys = new RecentKeys(capacity, (bytes) => {
    made.push(bytes[0]!);
    return `made of ${bytes[0]}`;
  });
  return { keys, made };
}

test('makes a value once while its key is kept', () => {
  const { keys, made } = counted(2);
  expect(keys.get(key(1))).toBe('made of 1');
  expect(keys.get(key(1))).toBe('made of 1');
  expect(made).toEqual([1]);
});

test('never keeps more than its capacity', () => {
  const { keys } = counted(3);
  for (let byte = 0; byte < 200; byte++) {
    keys.get(key(byte));
    expect(keys.size).toBe(Math.min(byte + 1, 3));
  }
});

test('drops the key longest unused, not the oldest', () => {
  const { keys, made } = counted(2);
  for (const byte of [1, 2, 1, 3, 1, 2]) keys.get(key(byte));
  expect(made).toEqual([1, 2, 3, 2]);
});

test('keeps nothing of a key that could not be made', () => {
  const keys = new RecentKeys(2, () => {
    throw new Error('no such key');
  });
  expect(() => keys.get(key(1))).toThrow('no such key');
  expect(keys.size).toBe(0);
});

test('tells keys apart by every byte and by length', () => {
  const { keys } = counted(9);
  for (const bytes of [[0], [0, 0], [1], [255], [0, 255]]) keys.get(Uint8Array.from(bytes));
  expect(keys.size).toBe(5);
});

test('needs room for one', () => {
  expect(() => counted(0)).toThrow(InvariantError);
});
