// Alarms: what a manager must hear of though nobody asked. One of a kind is open at a door at a time, or for each person
// whom it is about; what raises it again says nothing new.
import type { AlarmKind } from '#protocol/api/alarms.ts';
import { newId } from '../ids.ts';
import type { Work } from '../work.ts';

export interface AlarmDoor {
  readonly id: string;
  readonly property_id: string;
}

/** True where it is a new one. `detail`: one sentence, without names and secrets. `personId`: whom it is about. */
export async function raiseAlarm(
  work: Work,
  door: AlarmDoor,
  kind: AlarmKind,
  detail: string,
  personId: string | null = null,
): Promise<boolean> {
  const open = await work.trx
    .selectFrom('alarms')
    .select('id')
    .where('door_id', '=', door.id)
    .where('kind', '=', kind)
    .where('person_id', personId === null ? 'is' : '=', personId)
    .where('ended_at_s', 'is', null)
    .executeTakeFirst();
  if (open !== undefined) return false;
  await work.trx
    .insertInto('alarms')
    .values({
      id: newId(work.random, 'alarm'),
      property_id: door.property_id,
      door_id: door.id,
      kind,
      detail,
      person_id: personId,
      raised_at_s: work.nowS,
      seen_at_s: null,
      ended_at_s: null,
    })
    .execute();
  work.outbox.announce({ kind: 'door-state', propertyId: door.property_id, doorId: door.id });
  return true;
}

/** What it was about is over by itself. */
export async function endAlarm(work: Work, door: AlarmDoor, kind: AlarmKind): Promise<void> {
  const ended = await work.trx
    .updateTable('alarms')
    .set({ ended_at_s: work.nowS })
    .where('door_id', '=', door.id)
    .where('kind', '=', kind)
    .where('ended_at_s', 'is', null)
    .returning('id')
    .execute();
  if (ended.length === 0) return;
  work.outbox.announce({ kind: 'door-state', propertyId: door.property_id, doorId: door.id });
}
