// For couriers: the doors they may serve, the tasks that wait, and deliveries, each of which hands out a nonce
// that the lock's receipt has to repeat.
import { provenTable } from '../domain/sync/proven-table.ts';
import type { CourierDoor, Delivery, KeySets } from '#protocol/api/door-sync.ts';
import { encodeHex, equalBytes } from '#protocol/bytes.ts';
import type { Asking, Desk } from '../desk.ts';
import { KEY_SET_STEPS_PER_CONNECTION_MAX } from '#protocol/limits.ts';
import { NONCE_BYTES } from '#protocol/signed/receipt.ts';
import { afterCursor, decodeCursor, pageOf, type PageWish } from '../domain/pages.ts';
import { mergedRows, propertiesInReach } from '../domain/reach.ts';
import { SWEPT_MAX } from '../domain/sweep.ts';
import { doorSyncs } from '../domain/sync/sync-view.ts';
import { doorOf, lockOf } from '../domain/rights/tenancy.ts';
import type { Work } from '../domain/work.ts';
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

export async function listCourierDoors(work: Work, wish: PageWish) {
  const cursor = decodeCursor(wish.after);
  const own = work.rights.kind === 'door' ? await doorOf(work, work.rights.doorId) : undefined;
  const rows = await mergedRows(
    own === undefined ? await propertiesInReach(work, undefined) : [own.property_id],
    wish.limit + 1,
    (propertyId) =>
      work.trx
        .selectFrom('doors')
        .innerJoin('locks', 'locks.door_id', 'doors.id')
        .select([
          'locks.id as lock_id',
          'locks.channel_key',
          'locks.advertising_key',
          'doors.id',
          'doors.name',
          'doors.property_id',
        ])
        .where('doors.property_id', '=', propertyId)
        .$if(own !== undefined, (query) => query.where('doors.id', '=', own?.id ?? ''))
        .where(afterCursor(cursor, 'doors.name', 'doors.id'))
        .orderBy('doors.name')
        .orderBy('doors.id')
        .limit(wish.limit + 1)
        .execute(),
    (a, b) => (a.name === b.name ? (a.id < b.id ? -1 : 1) : a.name < b.name ? -1 : 1),
  );
  const page = pageOf(
    rows,
    wish.limit,
    ({ name, id }) => ({ sort: name, id }),
    (row) => row,
  );
  const syncs = await doorSyncs(
    work,
    page.items.map(({ id }) => id),
  );
  const items = page.items.map((row): CourierDoor => ({
    doorId: row.id,
    doorName: row.name,
    propertyId: row.property_id,
    lockId: row.lock_id,
    channelKey: encodeHex(row.channel_key),
    advertisingKey: encodeHex(row.advertising_key),
    sync: syncs.get(row.id) as CourierDoor['sync'],
  }));
  return { items, next: page.next };
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
