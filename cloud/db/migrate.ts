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

/** Stands in a database that a backup is being put back into, and in no other. */
export const RESTORING_TABLE = 'restoring';

export class RestoreUnfinishedError extends DoorlabError {
  readonly code = 'RESTORE_UNFINISHED';
}

interface MigrationTable {
  migrations: { number: number; name: string; applied_at_s: number };
}

/** Throws DatabaseTooNewError, DatabaseUnfitError, RestoreUnfinishedError, DatabaseUnavailableError. */
export async function migrate(
  store: Store,
  nowS: number,
  known: readonly Migration[] = migrations,
  { isRestoring = false } = {},
): Promise<{ applied: readonly string[]; version: number }> {
  const { dialect } = store;
  const migrated = store.untyped.transaction().execute(async (trx) => {
    await dialect.requireFit(trx);
    await dialect.lockMigrations(trx);
    const tables = await dialect.tables(trx);
    if (tables.includes(RESTORING_TABLE) && !isRestoring) throw unfinished();
    if (!tables.includes('migrations')) await createTable(trx);
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
  return await migrated.catch((error: unknown) => {
    throw dialect.typed(error);
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

export const unfinished = (): RestoreUnfinishedError =>
  new RestoreUnfinishedError('a backup was being put back into this database, and that was cut off', {
    next: 'Drop the database, create it anew, and restore again.',
  });

async function createTable(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('migrations')
    .addColumn('number', 'integer', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('applied_at_s', 'bigint', (column) => column.notNull())
    .execute();
}
