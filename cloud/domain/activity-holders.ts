// Whose credential an event row names. Numbers of credentials are for ever one person's; a slot of daily codes is
// somebody's for a time, so there the row's time decides.
import type { EventCredential } from '#protocol/log/event-types.ts';
import { decodeEvent } from '#protocol/log/event-fields.ts';
import type { Schema } from '../db/schema.ts';
import type { Work } from './work.ts';

export interface DatedEntry {
  readonly number: number;
  readonly typeNumber: number;
  readonly data: Uint8Array;
  readonly atS: number;
}

export interface Holder {
  readonly personId: string;
  readonly name: string;
  readonly isResident: boolean;
  /** The resident whose guest the person was just then. */
  readonly hostId: string | null;
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
      const personId = isDaily ? slotHolder(slots, id, entry.atS) : numbers.get(id);
      return personId === undefined ? [] : [[entry, personId] as const];
    }),
  );
  const ids = [...new Set(personOf.values())];
  if (ids.length === 0) return new Map();
  const people = await work.trx.selectFrom('people').selectAll().where('id', 'in', ids).execute();
  const grants = await guestGrants(work, doorId, ids);
  return new Map(
    [...personOf].flatMap(([entry, personId]) => {
      const person = people.find(({ id }) => id === personId);
      if (person === undefined) return [];
      const holder: Holder = {
        personId,
        name: nameOf(person),
        isResident: person.resident === 1,
        hostId: hostAt(
          grants.filter((grant) => grant.person_id === personId),
          entry.atS,
        ),
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

async function holdersOfNumbers(work: Work, doorId: string, shown: readonly Shown[]) {
  const numbers = [...new Set(shown.map(({ id }) => id))];
  if (numbers.length === 0) return new Map<number, string>();
  const rows = await work.trx
    .selectFrom('credential_holders')
    .select(['number', 'person_id'])
    .where('number', 'in', numbers)
    .where('door_id', '=', doorId)
    .execute();
  return new Map(rows.map((row) => [row.number, row.person_id]));
}

async function holdersOfSlots(work: Work, doorId: string, shown: readonly Shown[]) {
  const slots = [...new Set(shown.map(({ id }) => id))];
  if (slots.length === 0) return [];
  return await work.trx
    .selectFrom('daily_codes')
    .select(['slot', 'person_id', 'given_at_s', 'ended_at_s'])
    .where('door_id', '=', doorId)
    .where('slot', 'in', slots)
    .orderBy('given_at_s', 'desc')
    .execute();
}

type Slot = Pick<Schema['daily_codes'], 'slot' | 'person_id' | 'given_at_s' | 'ended_at_s'>;

/** Whoever had it last by then: a code that was taken away opens until the lock knows. */
const slotHolder = (slots: readonly Slot[], slot: number, atS: number): string | undefined =>
  slots.find((given) => given.slot === slot && given.given_at_s <= atS)?.person_id;

const guestGrants = (work: Work, doorId: string, personIds: readonly string[]) =>
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

type GuestGrant = Pick<
  Schema['grants'],
  'person_id' | 'host_id' | 'starts_at_s' | 'expires_at_s' | 'revoked_at_s'
>;

/** A Key from a manager counts more than one from a resident; where none was live, the newest says it. */
function hostAt(grants: readonly GuestGrant[], atS: number): string | null {
  const live = grants.filter(
    (grant) =>
      grant.starts_at_s <= atS &&
      (grant.expires_at_s === null || grant.expires_at_s > atS) &&
      (grant.revoked_at_s === null || grant.revoked_at_s > atS),
  );
  const [first] = live.length === 0 ? grants : live;
  if (live.some(({ host_id }) => host_id === null)) return null;
  return first?.host_id ?? null;
}
