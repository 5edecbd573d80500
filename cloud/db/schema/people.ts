// People, what they hold, and their credentials, as rows.
import type { PersonCredential } from '#protocol/api/people.ts';

export type CredentialKind = 'app' | 'doorcode' | 'keycard';

interface CredentialRow {
  /** The u32 that stands in the table's rows; never used twice. */
  number: number;
  kind: CredentialKind;
  person_id: string;
  door_id: string;
  /** Digits of a doorcode, hex of a phone's public key or a card's identifier. */
  value: string;
}

export interface PeopleSchema {
  people: {
    id: string;
    property_id: string;
    account_id: string;
    first_name: string;
    last_name: string;
    /** Last and first name in lower case: the order of lists. */
    sort_name: string;
    /** Names, address and phone in lower case by JavaScript's rules, the same on every database. */
    search: string;
    phone: string | null;
    credential: PersonCredential;
    /** Of daily doorcodes: 1 where each opens once only. */
    single_use: number | null;
    resident: number;
    may_share: number;
    created_at_s: number;
    /** Deleted people stay for the activity's sake alone. */
    deleted_at_s: number | null;
  };
  grants: {
    id: string;
    person_id: string;
    key_id: string;
    /** The resident who invited the person as a guest; null where a manager gave it. */
    host_id: string | null;
    starts_at_s: number;
    expires_at_s: number | null;
    revoked_at_s: number | null;
    created_at_s: number;
  };
  keycards: {
    id: string;
    person_id: string;
    /** Hex. */
    value: string;
    activated_at_s: number;
    ended_at_s: number | null;
  };
  credentials: CredentialRow & { created_at_s: number };
  /** Credentials no longer in force that a lock may hold until it has proven `gone_version`. */
  retired_credentials: CredentialRow & { gone_version: number; retired_at_s: number };
  /** Whose a number was, for ever: what an event row names. */
  credential_holders: Omit<CredentialRow, 'value'> & {
    /** When it was taken away, and the first table version of the door without it; null while it is in force. */
    retired_at_s: number | null;
    gone_version: number | null;
  };
  /** Slots of daily codes as they were given; the code itself is derived. */
  daily_codes: {
    id: string;
    door_id: string;
    epoch: number;
    slot: number;
    single_use: number;
    person_id: string;
    given_at_s: number;
    ended_at_s: number | null;
    /** The first table version that bars the slot, where it was barred. */
    barred_version: number | null;
  };
  imports: {
    id: string;
    property_id: string;
    account_id: string | null;
    bytes: Uint8Array;
    state: 'previewed' | 'running' | 'done' | 'cancelled' | 'failed';
    /** JSON of the confirmation. */
    wish: string | null;
    rows_total: number;
    rows_done: number;
    /** JSON of the counts so far. */
    progress: string | null;
    claimed_until_s: number | null;
    created_at_s: number;
    expires_at_s: number;
    result: string | null;
  };
}
