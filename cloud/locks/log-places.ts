// Where a lock was when it wrote a row of its log: each row of its activation names the door, and what stands before the
// first one is of the door that it was at before.
import { equalBytes } from '#protocol/bytes.ts';
import { decodeEvent } from '#protocol/log/event-fields.ts';
import type { LogRow } from '#protocol/log/row.ts';
import type { Schema } from '../db/schema.ts';
import type { ActivityDoor } from '../domain/activity/activity-intake.ts';
import { wireDoorId } from '../domain/ids.ts';
import type { Work } from '../domain/work.ts';

/** Rows in a row that are of one door; undefined where none of ours is known. */
export interface LogStretch {
  readonly door: ActivityDoor | undefined;
  readonly rows: readonly LogRow[];
}

/** `heldDoorId`: of the row before these, where one is held and nothing was lost in between. */
export async function stretchesOf(
  work: Work,
  lock: Schema['locks'],
  door: ActivityDoor,
  heldDoorId: string | null | undefined,
  rows: readonly LogRow[],
): Promise<LogStretch[]> {
  const starts = rows.flatMap((row, index) => {
    const event = decodeEvent(row.typeNumber, row.data);
    return event?.type === 'activated' ? [{ index, doorId: event.doorId }] : [];
  });
  if (starts.length === 0 && (heldDoorId === undefined || heldDoorId === door.id)) return [{ door, rows }];
  const places = await placesOf(work, lock.id);
  const placeOf = (doorId: Uint8Array): Place | undefined =>
    places.findLast((place) => equalBytes(wireDoorId(place.id), doorId));
  const [first] = starts;
  const stretches: LogStretch[] = [];
  if (first?.index !== 0) {
    const before =
      heldDoorId === undefined
        ? await placeBefore(work, lock.id, places, first && placeOf(first.doorId))
        : places.findLast(({ id }) => id === heldDoorId);
    stretches.push({ door: before, rows: rows.slice(0, first?.index) });
  }
  for (const [at, { index, doorId }] of starts.entries()) {
    stretches.push({ door: placeOf(doorId), rows: rows.slice(index, starts[at + 1]?.index) });
  }
  return stretches;
}

type Place = ActivityDoor & { readonly ownership_epoch: number };

/** Every door that we have bound the lock to, in that order. */
const placesOf = (work: Work, lockId: string): Promise<Place[]> =>
  work.trx
    .selectFrom('activations')
    .innerJoin('doors', 'doors.id', 'activations.door_id')
    .select(['doors.id', 'doors.property_id', 'doors.name', 'doors.type', 'activations.ownership_epoch'])
    .where('activations.lock_id', '=', lockId)
    .orderBy('activations.ownership_epoch')
    .execute();

/** Of those that ended the one before: a binding that gave way unproven is none that the lock is known to have taken. */
async function placeBefore(
  work: Work,
  lockId: string,
  places: readonly Place[],
  next: Place | undefined,
): Promise<Place | undefined> {
  const before = await work.trx
    .selectFrom('released_locks')
    .select('ownership_epoch')
    .where('lock_id', '=', lockId)
    .where('reason', '!=', 'unproven')
    .where('ownership_epoch', '<', next?.ownership_epoch ?? 0)
    .orderBy('ownership_epoch', 'desc')
    .limit(1)
    .executeTakeFirst();
  return places.findLast((place) => place.ownership_epoch === before?.ownership_epoch);
}
