// One kind of message for the round trips and the fuzz: values to try, its encoder, its decoder.
import type fc from 'fast-check';

export interface MessageCase {
  readonly name: string;
  readonly values: fc.Arbitrary<unknown>;
  readonly encode: (value: unknown) => Uint8Array;
  readonly decode: (input: Uint8Array) => unknown;
  readonly runs: number;
}

export function messageCase<T>(
  name: string,
  values: fc.Arbitrary<T>,
  encode: (value: T) => Uint8Array,
  decode: (input: Uint8Array) => T,
  runs = 60,
): MessageCase {
  return { name, values, encode: encode as MessageCase['encode'], decode, runs };
}
