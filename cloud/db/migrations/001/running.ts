// What the processes themselves need: counters, key sets, the outbox, mails on their way, and replies that may be asked for again.
import type { Tables } from '../create-table.ts';

export const runningTables: Tables = {
  counters: {
    columns: { name: 'text!', value: 'bigint!' },
    primary: ['name'],
  },
  key_sets: {
    columns: { number: 'bigint!', hash: 'bytes!', adopted_at_s: 'bigint!' },
    primary: ['number'],
  },
  outbox: {
    columns: {
      number: 'bigint!',
      kind: 'text!',
      portfolio_id: 'text',
      property_id: 'text',
      door_id: 'text',
      subject: 'text',
      created_at_s: 'bigint!',
    },
    primary: ['number'],
  },
  mails: {
    columns: {
      id: 'text!',
      kind: 'text!',
      urgency: 'integer!',
      to_address: 'text!',
      account_id: 'text',
      person_id: 'text',
      portfolio_id: 'text',
      data: 'text!',
      state: 'text!',
      attempts: 'integer!',
      next_at_s: 'bigint!',
      claimed_until_s: 'bigint',
      last_error: 'text',
      created_at_s: 'bigint!',
      sent_at_s: 'bigint',
    },
    primary: ['id'],
    index: [
      ['state', 'urgency', 'next_at_s'],
      ['state', 'next_at_s'],
      ['to_address', 'created_at_s'],
      ['person_id'],
      ['portfolio_id', 'created_at_s'],
    ],
  },
  idempotency: {
    columns: {
      owner: 'text!',
      key: 'text!',
      request_hash: 'bytes!',
      status: 'integer!',
      reply: 'text!',
      created_at_s: 'bigint!',
    },
    primary: ['owner', 'key'],
    index: [['created_at_s']],
  },
};
