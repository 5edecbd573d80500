// The audit trail as portfolio managers read it, newest first.
import { z } from 'zod';
import type { AuditEntry, AuditQuery } from '#protocol/api/audit.ts';
import { decodeNumberCursor, pageOf } from './pages.ts';
import type { Work } from './work.ts';

const Detail = z.object({ fields: z.array(z.string()) });

export async function listAudit(work: Work, query: AuditQuery) {
  const cursor = decodeNumberCursor(query.after);
  const { propertyId, accountId, subject, action, fromS, toS } = query;
  const rows = await work.trx
    .selectFrom('audit')
    .leftJoin('accounts', 'accounts.id', 'audit.account_id')
    .leftJoin('tokens', 'tokens.id', 'audit.token_id')
    .selectAll('audit')
    .select(['accounts.email', 'tokens.label as token_label'])
    .where('audit.portfolio_id', '=', work.portfolioId)
    .$if(cursor !== undefined, (list) => list.where('audit.number', '<', Number(cursor?.sort)))
    .$if(propertyId !== undefined, (list) => list.where('audit.property_id', '=', propertyId ?? ''))
    .$if(accountId !== undefined, (list) => list.where('audit.account_id', '=', accountId ?? ''))
    .$if(subject !== undefined, (list) => list.where('audit.subject', '=', subject ?? ''))
    .$if(action !== undefined, (list) => list.where('audit.action', '=', action ?? ''))
    .$if(fromS !== undefined, (list) => list.where('audit.at_s', '>=', fromS ?? 0))
    .$if(toS !== undefined, (list) => list.where('audit.at_s', '<', toS ?? 0))
    .orderBy('audit.number', 'desc')
    .limit(query.limit + 1)
    .execute();
  return pageOf(
    rows,
    query.limit,
    ({ number }) => ({ sort: number, id: '' }),
    (row): AuditEntry => ({
      number: row.number,
      atS: row.at_s,
      action: row.action,
      subject: row.subject,
      propertyId: row.property_id,
      accountId: row.account_id,
      email: row.email,
      tokenId: row.token_id,
      tokenLabel: row.token_label,
      fields: Detail.parse(JSON.parse(row.detail)).fields,
    }),
  );
}
