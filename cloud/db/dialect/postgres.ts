// PostgreSQL through pg, for several processes on one database: reading transactions see one snapshot, writing
// ones take turns across all processes by one advisory lock.
import { PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, sql, type Dialect } from 'kysely';
import type { Clock } from '#protocol/ports/clock.ts';
import { DatabaseUnavailableError, DatabaseUnfitError, DatabaseUrlError } from '../database-error.ts';
import type { DatabaseDialect } from './dialect.ts';
import {
  MIGRATION_STATEMENT_DEADLINE_MS,
  PostgresDriver,
  WRITE_LOCK_DEADLINE_MS,
} from './postgres-driver.ts';
import { isGivenWay, isUniqueViolation, typed } from './postgres-errors.ts';
import { postgresWakeUps } from './postgres-wake-ups.ts';
import { Turns } from './turns.ts';

/** Throws DatabaseUrlError, which does not repeat the URL. */
export function postgresDialect(url: string, clock: Clock): DatabaseDialect {
  requirePostgresUrl(url);
  const kysely: Dialect = {
    createDriver: () => new PostgresDriver(url, clock),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createAdapter: () => new PostgresAdapter(),
    createIntrospector: (db) => new PostgresIntrospector(db),
  };
  const turns = new Turns(clock, WRITE_LOCK_DEADLINE_MS, () => {
    return new DatabaseUnavailableError('the database was busy for too long', {
      next: 'Try again in a moment.',
    });
  });
  return {
    name: 'postgres',
    kysely,
    blob: 'bytea',
    // Lists are in the same order on every database and every machine, and their cursors hold.
    text: sql`text collate "C"`,
    // A writing transaction holds the lock of all writers already.
    async lockMigrations(trx) {
      await sql`select set_config('statement_timeout', ${String(MIGRATION_STATEMENT_DEADLINE_MS)}, true)`.execute(
        trx,
      );
    },
    async requireFit(db) {
      const { rows } = await sql<{ server_encoding: string }>`show server_encoding`.execute(db);
      const encoding = rows[0]?.server_encoding;
      if (encoding === 'UTF8') return;
      throw new DatabaseUnfitError(`the database is in ${encoding}, which can't spell every name`, {
        next: "Make one in UTF-8: create database NAME template template0 encoding 'UTF8'.",
      });
    },
    async tables(db) {
      const found = await sql<{ name: string }>`
        select tablename as name from pg_tables where schemaname = current_schema()`.execute(db);
      return found.rows.map(({ name }) => name);
    },
    isUniqueViolation,
    isGivenWay,
    typed,
    inTurn: (write) => turns.take(write),
    wakeUps: postgresWakeUps(url, clock),
  };
}

function requirePostgresUrl(url: string): void {
  const { protocol, pathname } = URL.canParse(url) ? new URL(url) : { protocol: '', pathname: '' };
  if ((protocol === 'postgres:' || protocol === 'postgresql:') && pathname.length > 1) return;
  throw new DatabaseUrlError('the database URL is not one of PostgreSQL', {
    next: 'Give it as postgresql://USER:PASSWORD@HOST:PORT/DATABASE; what is special in a password is escaped with %.',
  });
}
