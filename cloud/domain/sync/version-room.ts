// How far a door's version may run ahead of what its lock has proven: a lock takes no jump beyond VERSION_JUMP_MAX under
// one key set. Half of that raises an alarm and keeps apps out; at the end nothing is changed that no lock would take.
import { VERSION_JUMP_MAX } from '#protocol/limits.ts';
import { endAlarm, raiseAlarm, type AlarmDoor } from '../activity/alarms.ts';
import { Refusal } from '../refusal.ts';
import type { Work } from '../work.ts';

const JUMP_ALARMED = Math.floor(VERSION_JUMP_MAX / 2);

interface RaisedDoor extends AlarmDoor {
  readonly target_version: number;
}

/** Of doors just raised. Throws VERSIONS_EXHAUSTED; to an app already past the alarm. */
export async function requireVersionRoom(work: Work, doors: readonly RaisedDoor[]): Promise<void> {
  for (const door of doors) {
    // The version of a lock's first table is 1: no jump is longer than the version is high.
    if (door.target_version <= JUMP_ALARMED) continue;
    const jump = await jumpTo(work, door);
    if (jump <= JUMP_ALARMED) continue;
    if (jump > VERSION_JUMP_MAX) throw exhausted(door, 'no further one would be taken by its lock');
    const detail = `The door has had ${jump} changes since its lock proved a set, of ${VERSION_JUMP_MAX} that it may have.`;
    const isNew = await raiseAlarm(work, door, 'versions-running-out', `${detail} ${NEXT}`);
    if (!isNew && work.rights.kind === 'app') throw exhausted(door, 'those left are kept for its managers');
  }
}

/** With a receipt, once the lock has caught up. */
export async function settleVersionRoom(work: Work, door: RaisedDoor): Promise<void> {
  if (door.target_version <= JUMP_ALARMED || (await jumpTo(work, door)) <= JUMP_ALARMED)
    await endAlarm(work, door, 'versions-running-out');
}

/** None where there is no lock, nor where a newer key set lets it start anywhere. */
async function jumpTo({ trx, keyEpoch }: Work, door: RaisedDoor): Promise<number> {
  const lock = await trx
    .selectFrom('locks')
    .leftJoin('lock_states', (join) =>
      join
        .onRef('lock_states.lock_id', '=', 'locks.id')
        .onRef('lock_states.ownership_epoch', '=', 'locks.ownership_epoch'),
    )
    .select(['locks.id', 'lock_states.key_epoch', 'lock_states.table_version'])
    .where('locks.door_id', '=', door.id)
    .executeTakeFirst();
  if (lock === undefined || (lock.key_epoch ?? keyEpoch) < keyEpoch) return 0;
  // A lock that lost its table says 0, and takes versions from the one it had.
  const { proven } = await trx
    .selectFrom('receipts')
    .select((eb) => eb.fn.max<number | null>('active_version').as('proven'))
    .where('lock_id', '=', lock.id)
    .executeTakeFirstOrThrow();
  return door.target_version - (lock.table_version || (proven ?? 0));
}

const NEXT = 'Sync the door, or rotate the key set: under a new one versions may start anywhere.';

const exhausted = ({ id }: RaisedDoor, why: string): Refusal =>
  new Refusal('VERSIONS_EXHAUSTED', `The door has had too many changes without a Door Sync: ${why}.`, {
    subject: id,
    next: NEXT,
  });
