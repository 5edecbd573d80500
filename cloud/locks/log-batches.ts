// Batches of a lock's event log: opened, joined to what is held, stored once, acknowledged. The lock lets go of its rows
// by the acknowledgement alone, so that a batch that comes again is answered like the first time.
import type { LogBatchResult } from '#protocol/api/door-sync.ts';
import { decodeHex, encodeHex } from '#protocol/bytes.ts';
import { invariant } from '#protocol/errors.ts';
import type { Hash } from '#protocol/ids.ts';
import { joinLog } from '#protocol/log/join.ts';
import type { LogHead, LogRow } from '#protocol/log/row.ts';
import { EVENT_TYPES } from '#protocol/log/event-types.ts';
import type { Log } from '#protocol/ports/log.ts';
import { signLogAck } from '#protocol/signed/log-ack.ts';
import { openLogBatch, type OpenedLogBatch } from '#protocol/signed/log-batch.ts';
import { WireError } from '#protocol/wire-error.ts';
import type { Schema } from '../db/schema.ts';
import { noteGaps, settleGaps } from '../domain/activity/activity-gaps.ts';
import { storeRows, type ActivityDoor } from '../domain/activity/activity-intake.ts';
import { raiseAlarm } from '../domain/activity/alarms.ts';
import { Refusal } from '../domain/refusal.ts';
import { doorOf, lockOf } from '../domain/rights/tenancy.ts';
import type { Work } from '../domain/work.ts';
import type { CloudParts } from './cloud-parts.ts';
import { stretchesOf } from './log-places.ts';
import { wireLockId, withoutLock } from './package.ts';
import { refuseReleased } from './released-locks.ts';

/** Throws LOG_BATCH_INVALID, LOG_BATCH_UNREADABLE, LOG_CONTRADICTS, LOCK_RELEASED, DOOR_WITHOUT_LOCK. */
export async function takeLogBatch(
  work: Work,
  parts: CloudParts,
  log: Log,
  doorId: string,
  batchHex: string,
): Promise<LogBatchResult> {
  const door = await doorOf(work, doorId);
  const lock = await lockOf(work, doorId);
  const bytes = decodeHex(batchHex);
  invariant(bytes, 'hex, as validated');
  const refuseIfReleased = (): Promise<void> =>
    refuseReleased(work, log, door, (released) => {
      const opened = openedBy(work, parts, { ...released, id: released.lock_id }, bytes);
      return !(opened instanceof Refusal);
    });
  if (lock === undefined) {
    await refuseIfReleased();
    throw withoutLock(door);
  }
  const opened = openedBy(work, parts, lock, bytes);
  if (opened instanceof Refusal) {
    await refuseIfReleased();
    throw opened;
  }
  const held = await heldHead(work, lock.id);
  const verdict = joinLog(parts.engine, held, opened);
  const answer = (head: LogHead | undefined, next: number): LogBatchResult => ({
    ack: head === undefined ? null : ackOf(work, parts, lock.id, head),
    next,
  });
  switch (verdict.verdict) {
    case 'missing':
      return answer(held, verdict.from);
    case 'known':
      if (held !== undefined && opened.isLast) await settleGaps(work, lock.id, door, true);
      return answer(held, held === undefined ? opened.from : held.sequence + 1);
    case 'contradicts':
      log.error('log.contradicts', { doorId, lockId: lock.id, row: verdict.sequence });
      await raiseAlarm(
        work,
        door,
        'log-contradicts',
        `The lock shows another history than the one that is held, from row ${verdict.sequence} on.`,
      );
      throw new Refusal(
        'LOG_CONTRADICTS',
        `Row ${verdict.sequence} is another one than the one that is held.`,
        {
          subject: doorId,
          next: 'Treat the lock as tampered with until it has been looked at.',
          keepsChanges: true,
        },
      );
    case 'continues': {
      const heldDoorId = verdict.lost.length > 0 ? undefined : held?.door_id;
      const lastDoorId = await storeByDoor(work, lock, door, heldDoorId, verdict.rows);
      await noteGaps(work, lock.id, doorId, verdict.lost);
      await writeHead(work, lock.id, verdict.head, lastDoorId);
      await settleGaps(work, lock.id, door, opened.isLast);
      return answer(verdict.head, verdict.head.sequence + 1);
    }
  }
}

/** Gives the door of the last row. Of where no door is known, no person's entry is kept. */
async function storeByDoor(
  work: Work,
  lock: Schema['locks'],
  door: ActivityDoor,
  heldDoorId: string | null | undefined,
  rows: readonly LogRow[],
): Promise<string | null> {
  const stretches = await stretchesOf(work, lock, door, heldDoorId, rows);
  for (const { door: place, rows: own } of stretches) {
    if (place === undefined) await storeRows(work, lock.id, door, own.filter(isNobodys));
    else await storeRows(work, lock.id, place, own);
  }
  return stretches.at(-1)?.door?.id ?? null;
}

const isNobodys = ({ typeNumber }: LogRow): boolean =>
  typeNumber !== EVENT_TYPES.opened && typeNumber !== EVENT_TYPES.refused;

function openedBy(
  work: Work,
  parts: CloudParts,
  lock: Pick<Schema['locks'], 'id' | 'identity_key'>,
  bytes: Uint8Array,
): OpenedLogBatch | Refusal {
  const keys = work.signing();
  // Asked for behind the signature alone.
  const seal = { isReached: false };
  const logSecretOf = (keySetNumber: number): Uint8Array | undefined => {
    seal.isReached = true;
    return keys.logSecretOf(keySetNumber);
  };
  try {
    const opening = { lockId: wireLockId(lock.id), identityKey: lock.identity_key, logSecretOf };
    return openLogBatch(parts.engine, bytes, opening);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    if (seal.isReached && error.code === 'UNKNOWN_KEY') {
      return new Refusal(
        'LOG_BATCH_UNREADABLE',
        `The batch is ${error.message}, whose log key is not here.`,
        {
          cause: error,
          next: 'Put the log key of that key set back into the keys folder; the lock keeps its rows meanwhile.',
        },
      );
    }
    return new Refusal('LOG_BATCH_INVALID', `The batch was refused: ${error.message}.`, {
      cause: error,
      next: 'Pull the log again; the lock keeps its rows until they are acknowledged.',
    });
  }
}

async function heldHead(
  work: Work,
  lockId: string,
): Promise<(LogHead & { readonly door_id: string | null }) | undefined> {
  const row = await work.trx
    .selectFrom('lock_logs')
    .select(['sequence', 'chain', 'door_id'])
    .where('lock_id', '=', lockId)
    .executeTakeFirst();
  return row;
}

async function writeHead(
  work: Work,
  lockId: string,
  { sequence, chain }: LogHead,
  doorId: string | null,
): Promise<void> {
  const head = { sequence, chain, door_id: doorId, received_at_s: work.nowS };
  await work.trx
    .insertInto('lock_logs')
    .values({ lock_id: lockId, ...head })
    .onConflict((conflict) => conflict.column('lock_id').doUpdateSet(head))
    .execute();
}

const ackOf = (work: Work, parts: CloudParts, lockId: string, { sequence, chain }: LogHead): string =>
  encodeHex(
    signLogAck(parts.engine, work.signing().timeSigner, wireLockId(lockId), {
      format: 1,
      upToSequence: sequence,
      chain: chain as Hash,
    }),
  );
