// What happened: rows of the locks' logs, what is missing of them, alarms, and what managers did.
import type { Tables } from '../create-table.ts';

export const activityTables: Tables = {
  /** How far a lock's log is held. Outlasts the lock's binding. */
  lock_logs: {
    columns: {
      lock_id: 'text!',
      sequence: 'bigint!',
      chain: 'bytes!',
      door_id: 'text',
      received_at_s: 'bigint!',
    },
    primary: ['lock_id'],
    references: { door_id: 'doors' },
  },
  activity: {
    columns: {
      lock_id: 'text!',
      number: 'bigint!',
      property_id: 'text!',
      door_id: 'text!',
      boot: 'bigint!',
      clock_trust: 'text!',
      lock_time_s: 'bigint!',
      type_number: 'integer!',
      data: 'bytes!',
      chain: 'bytes!',
      person_id: 'text',
      host_id: 'text',
      hidden: 'integer!',
      at_s: 'bigint!',
      date: 'text!',
      undated: 'integer!',
      search: 'text!',
      received_at_s: 'bigint!',
    },
    primary: ['lock_id', 'number'],
    index: [
      ['property_id', 'hidden', 'at_s', 'lock_id', 'number'],
      ['door_id', 'hidden', 'at_s', 'lock_id', 'number'],
      ['person_id', 'at_s', 'lock_id', 'number'],
      ['host_id', 'at_s', 'lock_id', 'number'],
      ['lock_id', 'undated'],
      ['lock_id', 'type_number'],
    ],
    references: { property_id: 'properties', door_id: 'doors', person_id: 'people' },
  },
  activity_gaps: {
    columns: {
      lock_id: 'text!',
      from_number: 'bigint!',
      to_number: 'bigint!',
      door_id: 'text!',
      explained: 'integer!',
      found_at_s: 'bigint!',
    },
    primary: ['lock_id', 'from_number'],
    index: [['door_id']],
    references: { door_id: 'doors' },
  },
  alarms: {
    columns: {
      id: 'text!',
      property_id: 'text!',
      door_id: 'text!',
      kind: 'text!',
      detail: 'text!',
      raised_at_s: 'bigint!',
      seen_at_s: 'bigint',
      ended_at_s: 'bigint',
    },
    primary: ['id'],
    index: [
      ['property_id', 'raised_at_s', 'id'],
      ['door_id', 'kind'],
    ],
    references: { property_id: 'properties', door_id: 'doors' },
  },
  audit: {
    columns: {
      number: 'bigint!',
      portfolio_id: 'text!',
      property_id: 'text',
      account_id: 'text',
      token_id: 'text',
      action: 'text!',
      subject: 'text',
      detail: 'text!',
      at_s: 'bigint!',
    },
    primary: ['number'],
    index: [
      ['portfolio_id', 'number'],
      ['property_id', 'number'],
    ],
    references: { portfolio_id: 'portfolios' },
  },
};
