// How long a courier waits for what, and how often it tries again: every wait of a Door Sync ends here. All below
// the lock's own deadlines where both wait for the same, so that the courier is the first to say why.
import { FIRMWARE_RESTART_MS, FIRMWARE_TRIAL_DEADLINE_MS } from '#protocol/limits.ts';

/** Meeting a lock: from the call to a link with its table known. */
export const CONNECT_DEADLINE_MS = 10_000;
export const STATUS_READ_DEADLINE_MS = 5_000;
export const HELLO_ANSWER_DEADLINE_MS = 5_000;
/** The lock checks up to two thresholds of signatures and writes its settings. */
export const KEY_SET_ANSWER_DEADLINE_MS = 8_000;
/** Whatever hands over key sets, a cloud or a cache, while the lock waits. Below the lock's IDLE_DEADLINE_MS. */
export const KEY_SET_FETCH_DEADLINE_MS = 8_000;
export const OFFER_ANSWER_DEADLINE_MS = 8_000;
/**
 * Twice the time that 16 frames take on the slowest link we know (27-byte packets, 4 an event of 30 ms: 1.2 s),
 * and the erasing of a whole window of sectors beside it.
 */
export const ACK_SILENCE_MS = 3_000;
/** Where a link has no notifications: between two looks at what the lock has to say, or at frames that did not get on. */
export const READING_PAUSE_MS = 100;
/**
 * Without one more frame at the lock, however often it is looked at and however long that takes: two silences, and below
 * the lock's IDLE_DEADLINE_MS by what a slow platform is late.
 */
export const FRAME_DEADLINE_MS = 7_000;
/**
 * The lock reads back and hashes the whole stage before it commits: 112 chunks in firmware's own crypto. A lock that takes
 * longer than its IDLE_DEADLINE_MS has hung up itself, and gives its receipt at the next meeting.
 */
export const RECEIPT_DEADLINE_MS = 9_000;
/** Offers within one connection: one more where the lock no longer knows of the first. */
export const OFFERS_PER_CONNECTION_MAX = 3;

/** Attempts in a row to meet a lock, each as long as a whole scan: it is elsewhere, dark, or serves another courier. */
export const UNMET_CONNECTIONS_MAX = 2;
/** Connections of one delivery that brought the lock no further, in a row. */
export const FRUITLESS_CONNECTIONS_MAX = 4;
/** Connections of one delivery, however far each came. */
export const CONNECTIONS_MAX = 64;
/** Before meeting a lock again: it may be starting. */
export const RECONNECT_DELAY_MS = 250;

/** The lock checks the key set, reads its keys and signs: three signatures in firmware's own crypto. */
export const STATEMENT_DEADLINE_MS = 8_000;
/** The lock pins the root, stores its secrets and signs a receipt. */
export const GRANT_DEADLINE_MS = 8_000;

/** The lock checks up to a threshold of signatures, wipes its secrets and signs a receipt. */
export const DEPARTURE_DEADLINE_MS = 8_000;
/** Meetings in which a lock that is to leave is asked for its log first. */
export const LAST_LOG_MEETINGS_MAX = 2;

/** From a staged image to the first look at it: the restart, and what a self test takes. */
export const FIRST_LOOK_MS = FIRMWARE_RESTART_MS + 3_000;
/** Between two such looks. */
export const LOOK_PAUSE_MS = 5_000;
/** From a staged image to the last look: one that hangs is given up by the lock in that time, and its fall seen. */
export const TRIAL_PATIENCE_MS = FIRMWARE_RESTART_MS + FIRMWARE_TRIAL_DEADLINE_MS + 15_000;

/** The lock computes five products on the curve in firmware's own crypto. */
export const CHANNEL_OPEN_DEADLINE_MS = 4_000;
/** The lock looks one row up, writes another and moves. */
export const CHANNEL_ANSWER_DEADLINE_MS = 5_000;
/** Connections for one command, as long as it has not been said. */
export const CHANNEL_MEETINGS_MAX = 3;
/** Handshakes on one connection, where the lock asks for patience. */
export const CHANNEL_OPENINGS_MAX = 3;

/** Looking for a door: locks advertise at least once a second. */
export const SCAN_DEADLINE_MS = 10_000;
/** How long only adverts that show nothing are watched before they are connected to. */
export const HIDDEN_ADVERT_PATIENCE_MS = 2_000;
export const HIDDEN_PROBES_MAX = 32;

/** Messages that came before anybody asked for them: a lock that says more is no lock, and has a courier's memory. */
export const UNHEARD_MESSAGES_MAX = 16;

/** The lock draws a nonce; then it checks the statement and writes its settings. */
export const TIME_CHALLENGE_DEADLINE_MS = 5_000;
export const TIME_ANSWER_DEADLINE_MS = 5_000;
/** Batches asked for at once: what a courier holds until the cloud has them. */
export const LOG_CREDIT = 4;
/** The lock reads, seals and signs a batch of 4 KiB, and sends it in 17 notifications or more. */
export const LOG_BATCH_DEADLINE_MS = 8_000;
export const LOG_ACK_ANSWER_DEADLINE_MS = 5_000;
/** Of one connection: 3,328 rows and more. What is left stays in the lock for the next. */
export const LOG_BATCHES_MAX = 64;
