// Lists in pages: an order that never repeats a row, and a cursor that says where the page before ended.
import { sql, type RawBuilder, type SqlBool } from 'kysely';
import { isPlainText } from './plain-text.ts';
import { Refusal } from './refusal.ts';

export interface PageWish {
  readonly limit: number;
  readonly after?: string | undefined;
}

/** Where a page ended: what its last row sorts by, and that row's id. */
export interface Cursor {
  readonly sort: string | number;
  readonly id: string;
}

export const encodeCursor = ({ sort, id }: Cursor): string => encodeURIComponent(JSON.stringify([sort, id]));

/** Undefined for the first page. Throws INPUT_INVALID for a cursor that no page gave. */
export function decodeCursor(after: string | undefined): Cursor | undefined {
  if (after === undefined) return undefined;
  const parsed = parseJson(after);
  if (Array.isArray(parsed) && parsed.length === 2) {
    const [sort, id] = parsed as unknown[];
    if (isSort(sort) && typeof id === 'string' && isPlainText(id)) return { sort, id };
  }
  throw notACursor();
}

const isSort = (sort: unknown): sort is Cursor['sort'] =>
  typeof sort === 'string' ? isPlainText(sort) : Number.isSafeInteger(sort);

const notACursor = (): Refusal =>
  new Refusal('INPUT_INVALID', 'The page cursor is not one that a list gave.', {
    fields: [{ path: 'after', message: 'not a cursor' }],
    next: 'Begin again without `after`.',
  });

/** Of a list that is ordered by a number. */
export function decodeNumberCursor(after: string | undefined): Cursor | undefined {
  const cursor = decodeCursor(after);
  if (cursor === undefined || Number.isSafeInteger(cursor.sort)) return cursor;
  throw notACursor();
}

/** Columns of these names hold numbers, all others text (db/schema). */
const NUMBER_COLUMN = /(_s|number|sequence)$/;

/** The condition that a row comes after the cursor, in the order of these two columns. Throws INPUT_INVALID. */
export const afterCursor = (
  cursor: Cursor | undefined,
  sortColumn: string,
  idColumn: string,
): RawBuilder<SqlBool> => compared(cursor, sortColumn, idColumn, sql`>`);

/** The same for a list that begins with the highest. */
export const beforeCursor = (
  cursor: Cursor | undefined,
  sortColumn: string,
  idColumn: string,
): RawBuilder<SqlBool> => compared(cursor, sortColumn, idColumn, sql`<`);

function compared(
  cursor: Cursor | undefined,
  sortColumn: string,
  idColumn: string,
  sign: RawBuilder<unknown>,
): RawBuilder<SqlBool> {
  if (cursor === undefined) return sql<SqlBool>`1 = 1`;
  // PostgreSQL compares no text with a number.
  if ((typeof cursor.sort === 'number') !== NUMBER_COLUMN.test(sortColumn)) throw notACursor();
  return sql<SqlBool>`(${sql.ref(sortColumn)}, ${sql.ref(idColumn)}) ${sign} (${cursor.sort}, ${cursor.id})`;
}

/** `rows`: one more than asked for, where there is one more. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  cursorOf: (row: Row) => Cursor,
  itemOf: (row: Row) => Item,
): { items: Item[]; next: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(itemOf),
    next: rows.length > limit && last !== undefined ? encodeCursor(cursorOf(last)) : null,
  };
}

function parseJson(after: string): unknown {
  try {
    return JSON.parse(decodeURIComponent(after));
  } catch {
    return undefined;
  }
}
