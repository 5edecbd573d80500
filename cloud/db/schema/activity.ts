// What happened, as rows: locks' logs, their gaps, alarms, and what managers did.
import type { AlarmKind } from '#protocol/api/alarms.ts';
import type { ClockTrust } from '#protocol/signed/receipt.ts';

export interface ActivitySchema {
  /** How far a lock's log is held. */
  lock_logs: {
    lock_id: string;
    sequence: number;
    chain: Uint8Array;
    /** Where the lock was when it wrote that row; null where that is not known. */
    door_id: string | null;
    received_at_s: number;
  };
  activity: {
    lock_id: string;
    number: number;
    property_id: string;
    door_id: string;
    boot: number;
    clock_trust: ClockTrust;
    /** By the lock's clock as it was. */
    lock_time_s: number;
    type_number: number;
    data: Uint8Array;
    chain: Uint8Array;
    person_id: string | null;
    /** The resident whose guest the person was just then. */
    host_id: string | null;
    /** A resident's own life at home: for themselves alone. */
    hidden: number;
    /** The best that is known of when it was: what lists are ordered by. */
    at_s: number;
    /** JSON of RowDate: how that is known. */
    date: string;
    /** Of an opening: when its credential had been taken away; null where it had not. */
    revoked_at_s: number | null;
    /** Of such an opening: 1 where the lock had proven a table without the credential. */
    gone_proven: number;
    /** A row that comes later may date it better. */
    undated: number;
    /** Lower case: what a search looks through. */
    search: string;
    received_at_s: number;
  };
  activity_gaps: {
    lock_id: string;
    from_number: number;
    to_number: number;
    door_id: string;
    explained: number;
    found_at_s: number;
  };
  alarms: {
    id: string;
    property_id: string;
    door_id: string;
    kind: AlarmKind;
    detail: string;
    /** Whom it is about, where it is about somebody. */
    person_id: string | null;
    raised_at_s: number;
    seen_at_s: number | null;
    ended_at_s: number | null;
  };
  audit: {
    number: number;
    portfolio_id: string;
    property_id: string | null;
    account_id: string | null;
    token_id: string | null;
    /** The route's name. */
    action: string;
    subject: string | null;
    /** JSON without secrets. */
    detail: string;
    at_s: number;
  };
}
