// Keys: named collections of doors with settings for each. Changing a Key reaches every holder at once.
import type { z } from 'zod';
import type { Key, KeyDoorSettings, KeyEdit, KeyEdited, KeyWish } from '#protocol/api/property.ts';
import type { Schema } from '../../db/schema.ts';
import { settleCredentials } from '../codes/credentials.ts';
import { retireEnded } from '../codes/ended-credentials.ts';
import { countGuests } from '../people/guests-remaining.ts';
import { newId } from '../ids.ts';
import { keptSchedule, requireSchedulesFit, scheduleFrom } from './key-schedules.ts';
import { isLive } from './live-access.ts';
import { afterCursor, decodeCursor, pageOf, type PageWish } from '../pages.ts';
import { notFound, Refusal } from '../refusal.ts';
import { keysWithin } from '../rights/rights-check.ts';
import { doorOf, keyOf, propertyOf } from '../rights/tenancy.ts';
import type { Work } from '../work.ts';

export async function createKey(work: Work, propertyId: string, wish: z.infer<typeof KeyWish>): Promise<Key> {
  await propertyOf(work, propertyId);
  for (const { doorId } of wish.doors) await requireDoorOf(work, propertyId, doorId);
  return getKey(work, await insertKey(work, propertyId, wish));
}

/** The new Key's id; its doors are known to be of the property. Throws NAME_TAKEN. */
export async function insertKey(
  work: Work,
  propertyId: string,
  wish: z.infer<typeof KeyWish>,
): Promise<string> {
  await requireFreeName(work, propertyId, wish.name);
  const id = newId(work.random, 'key');
  await work.trx
    .insertInto('access_keys')
    .values({
      id,
      property_id: propertyId,
      name: wish.name,
      may_share: wish.mayShare ? 1 : 0,
      created_at_s: work.nowS,
      deleted_at_s: null,
    })
    .execute();
  const settings = new Map(wish.doors.map((door) => [door.doorId, door]));
  for (const [doorId, wanted] of settings) await insertKeyDoor(work, id, doorId, wanted);
  return id;
}

export async function editKey(work: Work, keyId: string, edit: z.infer<typeof KeyEdit>): Promise<KeyEdited> {
  const key = await keyOf(work, keyId);
  if (edit.name !== undefined && edit.name !== key.name) {
    await requireFreeName(work, key.property_id, edit.name);
  }
  const mayShare = edit.mayShare ?? key.may_share === 1;
  await work.trx
    .updateTable('access_keys')
    .set({ name: edit.name ?? key.name, may_share: mayShare ? 1 : 0 })
    .where('id', '=', keyId)
    .execute();
  return {
    ...(await getKey(work, keyId)),
    guestsRemaining: mayShare ? 0 : await countGuests(work, { keyId }),
  };
}

export async function putKeyDoor(
  work: Work,
  keyId: string,
  doorId: string,
  settings: z.infer<typeof KeyDoorSettings>,
): Promise<Key> {
  const key = await keyOf(work, keyId);
  const door = await requireDoorOf(work, key.property_id, doorId);
  const schedule = keptSchedule(settings.schedule, door.name);
  const existing = await work.trx
    .selectFrom('key_doors')
    .selectAll()
    .where('key_id', '=', keyId)
    .where('door_id', '=', doorId)
    .executeTakeFirst();
  const provides = settings.provideDoorcodes ? 1 : 0;
  if (existing?.provide_doorcodes === provides && existing.schedule === schedule) return getKey(work, keyId);
  await retireEnded(work, [doorId]);
  if (existing === undefined) {
    await insertKeyDoor(work, keyId, doorId, settings);
  } else {
    await work.trx
      .updateTable('key_doors')
      .set({ provide_doorcodes: provides, schedule })
      .where('key_id', '=', keyId)
      .where('door_id', '=', doorId)
      .execute();
    await requireSchedulesFit(work, door);
  }
  await settleHolders(work, keyId, doorId);
  return getKey(work, keyId);
}

export async function removeKeyDoor(work: Work, keyId: string, doorId: string): Promise<Key> {
  await keyOf(work, keyId);
  await doorOf(work, doorId);
  const removed = await work.trx
    .deleteFrom('key_doors')
    .where('key_id', '=', keyId)
    .where('door_id', '=', doorId)
    .executeTakeFirst();
  if (removed.numDeletedRows === 0n) throw notFound('door in this Key');
  await settleHolders(work, keyId, doorId);
  return getKey(work, keyId);
}

export async function getKey(work: Work, keyId: string): Promise<Key> {
  const key = await keyOf(work, keyId);
  return (await keyViews(work, [key]))[0] as Key;
}

export async function listKeys(work: Work, propertyId: string, wish: PageWish) {
  await propertyOf(work, propertyId);
  const within = keysWithin(work, propertyId);
  const cursor = decodeCursor(wish.after);
  const rows = await work.trx
    .selectFrom('access_keys')
    .selectAll()
    .where('property_id', '=', propertyId)
    .where('deleted_at_s', 'is', null)
    .$if(within !== undefined, (query) => query.where('id', 'in', [...(within ?? []), '']))
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
  return { items: await keyViews(work, page.items), next: page.next };
}

/** Codes come and go with the Key's doors, for everyone who holds it. */
async function settleHolders(work: Work, keyId: string, doorId: string): Promise<void> {
  const holders = await work.trx
    .selectFrom('grants')
    .select('person_id')
    .distinct()
    .where('key_id', '=', keyId)
    .where(isLive(work.nowS))
    .execute();
  const personIds = holders.map((holder) => holder.person_id);
  await settleCredentials(work, personIds, [doorId], { reason: 'key-changed', dueS: work.nowS });
}

async function insertKeyDoor(
  work: Work,
  keyId: string,
  doorId: string,
  { provideDoorcodes, schedule }: z.infer<typeof KeyDoorSettings>,
): Promise<void> {
  const door = await work.trx
    .selectFrom('doors')
    .select(['id', 'name', 'hold_open'])
    .where('id', '=', doorId)
    .executeTakeFirstOrThrow();
  await work.trx
    .insertInto('key_doors')
    .values({
      key_id: keyId,
      door_id: doorId,
      provide_doorcodes: provideDoorcodes ? 1 : 0,
      schedule: keptSchedule(schedule, door.name),
    })
    .execute();
  if (schedule !== null) await requireSchedulesFit(work, door);
}

async function keyViews(work: Work, keys: readonly Schema['access_keys'][]): Promise<Key[]> {
  if (keys.length === 0) return [];
  const doors = await work.trx
    .selectFrom('key_doors')
    .innerJoin('doors', 'doors.id', 'key_doors.door_id')
    .select(['key_doors.key_id', 'key_doors.door_id', 'key_doors.provide_doorcodes', 'key_doors.schedule'])
    .select('doors.name')
    .where(
      'key_doors.key_id',
      'in',
      keys.map(({ id }) => id),
    )
    .orderBy('doors.name')
    .execute();
  return keys.map((key) => ({
    id: key.id,
    propertyId: key.property_id,
    name: key.name,
    mayShare: key.may_share === 1,
    doors: doors
      .filter((door) => door.key_id === key.id)
      .map((door) => ({
        doorId: door.door_id,
        name: door.name,
        provideDoorcodes: door.provide_doorcodes === 1,
        schedule: scheduleFrom(door.schedule),
      })),
  }));
}

async function requireDoorOf(work: Work, propertyId: string, doorId: string) {
  const door = await doorOf(work, doorId);
  if (door.property_id !== propertyId) throw notFound('door at this property');
  return door;
}

async function requireFreeName(work: Work, propertyId: string, name: string): Promise<void> {
  const taken = await work.trx
    .selectFrom('access_keys')
    .select('id')
    .where('property_id', '=', propertyId)
    .where('name', '=', name)
    .where('deleted_at_s', 'is', null)
    .executeTakeFirst();
  if (taken === undefined) return;
  throw new Refusal('NAME_TAKEN', `The property has a Key named ${name}.`, { subject: taken.id });
}
