// The sets that scenarios send: doorcodes by version, one of them in every version, so that a table is told from
// another by the doors alone. One lock, one cloud; key sets follow one another from number 1.
import { encodeHex } from '#protocol/bytes.ts';
import type { Head } from '#protocol/table/head.ts';
import { aKeySet, type BuiltKeySet } from '#test/builders/key-set.ts';
import { aLock } from '#test/builders/lock.ts';
import { aDoorcodeRow, aSignedSet, type BuiltSet } from '#test/builders/signed-set.ts';

export const LOCK = aLock();
export const KEY_SETS: readonly BuiltKeySet[] = [1, 2, 3, 4].map((number) => aKeySet({ number }));

/** In every table that has rows at all. */
export const SHARED_CODE = '5555555';
/** In none. */
export const STRANGER = '7777777';

const MADE = new Map<string, BuiltSet>();

export interface TableOptions {
  /** Beside the head's: 1 or 2 chunks of rows make tables of 2 and 3. 0 rows make a table of the head alone. */
  readonly rows?: number;
  readonly keySet?: BuiltKeySet;
  /** The version whose codes it begins with; its own where left out. */
  readonly codesOf?: number;
  readonly ownershipEpoch?: number;
  readonly head?: Partial<Head>;
}

/** The same version and options give the same bytes; another version or key set has other codes. */
export function aTable(tableVersion: number, options: TableOptions = {}): BuiltSet {
  const { rows = 3, keySet = keySetOf(1), ownershipEpoch = 1, head = {} } = options;
  const { codesOf = tableVersion } = options;
  const own = Array.from({ length: Math.max(0, rows - 1) }, (_, i) =>
    String(keySet.keySet.number * 1_000_000 + codesOf * 10_000 + i),
  );
  const codes = rows === 0 ? [] : [...own, SHARED_CODE];
  const made = aSignedSet({
    lock: LOCK,
    keySet,
    ownershipEpoch,
    tableVersion,
    head,
    rows: codes.map((code, i) => aDoorcodeRow(LOCK, code, i + 1)),
  });
  const set = { ...made, codes };
  MADE.set(encodeHex(set.manifest.tableHash), set);
  return set;
}

export const TWO_CHUNKS_OF_ROWS = 140;

/** The set whose table has that hash; undefined where no scenario made it. */
export const tableByHash = (hash: string): BuiltSet | undefined => MADE.get(hash);

export function keySetOf(number: number): BuiltKeySet {
  const found = KEY_SETS[number - 1];
  if (found === undefined) throw new RangeError(`key set ${number} is not made here`);
  return found;
}

/** Codes that tell this table from the others: its ends, the shared one, and those of `others`. */
export function probesOf(set: BuiltSet | undefined, others: readonly BuiltSet[]): string[] {
  const ends = [set, ...others].flatMap((one) => [one?.codes.at(0), one?.codes.at(-2)]);
  return [...new Set([...ends, SHARED_CODE, STRANGER])].filter((code) => code !== undefined);
}
