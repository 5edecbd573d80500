// Handlers of managers and their rights.
import type { managerRoutes } from '#protocol/api/manager-routes.ts';
import {
  addManager,
  editManager,
  getManager,
  listManagers,
  putManagedProperty,
  removeManagedProperty,
  removeManager,
} from '../../domain/rights/managers.ts';
import type { Handlers } from '../handler.ts';

export const managerHandlers: Handlers<keyof typeof managerRoutes> = {
  listManagers: { transaction: 'read', handle: (work, { query }) => listManagers(work, query) },
  addManager: { transaction: 'write', handle: (work, { body }) => addManager(work, body) },
  manager: { transaction: 'read', handle: (work, { params }) => getManager(work, params.managerId) },
  editManager: {
    transaction: 'write',
    handle: (work, { params, body }) => editManager(work, params.managerId, body),
  },
  removeManager: {
    transaction: 'write',
    async handle(work, { params }) {
      await removeManager(work, params.managerId);
      return {};
    },
  },
  putManagedProperty: {
    transaction: 'write',
    handle: (work, { params, body }) => putManagedProperty(work, params.managerId, params.propertyId, body),
  },
  removeManagedProperty: {
    transaction: 'write',
    handle: (work, { params }) => removeManagedProperty(work, params.managerId, params.propertyId),
  },
};
