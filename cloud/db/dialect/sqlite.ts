// SQLite through libsql, whose calls are synchronous: one connection, one transaction at a time, and a commit is
// on the disk when it returns (WAL, synchronous FULL). The file is its owner's alone.
import { closeSync, openSync } from 'node:fs';
import Database from 'libsql';
import {
  CompiledQuery,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  type TransactionSettings,
} from 'kysely';
import type { Clock } from '#protocol/ports/clock.ts';
import { codeOf, DatabaseFullError, DatabaseUnavailableError } from '../database-error.ts';
import type { DatabaseDialect } from './dialect.ts';

/** libsql waits within the call and holds up the whole program: long enough for another's commit, no longer. */
const BUSY_TIMEOUT_MS = 50;
/** How long a writer waits for the transaction of another process, or of another store in this one. */
const WRITE_LOCK_DEADLINE_MS = 10_000;
const WRITE_LOCK_RETRY_MS = 10;
/** Above the number of distinct statements the program has; lists of varying length share the rest. */
const STATEMENTS_MAX = 500;

const UNIQUE_VIOLATIONS = new Set(['SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY']);

export function sqliteDialect(file: string, clock: Clock): DatabaseDialect {
  const driver = new LibsqlDriver(file, clock);
  const kysely: Dialect = {
    createDriver: () => driver,
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
  return {
    name: 'sqlite',
    kysely,
    blob: 'blob',
    text: 'text',
    // A writing transaction holds the whole database already.
    lockMigrations: () => Promise.resolve(),
    // A new file is in UTF-8, and no program makes another.
    requireFit: () => Promise.resolve(),
    async tables(db) {
      const found = await sql<{ name: string }>`
        select name from sqlite_master where type = 'table' and name not like 'sqlite|_%' escape '|'`.execute(
        db,
      );
      return found.rows.map(({ name }) => name);
    },
    isUniqueViolation: (error) => UNIQUE_VIOLATIONS.has(codeOf(error)),
    // A writer has the whole database, or nothing yet.
    isGivenWay: () => false,
    typed,
    // The one connection keeps the order already.
    inTurn: (write) => write(),
    mark: () => driver.mark(),
  };
}

function typed(error: unknown): unknown {
  const code = codeOf(error);
  if (code === 'SQLITE_FULL') {
    return new DatabaseFullError('the disk of the database is full', {
      cause: error,
      next: 'Make room on it; nothing has to be restarted.',
    });
  }
  if (code === 'SQLITE_BUSY') {
    return new DatabaseUnavailableError('another program held the database for too long', {
      cause: error,
      next: 'Try again in a moment.',
    });
  }
  if (code.startsWith('SQLITE_IOERR') || code === 'SQLITE_READONLY' || code === 'SQLITE_CANTOPEN') {
    return new DatabaseUnavailableError('the database file can’t be used', {
      cause: error,
      next: 'Check its disk and its permissions.',
    });
  }
  return error;
}

class LibsqlDriver implements Driver {
  readonly #file: string;
  readonly #clock: Clock;
  #connection: LibsqlConnection | undefined;
  /** Resolves when the connection is free; requests queue behind each other. */
  #free: Promise<void> = Promise.resolve();
  /** Those that wrote. */
  #commits = 0;
  #isWriting = false;
  #release: () => void = () => undefined;

  constructor(file: string, clock: Clock) {
    this.#file = file;
    this.#clock = clock;
  }

  async init(): Promise<void> {
    // SQLite gives its side files the permissions of the database file.
    closeSync(openSync(this.#file, 'a', 0o600));
    const db = new Database(this.#file);
    try {
      db.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
      db.pragma('journal_mode = WAL');
      db.pragma('synchronous = FULL');
      db.pragma('foreign_keys = ON');
    } catch (error) {
      db.close();
      throw error;
    }
    this.#connection = new LibsqlConnection(db);
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    const before = this.#free;
    let release: () => void = () => undefined;
    this.#free = new Promise((resolve) => {
      release = resolve;
    });
    await before;
    this.#release = release;
    if (this.#connection === undefined) throw new Error('the database is closed');
    return this.#connection;
  }

  async releaseConnection(): Promise<void> {
    this.#release();
  }

  /** A writer takes the lock at once: a reader that turns writer could not wait for another process. */
  async beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    this.#isWriting = settings.accessMode !== 'read only';
    if (this.#isWriting) await this.#beginWriting(connection);
    else await run(connection, 'begin');
  }

  async #beginWriting(connection: DatabaseConnection): Promise<void> {
    const untilMs = this.#clock.monotonicMs() + WRITE_LOCK_DEADLINE_MS;
    for (;;) {
      try {
        await run(connection, 'begin immediate');
        return;
      } catch (error) {
        if (codeOf(error) !== 'SQLITE_BUSY' || this.#clock.monotonicMs() >= untilMs) throw error;
      }
      await new Promise<void>((resolve) => this.#clock.after(WRITE_LOCK_RETRY_MS, resolve));
    }
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await run(connection, 'commit');
    if (this.#isWriting) this.#commits++;
  }

  /** SQLite's own number tells of the commits of other connections alone. */
  mark(): string | undefined {
    const others = this.#connection?.dataVersion;
    return others === undefined ? undefined : `${others} ${this.#commits}`;
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    // After some errors, a full disk among them, SQLite has rolled back by itself.
    if (this.#connection?.isInTransaction === true) await run(connection, 'rollback');
  }

  async destroy(): Promise<void> {
    this.#connection?.close();
    this.#connection = undefined;
  }
}

const run = (connection: DatabaseConnection, sql: string) => connection.executeQuery(CompiledQuery.raw(sql));

class LibsqlConnection implements DatabaseConnection {
  readonly #db: Database.Database;
  /** Prepared once each, in order of their last use. */
  readonly #statements = new Map<string, Database.Statement>();
  #dataVersion: Database.Statement | undefined;

  constructor(db: Database.Database) {
    this.#db = db;
  }

  get isInTransaction(): boolean {
    return this.#db.inTransaction;
  }

  /** SQLite documentation, PRAGMA data_version. */
  get dataVersion(): number {
    this.#dataVersion ??= this.#db.prepare('pragma data_version');
    return (this.#dataVersion.get() as { data_version: number }).data_version;
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    const statement = this.#prepare(sql);
    if (statement.reader) return { rows: statement.all([...parameters]).map(withByteArrays) as R[] };
    const { changes } = statement.run([...parameters]);
    return { rows: [], numAffectedRows: BigInt(changes) };
  }

  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('rows are not streamed: lists come in pages');
  }

  close(): void {
    this.#statements.clear();
    this.#dataVersion = undefined;
    // libsql does not do it on closing, as SQLite would: the file alone then holds everything, and can be copied.
    // Where another process reads just now, a transaction is cut off, or the disk is full, the log stays to the next
    // one that closes.
    try {
      this.#db.pragma('wal_checkpoint(TRUNCATE)');
    } catch (error) {
      if (!/^SQLITE_(LOCKED|BUSY|FULL|IOERR)/.test(codeOf(error))) throw error;
    } finally {
      this.#db.close();
    }
  }

  #prepare(sql: string): Database.Statement {
    const known = this.#statements.get(sql);
    if (known !== undefined) {
      this.#statements.delete(sql);
      this.#statements.set(sql, known);
      return known;
    }
    const made = this.#db.prepare(sql);
    this.#statements.set(sql, made);
    const oldest = this.#statements.keys().next();
    if (this.#statements.size > STATEMENTS_MAX && oldest.done !== true) this.#statements.delete(oldest.value);
    return made;
  }
}

/** libsql hands bytes over as ArrayBuffer; everything above knows Uint8Array alone. */
function withByteArrays(row: unknown): unknown {
  const fields = row as Record<string, unknown>;
  for (const name in fields) {
    const value = fields[name];
    if (value instanceof ArrayBuffer) fields[name] = new Uint8Array(value);
  }
  return fields;
}
