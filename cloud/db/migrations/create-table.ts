// A table as data, made by any dialect. Migrations share it, so what it makes of a given table never changes.
import { sql, type ColumnDataType, type Kysely } from 'kysely';
import type { ColumnType, DatabaseDialect } from '../dialect/dialect.ts';

/** `text!` = not null, `bytes` = the dialect's column for bytes; a reference is a table's id. */
export interface Table {
  readonly columns: Readonly<Record<string, string>>;
  readonly primary: readonly string[];
  readonly unique?: readonly (readonly string[])[];
  readonly index?: readonly (readonly string[])[];
  readonly references?: Readonly<Record<string, string>>;
  /** At most one row with these values where the other column is null. */
  readonly uniqueWhere?: readonly { readonly columns: readonly string[]; readonly isNull: string }[];
}

export type Tables = Readonly<Record<string, Table>>;

export async function createTable(
  db: Kysely<unknown>,
  dialect: DatabaseDialect,
  name: string,
  table: Table,
): Promise<void> {
  let builder = db.schema.createTable(name);
  for (const [column, spelled] of Object.entries(table.columns)) {
    const type = columnType(dialect, spelled.replace('!', ''));
    builder = builder.addColumn(column, type, (made) => (spelled.endsWith('!') ? made.notNull() : made));
  }
  builder = builder.addPrimaryKeyConstraint(`${name}_primary`, table.primary as never);
  for (const columns of table.unique ?? []) {
    builder = builder.addUniqueConstraint(`${name}_${columns.join('_')}_unique`, columns as never);
  }
  for (const [column, target] of Object.entries(table.references ?? {})) {
    builder = builder.addForeignKeyConstraint(`${name}_${column}_reference`, [column] as never, target, [
      'id',
    ]);
  }
  await builder.execute();
  for (const columns of table.index ?? []) {
    await db.schema
      .createIndex(`${name}_${columns.join('_')}`)
      .on(name)
      .columns([...columns])
      .execute();
  }
  for (const { columns, isNull } of table.uniqueWhere ?? []) {
    await db.schema
      .createIndex(`${name}_${columns.join('_')}_where_${isNull}`)
      .unique()
      .on(name)
      .columns([...columns])
      .where(sql.ref(isNull), 'is', null)
      .execute();
  }
}

function columnType(dialect: DatabaseDialect, type: string): ColumnType {
  if (type === 'bytes') return dialect.blob;
  return type === 'text' ? dialect.text : (type as ColumnDataType);
}
