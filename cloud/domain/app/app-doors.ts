// The doors and Keys of an account, for its app: what opens now and what later, and for those that open now how to find
// the lock and bring it the newest set.
import type { AppDoor, AppKey } from '#protocol/api/app.ts';
import { encodeHex } from '#protocol/bytes.ts';
import { ownPeople } from './app-people.ts';
import { isLive } from '../access/live-access.ts';
import { liveGrants } from '../access/live-grants.ts';
import { decodeCursor, encodeCursor, type PageWish } from '../pages.ts';
import { doorSyncs, waitsForSet } from '../sync/sync-view.ts';
import type { Work } from '../work.ts';

/** In the order of names. */
export async function appKeys(work: Work): Promise<AppKey[]> {
  const people = await ownPeople(work);
  if (people.length === 0) return [];
  const rows = await liveGrants(work)
    .innerJoin('access_keys', 'access_keys.id', 'grants.key_id')
    .select(['access_keys.name', 'access_keys.property_id', 'access_keys.may_share'])
    .where(
      'grants.person_id',
      'in',
      people.map(({ id }) => id),
    )
    .execute();
  rows.sort((a, b) => (isBehind(a.name, a.id, [b.name, b.id]) ? 1 : -1));
  const doors = await doorsOfKeys(work, [...new Set(rows.map((row) => row.key_id))]);
  return rows.map((row) => {
    const isCurrent = row.starts_at_s <= work.nowS;
    const person = people.find(({ id }) => id === row.person_id);
    return {
      grantId: row.id,
      keyId: row.key_id,
      keyName: row.name,
      propertyId: row.property_id,
      state: isCurrent ? 'current' : 'future',
      startsAtS: row.starts_at_s,
      expiresAtS: row.expires_at_s,
      // A guest invites nobody.
      sharable: isCurrent && row.host_id === null && row.may_share === 1 && person?.may_share === 1,
      doors: doors
        .filter((door) => door.key_id === row.key_id)
        .map(({ id: doorId, name: doorName }) => ({ doorId, doorName })),
    };
  });
}

async function doorsOfKeys(work: Work, keyIds: readonly string[]) {
  if (keyIds.length === 0) return [];
  return await work.trx
    .selectFrom('key_doors')
    .innerJoin('doors', 'doors.id', 'key_doors.door_id')
    .select(['key_doors.key_id', 'doors.id', 'doors.name'])
    .where('key_doors.key_id', 'in', [...keyIds])
    .orderBy('doors.name')
    .orderBy('doors.id')
    .execute();
}

/** In the order of names. An account has few doors: they are all read, and cut into pages. */
export async function appDoors(work: Work, wish: PageWish) {
  const doors = await ownDoors(work);
  const cursor = decodeCursor(wish.after);
  const begin =
    cursor === undefined
      ? 0
      : doors.findIndex(({ id, name }) => isBehind(name, id, [cursor.sort, cursor.id]));
  const shown = begin === -1 ? [] : doors.slice(begin, begin + wish.limit);
  const last = shown.at(-1);
  const isMore = last !== undefined && doors.at(-1) !== last;
  return {
    items: await doorViews(work, shown),
    next: isMore ? encodeCursor({ sort: last.name, id: last.id }) : null,
  };
}

const isBehind = (name: string, id: string, [sort, after]: readonly [string | number, string]): boolean =>
  name > String(sort) || (name === String(sort) && id > after);

type OwnDoor = Awaited<ReturnType<typeof doorRows>>[number] & {
  readonly startsAtS: number;
  readonly endsAtS: number | null;
};

async function ownDoors(work: Work): Promise<OwnDoor[]> {
  const people = await ownPeople(work);
  if (people.length === 0) return [];
  const doors = new Map<string, OwnDoor>();
  const ids = people.map(({ id }) => id);
  for (const row of await doorRows(work, ids)) {
    const known = doors.get(row.id);
    doors.set(row.id, {
      ...row,
      startsAtS: Math.min(row.starts_at_s, known?.startsAtS ?? Infinity),
      endsAtS: known === undefined ? row.expires_at_s : later(known.endsAtS, row.expires_at_s),
    });
  }
  return [...doors.values()].sort((a, b) => (isBehind(a.name, a.id, [b.name, b.id]) ? 1 : -1));
}

const later = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? null : Math.max(a, b);

const doorRows = (work: Work, personIds: readonly string[]) =>
  work.trx
    .selectFrom('grants')
    .innerJoin('key_doors', 'key_doors.key_id', 'grants.key_id')
    .innerJoin('doors', 'doors.id', 'key_doors.door_id')
    .innerJoin('properties', 'properties.id', 'doors.property_id')
    .leftJoin('locks', 'locks.door_id', 'doors.id')
    .select(['grants.starts_at_s', 'grants.expires_at_s'])
    .select(['doors.id', 'doors.name', 'doors.type', 'doors.internet', 'doors.property_id'])
    .select(['properties.name as property_name'])
    .select(['locks.id as lock_id', 'locks.channel_key', 'locks.advertising_key'])
    .where('grants.person_id', 'in', [...personIds])
    .where(isLive(work.nowS))
    .execute();

async function doorViews(work: Work, doors: readonly OwnDoor[]): Promise<AppDoor[]> {
  const syncs = await doorSyncs(
    work,
    doors.map(({ id }) => id),
  );
  return doors.map((door): AppDoor => {
    const sync = syncs.get(door.id);
    const opensNow = door.startsAtS <= work.nowS;
    const { lock_id: lockId, channel_key: channelKey, advertising_key: advertisingKey } = door;
    const isFound = opensNow && lockId !== null && channelKey !== null && advertisingKey !== null;
    return {
      doorId: door.id,
      doorName: door.name,
      type: door.type,
      propertyId: door.property_id,
      propertyName: door.property_name,
      internet: door.internet === 1,
      opensNow,
      startsAtS: opensNow ? null : door.startsAtS,
      endsAtS: door.endsAtS,
      syncNeeded: sync !== undefined && waitsForSet(sync),
      carry:
        isFound && sync !== undefined
          ? {
              doorId: door.id,
              doorName: door.name,
              propertyId: door.property_id,
              lockId,
              channelKey: encodeHex(channelKey),
              advertisingKey: encodeHex(advertisingKey),
              sync,
              leaving: null,
            }
          : null,
    };
  });
}
