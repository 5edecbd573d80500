// Grants in force or to come: neither revoked nor over.
import type { Work } from './work.ts';

/** Every column named with its table, as others may be joined. */
export const liveGrants = (work: Work) =>
  work.trx
    .selectFrom('grants')
    .selectAll('grants')
    .where('grants.revoked_at_s', 'is', null)
    .where((eb) => eb.or([eb('grants.expires_at_s', 'is', null), eb('grants.expires_at_s', '>', work.nowS)]))
    .orderBy('grants.created_at_s')
    .orderBy('grants.id');
