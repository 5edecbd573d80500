// A row of activity as the API shows it: with the door's name, whose credential it was, and one sentence on what happened.
import type { z } from 'zod';
import type { ActivityPerson, ActivityRow } from '#protocol/api/activity.ts';
import { encodeBase32 } from '#protocol/bytes.ts';
import { decodeEvent } from '#protocol/log/event-fields.ts';
import { describeRow } from '#protocol/log/event-sentence.ts';
import { eventTypeOf } from '#protocol/log/event-types.ts';
import type { RowDate } from '#protocol/log/row-dates.ts';
import type { Schema } from '../../db/schema.ts';
import { gapsBefore } from './activity-gaps.ts';
import { nameOf } from './activity-holders.ts';
import { withRevocation } from './revoked-openings.ts';
import type { Work } from '../work.ts';

export type ActivityRecord = Schema['activity'] & { readonly door_name: string; readonly zone: string };

const ID_BYTES = 16;

/** By the row's chain, which says nothing of its number. */
export const eventId = ({ chain }: Pick<ActivityRecord, 'chain'>): string =>
  `event_${encodeBase32(chain.subarray(0, ID_BYTES)).toLowerCase()}`;

export async function activityViews(work: Work, records: readonly ActivityRecord[]): Promise<ActivityRow[]> {
  const people = await peopleNamed(
    work,
    records.flatMap(({ person_id, host_id }) => [person_id, host_id]),
  );
  const gaps = await gapsBefore(work, records);
  return records.map((record) => {
    const person = people.get(record.person_id ?? '') ?? null;
    const gap = gaps.get(`${record.lock_id}/${record.number}`);
    const entry = { typeNumber: record.type_number, data: record.data };
    return {
      id: eventId(record),
      propertyId: record.property_id,
      doorId: record.door_id,
      doorName: record.door_name,
      atS: record.at_s,
      date: dateView(JSON.parse(record.date) as RowDate),
      type: eventTypeOf(record.type_number) ?? null,
      sentence: withRevocation(
        describeRow(entry, holderIn(person)),
        record.zone,
        record.revoked_at_s,
        record.gone_proven === 1,
      ),
      credential: credentialIn(entry),
      person,
      guestOf: people.get(record.host_id ?? '') ?? null,
      receivedAtS: record.received_at_s,
      gapBefore:
        gap === undefined
          ? null
          : { rows: gap.to_number - gap.from_number + 1, explained: gap.explained === 1 },
    };
  });
}

type Person = z.infer<typeof ActivityPerson>;

export function holderIn(person: Person | null): string | undefined {
  if (person === null) return undefined;
  if (person.name === '') return 'a deleted person';
  return person.deleted ? `${person.name} (deleted)` : person.name;
}

/** Deleted ones too. */
export async function peopleNamed(
  work: Work,
  personIds: readonly (string | null)[],
): Promise<Map<string, Person>> {
  const ids = personIds.filter((id) => id !== null);
  if (ids.length === 0) return new Map();
  const rows = await work.trx
    .selectFrom('people')
    .select(['id', 'first_name', 'last_name', 'deleted_at_s'])
    .where('id', 'in', [...new Set(ids)])
    .execute();
  return new Map(
    rows.map((row) => [row.id, { id: row.id, name: nameOf(row), deleted: row.deleted_at_s !== null }]),
  );
}

const dateView = (date: RowDate): ActivityRow['date'] => ({
  by: date.by,
  uncertaintyS: date.by === 'setting' ? date.uncertaintyS : null,
  notBeforeS: date.by === 'neighbours' ? (date.notBeforeS ?? null) : null,
  notAfterS: date.by === 'neighbours' ? (date.notAfterS ?? null) : null,
});

function credentialIn(entry: { typeNumber: number; data: Uint8Array }): ActivityRow['credential'] {
  const event = decodeEvent(entry.typeNumber, entry.data);
  return event?.type === 'opened' || event?.type === 'refused' ? event.credential : null;
}
