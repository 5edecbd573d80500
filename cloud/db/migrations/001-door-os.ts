// Migration 1: the tables of DOOR OS as part of its first release, in the order in which they refer to each other.
// A published migration never changes; what is to be different comes in the next one.
import { accessChangeTables } from './001/access-changes.ts';
import { accountTables } from './001/accounts.ts';
import { activityTables } from './001/activity.ts';
import { lockTables } from './001/locks.ts';
import { peopleTables } from './001/people.ts';
import { propertyTables } from './001/property.ts';
import { runningTables } from './001/running.ts';
import { createTable } from './create-table.ts';
import type { Migration } from './migration.ts';

const groups = [
  propertyTables,
  accountTables,
  peopleTables,
  lockTables,
  accessChangeTables,
  activityTables,
  runningTables,
];

export const migration001: Migration = {
  number: 1,
  name: '001-first-release',
  async up(db, dialect) {
    for (const tables of groups) {
      for (const [name, table] of Object.entries(tables)) await createTable(db, dialect, name, table);
    }
  },
};
