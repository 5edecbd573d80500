// What is known of each door's table: the target, what the lock's newest receipt proved, and the open tasks.
import type { DoorSync, SyncTask } from '#protocol/api/door-sync.ts';
import type { Schema } from '../../db/schema.ts';
import { groupBy } from '../groups.ts';
import { isAtLeast } from './triples.ts';
import type { Work } from '../work.ts';

/** What it takes of a transaction. An app is told of sets alone: that the lock is to leave is for those who carry that. */
export interface SyncWork extends Pick<Work, 'trx' | 'keyEpoch'> {
  readonly rights: Pick<Work['rights'], 'kind'>;
}

/** By door id, for every id given. */
export async function doorSyncs(work: SyncWork, doorIds: readonly string[]): Promise<Map<string, DoorSync>> {
  const views = new Map<string, DoorSync>();
  if (doorIds.length === 0) return views;
  const doors = await work.trx
    .selectFrom('doors')
    .leftJoin('locks', 'locks.door_id', 'doors.id')
    .leftJoin('lock_states', 'lock_states.lock_id', 'locks.id')
    .leftJoin('deactivations', 'deactivations.lock_id', 'locks.id')
    .selectAll('lock_states')
    .select([
      'doors.id as door_id',
      'doors.target_version',
      'locks.id as bound_lock_id',
      'locks.ownership_epoch as lock_epoch',
      'deactivations.asked_at_s as leaving_since_s',
    ])
    .where('doors.id', 'in', [...doorIds])
    .execute();
  const tasks = groupBy(await openTasks(work, doorIds), (task) => task.door_id);
  for (const door of doors) {
    const leavingSinceS = work.rights.kind === 'app' ? null : door.leaving_since_s;
    const open = tasks.get(door.door_id) ?? [];
    views.set(door.door_id, viewOf(work.keyEpoch, { ...door, leaving_since_s: leavingSinceS }, open));
  }
  return views;
}

export async function doorSync(work: SyncWork, doorId: string): Promise<DoorSync> {
  return (await doorSyncs(work, [doorId])).get(doorId) ?? NO_LOCK;
}

/** A set is to be brought: that the lock is to leave is something else. */
export function waitsForSet({ state, reasons }: DoorSync): boolean {
  const isLeavingAlone = reasons.length === 1 && reasons[0] === 'deactivation-asked';
  return (state === 'pending' && !isLeavingAlone) || state === 'degraded';
}

export const taskView = (task: Schema['sync_tasks']): SyncTask => ({
  id: task.id,
  doorId: task.door_id,
  target: {
    ownershipEpoch: task.ownership_epoch,
    keyEpoch: task.key_epoch,
    tableVersion: task.table_version,
  },
  reason: task.reason,
  sinceS: task.since_s,
  dueS: task.due_s,
  closedAtS: task.closed_at_s,
});

const NO_LOCK: DoorSync = {
  state: 'no-lock',
  target: null,
  applied: null,
  pendingSinceS: null,
  dueS: null,
  reasons: [],
};

const openTasks = (work: SyncWork, doorIds: readonly string[]): Promise<Schema['sync_tasks'][]> =>
  work.trx
    .selectFrom('sync_tasks')
    .selectAll()
    .where('door_id', 'in', [...doorIds])
    .where('closed_at_s', 'is', null)
    .orderBy('table_version')
    .execute();

type Nullable<T> = { [K in keyof T]: T[K] | null };
type DoorRow = Nullable<Schema['lock_states']> & {
  target_version: number;
  bound_lock_id: string | null;
  lock_epoch: number | null;
  leaving_since_s: number | null;
};

function viewOf(keyEpoch: number, door: DoorRow, open: readonly Schema['sync_tasks'][]): DoorSync {
  if (door.bound_lock_id === null || door.lock_epoch === null) return NO_LOCK;
  const target = { ownershipEpoch: door.lock_epoch, keyEpoch, tableVersion: door.target_version };
  const applied = appliedOf(door);
  const { leaving_since_s: leavingSinceS } = door;
  const leaving = leavingSinceS === null ? [] : [leavingSinceS];
  const due = [...leaving, ...open.map((task) => task.due_s)];
  return {
    state: stateOf(target, applied, due.length),
    target,
    applied,
    pendingSinceS: due.length === 0 ? null : Math.min(...leaving, ...open.map((task) => task.since_s)),
    dueS: due.length === 0 ? null : Math.min(...due),
    reasons: [
      ...new Set(open.map((task) => task.reason)),
      ...(leavingSinceS === null ? [] : ['deactivation-asked' as const]),
    ],
  };
}

function stateOf(
  target: NonNullable<DoorSync['target']>,
  applied: DoorSync['applied'],
  waitingCount: number,
): DoorSync['state'] {
  if (applied?.tableState === 'degraded') return 'degraded';
  const isApplied = applied?.tableState === 'active' && isAtLeast(applied.triple, target);
  return isApplied && waitingCount === 0 ? 'up-to-date' : 'pending';
}

function appliedOf(door: DoorRow): DoorSync['applied'] {
  const { ownership_epoch, key_epoch, table_version, table_state, received_at_s } = door;
  if (ownership_epoch === null || key_epoch === null || table_version === null) return null;
  if (table_state === null || received_at_s === null) return null;
  return {
    triple: { ownershipEpoch: ownership_epoch, keyEpoch: key_epoch, tableVersion: table_version },
    tableState: table_state,
    asOfS: received_at_s,
    batteryPercent: door.battery_percent ?? 0,
    firmware: door.firmware ?? 0,
  };
}
