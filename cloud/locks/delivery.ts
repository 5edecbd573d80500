// For couriers: deliveries, each of which hands out a nonce that the lock's receipt has to repeat, and what they carry with
// them.
import { provenTable } from '../domain/sync/proven-table.ts';
import type { Delivery, KeySets } from '#protocol/api/door-sync.ts';
import { encodeHex, equalBytes } from '#protocol/bytes.ts';
import type { Asking, Desk } from '../desk.ts';
import { KEY_SET_STEPS_PER_CONNECTION_MAX } from '#protocol/limits.ts';
import { NONCE_BYTES } from '#protocol/signed/receipt.ts';
import { SWEPT_MAX } from '../domain/sweep.ts';
import { doorOf, lockOf } from '../domain/rights/tenancy.ts';
import type { Work } from '../domain/work.ts';
import { leavingOf } from './deactivation.ts';
import { noteTaken } from './sync-requests.ts';
import { entityTag, packageFor, withoutLock, type StoredPackage } from './package.ts';

/** A phone may carry a receipt for long before it is online again. */
export const DELIVERY_LIFE_S = 30 * 86_400;
/** Who asks again within that time, as after a lost answer, gets the same one. */
const DELIVERY_REUSED_S = 300;
/** Of one account for one lock. */
const DELIVERIES_KEPT = 64;

/** The target whole, and as a delta from what the lock has proven. Throws as `packageFor` does. */
export async function startDelivery(desk: Desk, asking: Asking, doorId: string): Promise<Delivery> {
  const full = await packageFor(desk, asking, doorId);
  const base = await desk.read(asking, (work) => provenHash(work, doorId));
  const delta = base === undefined ? undefined : await packageFor(desk, asking, doorId, base);
  const isDelta = delta !== undefined && delta.base !== '' && equalBytes(delta.tableHash, full.tableHash);
  return await desk.write(asking, async (work) => {
    await requireBound(work, full);
    await noteTaken(work, doorId);
    // Nobody's phone shuts a door.
    const leaving = work.rights.kind === 'app' ? undefined : await leavingOf(work, full.lock);
    const { cloudNonce, expiresAtS } = await openDelivery(work, full.lock.id, asking.caller.tokenId);
    return {
      doorId,
      lockId: full.lock.id,
      cloudNonce,
      target: full.triple,
      tableHash: encodeHex(full.tableHash),
      packageBytes: full.bytes.length,
      packageTag: entityTag(full),
      delta: isDelta
        ? { base: delta.base, packageBytes: delta.bytes.length, packageTag: entityTag(delta) }
        : null,
      leaving: leaving ?? null,
      expiresAtS,
    };
  });
}

async function openDelivery(work: Work, lockId: string, tokenId: string) {
  const recent = await work.trx
    .selectFrom('deliveries')
    .select(['cloud_nonce', 'expires_at_s'])
    .where('lock_id', '=', lockId)
    .where('token_id', '=', tokenId)
    .where('created_at_s', '>', work.nowS - DELIVERY_REUSED_S)
    .orderBy('created_at_s', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (recent !== undefined) return { cloudNonce: recent.cloud_nonce, expiresAtS: recent.expires_at_s };
  await endOlder(work, lockId, tokenId);
  const cloudNonce = encodeHex(work.random.bytes(NONCE_BYTES));
  const expiresAtS = work.nowS + DELIVERY_LIFE_S;
  await work.trx
    .deleteFrom('deliveries')
    .where('lock_id', '=', lockId)
    .where('expires_at_s', '<=', work.nowS)
    .execute();
  await work.trx
    .insertInto('deliveries')
    .values({
      cloud_nonce: cloudNonce,
      lock_id: lockId,
      token_id: tokenId,
      created_at_s: work.nowS,
      expires_at_s: expiresAtS,
    })
    .execute();
  return { cloudNonce, expiresAtS };
}

/** Whoever asks for one delivery after another, with whatever tokens of one account, has the newest alone. */
async function endOlder({ trx }: Work, lockId: string, tokenId: string): Promise<void> {
  const older = await trx
    .selectFrom('deliveries')
    .select('cloud_nonce')
    .where('lock_id', '=', lockId)
    .where(({ eb, or, selectFrom }) =>
      or([
        eb('token_id', '=', tokenId),
        eb(
          'token_id',
          'in',
          selectFrom('tokens')
            .select('tokens.id')
            .where('tokens.account_id', 'in', (one) =>
              one.selectFrom('tokens as own').select('own.account_id').where('own.id', '=', tokenId),
            ),
        ),
      ]),
    )
    .orderBy('created_at_s', 'desc')
    .limit(SWEPT_MAX)
    .offset(DELIVERIES_KEPT - 1)
    .execute();
  if (older.length === 0) return;
  const nonces = older.map(({ cloud_nonce: nonce }) => nonce);
  await trx.deleteFrom('deliveries').where('cloud_nonce', 'in', nonces).execute();
}

async function provenHash(work: Work, doorId: string): Promise<string | undefined> {
  await doorOf(work, doorId);
  const hash = (await provenTable(work.trx, doorId))?.hash ?? null;
  return hash === null ? undefined : encodeHex(hash);
}

/** The lock may have been taken off the door while its package was made. */
async function requireBound(work: Work, { lock }: StoredPackage): Promise<void> {
  const door = await doorOf(work, lock.door_id);
  const bound = await lockOf(work, lock.door_id);
  if (bound?.id !== lock.id || bound.ownership_epoch !== lock.ownership_epoch) throw withoutLock(door);
}

/** A lock far behind takes them one by one, at most as many as one connection allows. */
export function keySetsAfter(work: Work, after: number): KeySets {
  const keys = work.signing();
  return {
    current: keys.keySet.number,
    items: keys.keySets
      .map((keySet, index) => ({ number: index + 1, keySet: encodeHex(keySet) }))
      .filter(({ number }) => number > after)
      .slice(0, KEY_SET_STEPS_PER_CONNECTION_MAX),
  };
}
