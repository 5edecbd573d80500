// The database as the rest of the cloud sees it: work happens in transactions, reading ones and writing ones,
// and what a writing one acknowledges is durable.
import { Kysely, type Transaction } from 'kysely';
import type { DatabaseDialect } from './dialect/dialect.ts';
import type { Schema } from './schema.ts';

export type Trx = Transaction<Schema>;

export class Store {
  readonly dialect: DatabaseDialect;
  readonly #db: Kysely<Schema>;

  constructor(dialect: DatabaseDialect) {
    this.dialect = dialect;
    this.#db = new Kysely<Schema>({ dialect: dialect.kysely });
  }

  /** One consistent view. */
  read<T>(work: (trx: Trx) => Promise<T>): Promise<T> {
    return this.#db.transaction().setAccessMode('read only').execute(work);
  }

  /** All or nothing; as if alone. */
  write<T>(work: (trx: Trx) => Promise<T>): Promise<T> {
    return this.#db.transaction().execute(work);
  }

  /** For migrations alone. */
  get untyped(): Kysely<unknown> {
    return this.#db as unknown as Kysely<unknown>;
  }

  close(): Promise<void> {
    return this.#db.destroy();
  }
}
