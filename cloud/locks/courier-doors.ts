// For couriers: the doors they may serve, each with how its lock is met. Beside those that have one, those whose last lock
// was lost: should it turn up, it is to leave.
import type { CourierDoor } from '#protocol/api/door-sync.ts';
import { encodeHex } from '#protocol/bytes.ts';
import { invariant } from '#protocol/errors.ts';
import { afterCursor, decodeCursor, pageOf, type PageWish } from '../domain/pages.ts';
import { mergedRows, propertiesInReach } from '../domain/reach.ts';
import { doorOf } from '../domain/rights/tenancy.ts';
import { doorSyncs } from '../domain/sync/sync-view.ts';
import type { Work } from '../domain/work.ts';
import { leavingBy } from './deactivation.ts';

export async function listCourierDoors(work: Work, wish: PageWish) {
  const cursor = decodeCursor(wish.after);
  const own = work.rights.kind === 'door' ? await doorOf(work, work.rights.doorId) : undefined;
  const rows = await mergedRows(
    own === undefined ? await propertiesInReach(work, undefined) : [own.property_id],
    wish.limit + 1,
    (propertyId) =>
      servedDoors(work, propertyId)
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
  const items = page.items.map((row): CourierDoor => {
    const lock = lockOfRow(row);
    const isLeaving = row.deactivated_lock_id !== null || row.lock_id === null;
    return {
      doorId: row.id,
      doorName: row.name,
      propertyId: row.property_id,
      lockId: lock.id,
      channelKey: encodeHex(lock.channelKey),
      advertisingKey: encodeHex(lock.advertisingKey),
      sync: syncs.get(row.id) as CourierDoor['sync'],
      leaving: isLeaving ? leavingBy(work, lock.identityKey) : null,
    };
  });
  return { items, next: page.next };
}

type ServedDoor = Awaited<ReturnType<ReturnType<typeof servedDoors>['execute']>>[number];

/** The door's lock, or the one that it lost. */
function lockOfRow(row: ServedDoor) {
  const id = row.lock_id ?? row.lost_lock_id;
  const channelKey = row.channel_key ?? row.lost_channel_key;
  const advertisingKey = row.advertising_key ?? row.lost_advertising_key;
  const identityKey = row.identity_key ?? row.lost_identity_key;
  invariant(id && channelKey && advertisingKey && identityKey, 'one of the two is there, as was asked for');
  return { id, channelKey, advertisingKey, identityKey };
}

const servedDoors = ({ trx }: Work, propertyId: string) =>
  trx
    .selectFrom('doors')
    .leftJoin('locks', 'locks.door_id', 'doors.id')
    .leftJoin('deactivations', 'deactivations.lock_id', 'locks.id')
    .leftJoin('released_locks as lost', (join) =>
      join
        .onRef('lost.door_id', '=', 'doors.id')
        .on('lost.reason', '=', 'replaced')
        .on('lost.deactivation_epoch', 'is not', null)
        // Its last, and no other is here by now.
        .on('locks.id', 'is', null)
        .on(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('released_locks as later')
                .select('later.lock_id')
                .whereRef('later.door_id', '=', 'lost.door_id')
                .where('later.reason', '!=', 'unproven')
                .where((later) =>
                  later.or([
                    later('later.released_at_s', '>', later.ref('lost.released_at_s')),
                    later.and([
                      later('later.released_at_s', '=', later.ref('lost.released_at_s')),
                      later('later.ownership_epoch', '>', later.ref('lost.ownership_epoch')),
                    ]),
                  ]),
                ),
            ),
          ),
        ),
    )
    .select(['doors.id', 'doors.name', 'doors.property_id'])
    .select([
      'locks.id as lock_id',
      'locks.channel_key',
      'locks.advertising_key',
      'locks.identity_key',
      'deactivations.lock_id as deactivated_lock_id',
    ])
    .select([
      'lost.lock_id as lost_lock_id',
      'lost.channel_key as lost_channel_key',
      'lost.advertising_key as lost_advertising_key',
      'lost.identity_key as lost_identity_key',
    ])
    .where('doors.property_id', '=', propertyId)
    .where(({ or, eb }) => or([eb('locks.id', 'is not', null), eb('lost.lock_id', 'is not', null)]));
