// A message is declared once, as a table of fields; its type follows from the table, and both directions use
// it. Decoders are total and refuse what the table does not name. WIRE 2.
import { WireError } from '../wire-error.ts';
import { decodeCbor, encodeCbor, type CborValue } from './strict.ts';

export interface Codec<T> {
  toCbor(value: T): CborValue;
  /** Throws WireError; `at` names the place for the reader of the error. */
  fromCbor(value: CborValue, at: string): T;
}

export type TypeOf<C> = C extends Codec<infer T> ? T : never;

interface Field<T> {
  readonly key: number;
  readonly codec: Codec<T>;
}

export const field = <T>(key: number, codec: Codec<T>): Field<T> => ({ key, codec });

/** A map of integer keys; every field must be there, and no other. */
export function struct<T extends object>(fields: { readonly [K in keyof T]: Field<T[K]> }): Codec<T> {
  const entries = Object.entries<Field<unknown>>(fields);
  return {
    toCbor: (value) =>
      new Map(entries.map(([name, f]) => [f.key, f.codec.toCbor((value as Record<string, unknown>)[name])])),
    fromCbor(value, at) {
      if (!(value instanceof Map)) throw wrongType(at, 'a map');
      const result: Record<string, unknown> = {};
      for (const [name, { key, codec }] of entries) {
        const inner = value.get(key);
        if (inner === undefined) throw new WireError('MISSING_FIELD', `${at}.${name} is missing`);
        result[name] = codec.fromCbor(inner, `${at}.${name}`);
      }
      if (value.size !== entries.length)
        throw new WireError('UNKNOWN_FIELD', `${at} has a field of no meaning`);
      return result as T;
    },
  };
}

/** An array of fixed length whose members have their own codecs. */
export function tuple<T extends unknown[]>(...codecs: { [K in keyof T]: Codec<T[K]> }): Codec<T> {
  return {
    toCbor: (value) => codecs.map((codec, i) => codec.toCbor(value[i])),
    fromCbor(value, at) {
      if (!Array.isArray(value)) throw wrongType(at, 'an array');
      if (value.length !== codecs.length) throw wrongLength(at, `${codecs.length} members`);
      return codecs.map((codec, i) => codec.fromCbor(value[i] as CborValue, `${at}[${i}]`)) as T;
    },
  };
}

export function array<T>(codec: Codec<T>, limit: number): Codec<readonly T[]> {
  return {
    toCbor: (value) => value.map((inner) => codec.toCbor(inner)),
    fromCbor(value, at) {
      if (!Array.isArray(value)) throw wrongType(at, 'an array');
      if (value.length > limit) throw new WireError('LIMIT_EXCEEDED', `${at} has more than ${limit} members`);
      return value.map((inner, i) => codec.fromCbor(inner, `${at}[${i}]`));
    },
  };
}

/** An integer in min..max, within -2^32..2^32-1. */
export function int(min: number, max: number): Codec<number> {
  return {
    toCbor: (value) => value,
    fromCbor(value, at) {
      // Not only a number: what is encoded passes here too, before it could become a float.
      if (typeof value !== 'number' || !Number.isInteger(value)) throw wrongType(at, 'an integer');
      if (value < min || value > max) throw new WireError('OUT_OF_RANGE', `${at} is not in ${min}..${max}`);
      return value;
    },
  };
}

export const u8 = int(0, 0xff);
export const u32 = int(0, 0xffff_ffff);

export function literal<const V extends number | string>(expected: V): Codec<V> {
  return {
    toCbor: () => expected,
    fromCbor(value, at) {
      if (typeof value !== typeof expected) throw wrongType(at, typeof expected);
      if (value !== expected) throw new WireError('WRONG_FORMAT', `${at} is not ${expected}`);
      return expected;
    },
  };
}

/** Names for small numbers: the number on the wire, the name in the code. */
export function enumeration<const N extends string>(names: Readonly<Record<N, number>>): Codec<N> {
  const entries = Object.entries(names) as [N, number][];
  return {
    toCbor: (value) => names[value],
    fromCbor(value, at) {
      if (typeof value !== 'number') throw wrongType(at, 'an integer');
      const found = entries.find(([, number]) => number === value);
      if (found === undefined) throw new WireError('OUT_OF_RANGE', `${at} is ${value}, which has no meaning`);
      return found[0];
    },
  };
}

export const bool: Codec<boolean> = {
  toCbor: (value) => value,
  fromCbor(value, at) {
    if (typeof value !== 'boolean') throw wrongType(at, 'true or false');
    return value;
  },
};

/** A byte string of min..max bytes; of exactly `min` where `max` is left out. */
export function bytes(min: number, max = min): Codec<Uint8Array> {
  return {
    toCbor: (value) => value,
    fromCbor(value, at) {
      if (!(value instanceof Uint8Array)) throw wrongType(at, 'a byte string');
      if (value.length < min || value.length > max) {
        throw wrongLength(at, min === max ? `${min} bytes` : `${min}..${max} bytes`);
      }
      // A plain copy: the decoder may hand out a Buffer, which behaves unlike a Uint8Array in slice().
      return Uint8Array.from(value);
    },
  };
}

/**
 * Printable ASCII of at most `maxCharacters`: it ends in logs and terminals, where control characters of the
 * other side's choice have no business.
 */
export function text(maxCharacters: number): Codec<string> {
  return {
    toCbor: (value) => value,
    fromCbor(value, at) {
      if (typeof value !== 'string') throw wrongType(at, 'text');
      if (value.length > maxCharacters) throw wrongLength(at, `at most ${maxCharacters} characters`);
      if (!/^[\x20-\x7e]*$/.test(value)) throw new WireError('OUT_OF_RANGE', `${at} is not printable ASCII`);
      return value;
    },
  };
}

export function nullable<T>(codec: Codec<T>): Codec<T | null> {
  return {
    toCbor: (value) => (value === null ? null : codec.toCbor(value)),
    fromCbor: (value, at) => (value === null ? null : codec.fromCbor(value, at)),
  };
}

/** Throws WireError for a value that its own decoder would refuse: nothing goes out that nobody takes. */
export function encodeWith<T>(codec: Codec<T>, value: T, name = 'value'): Uint8Array {
  const item = codec.toCbor(value);
  codec.fromCbor(item, name);
  return encodeCbor(item);
}

export const decodeWith = <T>(codec: Codec<T>, input: Uint8Array, maxBytes: number, name: string): T =>
  codec.fromCbor(decodeCbor(input, maxBytes), name);

const wrongType = (at: string, expected: string): WireError =>
  new WireError('WRONG_TYPE', `${at} is not ${expected}`);

const wrongLength = (at: string, expected: string): WireError =>
  new WireError('WRONG_LENGTH', `${at} is not ${expected} long`);
