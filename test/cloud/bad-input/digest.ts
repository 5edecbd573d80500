// What a database holds, as one hash a table: for saying that nothing was changed.
import { createHash } from 'node:crypto';
import type { Store } from '#cloud/db/store.ts';

/** The use of a token is noted to the minute, and is no change of anything. */
const NOT_COMPARED: Readonly<Record<string, readonly string[]>> = { tokens: ['last_used_at_s'] };

export async function digestOf(store: Store): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  for (const name of await tablesOf(store)) {
    const table = store.untyped as unknown as { selectFrom(table: string): { selectAll(): Rows } };
    const rows = await table.selectFrom(name).selectAll().execute();
    const lines = rows.map((row) =>
      JSON.stringify(
        Object.entries(row)
          .filter(([column]) => isCompared(name, column))
          .map(plain),
      ),
    );
    digests[name] = createHash('sha256').update(lines.sort().join('\n')).digest('hex');
  }
  return digests;
}

/** Asked once: looking through the catalogue costs more than all the rows. */
const tables = new WeakMap<Store, Promise<readonly string[]>>();

function tablesOf(store: Store): Promise<readonly string[]> {
  const known =
    tables.get(store) ??
    store.untyped.introspection.getTables().then((found) => found.map(({ name }) => name));
  tables.set(store, known);
  return known;
}

interface Rows {
  execute(): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

const isCompared = (table: string, column: string): boolean => NOT_COMPARED[table]?.includes(column) !== true;

const plain = ([column, value]: [string, unknown]): [string, unknown] => [
  column,
  value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
];
