// When the database was backed up last, noted in it for the doctor.
import type { Trx } from '../db/store.ts';

const NAME = 'last-backup-at-s';

export async function noteBackup(trx: Trx, atS: number): Promise<void> {
  await trx
    .insertInto('counters')
    .values({ name: NAME, value: atS })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: atS }))
    .execute();
}

/** Undefined where none was ever made. */
export async function lastBackupAtS(trx: Trx): Promise<number | undefined> {
  const row = await trx.selectFrom('counters').select('value').where('name', '=', NAME).executeTakeFirst();
  return row?.value;
}
