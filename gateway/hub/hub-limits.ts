// How a hub waits: for a channel that is gone, a sync that failed, and between two looks at a busy lock's log.

/** Before a lost channel is opened again, or a sign-in tried again: doubled with each failure in a row. */
export const RETRY_FIRST_MS = 500;
export const RETRY_MOST_MS = 30_000;
/** Before a sync that failed is tried again; likewise. */
export const SYNC_RETRY_FIRST_MS = 1_000;
export const SYNC_RETRY_MOST_MS = 60_000;
/** From a sync to one for the sake of new rows alone: a busy door's are carried together. */
export const LOG_REST_MS = 5_000;
/** How often a hub looks at its own lock. It is in the same housing: nothing goes over the air for it. */
export const LOOK_MS = 250;
/** From the call to an open channel. */
export const CHANNEL_DEADLINE_MS = 10_000;

export interface WaitRange {
  /** A wait is drawn between the two: many hubs that lost one cloud must not come back as one. */
  readonly leastMs: number;
  readonly mostMs: number;
}

export function backoff(failures: number, firstMs: number, mostMs: number): WaitRange {
  const doublings = Math.min(Math.max(failures, 1) - 1, 16);
  const full = Math.min(mostMs, firstMs * 2 ** doublings);
  return { leastMs: full / 2, mostMs: full };
}
