// Locks at their doors, what they proved, and what was made for them, as rows.
import type { TableState, TaskReason } from '#protocol/api/door-sync.ts';

interface TripleColumns {
  ownership_epoch: number;
  key_epoch: number;
  table_version: number;
}

export interface LockRow {
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
  activated_at_s: number;
}

export interface LockSchema {
  locks: LockRow;
  /**
   * Locks that once held the door: `unproven` ones gave way before they proved themselves, `replaced` ones are lost, and
   * `deactivated` ones have proven that they left it, by that or by a later binding.
   */
  released_locks: Omit<LockRow, 'id'> & {
    lock_id: string;
    reason: 'unproven' | 'deactivated' | 'replaced';
    /** What its statement brings or brought it to, and when that was asked for: of one that is lost, should it turn up. */
    deactivation_epoch: number | null;
    deactivation_asked_at_s: number | null;
    released_at_s: number;
  };
  /** The next table of a lock has no more rows than that. Absent: not counted yet. */
  row_bounds: { lock_id: string; at_most: number };
  /** What the newest receipt of a lock proved. */
  lock_states: TripleColumns & {
    lock_id: string;
    table_hash: Uint8Array | null;
    table_state: TableState;
    boot: number;
    log_sequence: number;
    battery_percent: number;
    firmware: number;
    received_at_s: number;
  };
  sync_tasks: TripleColumns & {
    id: string;
    property_id: string;
    door_id: string;
    lock_id: string;
    reason: TaskReason;
    since_s: number;
    due_s: number;
    closed_at_s: number | null;
    receipt_id: string | null;
  };
  /** Somebody pressed Sync now. */
  sync_requests: {
    id: string;
    door_id: string;
    account_id: string | null;
    created_at_s: number;
    expires_at_s: number;
    ended_at_s: number | null;
    outcome: string | null;
  };
  /** The plaintext of what was signed, kept so that full set and deltas of a version are of one table. */
  lock_tables: TripleColumns & {
    lock_id: string;
    head: Uint8Array;
    rows: Uint8Array;
    table_hash: Uint8Array;
    created_at_s: number;
  };
  /** Asked for, and not proven by the lock yet. */
  deactivations: {
    lock_id: string;
    door_id: string;
    /** What the lock is at afterwards. */
    ownership_epoch: number;
    /** The number of the key set that signed. */
    key_epoch: number;
    statement: Uint8Array;
    asked_at_s: number;
  };
  /** Whose rows of the door's table changed last with which version. */
  access_changes: { door_id: string; person_id: string; table_version: number };
  packages: TripleColumns & {
    lock_id: string;
    /** Hex of the base's table hash, empty for a full set. */
    base: string;
    manifest_hash: Uint8Array;
    bytes: Uint8Array;
    created_at_s: number;
  };
  deliveries: {
    /** Hex. */
    cloud_nonce: string;
    lock_id: string;
    token_id: string;
    created_at_s: number;
    expires_at_s: number;
  };
  receipts: {
    id: string;
    lock_id: string;
    hash: Uint8Array;
    boot: number;
    log_sequence: number;
    outcome: string;
    /** Of the table that it proves to be in force; 0 for none. */
    active_version: number;
    bytes: Uint8Array;
    received_at_s: number;
  };
  activations: {
    id: string;
    door_id: string;
    nonce: Uint8Array;
    ownership_epoch: number;
    key_set_number: number;
    created_at_s: number;
    expires_at_s: number;
    statement_hash: Uint8Array | null;
    lock_id: string | null;
    answer: Uint8Array | null;
  };
  /** An internet-connected lock that is proving itself. */
  lock_sessions: {
    id: string;
    lock_id: string;
    nonce: Uint8Array;
    created_at_s: number;
    expires_at_s: number;
    used_at_s: number | null;
  };
}
