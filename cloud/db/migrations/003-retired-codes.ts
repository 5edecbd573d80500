// Migration 3: codes that are gone from their doors but may still be in the table of a lock. What a lock holds is
// read from the tables that were made for it, so a code no longer says since when.
import { createTable, type Table } from './create-table.ts';
import type { Migration } from './migration.ts';

const retiredCodes: Table = {
  columns: {
    number: 'bigint!',
    person_id: 'text!',
    door_id: 'text!',
    value: 'text!',
    gone_version: 'bigint!',
    retired_at_s: 'bigint!',
  },
  primary: ['number'],
  index: [['person_id'], ['door_id', 'gone_version']],
  references: { person_id: 'people', door_id: 'doors' },
};

export const migration003: Migration = {
  number: 3,
  name: '003-retired-codes',
  async up(db, dialect) {
    await createTable(db, dialect, 'retired_codes', retiredCodes);
    await db.schema.alterTable('credentials').dropColumn('since_version').execute();
  },
};
