// Tables that would only grow are swept where they grow: each insert takes away a few rows of what is over, so
// that no request works long and none is left behind for ever.
import type { ExpressionBuilder } from 'kysely';
import { prepared } from '../db/prepared.ts';
import type { Schema } from '../db/schema.ts';
import type { Trx } from '../db/store.ts';

/** More than one insert adds, so that a table that is behind catches up. */
export const SWEPT_MAX = 100;
/** Tokens stay in the list of their account for a while after their end. */
const TOKEN_KEPT_S = 30 * 86_400;
/** Whoever finishes an activation that was over is told so for a day. */
const ACTIVATION_KEPT_S = 86_400;
/** The newest of a lock: later ones say all that earlier ones did, but to whoever looks back a little. */
const CLOSED_TASKS_KEPT = 100;
const RECEIPTS_KEPT = 100;
/** Nobody is served any but the newest; who has just been told of one before may still fetch it. */
const VERSIONS_PACKED_KEPT = 4;

export async function sweepTokens(trx: Trx, nowS: number): Promise<void> {
  const over = await trx
    .selectFrom('tokens')
    .select('id')
    .where('expires_at_s', '<=', nowS - TOKEN_KEPT_S)
    .limit(SWEPT_MAX)
    .execute();
  await deleteAll(trx, 'tokens', over);
}

/** Those that bound nothing: the others tell whose receipts a lock's first ones are. */
export async function sweepActivations(trx: Trx, nowS: number): Promise<void> {
  const over = await trx
    .selectFrom('activations')
    .select('id')
    .where('expires_at_s', '<=', nowS - ACTIVATION_KEPT_S)
    .where('lock_id', 'is', null)
    .limit(SWEPT_MAX)
    .execute();
  await deleteAll(trx, 'activations', over);
}

/** With each receipt: what it closes and what it outdoes. */
export async function sweepReceipts(trx: Trx, lockId: string): Promise<void> {
  const tasks = await trx
    .selectFrom('sync_tasks')
    .select('id')
    .where('lock_id', '=', lockId)
    .where('closed_at_s', 'is not', null)
    .orderBy('closed_at_s', 'desc')
    .orderBy('table_version', 'desc')
    .limit(SWEPT_MAX)
    .offset(CLOSED_TASKS_KEPT)
    .execute();
  await deleteAll(trx, 'sync_tasks', tasks);
  const receipts = await trx
    .selectFrom('receipts')
    .select('id')
    .where('lock_id', '=', lockId)
    .orderBy('boot', 'desc')
    .orderBy('log_sequence', 'desc')
    .limit(SWEPT_MAX)
    .offset(RECEIPTS_KEPT)
    .execute();
  await deleteAll(trx, 'receipts', receipts);
}

async function deleteAll(
  trx: Trx,
  table: 'tokens' | 'activations' | 'sync_tasks' | 'receipts',
  rows: readonly { readonly id: string }[],
): Promise<void> {
  if (rows.length === 0) return;
  const ids = rows.map(({ id }) => id);
  await trx.deleteFrom(table).where('id', 'in', ids).execute();
}

/**
 * What a lock has proven to have left behind it will never ask for again: its packages go, and of its tables all but
 * their hashes, by which a receipt that comes late is still known.
 */
export async function sweepPackages(trx: Trx, lockId: string): Promise<void> {
  await sweepSuperseded(trx, lockId);
  const [proven] = await provenTriple(trx, lockId);
  if (proven === undefined) return;
  await trx.deleteFrom('packages').where('lock_id', '=', lockId).where(isBelow(proven)).execute();
  await trx
    .updateTable('lock_tables')
    .set({ head: NOTHING, rows: NOTHING })
    .where('lock_id', '=', lockId)
    .where('head', '!=', NOTHING)
    .where(isBelow(proven))
    .execute();
}

/** Of a door that is not synced each change that somebody fetches makes another. */
async function sweepSuperseded(trx: Trx, lockId: string): Promise<void> {
  const newest = await trx
    .selectFrom('packages')
    .select(['ownership_epoch', 'key_epoch', 'table_version'])
    .distinct()
    .where('lock_id', '=', lockId)
    .orderBy('ownership_epoch', 'desc')
    .orderBy('key_epoch', 'desc')
    .orderBy('table_version', 'desc')
    .limit(VERSIONS_PACKED_KEPT)
    .execute();
  const oldest = newest[VERSIONS_PACKED_KEPT - 1];
  if (oldest === undefined) return;
  await trx.deleteFrom('packages').where('lock_id', '=', lockId).where(isBelow(oldest)).execute();
}

const provenTriple = prepared((db, lockId: string) =>
  db
    .selectFrom('lock_states')
    .select(['ownership_epoch', 'key_epoch', 'table_version'])
    .where('lock_id', '=', lockId)
    .where('table_state', '=', 'active'),
);

const NOTHING = new Uint8Array(0);

type TripleRow = Pick<Schema['lock_states'], 'ownership_epoch' | 'key_epoch' | 'table_version'>;

const isBelow =
  ({ ownership_epoch: ownership, key_epoch: epoch, table_version: version }: TripleRow) =>
  ({ eb, and, or }: ExpressionBuilder<Schema, 'packages' | 'lock_tables'>) =>
    or([
      eb('ownership_epoch', '<', ownership),
      and([eb('ownership_epoch', '=', ownership), eb('key_epoch', '<', epoch)]),
      and([
        eb('ownership_epoch', '=', ownership),
        eb('key_epoch', '=', epoch),
        eb('table_version', '<', version),
      ]),
    ]);
