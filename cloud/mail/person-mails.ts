// What a person's view says of the mail that went with the invite: a welcome that did not arrive is the manager's to know.
import type { Mail, PersonMail } from '#protocol/api/mails.ts';
import type { Schema } from '../db/schema.ts';
import type { Work } from '../domain/work.ts';

/** The newest of each. */
export async function inviteMailsOf(
  work: Work,
  personIds: readonly string[],
): Promise<ReadonlyMap<string, PersonMail>> {
  const newest = new Map<string, PersonMail>();
  if (personIds.length === 0) return newest;
  const rows = await work.trx
    .selectFrom('mails')
    .selectAll()
    .where('person_id', 'in', [...personIds])
    .orderBy('created_at_s')
    .orderBy('id')
    .execute();
  for (const row of rows) {
    const { kind, state, lastError, createdAtS, sentAtS } = mailView(row);
    newest.set(row.person_id ?? '', { kind, state, lastError, createdAtS, sentAtS });
  }
  return newest;
}

export const mailView = (row: Schema['mails']): Mail => ({
  id: row.id,
  kind: row.kind,
  to: row.to_address,
  personId: row.person_id,
  state: row.state,
  attempts: row.attempts,
  lastError: row.last_error,
  createdAtS: row.created_at_s,
  sentAtS: row.sent_at_s,
});
