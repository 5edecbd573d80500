// Every size, count and wait of the wire format, named once. WIRE 12 lists them.

/** A signed manifest, so that it fits one control message with the offer's own three bytes. */
export const MANIFEST_MAX_BYTES = 4_093;
export const KEY_SET_MAX_BYTES = 4_096;
export const CONTROL_MESSAGE_MAX_BYTES = 4_096;
export const RECEIPT_MAX_BYTES = 512;
export const ACTIVATION_MAX_BYTES = 1_024;
/** A time statement, a deactivation, a live proof. */
export const STATEMENT_MAX_BYTES = 512;
export const RELEASE_MAX_BYTES = 4_096;
export const CBOR_MAX_DEPTH = 8;

export const CHUNK_PLAINTEXT_BYTES = 4_080;
export const SEALED_CHUNK_BYTES = 4_096;
/** Chunk 0 holds the head behind a 2-byte length. */
export const HEAD_MAX_BYTES = CHUNK_PLAINTEXT_BYTES - 2;
export const ROW_BYTES = 32;
export const ROWS_PER_CHUNK = 127;
export const EQUAL_VERIFIERS_MAX = 8;
/** Bounded by the digests that fit a manifest. */
export const CHUNKS_MAX = 112;
export const ROWS_MAX = (CHUNKS_MAX - 1) * ROWS_PER_CHUNK;

export const SCHEDULES_MAX = 64;
export const WINDOWS_PER_SCHEDULE_MAX = 4;
export const HOLIDAYS_MAX = 64;
export const ZONE_TRANSITIONS_MAX = 20;
export const DAILY_SLOTS_MAX = 1_500;

/** How far one manifest may raise the table version within a key epoch. */
export const VERSION_JUMP_MAX = 65_535;
/** How far one deactivation, release or activation may raise the ownership epoch. */
export const OWNERSHIP_JUMP_MAX = 16_777_215;
/** How far one time statement may raise the floor of the clock: 400 days. */
export const CLOCK_FLOOR_JUMP_MAX_S = 34_560_000;
export const KEY_SET_STEPS_PER_CONNECTION_MAX = 16;
export const ROOT_KEYS_MAX = 8;

/** What the firmware key signs of an image: sixteen digests and little else. */
export const FIRMWARE_MANIFEST_MAX_BYTES = 1_024;
/** Of 4,096 bytes each. */
export const FIRMWARE_CHUNKS_MAX = 16;
/** A signed image on file: the mark, the manifest, the image. */
export const FIRMWARE_FILE_MAX_BYTES =
  7 + FIRMWARE_MANIFEST_MAX_BYTES + FIRMWARE_CHUNKS_MAX * SEALED_CHUNK_BYTES;

export const WINDOW_FRAMES = 64;
/** Frames received between two acknowledgements. */
export const ACK_EVERY_FRAMES = 16;
export const OPEN_CHUNKS_MAX = 5;
/** Value of one write command that fills a 251-byte link-layer packet. */
export const FRAME_VALUE_MAX_BYTES = 244;
export const FRAME_HEADER_BYTES = 3;
export const FRAGMENT_HEADER_BYTES = 2;
export const LOCK_STATUS_MAX_BYTES = 244;

/** One message on the channel, either way: a handshake, a sealed command or answer, a refusal. */
export const CHANNEL_MESSAGE_MAX_BYTES = 160;
/** Sealed messages either way before a channel has to be opened anew. */
export const CHANNEL_MESSAGES_MAX = 256;
/** Handshakes that a lock takes at once; beyond them one in each CHANNEL_HANDSHAKE_REST_MS. */
export const CHANNEL_HANDSHAKES_MAX = 16;

/** How long the window stays open after the physical action. */
export const ACTIVATION_WINDOW_MS = 60_000;
/** From the challenge to the time that answers it, by the lock's own timer. */
export const TIME_CHALLENGE_MS = 30_000;
/** From the cloud's nonce to the live proof that bears it, by the cloud's clock. */
export const LIVE_NONCE_MS = 60_000;
/** From the last chunk of a firmware image to the restart that tries it. */
export const FIRMWARE_RESTART_MS = 5_000;
/** From the restart to the end of the trial: an image that has not passed by then is given up. */
export const FIRMWARE_TRIAL_DEADLINE_MS = 30_000;
/** From connect to the first message that checks out. */
export const FIRST_MESSAGE_DEADLINE_MS = 5_000;
/** Without any valid message or new frame. */
export const IDLE_DEADLINE_MS = 10_000;
/** One connection, whatever happens on it. */
export const CONNECTION_DEADLINE_MS = 180_000;
/** From the refusal that ends a channel to the end of its connection: a few connection events, to be heard in. */
export const REFUSAL_LINGER_MS = 500;
/** After which a lock that has taken CHANNEL_HANDSHAKES_MAX handshakes takes one more. */
export const CHANNEL_HANDSHAKE_REST_MS = 2_000;
/** At most one notification of lock-status, and one of the battery level, in that time. */
export const STATUS_NOTIFY_MS = 1_000;

/** What a row of the event log says beside its type and time. */
export const EVENT_DATA_MAX_BYTES = 58;
/** Of packed rows in a batch, so that it fits a control message: 52 rows at their longest. */
export const LOG_BATCH_ROWS_MAX_BYTES = 3_744;
/** Batches that one pull may ask for. */
export const LOG_CREDIT_MAX = 8;
export const LOG_ACK_MAX_BYTES = 512;
