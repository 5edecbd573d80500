// A guest's access lies within that of the host: whatever ends or shortens the host's Key does so to each guest's, and
// nothing brings a guest back.
import type { Schema } from '../../db/schema.ts';
import { setDates, setRevoked } from '../access/grant-rows.ts';
import { liveGrants } from '../access/live-grants.ts';
import { Refusal } from '../refusal.ts';
import type { Work } from '../work.ts';

/**
 * Call it after the host's own grants are written. `keyIds` undefined: of every Key. Resolves with the people whose
 * access ended.
 */
export async function fitGuests(
  work: Work,
  hostId: string,
  keyIds?: readonly string[],
): Promise<ReadonlySet<string>> {
  const ended = new Set<string>();
  const guests = await liveGrants(work)
    .where('host_id', '=', hostId)
    .$if(keyIds !== undefined, (query) => query.where('key_id', 'in', [...(keyIds ?? [])]))
    .execute();
  if (guests.length === 0) return ended;
  const own = await ownGrants(work, hostId);
  for (const guest of guests) {
    const host = own.find(({ key_id }) => key_id === guest.key_id);
    const within = host === undefined ? undefined : cutToFit(work, guest, host);
    if (within === undefined) {
      await setRevoked(work, guest);
      ended.add(guest.person_id);
      continue;
    }
    await setDates(work, guest, within);
  }
  return ended;
}

interface Dates {
  readonly startsAtS: number;
  readonly expiresAtS: number | null;
}

type Dated = Pick<Schema['grants'], 'starts_at_s' | 'expires_at_s'>;

/** Undefined where nothing of the guest's time is left. */
function cutToFit(work: Work, guest: Dated, host: Dated): Dates | undefined {
  const startsAtS = Math.max(guest.starts_at_s, host.starts_at_s);
  const expiresAtS = earlier(guest.expires_at_s, host.expires_at_s);
  const isOver = expiresAtS !== null && expiresAtS <= Math.max(startsAtS, work.nowS);
  return isOver ? undefined : { startsAtS, expiresAtS };
}

const earlier = (a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : Math.min(a, b);

/** Throws GUEST_BEYOND_HOST where the dates of a guest's grant are not within the host's own. */
export async function requireWithinHost(
  work: Work,
  hostId: string,
  keyId: string,
  { startsAtS, expiresAtS }: Dates,
): Promise<void> {
  const host = (await ownGrants(work, hostId)).find(({ key_id }) => key_id === keyId);
  const isWithin =
    host !== undefined &&
    startsAtS >= host.starts_at_s &&
    (host.expires_at_s === null || (expiresAtS !== null && expiresAtS <= host.expires_at_s));
  if (isWithin) return;
  throw new Refusal(
    'GUEST_BEYOND_HOST',
    'The resident who invited this guest does not hold the Key so long.',
    {
      subject: hostId,
      fields: [{ path: 'expiresAtS', message: 'must lie within the access of the host' }],
      next: 'Choose dates within those of the host, or give the Key as a manager.',
    },
  );
}

/** What managers gave: a guest's Key makes nobody a host. */
const ownGrants = (work: Work, personId: string): Promise<Schema['grants'][]> =>
  liveGrants(work).where('person_id', '=', personId).where('host_id', 'is', null).execute();
