// What a people file says of dates, by person and Key, over all of its rows: a date that one row leaves open may stand
// in another, and two rows never say different ones. So the order of rows means nothing, and a file done twice is done.
import type { PersonRow } from './row-values.ts';

type DateColumn = 'startsAtS' | 'expiresAtS';

export type StatedDates = Readonly<Partial<Record<DateColumn, number>>>;

interface Statement {
  readonly line: number;
  readonly atS: number;
}

const COLUMNS: readonly DateColumn[] = ['startsAtS', 'expiresAtS'];

export class FileDates {
  readonly #stated = new Map<string, Statement>();

  /** Takes what the row says; or takes nothing, and returns the earlier line that says another date of such a Key. */
  state(row: PersonRow, keyIds: readonly string[]): number | undefined {
    const said = COLUMNS.flatMap((column) => {
      const atS = row[column];
      return atS === undefined ? [] : keyIds.map((keyId) => [nameOf(row.email, keyId, column), atS] as const);
    });
    const earlier = said
      .map(([name, atS]) => ({ atS, before: this.#stated.get(name) }))
      .find(({ atS, before }) => before !== undefined && before.atS !== atS)?.before;
    if (earlier !== undefined) return earlier.line;
    for (const [name, atS] of said) {
      if (!this.#stated.has(name)) this.#stated.set(name, { line: row.line, atS });
    }
    return undefined;
  }

  of(email: string, keyId: string): StatedDates {
    const stated: Partial<Record<DateColumn, number>> = {};
    for (const column of COLUMNS) {
      const found = this.#stated.get(nameOf(email, keyId, column));
      if (found !== undefined) stated[column] = found.atS;
    }
    return stated;
  }
}

const nameOf = (email: string, keyId: string, column: DateColumn): string => `${column} ${keyId} ${email}`;
