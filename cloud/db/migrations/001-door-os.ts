// Migration 1: the tables of DOOR OS as part of its first release. A published migration never changes; what
// is to be different comes in the next one.
import type { ColumnDataType, Kysely } from 'kysely';
import type { DatabaseDialect } from '../dialect/dialect.ts';
import type { Migration } from './migration.ts';

/** `text!` = not null, `bytes` = the dialect's column for bytes; a reference is a table's id. */
interface Table {
  readonly columns: Readonly<Record<string, string>>;
  readonly primary: readonly string[];
  readonly unique?: readonly (readonly string[])[];
  readonly index?: readonly (readonly string[])[];
  readonly references?: Readonly<Record<string, string>>;
}

const tables: Readonly<Record<string, Table>> = {
  counters: {
    columns: { name: 'text!', value: 'integer!' },
    primary: ['name'],
  },
  portfolios: {
    columns: { id: 'text!', name: 'text!', created_at_s: 'bigint!' },
    primary: ['id'],
  },
  accounts: {
    columns: { id: 'text!', email: 'text!', state: 'text!', password_hash: 'text', created_at_s: 'bigint!' },
    primary: ['id'],
    unique: [['email']],
  },
  managers: {
    columns: { account_id: 'text!', portfolio_id: 'text!' },
    primary: ['account_id', 'portfolio_id'],
    references: { account_id: 'accounts', portfolio_id: 'portfolios' },
  },
  tokens: {
    columns: {
      id: 'text!',
      account_id: 'text!',
      portfolio_id: 'text!',
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
    index: [['account_id']],
    references: { account_id: 'accounts', portfolio_id: 'portfolios' },
  },
  properties: {
    columns: {
      id: 'text!',
      portfolio_id: 'text!',
      name: 'text!',
      zone: 'text!',
      doorcode_length: 'integer!',
      created_at_s: 'bigint!',
    },
    primary: ['id'],
    unique: [['portfolio_id', 'name']],
    references: { portfolio_id: 'portfolios' },
  },
  doors: {
    columns: {
      id: 'text!',
      property_id: 'text!',
      name: 'text!',
      type: 'text!',
      internet: 'integer!',
      target_version: 'bigint!',
      created_at_s: 'bigint!',
    },
    primary: ['id'],
    unique: [['property_id', 'name']],
    references: { property_id: 'properties' },
  },
  locks: {
    columns: {
      id: 'text!',
      door_id: 'text!',
      identity_key: 'bytes!',
      sealing_key: 'bytes!',
      channel_key: 'bytes!',
      ownership_epoch: 'bigint!',
      credential_key: 'bytes!',
      daily_key: 'bytes!',
      advertising_key: 'bytes!',
      capacity_rows: 'bigint!',
      firmware: 'bigint!',
      activated_at_s: 'bigint!',
    },
    primary: ['id'],
    unique: [['door_id']],
    references: { door_id: 'doors' },
  },
  lock_states: {
    columns: {
      lock_id: 'text!',
      ownership_epoch: 'bigint!',
      key_epoch: 'bigint!',
      table_version: 'bigint!',
      table_hash: 'bytes',
      table_state: 'text!',
      boot: 'bigint!',
      log_sequence: 'bigint!',
      battery_percent: 'integer!',
      firmware: 'bigint!',
      received_at_s: 'bigint!',
    },
    primary: ['lock_id'],
    references: { lock_id: 'locks' },
  },
  access_keys: {
    columns: {
      id: 'text!',
      property_id: 'text!',
      name: 'text!',
      may_share: 'integer!',
      created_at_s: 'bigint!',
    },
    primary: ['id'],
    unique: [['property_id', 'name']],
    references: { property_id: 'properties' },
  },
  key_doors: {
    columns: { key_id: 'text!', door_id: 'text!', provide_doorcodes: 'integer!', schedule: 'text' },
    primary: ['key_id', 'door_id'],
    index: [['door_id']],
    references: { key_id: 'access_keys', door_id: 'doors' },
  },
  people: {
    columns: {
      id: 'text!',
      property_id: 'text!',
      account_id: 'text!',
      first_name: 'text!',
      last_name: 'text!',
      sort_name: 'text!',
      phone: 'text',
      resident: 'integer!',
      may_share: 'integer!',
      created_at_s: 'bigint!',
    },
    primary: ['id'],
    unique: [['property_id', 'account_id']],
    index: [['property_id', 'sort_name', 'id'], ['account_id']],
    references: { property_id: 'properties', account_id: 'accounts' },
  },
  grants: {
    columns: {
      id: 'text!',
      person_id: 'text!',
      key_id: 'text!',
      starts_at_s: 'bigint!',
      expires_at_s: 'bigint',
      revoked_at_s: 'bigint',
      created_at_s: 'bigint!',
    },
    primary: ['id'],
    index: [['person_id'], ['key_id']],
    references: { person_id: 'people', key_id: 'access_keys' },
  },
  credentials: {
    columns: {
      number: 'bigint!',
      kind: 'text!',
      person_id: 'text!',
      door_id: 'text!',
      value: 'text!',
      since_version: 'bigint!',
      created_at_s: 'bigint!',
    },
    primary: ['number'],
    unique: [
      ['person_id', 'door_id', 'kind'],
      ['door_id', 'kind', 'value'],
    ],
    references: { person_id: 'people', door_id: 'doors' },
  },
  sync_tasks: {
    columns: {
      id: 'text!',
      door_id: 'text!',
      lock_id: 'text!',
      ownership_epoch: 'bigint!',
      key_epoch: 'bigint!',
      table_version: 'bigint!',
      reason: 'text!',
      since_s: 'bigint!',
      due_s: 'bigint!',
      closed_at_s: 'bigint',
      receipt_id: 'text',
    },
    primary: ['id'],
    index: [['door_id', 'closed_at_s']],
    references: { door_id: 'doors', lock_id: 'locks' },
  },
  lock_tables: {
    columns: {
      lock_id: 'text!',
      ownership_epoch: 'bigint!',
      key_epoch: 'bigint!',
      table_version: 'bigint!',
      head: 'bytes!',
      rows: 'bytes!',
      table_hash: 'bytes!',
      created_at_s: 'bigint!',
    },
    primary: ['lock_id', 'ownership_epoch', 'key_epoch', 'table_version'],
    references: { lock_id: 'locks' },
  },
  packages: {
    columns: {
      lock_id: 'text!',
      ownership_epoch: 'bigint!',
      key_epoch: 'bigint!',
      table_version: 'bigint!',
      base: 'text!',
      manifest_hash: 'bytes!',
      bytes: 'bytes!',
      created_at_s: 'bigint!',
    },
    primary: ['lock_id', 'ownership_epoch', 'key_epoch', 'table_version', 'base'],
    references: { lock_id: 'locks' },
  },
  deliveries: {
    columns: {
      cloud_nonce: 'text!',
      lock_id: 'text!',
      token_id: 'text!',
      created_at_s: 'bigint!',
      expires_at_s: 'bigint!',
    },
    primary: ['cloud_nonce'],
    index: [['lock_id']],
    references: { lock_id: 'locks' },
  },
  receipts: {
    columns: {
      id: 'text!',
      lock_id: 'text!',
      hash: 'bytes!',
      boot: 'bigint!',
      log_sequence: 'bigint!',
      outcome: 'text!',
      bytes: 'bytes!',
      received_at_s: 'bigint!',
    },
    primary: ['id'],
    unique: [['lock_id', 'hash']],
    references: { lock_id: 'locks' },
  },
  activations: {
    columns: {
      id: 'text!',
      door_id: 'text!',
      nonce: 'bytes!',
      ownership_epoch: 'bigint!',
      key_set_number: 'bigint!',
      created_at_s: 'bigint!',
      expires_at_s: 'bigint!',
      statement_hash: 'bytes',
      lock_id: 'text',
      answer: 'bytes',
    },
    primary: ['id'],
    index: [['door_id']],
    references: { door_id: 'doors' },
  },
  imports: {
    columns: {
      id: 'text!',
      property_id: 'text!',
      bytes: 'bytes!',
      created_at_s: 'bigint!',
      expires_at_s: 'bigint!',
      result: 'text',
    },
    primary: ['id'],
    references: { property_id: 'properties' },
  },
  idempotency: {
    columns: {
      account_id: 'text!',
      key: 'text!',
      request_hash: 'bytes!',
      status: 'integer!',
      reply: 'text!',
      created_at_s: 'bigint!',
    },
    primary: ['account_id', 'key'],
    references: { account_id: 'accounts' },
  },
};

export const migration001: Migration = {
  number: 1,
  name: '001-door-os',
  async up(db, dialect) {
    for (const [name, table] of Object.entries(tables)) await create(db, dialect, name, table);
  },
};

async function create(
  db: Kysely<unknown>,
  dialect: DatabaseDialect,
  name: string,
  table: Table,
): Promise<void> {
  let builder = db.schema.createTable(name);
  for (const [column, spelled] of Object.entries(table.columns)) {
    const type = spelled.replace('!', '');
    builder = builder.addColumn(column, (type === 'bytes' ? dialect.blob : type) as ColumnDataType, (made) =>
      spelled.endsWith('!') ? made.notNull() : made,
    );
  }
  builder = builder.addPrimaryKeyConstraint(`${name}_primary`, table.primary as never);
  for (const columns of table.unique ?? []) {
    builder = builder.addUniqueConstraint(`${name}_${columns.join('_')}_unique`, columns as never);
  }
  for (const [column, target] of Object.entries(table.references ?? {})) {
    builder = builder.addForeignKeyConstraint(`${name}_${column}_reference`, [column] as never, target, [
      'id',
    ]);
  }
  await builder.execute();
  for (const columns of table.index ?? []) {
    await db.schema
      .createIndex(`${name}_${columns.join('_')}`)
      .on(name)
      .columns([...columns])
      .execute();
  }
}
