// Doors: lasting openings with a name and a type. Locks come and go; once one is bound, the type stays.
import type { z } from 'zod';
import type { Door, DoorEdit, DoorWish } from '#protocol/api/property.ts';
import type { Schema } from '../db/schema.ts';
import { newId } from './ids.ts';
import { afterCursor, decodeCursor, pageOf, type PageWish } from './pages.ts';
import { Refusal } from './refusal.ts';
import { doorSyncs } from './sync-view.ts';
import { doorOf, lockOf, propertyOf } from './tenancy.ts';
import type { Work } from './work.ts';

const DAILY_SLOTS_DEFAULT = 16;
const UNLOCK_DEFAULT_S = 10;

export async function createDoor(
  work: Work,
  propertyId: string,
  wish: z.infer<typeof DoorWish>,
): Promise<Door> {
  await propertyOf(work, propertyId);
  return getDoor(work, await insertDoor(work, propertyId, wish));
}

/** The new door's id. Throws NAME_TAKEN. */
export async function insertDoor(
  work: Work,
  propertyId: string,
  wish: z.infer<typeof DoorWish>,
): Promise<string> {
  await requireFreeName(work, propertyId, wish.name);
  const id = newId(work.random, 'door');
  await work.trx
    .insertInto('doors')
    .values({
      id,
      property_id: propertyId,
      name: wish.name,
      type: wish.type,
      internet: wish.internet ? 1 : 0,
      target_version: 0,
      daily_slots: DAILY_SLOTS_DEFAULT,
      single_use_slots: DAILY_SLOTS_DEFAULT,
      daily_epoch: 0,
      lockout_profile: 'exponential',
      unlock_s: UNLOCK_DEFAULT_S,
      hold_open: null,
      created_at_s: work.nowS,
    })
    .execute();
  return id;
}

export async function editDoor(work: Work, doorId: string, edit: z.infer<typeof DoorEdit>): Promise<Door> {
  const door = await doorOf(work, doorId);
  if (edit.name !== undefined && edit.name !== door.name) {
    await requireFreeName(work, door.property_id, edit.name);
  }
  const changesType = edit.type !== undefined && edit.type !== door.type;
  if (changesType && (await lockOf(work, doorId)) !== undefined) {
    throw new Refusal('DOOR_TYPE_FIXED', `${door.name} has a lock, so it stays a ${door.type} door.`, {
      subject: doorId,
      next: 'Make a new door of the other type.',
    });
  }
  await work.trx
    .updateTable('doors')
    .set({
      name: edit.name ?? door.name,
      type: edit.type ?? door.type,
      internet: edit.internet === undefined ? door.internet : edit.internet ? 1 : 0,
    })
    .where('id', '=', doorId)
    .execute();
  return getDoor(work, doorId);
}

export async function getDoor(work: Work, doorId: string): Promise<Door> {
  return only(await doorViews(work, [await doorOf(work, doorId)]));
}

export async function listDoors(
  work: Work,
  propertyId: string,
  wish: PageWish & { readonly pending: boolean },
) {
  await propertyOf(work, propertyId);
  const cursor = decodeCursor(wish.after);
  const rows = await work.trx
    .selectFrom('doors')
    .selectAll()
    .where('property_id', '=', propertyId)
    .$if(wish.pending, (query) =>
      query.where((eb) =>
        eb.exists(
          eb
            .selectFrom('sync_tasks')
            .select('sync_tasks.id')
            .whereRef('sync_tasks.door_id', '=', 'doors.id')
            .where('sync_tasks.closed_at_s', 'is', null),
        ),
      ),
    )
    .where(afterCursor(cursor, 'name', 'id'))
    .orderBy('name')
    .orderBy('id')
    .limit(wish.limit + 1)
    .execute();
  const page = pageOf(
    rows,
    wish.limit,
    ({ name, id }) => ({ sort: name, id }),
    (row) => row,
  );
  return { items: await doorViews(work, page.items), next: page.next };
}

async function doorViews(work: Work, doors: readonly Schema['doors'][]): Promise<Door[]> {
  if (doors.length === 0) return [];
  const ids = doors.map(({ id }) => id);
  const syncs = await doorSyncs(work, ids);
  const locks = await work.trx
    .selectFrom('locks')
    .select(['id', 'door_id'])
    .where('door_id', 'in', ids)
    .execute();
  const lockIds = new Map(locks.map((lock) => [lock.door_id, lock.id]));
  return doors.map((door) => ({
    id: door.id,
    propertyId: door.property_id,
    name: door.name,
    type: door.type,
    internet: door.internet === 1,
    lockId: lockIds.get(door.id) ?? null,
    sync: syncs.get(door.id) as Door['sync'],
  }));
}

async function requireFreeName(work: Work, propertyId: string, name: string): Promise<void> {
  const taken = await work.trx
    .selectFrom('doors')
    .select('id')
    .where('property_id', '=', propertyId)
    .where('name', '=', name)
    .executeTakeFirst();
  if (taken === undefined) return;
  throw new Refusal('NAME_TAKEN', `The property has a door named ${name}.`, { subject: taken.id });
}

const only = (doors: Door[]): Door => doors[0] as Door;
