// The mail that goes with an invite: a welcome with a link where the account has no password yet, word of it where
// there is one, and neither for people who get doorcodes alone.
import { enqueueMails, type MailWork } from './enqueue.ts';

export interface Invited {
  readonly personId: string;
  /** When access begins; the past is now. */
  readonly startsAtS: number;
}

/** In the transaction of the invite. The ids of the mails. */
export async function enqueueInviteMails(work: MailWork, invited: readonly Invited[]): Promise<string[]> {
  if (invited.length === 0) return [];
  const rows = await work.trx
    .selectFrom('people')
    .innerJoin('accounts', 'accounts.id', 'people.account_id')
    .innerJoin('properties', 'properties.id', 'people.property_id')
    .select(['people.id', 'people.first_name', 'people.credential', 'people.account_id'])
    .select(['accounts.email', 'accounts.password_hash'])
    .select(['properties.name as property_name', 'properties.zone', 'properties.portfolio_id'])
    .where(
      'people.id',
      'in',
      invited.map(({ personId }) => personId),
    )
    .execute();
  const startOf = new Map(invited.map(({ personId, startsAtS }) => [personId, startsAtS]));
  return await enqueueMails(
    work,
    rows.map((row) => {
      const startsAtS = startOf.get(row.id) ?? 0;
      return {
        kind: kindOf(row),
        to: row.email,
        accountId: row.account_id,
        personId: row.id,
        portfolioId: row.portfolio_id,
        data: {
          firstName: row.first_name,
          propertyName: row.property_name,
          startsAtS: startsAtS > work.nowS ? startsAtS : null,
          zone: row.zone,
        },
      };
    }),
  );
}

/** With the first start that the person holds now. The mail's id. */
export async function enqueueInviteAgain(work: MailWork, personId: string): Promise<string | undefined> {
  const { startsAtS } = await work.trx
    .selectFrom('grants')
    .select((eb) => eb.fn.min<number | null>('starts_at_s').as('startsAtS'))
    .where('person_id', '=', personId)
    .where('revoked_at_s', 'is', null)
    .executeTakeFirstOrThrow();
  const [mailId] = await enqueueInviteMails(work, [{ personId, startsAtS: startsAtS ?? work.nowS }]);
  return mailId;
}

const kindOf = (row: { credential: string; password_hash: string | null }) => {
  if (row.credential === 'daily-doorcode') return 'daily-code';
  return row.password_hash === null ? 'welcome' : 'invited';
};
