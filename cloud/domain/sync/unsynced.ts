// Doors that have waited for their Door Sync for longer than their property allows, whoever withholds it: an alarm until
// nothing that is overdue waits any more.
import type { Desk } from '../../desk.ts';
import type { Trx } from '../../db/store.ts';
import { endAlarm, raiseAlarm, type AlarmDoor } from '../activity/alarms.ts';
import { groupBy } from '../groups.ts';
import type { Work } from '../work.ts';

/** In one transaction; the next round takes the others. */
const DOORS_A_ROUND = 200;

/** Idempotent: several processes may do it at the same time. How many alarms were raised or ended. */
export async function sweepUnsynced(desk: Desk): Promise<number> {
  const nowS = desk.nowS();
  const { overdue, over } = await desk.parts.store.read(async (trx) => ({
    overdue: await overdueDoors(trx, nowS),
    over: await alarmedInVain(trx, nowS),
  }));
  let changed = 0;
  for (const [portfolioId, doors] of groupBy([...overdue, ...over], (door) => door.portfolio_id)) {
    changed += await desk.writeOwn(portfolioId, async (work) => {
      let count = 0;
      for (const door of doors) if (await settleUnsynced(work, door)) count++;
      return count;
    });
  }
  return changed;
}

/** Brings the alarm of one door in line with its tasks; true where that changed anything. */
export async function settleUnsynced(work: Work, door: AlarmDoor): Promise<boolean> {
  const overdue = await overdueTasks(work.trx, work.nowS)
    .where('sync_tasks.door_id', '=', door.id)
    .select(['sync_tasks.due_s', 'properties.unsynced_alarm_s'])
    .orderBy('sync_tasks.due_s')
    .executeTakeFirst();
  if (overdue === undefined) {
    const open = await openAlarms(work.trx).where('alarms.door_id', '=', door.id).executeTakeFirst();
    if (open !== undefined) await endAlarm(work, door, 'unsynced');
    return open !== undefined;
  }
  const hours = Math.round(overdue.unsynced_alarm_s / 3_600);
  const detail = `The door waits for its Door Sync for longer than the ${hours} hours that the property allows.`;
  return await raiseAlarm(work, door, 'unsynced', detail);
}

interface PlacedDoor extends AlarmDoor {
  readonly portfolio_id: string;
}

const overdueTasks = (trx: Trx, nowS: number) =>
  trx
    .selectFrom('sync_tasks')
    .innerJoin('properties', 'properties.id', 'sync_tasks.property_id')
    .where('sync_tasks.closed_at_s', 'is', null)
    // Not before it is due: a start to come is no delay.
    .where((eb) =>
      eb('sync_tasks.due_s', '<=', eb(eb.val(nowS), '-', eb.ref('properties.unsynced_alarm_s'))),
    );

const openAlarms = (trx: Trx) =>
  trx
    .selectFrom('alarms')
    .select('alarms.id')
    .where('alarms.kind', '=', 'unsynced')
    .where('alarms.ended_at_s', 'is', null);

/** Without an alarm so far. */
const overdueDoors = (trx: Trx, nowS: number): Promise<PlacedDoor[]> =>
  overdueTasks(trx, nowS)
    .select(['sync_tasks.door_id as id', 'sync_tasks.property_id', 'properties.portfolio_id'])
    .distinct()
    .where((eb) =>
      eb.not(eb.exists(openAlarms(trx).whereRef('alarms.door_id', '=', eb.ref('sync_tasks.door_id')))),
    )
    .limit(DOORS_A_ROUND)
    .execute();

/** Whose lock was taken off, say, or whose property allows more by now. */
const alarmedInVain = (trx: Trx, nowS: number): Promise<PlacedDoor[]> =>
  trx
    .selectFrom('alarms')
    .innerJoin('properties', 'properties.id', 'alarms.property_id')
    .select(['alarms.door_id as id', 'alarms.property_id', 'properties.portfolio_id'])
    .where('alarms.kind', '=', 'unsynced')
    .where('alarms.ended_at_s', 'is', null)
    .where((eb) =>
      eb.not(
        eb.exists(
          overdueTasks(trx, nowS)
            .select('sync_tasks.id')
            .whereRef('sync_tasks.door_id', '=', eb.ref('alarms.door_id')),
        ),
      ),
    )
    .limit(DOORS_A_ROUND)
    .execute();
