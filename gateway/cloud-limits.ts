// How long and how much a courier takes from a cloud.
import { CHUNKS_MAX, MANIFEST_MAX_BYTES, SEALED_CHUNK_BYTES } from '#protocol/limits.ts';

/** From the request to the last byte of the answer. */
export const CLOUD_CALL_DEADLINE_MS = 10_000;
/** A phone's: a person stands at the door. Also how long nothing may come of an answer that may take longer. */
export const CLOUD_CALL_AT_DOOR_DEADLINE_MS = 5_000;
/** All receipts of earlier runs together: behind them somebody waits for a door. */
export const TELL_HELD_DEADLINE_MS = 20_000;
/** While a lock waits for the answer, which it does for 10 s. */
export const CLOUD_CALL_AT_LOCK_DEADLINE_MS = 7_000;
/** Making a package of the largest table, then 450 KiB of it. */
export const PACKAGE_DEADLINE_MS = 30_000;
export const JSON_ANSWER_MAX_BYTES = 1024 * 1024;
export const PACKAGE_MAX_BYTES = 2 + MANIFEST_MAX_BYTES + CHUNKS_MAX * SEALED_CHUNK_BYTES;
/** Pages of one list, so that a cloud that always names a next one is left in the end. */
export const PAGES_MAX = 100;
