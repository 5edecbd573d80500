// What an encoder writes, its decoder reads back: every message, values of every width.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holds } from '../builders/seeded-property.ts';
import { MESSAGES } from './message-cases.ts';

describe('a message comes back as it went out', () => {
  it.each(MESSAGES)('$name', ({ values, encode, decode, runs }) => {
    holds(
      fc.property(values, (value) => {
        const bytes = encode(value);
        const given = Uint8Array.from(bytes);
        expect(decode(bytes)).toEqual(value);
        expect(bytes, 'the decoder left its input alone').toEqual(given);
      }),
      runs,
    );
  });
});

describe('what comes back does not alias the input', () => {
  it.each(MESSAGES)('$name', ({ values, encode, decode, runs }) => {
    holds(
      fc.property(values, (value) => {
        const bytes = encode(value);
        const decoded = decode(bytes);
        bytes.fill(0xee);
        expect(decoded).toEqual(value);
      }),
      runs,
    );
  });
});
