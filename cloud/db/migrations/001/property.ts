// Portfolios, properties, doors and Keys.
import type { Tables } from '../create-table.ts';

export const propertyTables: Tables = {
  portfolios: {
    columns: { id: 'text!', name: 'text!', created_at_s: 'bigint!' },
    primary: ['id'],
    unique: [['name']],
  },
  properties: {
    columns: {
      id: 'text!',
      portfolio_id: 'text!',
      name: 'text!',
      zone: 'text!',
      doorcode_length: 'integer!',
      retention_days: 'integer!',
      unsynced_alarm_s: 'bigint!',
      created_at_s: 'bigint!',
    },
    primary: ['id'],
    unique: [['portfolio_id', 'name']],
    references: { portfolio_id: 'portfolios' },
  },
  holidays: {
    columns: { property_id: 'text!', day: 'integer!', name: 'text!' },
    primary: ['property_id', 'day'],
    references: { property_id: 'properties' },
  },
  doors: {
    columns: {
      id: 'text!',
      property_id: 'text!',
      name: 'text!',
      type: 'text!',
      internet: 'integer!',
      target_version: 'bigint!',
      daily_slots: 'integer!',
      single_use_slots: 'integer!',
      daily_epoch: 'bigint!',
      lockout_profile: 'text!',
      unlock_s: 'integer!',
      hold_open: 'text',
      created_at_s: 'bigint!',
    },
    primary: ['id'],
    unique: [['property_id', 'name']],
    references: { property_id: 'properties' },
  },
  access_keys: {
    columns: {
      id: 'text!',
      property_id: 'text!',
      name: 'text!',
      may_share: 'integer!',
      created_at_s: 'bigint!',
      deleted_at_s: 'bigint',
    },
    primary: ['id'],
    // A deleted Key stays for the sake of the grants that were of it; its name is free again.
    uniqueWhere: [{ columns: ['property_id', 'name'], isNull: 'deleted_at_s' }],
    references: { property_id: 'properties' },
  },
  key_doors: {
    columns: { key_id: 'text!', door_id: 'text!', provide_doorcodes: 'integer!', schedule: 'text' },
    primary: ['key_id', 'door_id'],
    index: [['door_id']],
    references: { key_id: 'access_keys', door_id: 'doors' },
  },
};
