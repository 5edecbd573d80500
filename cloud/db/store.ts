// The database as the rest of the cloud sees it: work happens in transactions, reading ones and writing ones,
// and what a writing one acknowledges is durable.
import { Kysely, type Transaction } from 'kysely';
import { DatabaseFullError } from './database-error.ts';
import type { DatabaseDialect } from './dialect/dialect.ts';
import type { Schema } from './schema.ts';

export type Trx = Transaction<Schema>;

/** How often a transaction is run that gives way to others. */
const ATTEMPTS_MAX = 3;

export class Store {
  readonly dialect: DatabaseDialect;
  readonly #db: Kysely<Schema>;
  #isFull = false;

  constructor(dialect: DatabaseDialect) {
    this.dialect = dialect;
    this.#db = new Kysely<Schema>({ dialect: dialect.kysely });
  }

  /** One consistent view. Throws DatabaseUnavailableError. */
  read<T>(work: (trx: Trx) => Promise<T>): Promise<T> {
    return this.#attempt(() => this.#db.transaction().setAccessMode('read only').execute(work));
  }

  /**
   * All or nothing; as if alone. `work` may run again from its start, what it did before undone. Throws
   * DatabaseUnavailableError, DatabaseFullError.
   */
  async write<T>(work: (trx: Trx) => Promise<T>): Promise<T> {
    try {
      const done = await this.dialect.inTurn(() => this.#attempt(() => this.#db.transaction().execute(work)));
      this.#isFull = false;
      return done;
    } catch (error) {
      if (error instanceof DatabaseFullError) this.#isFull = true;
      throw error;
    }
  }

  /** Whether the last change found no room. */
  get isFull(): boolean {
    return this.#isFull;
  }

  async #attempt<T>(run: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await run();
      } catch (error) {
        if (!this.dialect.isGivenWay(error) || attempt >= ATTEMPTS_MAX) throw this.dialect.typed(error);
      }
    }
  }

  /** For migrations alone. */
  get untyped(): Kysely<unknown> {
    return this.#db as unknown as Kysely<unknown>;
  }

  close(): Promise<void> {
    return this.#db.destroy();
  }
}
