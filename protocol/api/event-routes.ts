// Routes of what pages hear by themselves, and of Sync now.
import { API_BASE, contract, managerAccess, type Scope } from './contract.ts';
import { EventQuery } from './events.ts';
import { SyncRequest, SyncRequests } from './sync-requests.ts';

const pressers = ['manager', 'courier', 'app'] as const satisfies readonly Scope[];

export const eventRoutes = {
  events: contract({
    method: 'GET',
    path: `${API_BASE}/events`,
    access: managerAccess,
    permission: 'property',
    summary:
      'Server-sent events: what changed at the properties of the caller, from now or from Last-Event-ID on',
    query: EventQuery,
    reply: 'text/event-stream',
    status: 200,
    refusals: ['NOT_FOUND', 'TOO_MANY_ATTEMPTS'],
  }),
  requestSync: contract({
    method: 'POST',
    path: `${API_BASE}/doors/{doorId}/sync-requests`,
    access: pressers,
    permission: 'carry',
    summary: 'Sync now: tell whoever can reach the door; again is harmless while one is open',
    reply: SyncRequest,
    status: 200,
    refusals: ['DOOR_WITHOUT_LOCK'],
  }),
  syncRequests: contract({
    method: 'GET',
    path: `${API_BASE}/doors/{doorId}/sync-requests`,
    access: pressers,
    permission: 'carry',
    summary: 'What became of the newest requests at a door',
    reply: SyncRequests,
    status: 200,
  }),
} as const;
