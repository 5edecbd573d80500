// Every kind of row that a lock's event log can hold, and every word in one, by number. A number is for ever: what
// is new gets a new one, and none is used again. WIRE 13.2.

export const EVENT_TYPES = {
  /** Rows in from..to that are not there were lost, for EVENT_GAP_REASONS. */
  gap: 1,
  /** Names the floor's triple, which is that of the table in force where there is one. */
  booted: 2,
  flashReplaced: 3,
  tableCommitted: 4,
  opened: 5,
  refused: 6,
  activated: 7,
  /** A refusal under the cloud's good signature. */
  alarm: 8,
  lockedOut: 9,
  lockoutEnded: 10,
  boltJammed: 11,
  doorAjar: 12,
  doorForced: 13,
  ajarEnded: 14,
  batteryLow: 15,
  batteryEmpty: 16,
  clockSet: 17,
  clockLost: 18,
  deactivated: 19,
  reset: 20,
  released: 21,
  keySetAdopted: 22,
  firmwareStaged: 23,
  firmwareTrial: 24,
  firmwareConfirmed: 25,
  firmwareFellBack: 26,
  tampered: 27,
  privacyThrown: 28,
  privacyReleased: 29,
  manualUnlock: 30,
  holdOpenStarted: 31,
  holdOpenEnded: 32,
  boltLocked: 33,
  boltUnlocked: 34,
  /** Rows of one type beyond the day's budget were counted instead of written. */
  rowsCounted: 35,
} as const;
export type EventType = keyof typeof EVENT_TYPES;

/** Bits. */
export const EVENT_GAP_REASONS = { overflow: 1, damaged: 2, skipped: 4 } as const;

/** Why a credential opened or did not. */
export const EVENT_REASONS = {
  OPENED: 1,
  NO_TABLE: 2,
  TABLE_DAMAGED: 3,
  UNKNOWN_CREDENTIAL: 4,
  NOT_YET: 5,
  EXPIRED: 6,
  OUT_OF_SCHEDULE: 7,
  CLOCK_UNTRUSTED: 8,
  LOCKED_OUT: 9,
  CODE_BARRED: 10,
  CODE_USED: 11,
  PRIVACY: 12,
  MALFORMED: 13,
} as const;
export type EventReason = keyof typeof EVENT_REASONS;

/** What was presented. A row of the table has one of the first three; daily codes are derived. */
export const EVENT_CREDENTIALS = { doorcode: 1, keycard: 2, app: 3, daily: 4, dailySingleUse: 5 } as const;
export type EventCredential = keyof typeof EVENT_CREDENTIALS;

/** What moved the bolt or ended a lockout. */
export const EVENT_CAUSES = {
  credential: 1,
  hand: 2,
  key: 3,
  inside: 4,
  timer: 5,
  command: 6,
  app: 7,
  schedule: 8,
} as const;
export type EventCause = keyof typeof EVENT_CAUSES;

const nameOfNumber = new Map(
  Object.entries(EVENT_TYPES).map(([name, number]) => [number as number, name as EventType]),
);

/** Undefined for a type that came later than this code. */
export const eventTypeOf = (number: number): EventType | undefined => nameOfNumber.get(number);
