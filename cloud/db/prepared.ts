// A query that is built and compiled once, where it is asked so often that this would cost more than the answer.
import type { Compilable, CompiledQuery, Kysely } from 'kysely';
import type { Schema } from './schema.ts';
import type { Trx } from './store.ts';

/** Stands for a value until the query is run. */
class Hole {
  readonly at: number;
  constructor(at: number) {
    this.at = at;
  }
}

/**
 * `build` is called once a dialect, with holes in place of its values: it may hand them to conditions and values, and
 * look at none of them.
 */
export function prepared<Values extends readonly unknown[], Row>(
  build: (db: Kysely<Schema>, ...values: Values) => Compilable<Row>,
): (trx: Trx, ...values: Values) => Promise<Row[]> {
  const byAdapter = new WeakMap<object, CompiledQuery<Row>>();
  return async (trx, ...values) => {
    const key = trx.getExecutor().adapter.constructor;
    let compiled = byAdapter.get(key);
    if (compiled === undefined) {
      const holes = values.map((_, at) => new Hole(at)) as unknown as Values;
      compiled = build(trx, ...holes).compile();
      byAdapter.set(key, compiled);
    }
    const parameters = compiled.parameters.map((value) => (value instanceof Hole ? values[value.at] : value));
    const { rows } = await trx.executeQuery<Row>({ ...compiled, parameters });
    return rows;
  };
}
