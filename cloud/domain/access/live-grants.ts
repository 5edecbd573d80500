// Grants in force or to come: neither revoked nor over.
import { isLive } from './live-access.ts';
import type { Work } from '../work.ts';

/** Every column named with its table, as others may be joined. */
export const liveGrants = (work: Work) =>
  work.trx
    .selectFrom('grants')
    .selectAll('grants')
    .where(isLive(work.nowS))
    .orderBy('grants.created_at_s')
    .orderBy('grants.id');
