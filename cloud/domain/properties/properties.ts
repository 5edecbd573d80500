// Properties: made alone, or whole with their doors and Keys in one step.
import type { Property, PropertyEdit, PropertyWish } from '#protocol/api/property.ts';
import type { Schema } from '../../db/schema.ts';
import { lengthenCodes } from '../codes/code-changes.ts';
import { insertDoor } from './doors.ts';
import { newId } from '../ids.ts';
import { insertKey } from '../access/keys.ts';
import { afterCursor, decodeCursor, pageOf, type PageWish } from '../pages.ts';
import { Refusal } from '../refusal.ts';
import { withinReach } from '../rights/rights-check.ts';
import { noteOtherHours } from './settings-change.ts';
import { propertyOf } from '../rights/tenancy.ts';
import type { Work } from '../work.ts';
import { isZone, zoneName } from '../zone.ts';

/** Two years. */
const RETENTION_DAYS_DEFAULT = 730;
const UNSYNCED_ALARM_DEFAULT_S = 7 * 86_400;

export async function createProperty(work: Work, wish: PropertyWish): Promise<Property> {
  const { trx, nowS, random, portfolioId } = work;
  const zone = knownZone(wish.zone);
  await requireFreeName(work, wish.name);
  const property: Schema['properties'] = {
    id: newId(random, 'property'),
    portfolio_id: portfolioId,
    name: wish.name,
    zone,
    doorcode_length: wish.doorcodeLength,
    retention_days: RETENTION_DAYS_DEFAULT,
    unsynced_alarm_s: UNSYNCED_ALARM_DEFAULT_S,
    created_at_s: nowS,
  };
  await trx.insertInto('properties').values(property).execute();
  const doorIds = new Map<string, string>();
  for (const door of wish.doors) doorIds.set(door.name, await insertDoor(work, property.id, door));
  for (const key of wish.keys) {
    const doors = key.doors.map(({ door, ...settings }) => {
      const doorId = doorIds.get(door);
      if (doorId !== undefined) return { doorId, ...settings };
      throw new Refusal(
        'INPUT_INVALID',
        `The Key ${key.name} names a door ${door} that is not in the request.`,
        {
          fields: [{ path: 'keys', message: `no door ${door}` }],
        },
      );
    });
    await insertKey(work, property.id, { ...key, doors });
  }
  return propertyView(property);
}

/** Throws NAME_TAKEN, CODES_EXHAUSTED. */
export async function editProperty(work: Work, propertyId: string, edit: PropertyEdit): Promise<Property> {
  const property = await propertyOf(work, propertyId);
  if (edit.name !== undefined && edit.name !== property.name) await requireFreeName(work, edit.name);
  const zone = edit.zone === undefined ? property.zone : knownZone(edit.zone);
  const length = edit.doorcodeLength ?? property.doorcode_length;
  await work.trx
    .updateTable('properties')
    .set({
      name: edit.name ?? property.name,
      zone,
      doorcode_length: length,
      retention_days: edit.retentionDays ?? property.retention_days,
      unsynced_alarm_s: edit.unsyncedAlarmS ?? property.unsynced_alarm_s,
    })
    .where('id', '=', propertyId)
    .execute();
  if (zone !== property.zone) await noteOtherHours(work, propertyId);
  if (length > property.doorcode_length) await lengthenCodes(work, propertyId, length);
  return getProperty(work, propertyId);
}

export async function getProperty(work: Work, propertyId: string): Promise<Property> {
  return propertyView(await propertyOf(work, propertyId));
}

export async function listProperties(work: Work, wish: PageWish) {
  const cursor = decodeCursor(wish.after);
  const rows = await work.trx
    .selectFrom('properties')
    .selectAll()
    .where('portfolio_id', '=', work.portfolioId)
    .where(withinReach(work, { property: 'properties.id' }))
    .where(afterCursor(cursor, 'name', 'id'))
    .orderBy('name')
    .orderBy('id')
    .limit(wish.limit + 1)
    .execute();
  return pageOf(rows, wish.limit, ({ name, id }) => ({ sort: name, id }), propertyView);
}

function knownZone(zone: string): string {
  if (isZone(zone)) return zoneName(zone);
  throw new Refusal('INPUT_INVALID', `${zone} is not a time zone this server knows.`, {
    fields: [{ path: 'zone', message: 'unknown time zone' }],
    next: 'Use an IANA name such as America/New_York.',
  });
}

async function requireFreeName(work: Work, name: string): Promise<void> {
  const taken = await work.trx
    .selectFrom('properties')
    .select('id')
    .where('portfolio_id', '=', work.portfolioId)
    .where('name', '=', name)
    .executeTakeFirst();
  if (taken === undefined) return;
  throw new Refusal('NAME_TAKEN', `The portfolio has a property named ${name}.`, { subject: taken.id });
}

const propertyView = (property: Schema['properties']): Property => ({
  id: property.id,
  name: property.name,
  zone: property.zone,
  doorcodeLength: property.doorcode_length,
  retentionDays: property.retention_days,
  unsyncedAlarmS: property.unsynced_alarm_s,
  createdAtS: property.created_at_s,
});
