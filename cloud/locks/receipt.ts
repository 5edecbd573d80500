// Receipts: the lock's signed word on what it applied. Only one that verifies, answers a delivery of ours and
// names a table that we made closes sync tasks; what is older than the newest known moves nothing back.
import type { ReceiptResult } from '#protocol/api/door-sync.ts';
import { concat, decodeHex, encodeHex, equalBytes, u32, u64 } from '#protocol/bytes.ts';
import { invariant } from '#protocol/errors.ts';
import type { Log } from '#protocol/ports/log.ts';
import { activationReceiptNonce } from '#protocol/signed/activation.ts';
import { compareReceipts, verifyReceipt, type Receipt } from '#protocol/signed/receipt.ts';
import { tripleBytes, type Triple } from '#protocol/triple.ts';
import { WireError } from '#protocol/wire-error.ts';
import type { Schema } from '../db/schema.ts';
import { endAlarm, raiseAlarm, type AlarmDoor } from '../domain/activity/alarms.ts';
import { newId } from '../domain/ids.ts';
import { settleUnsynced } from '../domain/sync/unsynced.ts';
import { settleVersionRoom } from '../domain/sync/version-room.ts';
import { Refusal } from '../domain/refusal.ts';
import { sweepReceipts } from '../domain/sweep.ts';
import { doorSync } from '../domain/sync/sync-view.ts';
import { doorOf, lockOf } from '../domain/rights/tenancy.ts';
import { isAtLeast } from '../domain/sync/triples.ts';
import type { Work } from '../domain/work.ts';
import type { CloudParts } from './cloud-parts.ts';
import { provesDeactivation } from './deactivation.ts';
import { closeTasks, ensureTask } from './receipt-tasks.ts';
import { wireLockId, withoutLock } from './package.ts';
import { noteDone } from './sync-requests.ts';
import {
  hasSignedReceipt,
  provesPastDeactivation,
  refuseReleased,
  settleReleased,
} from './released-locks.ts';

/** Throws RECEIPT_INVALID, LOCK_RELEASED, RECEIPT_STALE_NONCE, RECEIPT_OTHER_TABLE, DOOR_WITHOUT_LOCK. */
export async function takeReceipt(
  work: Work,
  parts: CloudParts,
  log: Log,
  doorId: string,
  receiptHex: string,
): Promise<ReceiptResult> {
  const door = await doorOf(work, doorId);
  const lock = await lockOf(work, doorId);
  const bytes = decodeHex(receiptHex);
  invariant(bytes, 'hex, as validated');
  const isPast = (): Promise<boolean> => provesPastDeactivation(work, parts.engine, doorId, bytes);
  const left = async (): Promise<ReceiptResult> => ({
    outcome: 'deactivated',
    closedTasks: 0,
    sync: await doorSync(work, doorId),
  });
  if (lock === undefined) {
    if (await isPast()) return left();
    await refuseReleased(work, log, door, (released) => hasSignedReceipt(parts.engine, released, bytes));
    throw withoutLock(door);
  }
  const receipt = verified(parts, lock, bytes);
  if (receipt instanceof Refusal) {
    if (await isPast()) return left();
    await refuseReleased(work, log, door, (released) => hasSignedReceipt(parts.engine, released, bytes));
    throw receipt;
  }
  if (await provesDeactivation(work, lock, receipt)) {
    await noteDone(work, doorId);
    return left();
  }
  const isOfBefore = receipt.triple.ownershipEpoch < lock.ownership_epoch;
  if (isOfBefore && (await isPast())) return left();
  const hash = identityOf(parts, receipt);
  const result = async (outcome: ReceiptResult['outcome'], closedTasks = 0): Promise<ReceiptResult> => ({
    outcome,
    closedTasks,
    sync: await doorSync(work, doorId),
  });
  if (await isKnown(work, lock.id, hash)) return result('repeated');
  await requireOurNonce(work, lock, receipt);
  await requireOurTable(work, log, door, lock, receipt);
  const before = await work.trx
    .selectFrom('lock_states')
    .selectAll()
    .where('lock_id', '=', lock.id)
    .executeTakeFirst();
  const isOlder =
    before !== undefined &&
    compareReceipts(receipt, { bootCount: before.boot, logSequence: before.log_sequence }) < 0;
  const target: Triple = {
    ownershipEpoch: lock.ownership_epoch,
    keyEpoch: work.keyEpoch,
    tableVersion: door.target_version,
  };
  const outcome = isOlder ? 'older' : outcomeOf(receipt, target);
  const receiptId = await store(work, lock.id, receipt, hash, bytes, outcome);
  await sweepReceipts(work.trx, lock.id);
  if (outcome === 'older') return result('older');
  const isReset = wasReset(receipt, before);
  await writeState(work, lock.id, receipt, isReset ? Math.max(before?.table_version ?? 0, 1) : 0);
  if (before === undefined) await settleReleased(work, lock);
  const closed = receipt.tableState === 'active' ? await closeTasks(work, lock.id, receipt, receiptId) : 0;
  if (isReset) await raiseAlarm(work, door, 'lock-reset', RESET);
  else if (receipt.tableState === 'active') await endAlarm(work, door, 'lock-reset');
  if (outcome !== 'applied') await ensureTask(work, door, lock.id, target, isReset);
  else await noteDone(work, doorId);
  await settleUnsynced(work, door);
  await settleVersionRoom(work, door);
  work.outbox.announce({ kind: 'door-state', propertyId: door.property_id, doorId });
  return result(outcome, closed);
}

function verified(parts: CloudParts, lock: Schema['locks'], bytes: Uint8Array): Receipt | Refusal {
  try {
    return verifyReceipt(parts.engine, bytes, wireLockId(lock.id), lock.identity_key);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return new Refusal('RECEIPT_INVALID', `The receipt was refused: ${error.message}.`, {
      cause: error,
      next: 'Sync the door again; the task stays open until its lock signs.',
    });
  }
}

/** What makes two receipts the same one, without regard to signature bytes. */
const identityOf = (parts: CloudParts, receipt: Receipt): Uint8Array =>
  parts.engine.sha256(
    concat(
      receipt.courierNonce,
      receipt.cloudNonce,
      tripleBytes(receipt.triple),
      u32(receipt.bootCount),
      u64(BigInt(receipt.logSequence)),
      receipt.logHash,
    ),
  );

async function isKnown(work: Work, lockId: string, hash: Uint8Array): Promise<boolean> {
  const known = await work.trx
    .selectFrom('receipts')
    .select('id')
    .where('lock_id', '=', lockId)
    .where('hash', '=', hash)
    .executeTakeFirst();
  return known !== undefined;
}

/**
 * Of an open delivery; or of the activation that bound the lock, which proves that it took its secrets, and as it
 * never ends proves nothing about a table.
 */
async function requireOurNonce(work: Work, lock: Schema['locks'], receipt: Receipt): Promise<void> {
  const open = await work.trx
    .selectFrom('deliveries')
    .select('cloud_nonce')
    .where('cloud_nonce', '=', encodeHex(receipt.cloudNonce))
    .where('lock_id', '=', lock.id)
    .where('expires_at_s', '>', work.nowS)
    .executeTakeFirst();
  if (open !== undefined) return;
  const binding = await work.trx
    .selectFrom('activations')
    .select('statement_hash')
    .where('lock_id', '=', lock.id)
    .where('ownership_epoch', '=', lock.ownership_epoch)
    .execute();
  const isBinding = binding.some(
    ({ statement_hash: hash }) =>
      hash !== null && equalBytes(activationReceiptNonce(hash), receipt.cloudNonce),
  );
  if (isBinding && receipt.tableState === 'none') return;
  throw new Refusal('RECEIPT_STALE_NONCE', 'The receipt repeats no nonce of an open delivery to this lock.', {
    next: 'Start a new delivery and sync the door again.',
  });
}

/** A lock that holds anything but what was made for it is an alarm, whoever signed. */
async function requireOurTable(
  work: Work,
  log: Log,
  door: AlarmDoor,
  lock: Schema['locks'],
  receipt: Receipt,
): Promise<void> {
  const { triple, tableHash } = receipt;
  const isOurEpoch = triple.ownershipEpoch === lock.ownership_epoch;
  if (isOurEpoch && receipt.tableState !== 'active') return;
  const made = await work.trx
    .selectFrom('lock_tables')
    .select('table_hash')
    .where('lock_id', '=', lock.id)
    .where('ownership_epoch', '=', triple.ownershipEpoch)
    .where('key_epoch', '=', triple.keyEpoch)
    .where('table_version', '=', triple.tableVersion)
    .executeTakeFirst();
  if (isOurEpoch && made !== undefined && tableHash !== null && equalBytes(made.table_hash, tableHash))
    return;
  log.error('receipt.other-table', { lockId: lock.id, tableVersion: triple.tableVersion });
  const reported = `The lock reports version ${triple.tableVersion} with a table that was never made for it.`;
  await raiseAlarm(work, door, 'other-table', reported);
  throw new Refusal('RECEIPT_OTHER_TABLE', reported, {
    subject: lock.door_id,
    next: 'Treat the lock as tampered with until it has been looked at.',
    keepsChanges: true,
  });
}

function outcomeOf(receipt: Receipt, target: Triple): 'applied' | 'behind' | 'degraded' {
  if (receipt.tableState === 'degraded') return 'degraded';
  return receipt.tableState === 'active' && isAtLeast(receipt.triple, target) ? 'applied' : 'behind';
}

async function store(
  work: Work,
  lockId: string,
  receipt: Receipt,
  hash: Uint8Array,
  bytes: Uint8Array,
  outcome: string,
): Promise<string> {
  const id = newId(work.random, 'receipt');
  await work.trx
    .insertInto('receipts')
    .values({
      id,
      lock_id: lockId,
      hash,
      boot: receipt.bootCount,
      log_sequence: receipt.logSequence,
      outcome,
      active_version: receipt.tableState === 'active' ? receipt.triple.tableVersion : 0,
      bytes,
      received_at_s: work.nowS,
    })
    .execute();
  return id;
}

const RESET = 'The lock was reset by hand: deactivate it, then activate it again.';

/** No table in an ownership in which it has had one: nothing but a hand at the lock takes a table without another. */
const wasReset = (receipt: Receipt, before: Schema['lock_states'] | undefined): boolean =>
  receipt.tableState === 'none' &&
  (receipt.triple.tableVersion > 0 ||
    (before?.ownership_epoch === receipt.triple.ownershipEpoch && before.table_version > 0));

/** `leastVersion`: of a lock that has had a table, whatever it says of it. */
async function writeState(work: Work, lockId: string, receipt: Receipt, leastVersion: number): Promise<void> {
  const state = {
    ownership_epoch: receipt.triple.ownershipEpoch,
    key_epoch: receipt.triple.keyEpoch,
    table_version: Math.max(receipt.triple.tableVersion, leastVersion),
    table_hash: receipt.tableHash,
    table_state: receipt.tableState,
    boot: receipt.bootCount,
    log_sequence: receipt.logSequence,
    battery_percent: receipt.batteryPercent,
    firmware: receipt.firmware,
    received_at_s: work.nowS,
  };
  await work.trx
    .insertInto('lock_states')
    .values({ lock_id: lockId, ...state })
    .onConflict((conflict) => conflict.column('lock_id').doUpdateSet(state))
    .execute();
}
