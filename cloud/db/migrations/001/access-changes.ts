// Whose rows of a door's table changed last with which version, which the next table is made from with the one before;
// and locks that are to leave their doors.
import type { Tables } from '../create-table.ts';

export const accessChangeTables: Tables = {
  access_changes: {
    columns: { door_id: 'text!', person_id: 'text!', table_version: 'bigint!' },
    primary: ['door_id', 'person_id'],
    index: [['door_id', 'table_version']],
    references: { door_id: 'doors', person_id: 'people' },
  },
  deactivations: {
    columns: {
      lock_id: 'text!',
      door_id: 'text!',
      ownership_epoch: 'bigint!',
      key_epoch: 'bigint!',
      statement: 'bytes!',
      asked_at_s: 'bigint!',
    },
    primary: ['lock_id'],
    index: [['door_id']],
    references: { lock_id: 'locks', door_id: 'doors' },
  },
};
