// Bindings that are over: those that never proved themselves and gave way, and those that were ended. Their keys are
// kept: what such a lock signs later must be told apart from a forgery, and may be the proof that it has left.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import type { Log } from '#protocol/ports/log.ts';
import { verifyReceipt, type Receipt } from '#protocol/signed/receipt.ts';
import { WireError } from '#protocol/wire-error.ts';
import type { Schema } from '../db/schema.ts';
import { endAlarm, raiseAlarm, type AlarmDoor } from '../domain/activity/alarms.ts';
import { Refusal } from '../domain/refusal.ts';
import { forgetRetired } from '../domain/codes/retired-credentials.ts';
import { lockOf } from '../domain/rights/tenancy.ts';
import type { Work } from '../domain/work.ts';
import { lastEpochOf } from './ownership-epoch.ts';
import { wireLockId } from './package.ts';

/**
 * How long a binding without a proof holds its door against other locks: a lock takes its grant within the one
 * connection (180 s) whose statement it answers, and the courier then posts the receipt.
 */
export const BINDING_PENDING_S = 300;
/** The newest of a door that a receipt is compared with; each was an activation by hand. */
const RELEASED_COMPARED_MAX = 16;

/**
 * Takes the bindings out of the way that a new one of `lockId` at the activation's door may replace. The door's
 * lock is known not to have proven itself. Throws ACTIVATION_PENDING, ACTIVATION_ENDED, LOCK_ELSEWHERE.
 */
export async function makeWay(work: Work, activation: Schema['activations'], lockId: string): Promise<void> {
  const atDoor = await lockOf(work, activation.door_id);
  if (atDoor !== undefined && atDoor.id !== lockId) {
    requirePendingOver(work, atDoor);
    await release(work, atDoor, 'unproven', await askedOf(work, atDoor));
  }
  await requireAbove(work, activation, lockId);
  const own = await work.trx.selectFrom('locks').selectAll().where('id', '=', lockId).executeTakeFirst();
  if (own === undefined) return;
  await requireMovable(work, own);
  // The lock signs nothing once it has taken a grant: a statement asked for since then says that it took none.
  if (activation.created_at_s < own.activated_at_s) {
    throw new Refusal('ACTIVATION_ENDED', 'Another activation bound this lock after this one had begun.', {
      next: 'Start a new activation and press the button on the lock again.',
    });
  }
  await release(work, own, 'unproven', await askedOf(work, own));
}

/**
 * Only what is bound above all that was signed for the lock is safe from it: a deactivation that a courier kept would
 * take it off its next door, and the answer to an earlier grant would prove a later binding.
 */
async function requireAbove(work: Work, activation: Schema['activations'], lockId: string): Promise<void> {
  if (activation.ownership_epoch > (await lastEpochOf(work.trx, lockId))) return;
  throw new Refusal(
    'ACTIVATION_ENDED',
    'Something else was signed for this lock after this activation had begun.',
    {
      next: 'Start a new activation and press the button on the lock again.',
    },
  );
}

/** The deactivation that is asked for, and not proven yet. */
export const askedOf = (work: Work, lock: Schema['locks']): Promise<Schema['deactivations'] | undefined> =>
  work.trx.selectFrom('deactivations').selectAll().where('lock_id', '=', lock.id).executeTakeFirst();

function requirePendingOver(work: Work, lock: Schema['locks']): void {
  const untilS = lock.activated_at_s + BINDING_PENDING_S;
  if (work.nowS >= untilS) return;
  throw new Refusal('ACTIVATION_PENDING', 'Another lock was bound to this door just now.', {
    subject: lock.door_id,
    next: `If that lock is not the right one, try again after ${utcText(untilS)}.`,
  });
}

const utcText = (atS: number): string => `${new Date(atS * 1000).toISOString().slice(0, 19)}Z`;

async function requireMovable(work: Work, lock: Schema['locks']): Promise<void> {
  const unproven = await work.trx
    .selectFrom('doors')
    .innerJoin('properties', 'properties.id', 'doors.property_id')
    .select('doors.id')
    .where('doors.id', '=', lock.door_id)
    .where('properties.portfolio_id', '=', work.portfolioId)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom('lock_states').select('lock_id').where('lock_id', '=', lock.id))),
    )
    .executeTakeFirst();
  if (unproven !== undefined) return;
  throw new Refusal('LOCK_ELSEWHERE', 'This lock is bound to another door.', {
    next: 'Deactivate it at that door first, or bind another lock here.',
  });
}

/** The door has no lock any more, and keeps all its access. */
export async function release(
  work: Work,
  lock: Schema['locks'],
  reason: Schema['released_locks']['reason'],
  asked?: Schema['deactivations'],
): Promise<void> {
  const { id, ...rest } = lock;
  await work.trx
    .insertInto('released_locks')
    .values({
      lock_id: id,
      ...rest,
      reason,
      deactivation_epoch: asked?.ownership_epoch ?? null,
      deactivation_asked_at_s: asked?.asked_at_s ?? null,
      released_at_s: work.nowS,
    })
    .execute();
  for (const table of OF_A_BINDING) await work.trx.deleteFrom(table).where('lock_id', '=', id).execute();
  await work.trx.deleteFrom('locks').where('id', '=', id).execute();
  await endAlarmsOfLock(work, lock.door_id);
  await work.trx.deleteFrom('access_changes').where('door_id', '=', lock.door_id).execute();
  await forgetRetired(work.trx, lock.door_id);
}

/** Those that only a receipt of it would end. */
async function endAlarmsOfLock(work: Work, doorId: string): Promise<void> {
  const door = await work.trx
    .selectFrom('doors')
    .select(['id', 'property_id'])
    .where('id', '=', doorId)
    .executeTakeFirstOrThrow();
  for (const kind of ['lock-reset', 'versions-running-out'] as const) await endAlarm(work, door, kind);
}

/**
 * Whether a lock that is off the door says, late or again, that it did what it was to leave by. One that was lost has left for
 * good by that.
 */
export async function provesPastDeactivation(
  work: Work,
  engine: CryptoEngine,
  doorId: string,
  receiptBytes: Uint8Array,
): Promise<boolean> {
  const released = await work.trx
    .selectFrom('released_locks')
    .select(['lock_id', 'ownership_epoch', 'identity_key', 'deactivation_epoch', 'reason'])
    .where('door_id', '=', doorId)
    .where('deactivation_epoch', 'is not', null)
    .orderBy('released_at_s', 'desc')
    .orderBy('ownership_epoch', 'desc')
    .limit(RELEASED_COMPARED_MAX)
    .execute();
  const left = released.find((lock) => {
    const receipt = receiptOf(engine, lock, receiptBytes);
    return receipt?.tableState === 'none' && receipt.triple.ownershipEpoch === lock.deactivation_epoch;
  });
  if (left === undefined) return false;
  if (left.reason === 'replaced')
    await work.trx
      .updateTable('released_locks')
      .set({ reason: 'deactivated' })
      .where('lock_id', '=', left.lock_id)
      .where('ownership_epoch', '=', left.ownership_epoch)
      .execute();
  return true;
}

/** What says nothing about any other lock. */
const OF_A_BINDING = [
  'sync_tasks',
  'row_bounds',
  'packages',
  'lock_tables',
  'deliveries',
  'receipts',
  'lock_states',
  'lock_sessions',
  'deactivations',
] as const;

export type ReleasedLock = Pick<Schema['released_locks'], 'lock_id' | 'ownership_epoch' | 'identity_key'>;

/** Throws LOCK_RELEASED, with an alarm, for what a lock signed that once held the door; returns for anything else. */
export async function refuseReleased(
  work: Work,
  log: Log,
  door: AlarmDoor,
  isSignedBy: (lock: ReleasedLock) => boolean,
): Promise<void> {
  const doorId = door.id;
  const released = await work.trx
    .selectFrom('released_locks')
    .select(['lock_id', 'ownership_epoch', 'identity_key'])
    .where('door_id', '=', doorId)
    // One that was deactivated, or proved a later binding, has said so itself: what comes late of it is no surprise.
    .where('reason', '!=', 'deactivated')
    .orderBy('released_at_s', 'desc')
    .orderBy('ownership_epoch', 'desc')
    .limit(RELEASED_COMPARED_MAX)
    .execute();
  for (const lock of released) {
    if (!isSignedBy(lock)) continue;
    log.error('receipt.released-lock', { doorId, lockId: lock.lock_id });
    await raiseAlarm(work, door, 'released-lock', 'A lock that has lost this door proved itself after that.');
    throw new Refusal('LOCK_RELEASED', 'This lock proved itself after its door had gone to another lock.', {
      subject: doorId,
      next: 'Keep the lock aside: reset it by hand, then it can be activated again.',
      keepsChanges: true,
    });
  }
}

export const hasSignedReceipt = (
  engine: CryptoEngine,
  lock: ReleasedLock,
  receiptBytes: Uint8Array,
): boolean => receiptOf(engine, lock, receiptBytes)?.triple.ownershipEpoch === lock.ownership_epoch;

/** Undefined: another lock's, or nobody's. */
function receiptOf(engine: CryptoEngine, lock: ReleasedLock, receiptBytes: Uint8Array): Receipt | undefined {
  try {
    return verifyReceipt(engine, receiptBytes, wireLockId(lock.lock_id), lock.identity_key);
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

/**
 * A lock that proved a later binding has taken none of those that gave way to it. Those that it had proven stay: rows of
 * its log may still be of their doors. Where it was lost it is so no more, and has left those doors for good.
 */
export async function settleReleased(work: Work, lock: Schema['locks']): Promise<void> {
  await work.trx
    .updateTable('released_locks')
    .set({ reason: 'deactivated' })
    .where('lock_id', '=', lock.id)
    .where('reason', '=', 'replaced')
    .where('ownership_epoch', '<', lock.ownership_epoch)
    .execute();
  await work.trx
    .deleteFrom('released_locks')
    .where('lock_id', '=', lock.id)
    .where('reason', '=', 'unproven')
    .where('ownership_epoch', '<', lock.ownership_epoch)
    .execute();
}
