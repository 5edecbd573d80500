// The tables as types. Times are UTC seconds, flags 0 or 1, ids opaque text; bytes are Uint8Array.
import type { DoorType } from '#protocol/api/property.ts';
import type { TableState, TaskReason } from '#protocol/api/door-sync.ts';

type Flag = number;
type Seconds = number;

export interface Schema {
  counters: { name: string; value: number };
  portfolios: { id: string; name: string; created_at_s: Seconds };
  accounts: {
    id: string;
    /** Normalised: the identity. */
    email: string;
    state: 'pending' | 'active';
    password_hash: string | null;
    created_at_s: Seconds;
  };
  /** Who manages a portfolio. Levels and single properties widen this table. */
  managers: { account_id: string; portfolio_id: string };
  tokens: {
    id: string;
    account_id: string;
    portfolio_id: string;
    /** SHA-256 of the token. */
    hash: Uint8Array;
    label: string;
    scopes: string;
    created_at_s: Seconds;
    expires_at_s: Seconds;
    last_used_at_s: Seconds | null;
    revoked_at_s: Seconds | null;
  };
  properties: {
    id: string;
    portfolio_id: string;
    name: string;
    zone: string;
    doorcode_length: number;
    created_at_s: Seconds;
  };
  doors: {
    id: string;
    property_id: string;
    name: string;
    type: DoorType;
    internet: Flag;
    /** What the door's lock should have: raised with each change that touches the door. */
    target_version: number;
    created_at_s: Seconds;
  };
  locks: {
    /** Hex of the lock id. */
    id: string;
    door_id: string;
    identity_key: Uint8Array;
    sealing_key: Uint8Array;
    channel_key: Uint8Array;
    ownership_epoch: number;
    credential_key: Uint8Array;
    daily_key: Uint8Array;
    advertising_key: Uint8Array;
    capacity_rows: number;
    firmware: number;
    activated_at_s: Seconds;
  };
  /** Bindings that gave way before they proved themselves. */
  released_locks: Omit<Schema['locks'], 'id'> & { lock_id: string; released_at_s: Seconds };
  /** What the newest receipt of a lock proved. */
  lock_states: {
    lock_id: string;
    ownership_epoch: number;
    key_epoch: number;
    table_version: number;
    table_hash: Uint8Array | null;
    table_state: TableState;
    boot: number;
    log_sequence: number;
    battery_percent: number;
    firmware: number;
    received_at_s: Seconds;
  };
  access_keys: { id: string; property_id: string; name: string; may_share: Flag; created_at_s: Seconds };
  key_doors: { key_id: string; door_id: string; provide_doorcodes: Flag; schedule: string | null };
  people: {
    id: string;
    property_id: string;
    account_id: string;
    first_name: string;
    last_name: string;
    /** Last and first name in lower case: the order of lists. */
    sort_name: string;
    phone: string | null;
    resident: Flag;
    may_share: Flag;
    created_at_s: Seconds;
  };
  grants: {
    id: string;
    person_id: string;
    key_id: string;
    starts_at_s: Seconds;
    expires_at_s: Seconds | null;
    revoked_at_s: Seconds | null;
    created_at_s: Seconds;
  };
  credentials: {
    /** The u32 that stands in the table's rows; never used twice. */
    number: number;
    kind: 'doorcode';
    person_id: string;
    door_id: string;
    value: string;
    created_at_s: Seconds;
  };
  /** Codes no longer in force that a lock may hold until it has proven `gone_version`. */
  retired_codes: {
    number: number;
    person_id: string;
    door_id: string;
    value: string;
    gone_version: number;
    retired_at_s: Seconds;
  };
  sync_tasks: {
    id: string;
    door_id: string;
    lock_id: string;
    ownership_epoch: number;
    key_epoch: number;
    table_version: number;
    reason: TaskReason;
    since_s: Seconds;
    due_s: Seconds;
    closed_at_s: Seconds | null;
    receipt_id: string | null;
  };
  /** The plaintext of what was signed, kept so that full set and deltas of a version are of one table. */
  lock_tables: {
    lock_id: string;
    ownership_epoch: number;
    key_epoch: number;
    table_version: number;
    head: Uint8Array;
    rows: Uint8Array;
    table_hash: Uint8Array;
    created_at_s: Seconds;
  };
  packages: {
    lock_id: string;
    ownership_epoch: number;
    key_epoch: number;
    table_version: number;
    /** Hex of the base's table hash, empty for a full set. */
    base: string;
    manifest_hash: Uint8Array;
    bytes: Uint8Array;
    created_at_s: Seconds;
  };
  deliveries: {
    /** Hex. */
    cloud_nonce: string;
    lock_id: string;
    token_id: string;
    created_at_s: Seconds;
    expires_at_s: Seconds;
  };
  receipts: {
    id: string;
    lock_id: string;
    hash: Uint8Array;
    boot: number;
    log_sequence: number;
    outcome: string;
    bytes: Uint8Array;
    received_at_s: Seconds;
  };
  activations: {
    id: string;
    door_id: string;
    nonce: Uint8Array;
    ownership_epoch: number;
    key_set_number: number;
    created_at_s: Seconds;
    expires_at_s: Seconds;
    statement_hash: Uint8Array | null;
    lock_id: string | null;
    answer: Uint8Array | null;
  };
  imports: {
    id: string;
    property_id: string;
    bytes: Uint8Array;
    created_at_s: Seconds;
    expires_at_s: Seconds;
    result: string | null;
  };
  idempotency: {
    account_id: string;
    key: string;
    request_hash: Uint8Array;
    status: number;
    reply: string;
    created_at_s: Seconds;
  };
}
