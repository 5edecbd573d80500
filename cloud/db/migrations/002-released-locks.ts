// Migration 2: locks whose door went to another lock before they proved themselves, with every key they were
// given; and what the sweeps of tokens and activations look for.
import { createTable, type Table } from './create-table.ts';
import type { Migration } from './migration.ts';

const releasedLocks: Table = {
  columns: {
    lock_id: 'text!',
    ownership_epoch: 'bigint!',
    door_id: 'text!',
    identity_key: 'bytes!',
    sealing_key: 'bytes!',
    channel_key: 'bytes!',
    credential_key: 'bytes!',
    daily_key: 'bytes!',
    advertising_key: 'bytes!',
    capacity_rows: 'bigint!',
    firmware: 'bigint!',
    activated_at_s: 'bigint!',
    released_at_s: 'bigint!',
  },
  primary: ['lock_id', 'ownership_epoch'],
  index: [['door_id', 'ownership_epoch']],
  references: { door_id: 'doors' },
};

export const migration002: Migration = {
  number: 2,
  name: '002-released-locks',
  async up(db, dialect) {
    await createTable(db, dialect, 'released_locks', releasedLocks);
    for (const table of ['tokens', 'activations']) {
      await db.schema.createIndex(`${table}_expires_at_s`).on(table).column('expires_at_s').execute();
    }
  },
};
