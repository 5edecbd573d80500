// Rows of a lock's log as they come in: each stored once, with its date as far as it is known, whose credential it names,
// what a search finds it by, and whether managers may see it.
import { describeRow } from '#protocol/log/event-sentence.ts';
import type { LogRow } from '#protocol/log/row.ts';
import type { DoorType } from '#protocol/api/property.ts';
import type { Schema } from '../db/schema.ts';
import { datesOf, updateDates, type KnownDate, type NumberedEntry } from './activity-dates.ts';
import { holdersOf, type Holder } from './activity-holders.ts';
import { isHidden } from './activity-privacy.ts';
import type { Work } from './work.ts';

export interface ActivityDoor {
  readonly id: string;
  readonly property_id: string;
  readonly name: string;
  readonly type: DoorType;
}

/** Rows that continue the held log, in order. */
export async function storeRows(
  work: Work,
  lockId: string,
  door: ActivityDoor,
  rows: readonly LogRow[],
): Promise<void> {
  if (rows.length === 0) return;
  const entries = rows.map((row): NumberedEntry & LogRow => ({ ...row, number: row.sequence }));
  const dates = await datesOf(work, lockId, entries);
  const dated = entries.map((entry) => ({ entry, known: dates.own.get(entry.number) as KnownDate }));
  const holders = await holdersOf(
    work,
    door.id,
    dated.map(({ entry, known }) => ({ ...entry, atS: known.atS })),
  );
  const stored = dated.map(({ entry, known }) =>
    rowOf(work, lockId, door, entry, known, holders.get(entry.number)),
  );
  await work.trx.insertInto('activity').values(stored).execute();
  await updateDates(work, lockId, dates.held);
  // That a resident came home is not told by saying that something happened.
  if (stored.some(({ hidden }) => hidden === 0)) {
    work.outbox.announce({ kind: 'activity', propertyId: door.property_id, doorId: door.id });
  }
}

function rowOf(
  work: Work,
  lockId: string,
  door: ActivityDoor,
  entry: NumberedEntry & LogRow,
  { date, atS, isUndated }: KnownDate,
  holder: Holder | undefined,
): Schema['activity'] {
  return {
    lock_id: lockId,
    number: entry.number,
    property_id: door.property_id,
    door_id: door.id,
    boot: entry.bootCount,
    clock_trust: entry.clockTrust,
    lock_time_s: entry.timeS,
    type_number: entry.typeNumber,
    data: entry.data,
    chain: entry.chain,
    person_id: holder?.personId ?? null,
    host_id: holder?.hostId ?? null,
    hidden: isHidden(door.type, { ...entry, holder }) ? 1 : 0,
    at_s: atS,
    date: JSON.stringify(date),
    undated: isUndated ? 1 : 0,
    search: `${door.name} ${describeRow(entry, holder?.name)}`.toLowerCase(),
    received_at_s: work.nowS,
  };
}
