// Whose rows of a door's table changed last with which version: what the next table is made from, with the one before.
import type { Tables } from '../create-table.ts';

export const accessChangeTables: Tables = {
  access_changes: {
    columns: { door_id: 'text!', person_id: 'text!', table_version: 'bigint!' },
    primary: ['door_id', 'person_id'],
    index: [['door_id', 'table_version']],
    references: { door_id: 'doors', person_id: 'people' },
  },
};
