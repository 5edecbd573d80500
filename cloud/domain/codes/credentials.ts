// What opens doors for a person, brought in line with what the person holds: at each door reached by a Key the app of
// the account's phone, the one active card, and a doorcode where the Key provides one. One function settles all of it.
import { EQUAL_VERIFIERS_MAX } from '#protocol/limits.ts';
import type { CredentialKind } from '../../db/schema/people.ts';
import { noteAccessChanges, type AccessChange, type PersonAtDoor } from '../access/access-changes.ts';
import { batchesOf } from '../batches.ts';
import { nextNumbers } from '../counters.ts';
import { settleDailyCodes, type DailyWish } from './daily-slots.ts';
import { drawDoorcodes } from './doorcodes.ts';
import { credentialsAt, pairOf } from './ended-credentials.ts';
import { groupBy } from '../groups.ts';
import { liveGrantsAt, type AccessTerms, type LiveGrant } from '../access/live-access.ts';
import { Refusal } from '../refusal.ts';
import { retireCredentials, type CredentialToRetire } from './retired-credentials.ts';
import type { Work } from '../work.ts';

const PEOPLE_AT_ONCE = 200;
const DOORS_AT_ONCE = 200;

/**
 * Call it after grants, Keys, phone or card were written, for all the doors that they reach or reached. Notes each
 * door whose table changes. Throws CODES_EXHAUSTED, DAILY_SLOTS_FULL, TOO_MANY_OVERLAPS.
 */
export async function settleCredentials(
  work: Work,
  personIds: string | readonly string[],
  doorIds: readonly string[],
  change: AccessChange,
): Promise<void> {
  const people = typeof personIds === 'string' ? [personIds] : personIds;
  for (const some of batchesOf(people, PEOPLE_AT_ONCE))
    for (const doors of batchesOf(doorIds, DOORS_AT_ONCE)) await settleSome(work, some, doors, change);
}

async function settleSome(
  work: Work,
  personIds: readonly string[],
  doorIds: readonly string[],
  change: AccessChange,
): Promise<void> {
  const holders = await holdersOf(work, personIds);
  const live = groupBy(await liveGrantsAt(work.trx, doorIds, work.nowS, personIds), (grant) =>
    pairOf(grant.personId, grant.doorId),
  );
  const held = groupBy(await credentialsAt(work, doorIds, personIds), (row) =>
    pairOf(row.person_id, row.door_id),
  );
  const retired: CredentialToRetire[] = [];
  const made: Wanted[] = [];
  const daily: DailyWish[] = [];
  const changed: (PersonAtDoor & { readonly rows: number })[] = [];
  for (const pair of new Set([...live.keys(), ...held.keys()])) {
    const [personId, doorId] = pairFrom(pair);
    const holder = holders.get(personId);
    const grants = live.get(pair) ?? [];
    const wanted = holder === undefined ? [] : wantedOf(holder, personId, doorId, grants);
    const present = held.get(pair) ?? [];
    await requireOverlaps(work, doorId, wanted, grants);
    const gone = present.filter((row) => !wanted.some((wish) => isSame(wish, row)));
    const fresh = wanted.filter((wish) => !present.some((row) => isSame(wish, row)));
    retired.push(...gone);
    made.push(...fresh);
    if (holder?.isDaily === true && grants.some(({ providesDoorcodes }) => providesDoorcodes)) {
      daily.push({ personId, doorId, isSingleUse: holder.isSingleUse, startsAtS: firstStart(grants) });
    }
    const isTouched = gone.length + fresh.length > 0;
    if (isTouched || (change.isSameAccess !== true && present.length > 0)) {
      // One for each credential and grant, at the most.
      changed.push({ personId, doorId, rows: wanted.length * grants.length });
    }
  }
  await retireCredentials(work, retired);
  await insertCredentials(work, made);
  await noteAccessChanges(work, changed);
  for (const { doorId, rows } of changed) work.changes.note(doorId, change.reason, change.dueS, rows);
  await settleDailyCodes(work, personIds, doorIds, daily, change);
}

interface Holder {
  readonly isDaily: boolean;
  readonly isSingleUse: boolean;
  /** Hex; null without one. */
  readonly phone: string | null;
  readonly card: string | null;
}

/** Nobody who was deleted. */
async function holdersOf(work: Work, personIds: readonly string[]): Promise<Map<string, Holder>> {
  const rows = await work.trx
    .selectFrom('people')
    .leftJoin('phones', (join) =>
      join.onRef('phones.account_id', '=', 'people.account_id').on('phones.revoked_at_s', 'is', null),
    )
    .leftJoin('keycards', (join) =>
      join.onRef('keycards.person_id', '=', 'people.id').on('keycards.ended_at_s', 'is', null),
    )
    .select(['people.id', 'people.credential', 'people.single_use', 'phones.public_key', 'keycards.value'])
    .where('people.id', 'in', [...personIds])
    .where('people.deleted_at_s', 'is', null)
    .execute();
  return new Map(
    rows.map((row) => [
      row.id,
      {
        isDaily: row.credential === 'daily-doorcode',
        isSingleUse: row.single_use === 1,
        phone: row.public_key === null ? null : Buffer.from(row.public_key).toString('hex'),
        card: row.value,
      },
    ]),
  );
}

interface Wanted extends PersonAtDoor {
  readonly kind: CredentialKind;
  /** Null for a code that is to be drawn. */
  readonly value: string | null;
}

function wantedOf(holder: Holder, personId: string, doorId: string, grants: readonly LiveGrant[]): Wanted[] {
  if (holder.isDaily || grants.length === 0) return [];
  const wanted: Wanted[] = [];
  if (holder.phone !== null) wanted.push({ personId, doorId, kind: 'app', value: holder.phone });
  if (holder.card !== null) wanted.push({ personId, doorId, kind: 'keycard', value: holder.card });
  if (grants.some(({ providesDoorcodes }) => providesDoorcodes))
    wanted.push({ personId, doorId, kind: 'doorcode', value: null });
  return wanted;
}

const isSame = (wish: Wanted, row: CredentialToRetire): boolean =>
  wish.kind === row.kind && (wish.value === null || wish.value === row.value);

/** The lock holds at most eight rows of one verifier. */
async function requireOverlaps(
  work: Work,
  doorId: string,
  wanted: readonly Wanted[],
  grants: readonly LiveGrant[],
): Promise<void> {
  if (grants.length <= EQUAL_VERIFIERS_MAX || wanted.length === 0) return;
  const isCodeOnly = wanted.every(({ kind }) => kind === 'doorcode');
  const rows = new Set(grants.filter((grant) => !isCodeOnly || grant.providesDoorcodes).map(termsOf)).size;
  if (rows <= EQUAL_VERIFIERS_MAX) return;
  const door = await work.trx
    .selectFrom('doors')
    .select('name')
    .where('id', '=', doorId)
    .executeTakeFirstOrThrow();
  throw new Refusal(
    'TOO_MANY_OVERLAPS',
    `${rows} Keys with different dates or schedules would overlap at ${door.name} for one person; a lock holds ` +
      `${EQUAL_VERIFIERS_MAX} rows of one credential.`,
    { subject: doorId, next: 'Give overlapping Keys the same dates, or remove one of them.' },
  );
}

const termsOf = ({ startsAtS, expiresAtS, schedule, isGuest }: AccessTerms): string =>
  JSON.stringify([startsAtS, expiresAtS, schedule, isGuest]);

async function insertCredentials(work: Work, wanted: readonly Wanted[]): Promise<void> {
  if (wanted.length === 0) return;
  const { trx, nowS } = work;
  const codes = await drawDoorcodes(
    work,
    wanted.filter(({ value }) => value === null),
  );
  const first = await nextNumbers(trx, 'credential', wanted.length);
  const rows = wanted.map(({ personId, doorId, kind, value }, i) => ({
    number: first + i,
    kind,
    person_id: personId,
    door_id: doorId,
    value: value ?? codes.take(doorId),
  }));
  for (const batch of batchesOf(rows)) {
    await trx
      .insertInto('credentials')
      .values(batch.map((row) => ({ ...row, created_at_s: nowS })))
      .execute();
    await trx
      .insertInto('credential_holders')
      .values(
        batch.map(({ number, kind, person_id, door_id }) => ({
          number,
          kind,
          person_id,
          door_id,
          retired_at_s: null,
          gone_version: null,
        })),
      )
      .execute();
  }
}

const firstStart = (grants: readonly LiveGrant[]): number =>
  Math.min(...grants.map(({ startsAtS }) => startsAtS));

const pairFrom = (pair: string): [string, string] => pair.split(' ') as [string, string];
