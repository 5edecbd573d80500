// Somebody pressed Sync now.
import { z } from 'zod';
import { Id, TimeS } from './values.ts';

/** `taken`: a courier has begun a delivery. `done`: the lock's receipt is here. `expired`: nobody came in time. */
export const syncRequestStates = ['waiting', 'taken', 'done', 'expired'] as const;

export const SyncRequest = z.object({
  id: Id,
  doorId: Id,
  state: z.enum(syncRequestStates),
  createdAtS: TimeS,
  expiresAtS: TimeS,
  endedAtS: TimeS.nullable(),
});
export type SyncRequest = z.infer<typeof SyncRequest>;
export const SyncRequests = z.object({ items: z.array(SyncRequest) });
