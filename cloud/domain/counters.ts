// Numbers that only rise and are never given twice, whatever is deleted since.
import type { Trx } from '../db/store.ts';

export type CounterName = 'credential' | 'ownership-epoch' | 'outbox' | 'audit' | 'room-looked-for';

export const nextNumber = (trx: Trx, name: CounterName): Promise<number> => nextNumbers(trx, name, 1);

/** The first of `count` numbers in a row. */
export async function nextNumbers(trx: Trx, name: CounterName, count: number): Promise<number> {
  const { value } = await trx
    .insertInto('counters')
    .values({ name, value: count })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet((eb) => ({ value: eb('counters.value', '+', count) })),
    )
    .returning('value')
    .executeTakeFirstOrThrow();
  return value - count + 1;
}
