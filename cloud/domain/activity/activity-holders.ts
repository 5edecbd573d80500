// Whose credential an event row names. Numbers of credentials are for ever one person's; a slot of daily codes is
// somebody's for a time, so there the row's time decides.
import type { EventCredential } from '#protocol/log/event-types.ts';
import { decodeEvent } from '#protocol/log/event-fields.ts';
import type { Schema } from '../../db/schema.ts';
import { DAY_S } from '../local-day.ts';
import type { Work } from '../work.ts';

export interface DatedEntry {
  readonly number: number;
  readonly typeNumber: number;
  readonly data: Uint8Array;
  readonly atS: number;
}

export interface Holder {
  readonly personId: string;
  readonly name: string;
  /** A Resident who held a Key of a manager's to the door just then. */
  readonly livesHere: boolean;
  /** The resident whose guest the person was just then. */
  readonly hostId: string | null;
  /** Since when it is the person's no more, whenever that was. */
  readonly end: HolderEnd | null;
}

export interface HolderEnd {
  readonly atS: number;
  /** The first table of the door that does not take it; null where none was made for that. */
  readonly goneVersion: number | null;
}

/** By the number of the row, for those whose credential is somebody's. */
export async function holdersOf(
  work: Work,
  doorId: string,
  entries: readonly DatedEntry[],
): Promise<Map<number, Holder>> {
  const shown = entries.flatMap((entry) => {
    const credential = credentialOf(entry);
    return credential === undefined ? [] : [{ entry, ...credential }];
  });
  const numbers = await holdersOfNumbers(
    work,
    doorId,
    shown.filter(({ isDaily }) => !isDaily),
  );
  const slots = await holdersOfSlots(
    work,
    doorId,
    shown.filter(({ isDaily }) => isDaily),
  );
  const personOf = new Map(
    shown.flatMap(({ entry, isDaily, id }) => {
      const held = isDaily ? slotHolder(slots, id, entry.atS) : numbers.get(id);
      return held === undefined ? [] : [[entry, held] as const];
    }),
  );
  const ids = [...new Set([...personOf.values()].map(({ personId }) => personId))];
  if (ids.length === 0) return new Map();
  const people = await work.trx.selectFrom('people').selectAll().where('id', 'in', ids).execute();
  const grants = await grantsReaching(work, doorId, ids);
  return new Map(
    [...personOf].flatMap(([entry, { personId, end }]) => {
      const person = people.find(({ id }) => id === personId);
      if (person === undefined) return [];
      const own = grants.filter((grant) => grant.person_id === personId);
      const holder: Holder = {
        personId,
        name: nameOf(person),
        livesHere: person.resident === 1 && isOwnDoor(own, end, entry.atS),
        hostId: hostAt(own, entry.atS),
        end,
      };
      return [[entry.number, holder] as const];
    }),
  );
}

export const nameOf = (person: Pick<Schema['people'], 'first_name' | 'last_name'>): string =>
  `${person.first_name} ${person.last_name}`.trim();

interface Shown {
  readonly id: number;
  readonly isDaily: boolean;
}

function credentialOf({ typeNumber, data }: DatedEntry): Shown | undefined {
  const event = decodeEvent(typeNumber, data);
  if (event?.type !== 'opened' && event?.type !== 'refused') return undefined;
  const isDaily = DAILY.includes(event.credential);
  // A slot may be number 0; a credential never is.
  return event.credentialId === 0 && !isDaily ? undefined : { id: event.credentialId, isDaily };
}

const DAILY: readonly EventCredential[] = ['daily', 'dailySingleUse'];

interface Held {
  readonly personId: string;
  readonly end: HolderEnd | null;
}

const endOf = (atS: number | null, goneVersion: number | null): HolderEnd | null =>
  atS === null ? null : { atS, goneVersion };

async function holdersOfNumbers(work: Work, doorId: string, shown: readonly Shown[]) {
  const numbers = [...new Set(shown.map(({ id }) => id))];
  if (numbers.length === 0) return new Map<number, Held>();
  const rows = await work.trx
    .selectFrom('credential_holders')
    .select(['number', 'person_id', 'retired_at_s', 'gone_version'])
    .where('number', 'in', numbers)
    .where('door_id', '=', doorId)
    .execute();
  return new Map(
    rows.map((row): [number, Held] => [
      row.number,
      { personId: row.person_id, end: endOf(row.retired_at_s, row.gone_version) },
    ]),
  );
}

async function holdersOfSlots(work: Work, doorId: string, shown: readonly Shown[]) {
  const slots = [...new Set(shown.map(({ id }) => id))];
  if (slots.length === 0) return [];
  return await work.trx
    .selectFrom('daily_codes')
    .select(['slot', 'person_id', 'given_at_s', 'ended_at_s', 'barred_version'])
    .where('door_id', '=', doorId)
    .where('slot', 'in', slots)
    .orderBy('given_at_s', 'desc')
    .execute();
}

type Slot = Pick<
  Schema['daily_codes'],
  'slot' | 'person_id' | 'given_at_s' | 'ended_at_s' | 'barred_version'
>;

/** Whoever had it last by then: a code that was taken away opens until the lock knows. */
function slotHolder(slots: readonly Slot[], slot: number, atS: number): Held | undefined {
  const given = slots.find((one) => one.slot === slot && one.given_at_s <= atS);
  if (given === undefined) return undefined;
  const { person_id: personId, ended_at_s: endedAtS, barred_version: barredVersion } = given;
  // Later tables need no bar: nobody knows a code of the slot for their days.
  const isBarred = endedAtS !== null && atS < endedAtS + DAY_S;
  return { personId, end: endOf(endedAtS, isBarred ? barredVersion : null) };
}

const grantsReaching = (work: Work, doorId: string, personIds: readonly string[]) =>
  work.trx
    .selectFrom('grants')
    .innerJoin('key_doors', 'key_doors.key_id', 'grants.key_id')
    .select([
      'grants.person_id',
      'grants.host_id',
      'grants.starts_at_s',
      'grants.expires_at_s',
      'grants.revoked_at_s',
    ])
    .where('grants.person_id', 'in', [...personIds])
    .where('key_doors.door_id', '=', doorId)
    .orderBy('grants.created_at_s', 'desc')
    .execute();

type ReachingGrant = Pick<
  Schema['grants'],
  'person_id' | 'host_id' | 'starts_at_s' | 'expires_at_s' | 'revoked_at_s'
>;

const notOverAt = (grants: readonly ReachingGrant[], atS: number): ReachingGrant[] =>
  grants.filter(
    (grant) =>
      (grant.expires_at_s === null || grant.expires_at_s > atS) &&
      (grant.revoked_at_s === null || grant.revoked_at_s > atS),
  );

/** A clock that is slow dates before the start what came after it. Where the Keys that reached the door do so no more, the credential tells how long it was the person's. */
function isOwnDoor(grants: readonly ReachingGrant[], end: HolderEnd | null, atS: number): boolean {
  if (grants.length === 0) return end === null || end.atS > atS;
  return notOverAt(grants, atS).some(({ host_id }) => host_id === null);
}

/** A Key from a manager counts more than one from a resident; where none was live, the newest says it. */
function hostAt(grants: readonly ReachingGrant[], atS: number): string | null {
  const live = notOverAt(grants, atS).filter((grant) => grant.starts_at_s <= atS);
  const [first] = live.length === 0 ? grants : live;
  if (live.some(({ host_id }) => host_id === null)) return null;
  return first?.host_id ?? null;
}
