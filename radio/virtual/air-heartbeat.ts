// How the two ends of a served air notice that the other's machine vanished without a word: the server pings, the
// client counts on it.

/** A host that does not answer a ping by the next one is gone. */
export const PING_MS = 10_000;
/** A server that let three pings go by is gone. */
export const SILENT_SERVER_MS = 3 * PING_MS;
