// Grants: one Key held by one person from start to end. Giving and taking settles the person's doorcodes and
// raises the targets of the doors it reaches.
import type { z } from 'zod';
import type { Grant, GrantEdit, GrantWish } from '#protocol/api/people.ts';
import type { Schema } from '../db/schema.ts';
import { retireEnded, settleDoorcodes } from './doorcodes.ts';
import { newId } from './ids.ts';
import { doorsOfKeys } from './live-access.ts';
import { grantRows, grantState, grantView } from './person-view.ts';
import { Refusal } from './refusal.ts';
import { grantOf, keyOf, personOf } from './tenancy.ts';
import type { Work } from './work.ts';

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
): Promise<Grant> {
  const person = await personOf(work, personId);
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
  return viewOf(work, grantId ?? '');
}

/** The ids of the new grants. The person is known to hold none of these Keys now. */
export async function giveKeys(
  work: Work,
  personId: string,
  keyIds: readonly string[],
  dates: Dates,
): Promise<string[]> {
  const startsAtS = dates.startsAtS ?? work.nowS;
  requireFutureEnd(work, dates.expiresAtS);
  requireOrder(startsAtS, dates.expiresAtS);
  const doorIds = await doorsOfKeys(work.trx, keyIds);
  await retireEnded(work, doorIds, personId);
  const ids: string[] = [];
  for (const keyId of keyIds) {
    const id = newId(work.random, 'grant');
    ids.push(id);
    await work.trx
      .insertInto('grants')
      .values({
        id,
        person_id: personId,
        key_id: keyId,
        host_id: null,
        starts_at_s: startsAtS,
        expires_at_s: dates.expiresAtS,
        revoked_at_s: null,
        created_at_s: work.nowS,
      })
      .execute();
  }
  for (const doorId of doorIds) work.changes.note(doorId, 'access-given', startsAtS);
  await settleDoorcodes(work, personId, doorIds);
  return ids;
}

/** A grant neither revoked nor over; the dates of others stay as they were. */
export async function editGrant(
  work: Work,
  grantId: string,
  edit: z.infer<typeof GrantEdit>,
): Promise<Grant> {
  const grant = await grantOf(work, grantId);
  const state = grantState(grant, work.nowS);
  if (state === 'revoked' || state === 'expired') {
    throw new Refusal('GRANT_ENDED', `The grant is ${state}.`, {
      subject: grantId,
      next: 'Give the Key again.',
    });
  }
  await changeDates(work, grant, {
    startsAtS: edit.startsAtS ?? grant.starts_at_s,
    expiresAtS: edit.expiresAtS === undefined ? grant.expires_at_s : edit.expiresAtS,
  });
  return viewOf(work, grantId);
}

/** False where the dates are these already, and then nothing changes. */
export async function changeDates(
  work: Work,
  grant: Schema['grants'],
  dates: { readonly startsAtS: number; readonly expiresAtS: number | null },
): Promise<boolean> {
  const { startsAtS, expiresAtS } = dates;
  if (startsAtS === grant.starts_at_s && expiresAtS === grant.expires_at_s) return false;
  requireFutureEnd(work, expiresAtS);
  requireOrder(startsAtS, expiresAtS);
  await work.trx
    .updateTable('grants')
    .set({ starts_at_s: startsAtS, expires_at_s: expiresAtS })
    .where('id', '=', grant.id)
    .execute();
  const doorIds = await doorsOfKeys(work.trx, [grant.key_id]);
  // Until the lock knows better it opens from the earlier start on.
  const dueS = Math.min(startsAtS, grant.starts_at_s);
  for (const doorId of doorIds) work.changes.note(doorId, 'access-changed', dueS);
  await settleDoorcodes(work, grant.person_id, doorIds);
  return true;
}

export async function revokeGrant(work: Work, grantId: string): Promise<Grant> {
  const grant = await grantOf(work, grantId);
  const state = grantState(grant, work.nowS);
  if (state === 'current' || state === 'future') await revokeGrants(work, grant.person_id, [grant]);
  return viewOf(work, grantId);
}

/** The doors whose locks still hold the access until their next Door Sync. */
export async function revokeGrants(
  work: Work,
  personId: string,
  grants: readonly Schema['grants'][],
): Promise<string[]> {
  if (grants.length === 0) return [];
  await work.trx
    .updateTable('grants')
    .set({ revoked_at_s: work.nowS })
    .where(
      'id',
      'in',
      grants.map(({ id }) => id),
    )
    .execute();
  const doorIds = await doorsOfKeys(
    work.trx,
    grants.map((grant) => grant.key_id),
  );
  for (const doorId of doorIds) work.changes.note(doorId, 'access-revoked', work.nowS);
  await settleDoorcodes(work, personId, doorIds);
  return doorIds;
}

/** The grant of this Key that is in force or to come, if there is one. */
export const heldGrant = (work: Work, personId: string, keyId: string) =>
  work.trx
    .selectFrom('grants')
    .selectAll()
    .where('person_id', '=', personId)
    .where('key_id', '=', keyId)
    .where('revoked_at_s', 'is', null)
    .where((eb) => eb.or([eb('expires_at_s', 'is', null), eb('expires_at_s', '>', work.nowS)]))
    .executeTakeFirst();

/** Held Keys once and holds none now, revoked or ended. */
export async function hasLostAccess(work: Work, personId: string): Promise<boolean> {
  const grants = await work.trx.selectFrom('grants').selectAll().where('person_id', '=', personId).execute();
  const states = grants.map((grant) => grantState(grant, work.nowS));
  return states.length > 0 && states.every((state) => state === 'revoked' || state === 'expired');
}

async function viewOf(work: Work, grantId: string): Promise<Grant> {
  return grantView(
    await grantRows(work).where('grants.id', '=', grantId).executeTakeFirstOrThrow(),
    work.nowS,
  );
}

function requireOrder(startsAtS: number, expiresAtS: number | null): void {
  if (expiresAtS === null || startsAtS < expiresAtS) return;
  throw new Refusal('INPUT_INVALID', 'The access would end before it begins.', {
    fields: [{ path: 'expiresAtS', message: 'must come after the start' }],
  });
}

function requireFutureEnd(work: Work, expiresAtS: number | null): void {
  if (expiresAtS === null || expiresAtS > work.nowS) return;
  throw new Refusal('INPUT_INVALID', 'The expiration is in the past.', {
    fields: [{ path: 'expiresAtS', message: 'must be in the future' }],
    next: 'To end access now, revoke the Key.',
  });
}
