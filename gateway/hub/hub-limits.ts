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
