// Grants as managers give, change and take them: one Key held by one person from start to end. What a manager gave and
// what a resident gave to a guest stand beside each other; the guest's lies within the resident's.
import type { z } from 'zod';
import type { GrantChange, GrantEdit, GrantsEdit, GrantWish, PersonChange } from '#protocol/api/people.ts';
import type { Schema } from '../../db/schema.ts';
import { doorsBehind } from '../sync/doors-behind.ts';
import { insertGrants, setDates, setRevoked } from './grant-rows.ts';
import { fitGuests, requireWithinHost } from '../people/guest-bounds.ts';
import { liveGrants } from './live-grants.ts';
import { changedPerson, notePerson } from '../people/person-change.ts';
import { grantRows, grantState, grantView } from '../people/person-view.ts';
import { notFound, Refusal } from '../refusal.ts';
import { keysWithin } from '../rights/rights-check.ts';
import { grantOf, keyOf, personOf, personToGive } from '../rights/tenancy.ts';
import type { Work } from '../work.ts';

export interface Dates {
  /** Absent: now. */
  readonly startsAtS?: number | undefined;
  /** Null: no end. */
  readonly expiresAtS: number | null;
}

export async function grantKey(
  work: Work,
  personId: string,
  wish: z.infer<typeof GrantWish>,
): Promise<GrantChange> {
  const person = await personToGive(work, personId);
  const key = await keyOf(work, wish.keyId);
  if (key.property_id !== person.property_id) {
    throw new Refusal('NOT_FOUND', `The Key ${key.name} is of another property.`, { subject: wish.keyId });
  }
  const held = await heldGrant(work, personId, wish.keyId);
  if (held !== undefined) {
    throw new Refusal('GRANT_EXISTS', `The person holds the Key ${key.name} already.`, {
      subject: held.id,
      next: 'Change the dates of that grant instead.',
    });
  }
  const [grantId] = await giveKeys(work, personId, [wish.keyId], wish);
  notePerson(work, person);
  return changeOf(work, grantId ?? '');
}

/** The ids of the new grants. The person is known to hold none of these Keys from a manager now. */
export async function giveKeys(
  work: Work,
  personId: string,
  keyIds: readonly string[],
  dates: Dates,
): Promise<string[]> {
  const startsAtS = dates.startsAtS ?? work.nowS;
  requireDates(work, { startsAtS, expiresAtS: dates.expiresAtS });
  return await insertGrants(work, {
    personId,
    keyIds,
    hostId: null,
    startsAtS,
    expiresAtS: dates.expiresAtS,
  });
}

/** A grant neither revoked nor over; the dates of others stay as they were. */
export async function editGrant(
  work: Work,
  grantId: string,
  edit: z.infer<typeof GrantEdit>,
): Promise<GrantChange> {
  const grant = await grantOf(work, grantId);
  const state = grantState(grant, work.nowS);
  if (state === 'revoked' || state === 'expired') {
    throw new Refusal('GRANT_ENDED', `The grant is ${state}.`, {
      subject: grantId,
      next: 'Give the Key again.',
    });
  }
  await changeDates(work, grant, editedDates(grant, edit));
  notePerson(work, { id: grant.person_id, property_id: grant.property_id });
  return changeOf(work, grantId);
}

/** The dates of every Key the person holds that the caller manages, or of those named. */
export async function editGrants(work: Work, personId: string, edit: GrantsEdit): Promise<PersonChange> {
  const person = await personOf(work, personId);
  const within = keysWithin(work, person.property_id);
  const held = (await liveGrants(work).where('person_id', '=', personId).execute()).filter(
    ({ key_id }) => within?.has(key_id) ?? true,
  );
  const isMissing = (keyId: string): boolean => held.every(({ key_id }) => key_id !== keyId);
  if (edit.keyIds?.some(isMissing) === true) throw notFound('Key with this person');
  for (const grant of held) {
    if (edit.keyIds?.includes(grant.key_id) === false) continue;
    await changeDates(work, grant, editedDates(grant, edit));
  }
  return changedPerson(work, person);
}

const editedDates = (grant: Schema['grants'], edit: z.infer<typeof GrantEdit>) => ({
  startsAtS: edit.startsAtS ?? grant.starts_at_s,
  expiresAtS: edit.expiresAtS === undefined ? grant.expires_at_s : edit.expiresAtS,
});

/** False where the dates are these already, and then nothing changes. */
export async function changeDates(
  work: Work,
  grant: Schema['grants'],
  dates: { readonly startsAtS: number; readonly expiresAtS: number | null },
): Promise<boolean> {
  if (dates.startsAtS === grant.starts_at_s && dates.expiresAtS === grant.expires_at_s) return false;
  requireDates(work, dates);
  if (grant.host_id !== null) await requireWithinHost(work, grant.host_id, grant.key_id, dates);
  await setDates(work, grant, dates);
  if (grant.host_id === null) await fitGuests(work, grant.person_id, [grant.key_id]);
  return true;
}

export async function revokeGrant(work: Work, grantId: string): Promise<GrantChange> {
  const grant = await grantOf(work, grantId);
  const state = grantState(grant, work.nowS);
  if (state === 'current' || state === 'future') {
    await revokeGrants(work, [grant]);
    notePerson(work, { id: grant.person_id, property_id: grant.property_id });
  }
  return changeOf(work, grantId);
}

/** With those of the guests who had their access by them. Resolves with the guests whose access ended. */
export async function revokeGrants(
  work: Work,
  grants: readonly Schema['grants'][],
): Promise<ReadonlySet<string>> {
  for (const grant of grants) await setRevoked(work, grant);
  const guests = new Set<string>();
  for (const { host_id, person_id, key_id } of grants) {
    if (host_id !== null) continue;
    for (const id of await fitGuests(work, person_id, [key_id])) guests.add(id);
  }
  return guests;
}

/** The grant of this Key that is in force or to come, given by a manager or by that host, if there is one. */
export const heldGrant = (work: Work, personId: string, keyId: string, hostId: string | null = null) =>
  liveGrants(work)
    .where('person_id', '=', personId)
    .where('key_id', '=', keyId)
    .where('host_id', hostId === null ? 'is' : '=', hostId)
    .executeTakeFirst();

async function changeOf(work: Work, grantId: string): Promise<GrantChange> {
  const row = await grantRows(work).where('grants.id', '=', grantId).executeTakeFirstOrThrow();
  return { ...grantView(row, work.nowS), ...(await doorsBehind(work)) };
}

/** Throws INPUT_INVALID. */
export function requireDates(
  work: Pick<Work, 'nowS'>,
  { startsAtS, expiresAtS }: { readonly startsAtS: number; readonly expiresAtS: number | null },
): void {
  if (expiresAtS === null) return;
  if (expiresAtS <= work.nowS) {
    throw new Refusal('INPUT_INVALID', 'The expiration is in the past.', {
      fields: [{ path: 'expiresAtS', message: 'must be in the future' }],
      next: 'To end access now, revoke the Key.',
    });
  }
  if (startsAtS < expiresAtS) return;
  throw new Refusal('INPUT_INVALID', 'The access would end before it begins.', {
    fields: [{ path: 'expiresAtS', message: 'must come after the start' }],
  });
}
