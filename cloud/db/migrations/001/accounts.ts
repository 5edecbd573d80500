// Accounts, who manages what, and everything that signs somebody in.
import type { Tables } from '../create-table.ts';

export const accountTables: Tables = {
  accounts: {
    columns: {
      id: 'text!',
      email: 'text!',
      state: 'text!',
      password_hash: 'text',
      created_at_s: 'bigint!',
      activated_at_s: 'bigint',
    },
    primary: ['id'],
    unique: [['email']],
  },
  managers: {
    columns: {
      account_id: 'text!',
      portfolio_id: 'text!',
      role: 'text!',
      name: 'text!',
      created_at_s: 'bigint!',
    },
    primary: ['account_id', 'portfolio_id'],
    index: [['portfolio_id']],
    references: { account_id: 'accounts', portfolio_id: 'portfolios' },
  },
  property_managers: {
    columns: {
      account_id: 'text!',
      property_id: 'text!',
      key_management: 'text!',
      device_management: 'integer!',
      activation: 'integer!',
    },
    primary: ['account_id', 'property_id'],
    index: [['property_id']],
    references: { account_id: 'accounts', property_id: 'properties' },
  },
  managed_keys: {
    columns: { account_id: 'text!', key_id: 'text!' },
    primary: ['account_id', 'key_id'],
    index: [['key_id']],
    references: { account_id: 'accounts', key_id: 'access_keys' },
  },
  tokens: {
    columns: {
      id: 'text!',
      kind: 'text!',
      account_id: 'text',
      portfolio_id: 'text',
      door_id: 'text',
      hash: 'bytes!',
      label: 'text!',
      scopes: 'text!',
      created_at_s: 'bigint!',
      expires_at_s: 'bigint!',
      last_used_at_s: 'bigint',
      revoked_at_s: 'bigint',
    },
    primary: ['id'],
    unique: [['hash']],
    index: [['account_id'], ['door_id'], ['expires_at_s']],
    references: { account_id: 'accounts', portfolio_id: 'portfolios', door_id: 'doors' },
  },
  throttles: {
    columns: { key: 'text!', failures: 'integer!', last_at_s: 'bigint!', until_s: 'bigint!' },
    primary: ['key'],
    index: [['last_at_s']],
  },
  password_links: {
    columns: {
      hash: 'bytes!',
      account_id: 'text!',
      purpose: 'text!',
      created_at_s: 'bigint!',
      expires_at_s: 'bigint!',
      used_at_s: 'bigint',
    },
    primary: ['hash'],
    index: [['account_id'], ['expires_at_s']],
    references: { account_id: 'accounts' },
  },
  phones: {
    columns: {
      id: 'text!',
      account_id: 'text!',
      public_key: 'bytes!',
      label: 'text!',
      created_at_s: 'bigint!',
      revoked_at_s: 'bigint',
    },
    primary: ['id'],
    unique: [['public_key']],
    index: [['account_id'], ['revoked_at_s']],
    references: { account_id: 'accounts' },
  },
};
