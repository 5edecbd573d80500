// Numbers that only rise and are never given twice, whatever is deleted since.
import type { Trx } from '../db/store.ts';

export type CounterName = 'credential' | 'ownership-epoch';

export async function nextNumber(trx: Trx, name: CounterName): Promise<number> {
  const { value } = await trx
    .insertInto('counters')
    .values({ name, value: 1 })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet((eb) => ({ value: eb('counters.value', '+', 1) })),
    )
    .returning('value')
    .executeTakeFirstOrThrow();
  return value;
}
