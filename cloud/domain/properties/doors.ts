// Doors: lasting openings with a name and a type. Locks come and go; once one is bound, the type stays.
import type { z } from 'zod';
import type { DailySlots, Door, DoorEdit, DoorWish } from '#protocol/api/property.ts';
import type { HoldOpen } from '#protocol/api/schedules.ts';
import { DAILY_SLOTS_MAX } from '#protocol/limits.ts';
import type { Schema } from '../../db/schema.ts';
import { beginEpoch } from '../codes/daily-slots.ts';
import { newId } from '../ids.ts';
import { holdOpenFrom, keptSchedule, requireSchedulesFit, scheduleFrom } from '../access/key-schedules.ts';
import { afterCursor, decodeCursor, pageOf, type PageWish } from '../pages.ts';
import { Refusal } from '../refusal.ts';
import { doorSyncs } from '../sync/sync-view.ts';
import { doorOf, lockOf, propertyOf } from '../rights/tenancy.ts';
import type { Work } from '../work.ts';

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
  await editPolicies(work, door, edit);
  return getDoor(work, doorId);
}

/** What the lock does on its own: it learns of another one by a Door Sync. Throws HEAD_LIMIT. */
async function editPolicies(
  work: Work,
  door: Schema['doors'],
  edit: z.infer<typeof DoorEdit>,
): Promise<void> {
  const holdOpen =
    edit.holdOpen === undefined ? door.hold_open : keptHoldOpen(edit.holdOpen, edit.name ?? door.name);
  const policies = {
    lockout_profile: edit.lockoutProfile ?? door.lockout_profile,
    unlock_s: edit.unlockSeconds ?? door.unlock_s,
    hold_open: holdOpen,
  };
  const isSame =
    policies.lockout_profile === door.lockout_profile &&
    policies.unlock_s === door.unlock_s &&
    policies.hold_open === door.hold_open;
  if (isSame) return;
  await work.trx.updateTable('doors').set(policies).where('id', '=', door.id).execute();
  await requireSchedulesFit(work, { ...door, ...policies });
  // Until the lock knows, it stands open to everybody at hours that the door may not have any more.
  const isHeldOtherwise = door.hold_open !== null && door.hold_open !== holdOpen;
  work.changes.note(door.id, isHeldOtherwise ? 'access-changed' : 'settings-changed', work.nowS);
}

function keptHoldOpen(holdOpen: HoldOpen | null, doorName: string): string | null {
  if (holdOpen === null) return null;
  const { schedule, firstUnlock, exceptHolidays } = holdOpen;
  const kept = scheduleFrom(keptSchedule(schedule, doorName));
  return JSON.stringify({ schedule: kept, firstUnlock, exceptHolidays });
}

/**
 * How many daily doorcodes the door has. Another border between the kinds, or fewer of them, gives everybody who has
 * one another. Throws DAILY_SLOTS_FULL where more people have one.
 */
export async function setDailySlots(
  work: Work,
  doorId: string,
  wish: z.infer<typeof DailySlots>,
): Promise<Door> {
  const door = await doorOf(work, doorId);
  const { dailySlots, singleUseSlots } = wish;
  if (dailySlots + singleUseSlots > DAILY_SLOTS_MAX) {
    throw new Refusal(
      'HEAD_LIMIT',
      `${dailySlots + singleUseSlots} daily doorcodes at ${door.name}; a lock takes ${DAILY_SLOTS_MAX} of both kinds together.`,
      { subject: doorId, next: 'Use fewer of one kind.' },
    );
  }
  const isSame = dailySlots === door.daily_slots && singleUseSlots === door.single_use_slots;
  if (isSame) return getDoor(work, doorId);
  await work.trx
    .updateTable('doors')
    .set({ daily_slots: dailySlots, single_use_slots: singleUseSlots })
    .where('id', '=', doorId)
    .execute();
  const keepsSlots = dailySlots === door.daily_slots && singleUseSlots > door.single_use_slots;
  if (!keepsSlots) await beginEpoch(work, doorId);
  work.changes.note(doorId, 'settings-changed', work.nowS);
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
    lockoutProfile: door.lockout_profile,
    unlockSeconds: door.unlock_s,
    holdOpen: holdOpenFrom(door.hold_open),
    dailySlots: door.daily_slots,
    singleUseSlots: door.single_use_slots,
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
