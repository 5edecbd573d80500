// How values of PostgreSQL read as those of SQLite: whole numbers are numbers, flags 0 or 1, bytes Uint8Array. The
// parsers are those of one pool; other users of the driver keep theirs.
import { types } from 'pg';
import { invariant } from '#protocol/errors.ts';

const OID = { bool: 16, bytea: 17, int8: 20, numeric: 1700 } as const;

type TextParser = (text: string) => unknown;

/** The driver hands over text where the query asked for nothing else. */
const parseBytes = types.getTypeParser(types.builtins.BYTEA, 'text') as (text: string) => Uint8Array;

const PARSERS: ReadonlyMap<number, TextParser> = new Map<number, TextParser>([
  [OID.bool, (text) => (text === 't' ? 1 : 0)],
  // A plain array: what compares or hands on its `buffer` must not meet the one Node shares between small ones.
  [OID.bytea, (text) => new Uint8Array(parseBytes(text))],
  [OID.int8, wholeNumber],
  // Sums of int8.
  [OID.numeric, wholeNumber],
]);

function wholeNumber(text: string): number {
  const value = Number(text);
  invariant(Number.isSafeInteger(value), 'a whole number of the database that JavaScript can hold');
  return value;
}

/** The driver asks with the number that the server named. */
const parserOf = types.getTypeParser as (oid: number, format?: 'text' | 'binary') => TextParser;

export const postgresTypes = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') => PARSERS.get(oid) ?? parserOf(oid, format),
};
