// Guests of residents: somebody who holds a Key that may be shared, and may share, gives it on within its dates. A guest
// is a person like others, and gives nothing on.
import type { AppGuest, AppGuestChange, GuestWish } from '#protocol/api/app.ts';
import { GUESTS_MAX } from '#protocol/api/app.ts';
import type { Schema } from '../../db/schema.ts';
import { enqueueInviteMails } from '../../mail/invite-mail.ts';
import { takeBudget } from '../app/app-budget.ts';
import { ownPeople, type OwnPerson } from '../app/app-people.ts';
import { doorsBehind } from '../sync/doors-behind.ts';
import { insertGrants, setRevoked } from '../access/grant-rows.ts';
import { heldGrant, requireDates } from '../access/grants.ts';
import { requireWithinHost } from './guest-bounds.ts';
import { liveGrants } from '../access/live-grants.ts';
import { beforeCursor, decodeNumberCursor, pageOf, type PageWish } from '../pages.ts';
import { findByEmail, insertPerson } from './people.ts';
import { notePerson } from './person-change.ts';
import { grantState } from './person-view.ts';
import { notFound, Refusal } from '../refusal.ts';
import { inviteMailKinds } from '../../mail/mail-kinds.ts';
import type { Work } from '../work.ts';

/** Mails of invites that one address gets within the time. */
const MAILS_MAX = 5;
const MAILS_WINDOW_S = 3_600;

/** Throws SHARING_OFF, GUEST_LIMIT, GUEST_BEYOND_HOST, GRANT_EXISTS, TOO_MANY_ATTEMPTS. */
export async function inviteGuest(work: Work, wish: GuestWish): Promise<AppGuestChange> {
  const { host, grant } = await sharable(work, wish.keyId);
  const startsAtS = wish.startsAtS ?? work.nowS;
  const expiresAtS = wish.expiresAtS ?? grant.expires_at_s;
  requireDates(work, { startsAtS, expiresAtS });
  await requireWithinHost(work, host.id, wish.keyId, { startsAtS, expiresAtS });
  // Before anything is drawn and settled for nothing.
  await takeBudget(work, 'guest');
  await requireFewMails(work, wish.email);
  const personId = await guestPerson(work, host, wish);
  const held = await heldGrant(work, personId, wish.keyId, host.id);
  if (held !== undefined) {
    throw new Refusal('GRANT_EXISTS', `${wish.email} has this Key from you already.`, {
      subject: held.id,
      next: 'Take it back first, to give it with other dates.',
    });
  }
  await requireRoom(work, host.id, personId);
  const [id = ''] = await insertGrants(work, {
    personId,
    keyIds: [wish.keyId],
    hostId: host.id,
    startsAtS,
    expiresAtS,
  });
  await enqueueInviteMails(work, [{ personId, startsAtS }]);
  notePerson(work, { id: personId, property_id: host.property_id });
  return changeOf(work, id);
}

/** A grant that the account gave. Throws NOT_FOUND. */
export async function givenGrant(work: Work, grantId: string) {
  const hosts = (await ownPeople(work)).map(({ id }) => id);
  const grant = await work.trx
    .selectFrom('grants')
    .innerJoin('people', 'people.id', 'grants.person_id')
    .selectAll('grants')
    .select('people.property_id')
    .where('grants.id', '=', grantId)
    .where('grants.host_id', 'in', [...hosts, ''])
    .where('people.deleted_at_s', 'is', null)
    .executeTakeFirst();
  if (grant === undefined) throw notFound('guest');
  return grant;
}

/** Again is harmless. */
export async function revokeGuest(work: Work, grantId: string): Promise<AppGuestChange> {
  const grant = await givenGrant(work, grantId);
  const state = grantState(grant, work.nowS);
  if (state === 'current' || state === 'future') {
    await setRevoked(work, grant);
    notePerson(work, { id: grant.person_id, property_id: grant.property_id });
  }
  return changeOf(work, grantId);
}

/** The newest first. */
export async function listGuests(work: Work, wish: PageWish) {
  const hosts = (await ownPeople(work)).map(({ id }) => id);
  const rows = await guestRows(work)
    .where('grants.host_id', 'in', [...hosts, ''])
    .where(beforeCursor(decodeNumberCursor(wish.after), 'grants.created_at_s', 'grants.id'))
    .orderBy('grants.created_at_s', 'desc')
    .orderBy('grants.id', 'desc')
    .limit(wish.limit + 1)
    .execute();
  const page = pageOf(
    rows,
    wish.limit,
    ({ created_at_s: sort, id }) => ({ sort, id }),
    (row) => row,
  );
  const known = await knownOtherwise(work, page.items);
  return { items: page.items.map((row) => guestView(work, row, known)), next: page.next };
}

/** A Key held now, from a manager, of somebody who may share; the Key may be shared. */
async function sharable(work: Work, keyId: string): Promise<{ host: OwnPerson; grant: Schema['grants'] }> {
  for (const host of await ownPeople(work)) {
    const grant = await heldGrant(work, host.id, keyId);
    if (grant === undefined || grant.starts_at_s > work.nowS) continue;
    const key = await work.trx
      .selectFrom('access_keys')
      .select(['may_share', 'name'])
      .where('id', '=', keyId)
      .executeTakeFirstOrThrow();
    if (host.may_share === 1 && key.may_share === 1) return { host, grant };
    const whose = key.may_share === 1 ? 'You may not share Keys' : `The Key ${key.name} may not be shared`;
    throw new Refusal('SHARING_OFF', `${whose} with guests.`, {
      subject: keyId,
      next: 'Ask the property manager to allow it.',
    });
  }
  throw notFound('Key');
}

/** The record that the property has of the address stays as it is; a new one is no resident and shares nothing. */
async function guestPerson(work: Work, host: OwnPerson, wish: GuestWish): Promise<string> {
  const existing = await findByEmail(work, host.property_id, wish.email);
  if (existing?.id === host.id) {
    throw new Refusal('INPUT_INVALID', 'You hold this Key yourself.', {
      fields: [{ path: 'email', message: 'is your own' }],
    });
  }
  if (existing !== undefined) return existing.id;
  return await insertPerson(work, host.property_id, {
    email: wish.email,
    firstName: wish.firstName,
    lastName: wish.lastName,
    phone: wish.phone,
    credential: wish.credential,
    resident: false,
    mayShare: false,
  });
}

async function requireRoom(work: Work, hostId: string, personId: string): Promise<void> {
  const grants = await liveGrants(work).where('host_id', '=', hostId).execute();
  const guests = new Set(grants.map(({ person_id }) => person_id)).add(personId).size;
  if (guests <= GUESTS_MAX) return;
  throw new Refusal('GUEST_LIMIT', `You have ${GUESTS_MAX} guests, which is as many as one may have.`, {
    subject: hostId,
    next: 'Take the Key from somebody who needs it no more.',
  });
}

/** Whoever invites: an address is nobody's to write to again and again. */
async function requireFewMails({ trx, nowS }: Work, email: string): Promise<void> {
  const sent = await trx
    .selectFrom('mails')
    .select('created_at_s')
    .where('to_address', '=', email)
    .where('created_at_s', '>', nowS - MAILS_WINDOW_S)
    .where('kind', 'in', [...inviteMailKinds])
    .orderBy('created_at_s', 'desc')
    .limit(MAILS_MAX)
    .execute();
  const oldest = sent[MAILS_MAX - 1];
  if (oldest === undefined) return;
  throw new Refusal('TOO_MANY_ATTEMPTS', 'This address was sent several invites within the hour.', {
    next: 'Ask your guest to look whether they arrived, in the folder for spam as well.',
    retryAfterS: Math.max(1, oldest.created_at_s + MAILS_WINDOW_S - nowS),
  });
}

const guestRows = (work: Work) =>
  work.trx
    .selectFrom('grants')
    .innerJoin('people', 'people.id', 'grants.person_id')
    .innerJoin('accounts', 'accounts.id', 'people.account_id')
    .innerJoin('access_keys', 'access_keys.id', 'grants.key_id')
    .selectAll('grants')
    .select(['people.first_name', 'people.last_name', 'people.credential', 'people.property_id'])
    .select(['accounts.email', 'access_keys.name as key_name'])
    .where('people.deleted_at_s', 'is', null);

type GuestRow = Awaited<ReturnType<ReturnType<typeof guestRows>['execute']>>[number];

async function changeOf(work: Work, grantId: string): Promise<AppGuestChange> {
  const row = await guestRows(work).where('grants.id', '=', grantId).executeTakeFirstOrThrow();
  const known = await knownOtherwise(work, [row]);
  return { ...guestView(work, row, known), ...(await doorsBehind(work)) };
}

/**
 * People whom the property knows by others than this host, or knew before: what it knows of them is not told to a host.
 */
async function knownOtherwise(work: Work, rows: readonly GuestRow[]): Promise<ReadonlySet<string>> {
  if (rows.length === 0) return new Set();
  const hostOf = new Map(rows.map((row) => [row.person_id, row.host_id]));
  const grants = await work.trx
    .selectFrom('grants')
    .innerJoin('people', 'people.id', 'grants.person_id')
    .select(['grants.person_id', 'grants.host_id', 'grants.created_at_s', 'people.created_at_s as made_at_s'])
    .where('grants.person_id', 'in', [...hostOf.keys()])
    .orderBy('grants.created_at_s')
    .execute();
  const known = new Set<string>();
  const seen = new Set<string>();
  for (const { person_id: personId, host_id, created_at_s, made_at_s } of grants) {
    const isFirst = !seen.has(personId);
    seen.add(personId);
    if (host_id !== hostOf.get(personId) || (isFirst && made_at_s < created_at_s)) known.add(personId);
  }
  return known;
}

const guestView = (work: Work, row: GuestRow, known: ReadonlySet<string>): AppGuest => ({
  id: row.id,
  email: row.email,
  name: known.has(row.person_id) ? row.email : `${row.first_name} ${row.last_name}`,
  credential: row.credential,
  propertyId: row.property_id,
  keyId: row.key_id,
  keyName: row.key_name,
  state: grantState(row, work.nowS),
  startsAtS: row.starts_at_s,
  expiresAtS: row.expires_at_s,
});
