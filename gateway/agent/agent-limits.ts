// How long an agent waits for what, and how much it keeps.

/** Before a channel that is gone is opened again, and before a cloud that gave no answer is asked again. */
export const CLOUD_RETRY_FIRST_MS = 1_000;
export const CLOUD_RETRY_MOST_MS = 60_000;
/** A channel that failed so often in a row has the cloud asked for the list: whether it is there is known before the next is due. */
export const CHANNEL_FAILURES_TOLD = 2;
/** The list of doors is asked for anew so often while the channel is there to wake, and while it is not. */
export const LIST_EVERY_MS = 300_000;
export const LIST_EVERY_UNWOKEN_MS = 30_000;
/** From one list to the next that is wanted for a change: a change of many doors comes as many messages. */
export const LIST_REST_MS = 3_000;
/** From the first word of a change to the list: the others of that change are on their way. */
export const LIST_GATHER_MS = 250;

/** Before a door whose visit failed is visited again. */
export const DOOR_RETRY_FIRST_MS = 5_000;
export const DOOR_RETRY_MOST_MS = 1_800_000;
/** A change that begins later is carried so much before it is due: its rows open by the lock's own clock. */
export const DUE_LEAD_S = 900;
/** From one visit for the sake of a log alone to the next: each costs the lock's battery. */
export const LOG_EVERY_MS = 900_000;
/** And where the cloud did not take it. */
export const LOG_NOT_TAKEN_REST_MS = 3_600_000;
/** A log waits so much longer than a table: a revocation is in one of those. */
export const LOG_BEHIND_TABLE_MS = 60_000;
/** Sync now goes first, but for every so many of them one that has waited. */
export const ASKED_IN_A_ROW_MAX = 3;
/** As the cloud keeps a request. */
export const ASK_LIFE_MS = 600_000;
export const ASKS_MAX = 4_096;

/** A door that did not show itself for so long while the air was listened to is out of range. */
export const RANGE_LOST_MS = 15_000;
/** How often that is looked at. */
export const SWEEP_MS = 2_000;
/** News of the air are told together, so often: a thousand doors may come at once. */
export const NEWS_EVERY_MS = 50;
/** Visits follow one another without listening in between for so long, and then it is listened for so long. */
export const BLIND_MAX_MS = 20_000;
export const LISTEN_LEAST_MS = 2_000;
/** No advert of anybody for so long: the scan is begun anew; after so many of those in a row, the radio. */
export const SCAN_SILENCE_MS = 60_000;
export const SILENCES_MAX = 3;
export const RADIO_RETRY_FIRST_MS = 2_000;
export const RADIO_RETRY_MOST_MS = 60_000;
/** From the call to a radio that can scan; and from a scan that is to end or begin to its having done so. */
export const RADIO_OPEN_DEADLINE_MS = 20_000;
export const SCAN_CHANGE_DEADLINE_MS = 10_000;

/** A journal that can't be written is tried again by the next visit after so long. */
export const DISK_RETRY_MS = 60_000;
/** One visit at most, however often the lock is met in it. */
export const VISIT_DEADLINE_MS = 600_000;
/** A stop lets a visit end by itself for so long, then calls it off, and waits for its end so much longer. */
export const STOP_PATIENCE_MS = 2_500;
export const STOP_DEADLINE_MS = 1_500;

/** MACs of adverts that nobody has seen yet: so many a second on average, and at once. */
export const MACS_PER_SECOND = 20_000;
export const MACS_AT_ONCE = 60_000;
/** Adverts remembered as nobody's, or as of a door that shows itself elsewhere; then the oldest is forgotten. */
export const STRANGERS_MAX = 4_096;

/** Cloud and radio have so long for their first answer before their absence counts. */
export const START_GRACE_MS = 30_000;

export const WATCHERS_MAX = 16;
/** sun_path of unix(7), without its closing zero: Node cuts off what is longer, and takes another path. */
export const WATCH_PATH_BYTES_MAX = 107;
/** Changes are told to watchers together, so often. */
export const WATCH_EVERY_MS = 250;
/** Where nothing changes, a watcher hears so often that the agent is there, and takes one that says nothing for so long as gone. */
export const WATCH_BEAT_MS = 5_000;
export const WATCH_SILENCE_MS = 15_000;
/** What a watcher has not read yet; beyond it the connection is dropped. */
export const WATCH_UNREAD_MAX_BYTES = 4 * 1024 * 1024;
