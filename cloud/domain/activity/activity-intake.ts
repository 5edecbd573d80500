// Rows of a lock's log as they come in: each stored once, with its date as far as it is known, whose credential it names,
// what a search finds it by, and whether managers may see it.
import { describeRow } from '#protocol/log/event-sentence.ts';
import type { LogRow } from '#protocol/log/row.ts';
import type { DoorType } from '#protocol/api/property.ts';
import type { Schema } from '../../db/schema.ts';
import { datesOf, updateDates, type KnownDate, type NumberedEntry } from './activity-dates.ts';
import { holdersOf, type Holder } from './activity-holders.ts';
import { isHidden } from './activity-privacy.ts';
import {
  raiseRevokedOpened,
  revokedOpening,
  withRevocation,
  type RevokedOpening,
} from './revoked-openings.ts';
import type { Work } from '../work.ts';

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
  const zone = await zoneOf(work, door);
  const stored: Schema['activity'][] = [];
  for (const { entry, known } of dated) {
    const holder = holders.get(entry.number);
    const revoked = await revokedOpening(work, lockId, { ...entry, atS: known.atS }, holder);
    if (holder !== undefined && revoked !== undefined && revoked.provenGone !== null) {
      await raiseRevokedOpened(work, door, holder, revoked.tableVersion, revoked.provenGone);
    }
    stored.push(rowOf(work, lockId, { ...door, zone }, entry, known, holder, revoked));
  }
  await work.trx.insertInto('activity').values(stored).execute();
  await updateDates(work, lockId, dates.held);
  // That a resident came home is not told by saying that something happened.
  if (stored.some(({ hidden }) => hidden === 0)) {
    work.outbox.announce({ kind: 'activity', propertyId: door.property_id, doorId: door.id });
  }
}

async function zoneOf(work: Work, door: ActivityDoor): Promise<string> {
  const { zone } = await work.trx
    .selectFrom('properties')
    .select('zone')
    .where('id', '=', door.property_id)
    .executeTakeFirstOrThrow();
  return zone;
}

function rowOf(
  work: Work,
  lockId: string,
  door: ActivityDoor & { readonly zone: string },
  entry: NumberedEntry & LogRow,
  { date, atS, isUndated }: KnownDate,
  holder: Holder | undefined,
  revoked: RevokedOpening | undefined,
): Schema['activity'] {
  const revokedAtS = revoked?.revokedAtS ?? null;
  const isGoneProven = (revoked?.provenGone ?? null) !== null;
  const sentence = withRevocation(describeRow(entry, holder?.name), door.zone, revokedAtS, isGoneProven);
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
    revoked_at_s: revokedAtS,
    gone_proven: isGoneProven ? 1 : 0,
    undated: isUndated ? 1 : 0,
    search: `${door.name} ${sentence}`.toLowerCase(),
    received_at_s: work.nowS,
  };
}
