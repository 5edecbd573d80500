// Grants in force or to come: neither revoked nor over.
import type { Work } from './work.ts';

export const liveGrants = (work: Work) =>
  work.trx
    .selectFrom('grants')
    .selectAll()
    .where('revoked_at_s', 'is', null)
    .where((eb) => eb.or([eb('expires_at_s', 'is', null), eb('expires_at_s', '>', work.nowS)]))
    .orderBy('created_at_s')
    .orderBy('id');
