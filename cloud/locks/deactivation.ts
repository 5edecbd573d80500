// Taking a lock off its door: a statement signed for that lock is carried to it, and the binding ends with the lock's own
// proof, or at once where the lock is gone for good. Whoever can reach the door is called, as by Sync now. The door keeps its
// access, for whichever lock comes next.
import type { Deactivation } from '#protocol/api/activation.ts';
import type { Leaving } from '#protocol/api/door-sync.ts';
import { encodeHex } from '#protocol/bytes.ts';
import { labelAdvertisingKey, labelHashOf } from '#protocol/label.ts';
import { signDeactivation } from '#protocol/signed/deactivation.ts';
import type { Receipt } from '#protocol/signed/receipt.ts';
import type { Schema } from '../db/schema.ts';
import { notFound } from '../domain/refusal.ts';
import { doorOf, lockOf } from '../domain/rights/tenancy.ts';
import type { Work } from '../domain/work.ts';
import { endLockTokens } from './lock-sessions.ts';
import { epochAbove } from './ownership-epoch.ts';
import { wireLockId, withoutLock } from './package.ts';
import { askedOf, release } from './released-locks.ts';
import { requestSync } from './sync-requests.ts';

/**
 * The statement for the door's lock; asked for again it is the same one. `isLost`: the binding ends at once, and the
 * statement, which can be had again while the door has no other lock, is for the case that the lock turns up. Throws
 * DOOR_WITHOUT_LOCK.
 */
export async function askDeactivation(work: Work, doorId: string, isLost: boolean): Promise<Deactivation> {
  const door = await doorOf(work, doorId);
  const lock = await lockOf(work, doorId);
  if (lock === undefined) {
    const ended = isLost ? await endedDeactivation(work, doorId) : undefined;
    if (ended === undefined) throw withoutLock(door);
    return ended;
  }
  const row = await statementFor(work, lock);
  if (isLost) {
    await release(work, lock, 'replaced', row);
    await endedBinding(work, lock);
  } else {
    await requestSync(work, doorId);
  }
  return viewOf(row, isLost ? 'ended' : 'asked');
}

/** For whoever carries it to the lock. Throws NOT_FOUND where none is asked for. */
export async function openDeactivation(work: Work, doorId: string): Promise<Deactivation> {
  await doorOf(work, doorId);
  const row = await work.trx
    .selectFrom('deactivations')
    .selectAll()
    .where('door_id', '=', doorId)
    .executeTakeFirst();
  // A lock that took the newer keys since, from whoever brought it a set, knows those before no more.
  if (row !== undefined) return viewOf(row.key_epoch === work.keyEpoch ? row : signedNow(work, row), 'asked');
  const ended =
    (await lockOf(work, doorId)) === undefined ? await endedDeactivation(work, doorId) : undefined;
  if (ended === undefined) throw notFound('deactivation');
  return ended;
}

/** How a courier meets the door's lock on its way out; undefined where it is to stay. */
export async function leavingOf(work: Work, lock: Schema['locks']): Promise<Leaving | undefined> {
  const asked = await askedOf(work, lock);
  return asked && leavingBy(work, lock.identity_key);
}

export const leavingBy = ({ engine }: Pick<Work, 'engine'>, identityKey: Uint8Array): Leaving => ({
  advertisingKey: encodeHex(labelAdvertisingKey(engine, labelHashOf(engine, identityKey))),
});

/** Of the lock that was the door's last and is gone for good. */
async function endedDeactivation(work: Work, doorId: string): Promise<Deactivation | undefined> {
  const last = await work.trx
    .selectFrom('released_locks')
    .selectAll()
    .where('door_id', '=', doorId)
    .where('reason', '!=', 'unproven')
    .orderBy('released_at_s', 'desc')
    .orderBy('ownership_epoch', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (last?.reason !== 'replaced' || last.deactivation_epoch === null) return undefined;
  const { lock_id, deactivation_epoch: ownership_epoch, deactivation_asked_at_s: askedAtS } = last;
  const asked_at_s = askedAtS ?? last.released_at_s;
  return viewOf(signedNow(work, { lock_id, door_id: doorId, ownership_epoch, asked_at_s }), 'ended');
}

/**
 * Whether this receipt, which the lock has signed, is its proof that it is deactivated; then the binding is over. The
 * epoch was given to this one statement, so that nothing else can have brought the lock there.
 */
export async function provesDeactivation(
  work: Work,
  lock: Schema['locks'],
  receipt: Receipt,
): Promise<boolean> {
  if (receipt.tableState !== 'none' || receipt.triple.ownershipEpoch <= lock.ownership_epoch) return false;
  const asked = await askedOf(work, lock);
  if (asked?.ownership_epoch !== receipt.triple.ownershipEpoch) return false;
  await release(work, lock, 'deactivated', asked);
  await endedBinding(work, lock);
  return true;
}

async function endedBinding(work: Work, lock: Schema['locks']): Promise<void> {
  await endLockTokens(work, lock.door_id);
  work.outbox.announce({ kind: 'door-state', doorId: lock.door_id });
}

/** Signed anew where the keys were rotated since, as the lock may know the newer ones alone by now. */
async function statementFor(work: Work, lock: Schema['locks']): Promise<Schema['deactivations']> {
  const before = await askedOf(work, lock);
  if (before?.key_epoch === work.keyEpoch) return before;
  const ownershipEpoch = before?.ownership_epoch ?? (await epochAbove(work.trx, lock.ownership_epoch));
  const row = signedNow(work, {
    lock_id: lock.id,
    door_id: lock.door_id,
    ownership_epoch: ownershipEpoch,
    asked_at_s: before?.asked_at_s ?? work.nowS,
  });
  await work.trx.deleteFrom('deactivations').where('lock_id', '=', lock.id).execute();
  await work.trx.insertInto('deactivations').values(row).execute();
  return row;
}

const signedNow = (
  work: Work,
  asked: Omit<Schema['deactivations'], 'key_epoch' | 'statement'>,
): Schema['deactivations'] => ({
  ...asked,
  key_epoch: work.keyEpoch,
  statement: signDeactivation(work.engine, work.signing().tableSigner, wireLockId(asked.lock_id), {
    format: 1,
    ownershipEpoch: asked.ownership_epoch,
  }),
});

const viewOf = (row: Schema['deactivations'], state: Deactivation['state']): Deactivation => ({
  doorId: row.door_id,
  lockId: row.lock_id,
  state,
  ownershipEpoch: row.ownership_epoch,
  keyEpoch: row.key_epoch,
  statement: encodeHex(row.statement),
  askedAtS: row.asked_at_s,
});
