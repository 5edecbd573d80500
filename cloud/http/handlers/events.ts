// Handlers of what pages hear by themselves, and of Sync now.
import type { eventRoutes } from '#protocol/api/event-routes.ts';
import type { Desk } from '../../desk.ts';
import type { Audience } from '../../live/audience.ts';
import { streamEvents } from '../../live/events.ts';
import { listSyncRequests, requestSync } from '../../locks/sync-requests.ts';
import type { Handlers } from '../handler.ts';

export const eventHandlers = (desk: Desk, audience: Audience): Handlers<keyof typeof eventRoutes> => ({
  events: {
    transaction: 'stream',
    open: ({ asking, query }, request, response) =>
      streamEvents(desk, audience, asking, query, request, response),
  },
  requestSync: { transaction: 'write', handle: (work, { params }) => requestSync(work, params.doorId) },
  syncRequests: {
    transaction: 'read',
    handle: async (work, { params }) => ({ items: await listSyncRequests(work, params.doorId) }),
  },
});
