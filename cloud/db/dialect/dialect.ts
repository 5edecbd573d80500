// What differs between databases, and nothing else: every query outside this folder runs on all of them.
import type { ColumnDataType, Dialect, Kysely, RawBuilder, Transaction } from 'kysely';

export type ColumnType = ColumnDataType | RawBuilder<unknown>;

export interface DatabaseDialect {
  readonly name: 'sqlite' | 'postgres';
  readonly kysely: Dialect;
  /** The column type of bytes. */
  readonly blob: 'blob' | 'bytea';
  /** The column type of text, which sorts and compares by its bytes. */
  readonly text: ColumnType;
  /** Held until the transaction ends, so that two programs started at once migrate one after the other. */
  lockMigrations(trx: Transaction<unknown>): Promise<void>;
  /** Throws DatabaseUnfitError where it would not keep every text. */
  requireFit(db: Pick<Kysely<unknown>, 'getExecutor'>): Promise<void>;
  /** The names of all that there are. */
  tables(db: Pick<Kysely<unknown>, 'getExecutor'>): Promise<string[]>;
  /** A row that another request wrote first. */
  isUniqueViolation(error: unknown): boolean;
  /** The transaction gave way to another one and may simply be run again. */
  isGivenWay(error: unknown): boolean;
  /** A driver's error as a typed one (database-error.ts); any other error as it is. */
  typed(error: unknown): unknown;
  /** Writers of this process one after the other, before they take a connection. */
  inTurn<T>(write: () => Promise<T>): Promise<T>;
  /**
   * Another text after each commit of anybody, where that can be told without waiting: what was read stands as long as
   * the text does. Undefined while the database is closed.
   */
  readonly mark?: () => string | undefined;
  /** Where processes can wake each other; polling finds everything without it. */
  readonly wakeUps?: WakeUps;
}

export interface WakeUps {
  /** Within the transaction; sent when it commits. */
  send<DB>(trx: Transaction<DB>): Promise<void>;
  /** Calls `onWake` for each one sent by any process, and after each time it was deaf, until it is stopped. */
  listen(onWake: () => void): { stop(): Promise<void> };
}
