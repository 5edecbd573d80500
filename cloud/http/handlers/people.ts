// Handlers of people, their grants and the upload of many.
import { IMPORT_DEADLINE_MS } from '#protocol/api/imports.ts';
import type { peopleRoutes } from '#protocol/api/people-routes.ts';
import { utf8 } from '#protocol/bytes.ts';
import type { Desk } from '../../desk.ts';
import { editGrant, grantKey, revokeGrant } from '../../domain/grants.ts';
import { editPerson, getPerson, invitePerson, listPeople, revokeAllKeys } from '../../domain/people.ts';
import { exposureOf, personCodes } from '../../domain/person-codes.ts';
import { confirmUpload, previewUpload, template } from '../../people-csv/uploads.ts';
import type { Handlers } from '../handler.ts';

/** A turn of the event loop, for whoever else waits for one. */
const pauseOf = (desk: Desk) => (): Promise<void> =>
  new Promise((resolve) => desk.parts.clock.after(0, resolve));

export const peopleHandlers = (desk: Desk): Handlers<keyof typeof peopleRoutes> => ({
  listPeople: {
    transaction: 'read',
    handle: (work, { params, query }) => listPeople(work, params.propertyId, query),
  },
  invitePerson: {
    transaction: 'write',
    handle: (work, { params, body }) => invitePerson(work, params.propertyId, body),
  },
  person: { transaction: 'read', handle: (work, { params }) => getPerson(work, params.personId) },
  editPerson: {
    transaction: 'write',
    handle: (work, { params, body }) => editPerson(work, params.personId, body),
  },
  grantKey: {
    transaction: 'write',
    handle: (work, { params, body }) => grantKey(work, params.personId, body),
  },
  editGrant: {
    transaction: 'write',
    handle: (work, { params, body }) => editGrant(work, params.grantId, body),
  },
  revokeGrant: { transaction: 'write', handle: (work, { params }) => revokeGrant(work, params.grantId) },
  revokeAllKeys: { transaction: 'write', handle: (work, { params }) => revokeAllKeys(work, params.personId) },
  personCodes: {
    transaction: 'read',
    handle: async (work, { params }) => ({ items: await personCodes(work, params.personId) }),
  },
  exposure: {
    transaction: 'read',
    handle: async (work, { params }) => ({ items: await exposureOf(work, params.personId) }),
  },
  peopleTemplate: {
    transaction: 'own',
    handle: async () => ({ bytes: utf8(template()), fileName: 'people-template.csv' }),
  },
  previewImport: {
    transaction: 'write',
    deadlineMs: IMPORT_DEADLINE_MS,
    handle: (work, { params, body }) => previewUpload(work, params.propertyId, body, pauseOf(desk)),
  },
  confirmImport: {
    transaction: 'write',
    deadlineMs: IMPORT_DEADLINE_MS,
    handle: (work, { params, body }) => confirmUpload(work, params.importId, body, pauseOf(desk)),
  },
});
