// Handlers of whoever carries signed sets to locks and binds locks to doors.
import type { courierRoutes } from '#protocol/api/courier-routes.ts';
import type { Desk } from '../../desk.ts';
import { finishActivation, startActivation } from '../../locks/activation.ts';
import { askDeactivation, openDeactivation } from '../../locks/deactivation.ts';
import { listSyncTasks } from '../../domain/sync/sync-tasks.ts';
import { listCourierDoors } from '../../locks/courier-doors.ts';
import { keySetsAfter, startDelivery } from '../../locks/delivery.ts';
import { entityTag, packageFor } from '../../locks/package.ts';
import { takeReceipt } from '../../locks/receipt.ts';
import type { Handlers } from '../handler.ts';

export const courierHandlers = (desk: Desk): Handlers<keyof typeof courierRoutes> => {
  const { parts } = desk;
  return {
    listSyncTasks: { transaction: 'read', handle: (work, { query }) => listSyncTasks(work, query) },
    courierDoors: { transaction: 'read', handle: (work, { query }) => listCourierDoors(work, query) },
    keySets: { transaction: 'read', handle: async (work, { query }) => keySetsAfter(work, query.after) },
    startDelivery: {
      transaction: 'own',
      handle: ({ asking, params }) => startDelivery(desk, asking, params.doorId),
    },
    package: {
      transaction: 'own',
      async handle({ asking, params: { doorId }, query }) {
        const stored = await packageFor(desk, asking, doorId, query.base);
        return { bytes: stored.bytes, entityTag: entityTag(stored) };
      },
    },
    postReceipt: {
      transaction: 'write',
      handle: (work, { params, body }) => takeReceipt(work, parts, parts.log, params.doorId, body.receipt),
    },
    startActivation: {
      transaction: 'write',
      handle: (work, { params, query }) => startActivation(work, params.doorId, query.above),
    },
    finishActivation: {
      transaction: 'write',
      handle: (work, { params, body }) => finishActivation(work, parts, params.activationId, body),
    },
    askDeactivation: {
      transaction: 'write',
      handle: (work, { params, body }) => askDeactivation(work, params.doorId, body.isLost),
    },
    deactivation: {
      transaction: 'read',
      handle: (work, { params }) => openDeactivation(work, params.doorId),
    },
  };
};
