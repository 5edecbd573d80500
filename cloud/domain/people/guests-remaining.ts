// Guests who keep what they were given though nothing more may be shared: whoever switches sharing off is told of them.
import { isLive } from '../access/live-access.ts';
import type { Work } from '../work.ts';

/** People with access now or to come that the host gave, or by that Key that any host gave. */
export async function countGuests(
  { trx, nowS }: Work,
  by: { readonly hostId: string } | { readonly keyId: string },
): Promise<number> {
  const { count } = await trx
    .selectFrom('grants')
    .select(({ fn }) => fn.count('person_id').distinct().as('count'))
    .where(isLive(nowS))
    .$if('hostId' in by, (query) => query.where('host_id', '=', 'hostId' in by ? by.hostId : ''))
    .$if('keyId' in by, (query) =>
      query.where('host_id', 'is not', null).where('key_id', '=', 'keyId' in by ? by.keyId : ''),
    )
    .executeTakeFirstOrThrow();
  return Number(count);
}
