// What differs between databases, and nothing else: every query outside this folder runs on all of them.
import type { Dialect, Kysely, Transaction } from 'kysely';

export interface DatabaseDialect {
  readonly name: 'sqlite' | 'postgres';
  readonly kysely: Dialect;
  /** The column type of bytes. */
  readonly blob: 'blob' | 'bytea';
  /** Held until the transaction ends, so that two programs started at once migrate one after the other. */
  lockMigrations(trx: Transaction<unknown>): Promise<void>;
  hasTable(db: Kysely<unknown>, name: string): Promise<boolean>;
  /** A row that another request wrote first. */
  isUniqueViolation(error: unknown): boolean;
}
