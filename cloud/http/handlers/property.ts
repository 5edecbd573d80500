// Handlers of properties, doors and Keys.
import type { propertyRoutes } from '#protocol/api/property-routes.ts';
import { createDoor, editDoor, getDoor, listDoors, setDailySlots } from '../../domain/properties/doors.ts';
import { listHolidays, setHolidays } from '../../domain/properties/holidays.ts';
import { activateKeycard, deactivateKeycard, keycardOf } from '../../domain/codes/keycards.ts';
import { createKey, editKey, getKey, listKeys, putKeyDoor, removeKeyDoor } from '../../domain/access/keys.ts';
import {
  createProperty,
  editProperty,
  getProperty,
  listProperties,
} from '../../domain/properties/properties.ts';
import type { Handlers } from '../handler.ts';

export const propertyHandlers: Handlers<keyof typeof propertyRoutes> = {
  listProperties: { transaction: 'read', handle: (work, { query }) => listProperties(work, query) },
  createProperty: { transaction: 'write', handle: (work, { body }) => createProperty(work, body) },
  property: { transaction: 'read', handle: (work, { params }) => getProperty(work, params.propertyId) },
  editProperty: {
    transaction: 'write',
    handle: (work, { params, body }) => editProperty(work, params.propertyId, body),
  },
  listHolidays: { transaction: 'read', handle: (work, { params }) => listHolidays(work, params.propertyId) },
  setHolidays: {
    transaction: 'write',
    handle: (work, { params, body }) => setHolidays(work, params.propertyId, body),
  },
  listDoors: {
    transaction: 'read',
    handle: (work, { params, query }) => listDoors(work, params.propertyId, query),
  },
  createDoor: {
    transaction: 'write',
    handle: (work, { params, body }) => createDoor(work, params.propertyId, body),
  },
  door: { transaction: 'read', handle: (work, { params }) => getDoor(work, params.doorId) },
  editDoor: {
    transaction: 'write',
    handle: (work, { params, body }) => editDoor(work, params.doorId, body),
  },
  setDailySlots: {
    transaction: 'write',
    handle: (work, { params, body }) => setDailySlots(work, params.doorId, body),
  },
  listKeys: {
    transaction: 'read',
    handle: (work, { params, query }) => listKeys(work, params.propertyId, query),
  },
  createKey: {
    transaction: 'write',
    handle: (work, { params, body }) => createKey(work, params.propertyId, body),
  },
  key: { transaction: 'read', handle: (work, { params }) => getKey(work, params.keyId) },
  editKey: { transaction: 'write', handle: (work, { params, body }) => editKey(work, params.keyId, body) },
  putKeyDoor: {
    transaction: 'write',
    handle: (work, { params, body }) => putKeyDoor(work, params.keyId, params.doorId, body),
  },
  removeKeyDoor: {
    transaction: 'write',
    handle: (work, { params }) => removeKeyDoor(work, params.keyId, params.doorId),
  },
  keycard: { transaction: 'read', handle: (work, { params }) => keycardOf(work, params.personId) },
  activateKeycard: {
    transaction: 'write',
    handle: (work, { params, body }) => activateKeycard(work, params.personId, body.value),
  },
  endKeycard: {
    transaction: 'write',
    handle: (work, { params }) => deactivateKeycard(work, params.personId),
  },
};
