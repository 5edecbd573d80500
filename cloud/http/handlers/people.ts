// Handlers of people and the Keys they hold.
import type { peopleRoutes } from '#protocol/api/people-routes.ts';
import { editGrant, editGrants, grantKey, revokeGrant } from '../../domain/access/grants.ts';
import { deleteKey } from '../../domain/access/key-deletion.ts';
import { listPeople } from '../../domain/people/people-list.ts';
import { deletePerson, revokeAllKeys } from '../../domain/people/people-removal.ts';
import { editPerson } from '../../domain/people/person-edit.ts';
import { getPerson, invitePerson } from '../../domain/people/people.ts';
import { personDailyCodes } from '../../domain/codes/daily-view.ts';
import { personCodes, personDevices } from '../../domain/people/person-codes.ts';
import { exposureOf } from '../../domain/sync/person-exposure.ts';
import { onlyShown } from '../../domain/rights/specific-rights.ts';
import type { Handlers } from '../handler.ts';

export const peopleHandlers: Handlers<keyof typeof peopleRoutes> = {
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
  deletePerson: { transaction: 'write', handle: (work, { params }) => deletePerson(work, params.personId) },
  editGrants: {
    transaction: 'write',
    handle: (work, { params, body }) => editGrants(work, params.personId, body),
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
  deleteKey: {
    transaction: 'write',
    handle: (work, { params, query }) => deleteKey(work, params.keyId, query.confirm),
  },
  personCodes: {
    transaction: 'read',
    handle: async (work, { params: { personId } }) => ({
      items: await onlyShown(work, personId, await personCodes(work, personId)),
      daily: await onlyShown(work, personId, await personDailyCodes(work, personId)),
      devices: await onlyShown(work, personId, await personDevices(work, personId)),
    }),
  },
  exposure: {
    transaction: 'read',
    handle: async (work, { params: { personId } }) => ({
      items: await onlyShown(work, personId, await exposureOf(work, personId)),
    }),
  },
};
