// What the processes themselves need, as rows.
import type { MailKind } from '../../mail/mail-kinds.ts';

export interface RunningSchema {
  counters: { name: string; value: number };
  /** Key sets that were in force: the newest number is the key epoch, of all processes. */
  key_sets: { number: number; hash: Uint8Array; adopted_at_s: number };
  /** What others are to be told, in the order of the commits and without a gap. */
  outbox: {
    number: number;
    kind: string;
    portfolio_id: string | null;
    property_id: string | null;
    door_id: string | null;
    subject: string | null;
    created_at_s: number;
  };
  /** Mails to be sent; a link in one is made only when it is. */
  mails: {
    id: string;
    kind: MailKind;
    /** The lower, the sooner. */
    urgency: number;
    to_address: string;
    account_id: string | null;
    /** The person it invites. */
    person_id: string | null;
    /** The tenant that it is sent for; null where it is about the account alone. */
    portfolio_id: string | null;
    /** JSON of what the text needs, without secrets. */
    data: string;
    state: 'waiting' | 'sent' | 'dropped' | 'failed';
    attempts: number;
    next_at_s: number;
    claimed_until_s: number | null;
    last_error: string | null;
    created_at_s: number;
    sent_at_s: number | null;
  };
  idempotency: {
    owner: string;
    key: string;
    request_hash: Uint8Array;
    status: number;
    reply: string;
    created_at_s: number;
  };
}
