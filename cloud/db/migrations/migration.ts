// One numbered step of the database's shape.
import type { Kysely } from 'kysely';
import type { DatabaseDialect } from '../dialect/dialect.ts';

export interface Migration {
  readonly number: number;
  readonly name: string;
  up(db: Kysely<unknown>, dialect: DatabaseDialect): Promise<void>;
}
