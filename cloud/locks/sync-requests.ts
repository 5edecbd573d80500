// Somebody pressed Sync now: whoever can reach the door is told on the live channel. A request waits, is taken when a
// courier begins a delivery, and is done when the lock's receipt is here; nobody has to clean up after it.
import type { SyncRequest } from '#protocol/api/sync-requests.ts';
import type { Schema } from '../db/schema.ts';
import type { Trx } from '../db/store.ts';
import { batchesOf } from '../domain/batches.ts';
import { newId } from '../domain/ids.ts';
import { doorOf, lockOf } from '../domain/rights/tenancy.ts';
import type { Work } from '../domain/work.ts';
import { withoutLock } from './package.ts';

/** Nobody came: whoever stands at the door by now presses again. */
export const SYNC_REQUEST_LIFE_S = 600;
const SHOWN_MAX = 20;
const KEPT_S = 30 * 86_400;

/** The one that is open, where there is one: pressing again changes nothing. Throws DOOR_WITHOUT_LOCK. */
export async function requestSync(work: Work, doorId: string): Promise<SyncRequest> {
  const door = await doorOf(work, doorId);
  if ((await lockOf(work, doorId)) === undefined) throw withoutLock(door);
  const open = await openRows(work.trx, work.nowS, [doorId]);
  if (open[0] !== undefined) return requestView(open[0], work.nowS);
  const request: Schema['sync_requests'] = {
    id: newId(work.random, 'syncrequest'),
    door_id: doorId,
    account_id: work.caller?.accountId ?? null,
    created_at_s: work.nowS,
    expires_at_s: work.nowS + SYNC_REQUEST_LIFE_S,
    ended_at_s: null,
    outcome: null,
  };
  await sweepRequests(work, doorId);
  await work.trx.insertInto('sync_requests').values(request).execute();
  work.outbox.announce({
    kind: 'sync-request',
    propertyId: door.property_id,
    doorId,
    subject: request.id,
  });
  return requestView(request, work.nowS);
}

/** The newest of a door. */
export async function listSyncRequests(work: Work, doorId: string): Promise<SyncRequest[]> {
  await doorOf(work, doorId);
  const rows = await work.trx
    .selectFrom('sync_requests')
    .selectAll()
    .where('door_id', '=', doorId)
    .orderBy('created_at_s', 'desc')
    .orderBy('id', 'desc')
    .limit(SHOWN_MAX)
    .execute();
  return rows.map((row) => requestView(row, work.nowS));
}

/** A courier is on its way. Only the first time is news, so that a delivery writes nothing without need. */
export const noteTaken = async (work: Work, doorId: string): Promise<void> => settle(work, doorId, 'taken');
/** The lock has said what it has. */
export const noteDone = async (work: Work, doorId: string): Promise<void> => settle(work, doorId, 'done');

async function settle(work: Work, doorId: string, outcome: 'taken' | 'done'): Promise<void> {
  const open = await openRows(work.trx, work.nowS, [doorId]);
  if (open.length === 0 || open.every((row) => row.outcome === outcome)) return;
  await work.trx
    .updateTable('sync_requests')
    .set({ outcome, ended_at_s: outcome === 'done' ? work.nowS : null })
    .where('door_id', '=', doorId)
    .where('ended_at_s', 'is', null)
    .execute();
  work.outbox.announce({ kind: 'door-state', doorId });
}

/** Of all these doors; what a hello tells of. */
export async function openSyncRequests(
  trx: Trx,
  nowS: number,
  doorIds: readonly string[],
): Promise<{ doorId: string; requestId: string }[]> {
  const found: { doorId: string; requestId: string }[] = [];
  for (const batch of batchesOf(doorIds))
    for (const row of await openRows(trx, nowS, batch))
      found.push({ doorId: row.door_id, requestId: row.id });
  return found;
}

const openRows = (trx: Trx, nowS: number, doorIds: readonly string[]): Promise<Schema['sync_requests'][]> =>
  trx
    .selectFrom('sync_requests')
    .selectAll()
    .where('door_id', 'in', [...doorIds])
    .where('ended_at_s', 'is', null)
    .where('expires_at_s', '>', nowS)
    .orderBy('created_at_s')
    .orderBy('id')
    .execute();

/** Those of the door that are long over. */
async function sweepRequests(work: Work, doorId: string): Promise<void> {
  await work.trx
    .deleteFrom('sync_requests')
    .where('door_id', '=', doorId)
    .where('expires_at_s', '<=', work.nowS - KEPT_S)
    .execute();
}

const requestView = (row: Schema['sync_requests'], nowS: number): SyncRequest => ({
  id: row.id,
  doorId: row.door_id,
  state: stateOf(row, nowS),
  createdAtS: row.created_at_s,
  expiresAtS: row.expires_at_s,
  endedAtS: row.ended_at_s,
});

function stateOf(row: Schema['sync_requests'], nowS: number): SyncRequest['state'] {
  if (row.ended_at_s !== null) return 'done';
  if (row.expires_at_s <= nowS) return 'expired';
  return row.outcome === 'taken' ? 'taken' : 'waiting';
}
