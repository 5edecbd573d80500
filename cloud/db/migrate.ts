// Numbered migrations, applied at start under a lock, all pending ones in one transaction. A program older than
// the database refuses it: it would write what the newer one no longer understands.
import type { Kysely } from 'kysely';
import { DoorlabError } from '#protocol/errors.ts';
import type { Store, Trx } from './store.ts';
import type { Migration } from './migrations/migration.ts';
import { migration001 } from './migrations/001-door-os.ts';

export const migrations: readonly Migration[] = [migration001];

export class DatabaseTooNewError extends DoorlabError {
  readonly code = 'DATABASE_TOO_NEW';
}

interface MigrationTable {
  migrations: { number: number; name: string; applied_at_s: number };
}

/** The number of the database's last migration, 0 where there is none. */
export async function migrate(
  store: Store,
  nowS: number,
  known: readonly Migration[] = migrations,
): Promise<{ applied: readonly string[]; version: number }> {
  const { dialect } = store;
  return await store.untyped.transaction().execute(async (trx) => {
    await dialect.lockMigrations(trx);
    if (!(await dialect.hasTable(trx, 'migrations'))) await createTable(trx);
    const db = trx as unknown as Kysely<MigrationTable>;
    const done = await db.selectFrom('migrations').select(['number', 'name']).orderBy('number').execute();
    const last = done.at(-1)?.number ?? 0;
    const newest = known.at(-1)?.number ?? 0;
    if (last > newest) {
      throw new DatabaseTooNewError(`the database is at migration ${last}, this program knows ${newest}`, {
        next: 'Start the program that migrated it, or a newer one.',
      });
    }
    // Its tables are others, whatever their number.
    const foreign = done.find(
      ({ number, name }) => known.find((one) => one.number === number)?.name !== name,
    );
    if (foreign !== undefined) {
      throw new DatabaseTooNewError(`the database was made by another program (${foreign.name})`, {
        next: 'Keep it aside, and start with an empty data folder.',
      });
    }
    const pending = known.filter(({ number }) => number > last);
    for (const migration of pending) {
      await migration.up(trx, dialect);
      await db
        .insertInto('migrations')
        .values({ number: migration.number, name: migration.name, applied_at_s: nowS })
        .execute();
    }
    return { applied: pending.map(({ name }) => name), version: newest };
  });
}

/** How far the database is, and how far this program would take it. */
export async function migrationState(
  trx: Trx,
): Promise<{ version: number; newest: number; appliedAtS: number }> {
  const db = trx as unknown as Kysely<MigrationTable>;
  const last = await db
    .selectFrom('migrations')
    .select(['number', 'applied_at_s'])
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
  return {
    version: last?.number ?? 0,
    newest: migrations.at(-1)?.number ?? 0,
    appliedAtS: last?.applied_at_s ?? 0,
  };
}

async function createTable(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('migrations')
    .addColumn('number', 'integer', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('applied_at_s', 'bigint', (column) => column.notNull())
    .execute();
}
