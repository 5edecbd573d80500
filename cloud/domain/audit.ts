// The audit trail: one row for everything that a manager changed, written by the transaction that changed it.
import { nextNumber } from './counters.ts';
import type { Trx } from '../db/store.ts';
import { SWEPT_MAX } from './sweep.ts';

/** As long as activity is kept by default. */
const AUDIT_KEPT_S = 730 * 86_400;

/** What a transaction finds out about itself for the trail: where it found its objects, and what it is about. */
export interface Trace {
  propertyId: string | null;
  subject: string | null;
  /** Where it turns out that nothing was done, as it had been done before. */
  isVoid: boolean;
}

export const newTrace = (): Trace => ({ propertyId: null, subject: null, isVoid: false });

/** The request behind a change. */
export interface Deed {
  /** The route's name. */
  readonly action: string;
  /** The id in the path, where nothing else says what it is about. */
  readonly subject: string | null;
  readonly fields: readonly string[];
  /** One row a request, whatever the number of its transactions. */
  isWritten: boolean;
}

export interface AuditNote {
  readonly portfolioId: string;
  readonly propertyId?: string | null;
  readonly accountId: string | null;
  readonly tokenId: string | null;
  /** The route's name. */
  readonly action: string;
  /** The id of what it was about. */
  readonly subject?: string | null;
  /** Names of the fields that were given, and never what they held. */
  readonly fields?: readonly string[];
}

export async function writeAudit(trx: Trx, nowS: number, note: AuditNote): Promise<void> {
  await sweepAudit(trx, nowS);
  await trx
    .insertInto('audit')
    .values({
      number: await nextNumber(trx, 'audit'),
      portfolio_id: note.portfolioId,
      property_id: note.propertyId ?? null,
      account_id: note.accountId,
      token_id: note.tokenId,
      action: note.action,
      subject: note.subject ?? null,
      detail: JSON.stringify({ fields: note.fields ?? [] }),
      at_s: nowS,
    })
    .execute();
}

async function sweepAudit(trx: Trx, nowS: number): Promise<void> {
  const untilS = nowS - AUDIT_KEPT_S;
  const lowest = (limit: number) =>
    trx.selectFrom('audit').select(['number', 'at_s']).orderBy('number').limit(limit).execute();
  const [first] = await lowest(1);
  if (first === undefined || first.at_s > untilS) return;
  const rows = await lowest(SWEPT_MAX);
  const kept = rows.findIndex((row) => row.at_s > untilS);
  const last = (kept === -1 ? rows : rows.slice(0, kept)).at(-1);
  if (last !== undefined) await trx.deleteFrom('audit').where('number', '<=', last.number).execute();
}
