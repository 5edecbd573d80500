// How many rows of a type are worth their place in a day: a hand that slams a door, or a card that nobody knows held
// to the reader for hours, may neither wear the flash out nor push other rows out of the ring. What goes beyond is
// counted. Kept in memory: a reboot begins a new day. Pure.
import type { EventType } from '#protocol/log/event-types.ts';

export const BUDGET_DAY_MS = 86_400_000;
/** Of what a busy door does all day. */
export const MOTION_ROWS_PER_DAY = 256;
/** Of what is out of the ordinary. */
export const HAND_ROWS_PER_DAY = 64;

/**
 * What hands can cause again and again without a valid credential. All others are written always: who opened, what
 * only the cloud's signature or a boot can bring about, and what other rows are dated by.
 */
export const ROWS_PER_DAY: Readonly<Partial<Record<EventType, number>>> = {
  boltLocked: MOTION_ROWS_PER_DAY,
  boltUnlocked: MOTION_ROWS_PER_DAY,
  manualUnlock: MOTION_ROWS_PER_DAY,
  refused: HAND_ROWS_PER_DAY,
  lockedOut: HAND_ROWS_PER_DAY,
  lockoutEnded: HAND_ROWS_PER_DAY,
  boltJammed: HAND_ROWS_PER_DAY,
  doorAjar: HAND_ROWS_PER_DAY,
  doorForced: HAND_ROWS_PER_DAY,
  ajarEnded: HAND_ROWS_PER_DAY,
  batteryLow: HAND_ROWS_PER_DAY,
  batteryEmpty: HAND_ROWS_PER_DAY,
  tampered: HAND_ROWS_PER_DAY,
  privacyThrown: HAND_ROWS_PER_DAY,
  privacyReleased: HAND_ROWS_PER_DAY,
};

interface Day {
  readonly startMs: number;
  readonly written: number;
  readonly counted: number;
}

/** `announce`: the row that says so takes the place of this one, which is counted. */
export type Ruling = 'write' | 'announce' | 'count';

export interface CountedRows {
  readonly ofType: EventType;
  readonly count: number;
}

export class RowBudget {
  /** Made with the first of them. */
  #days: Map<EventType, Day> | undefined;

  /** `nowMs` of the monotonic clock. Ask for `due` before. */
  take(type: EventType, nowMs: number): Ruling {
    const limit = ROWS_PER_DAY[type];
    if (limit === undefined) return 'write';
    this.#days ??= new Map();
    const day = this.#days.get(type) ?? { startMs: nowMs, written: 0, counted: 0 };
    const isWithin = day.written < limit;
    const after = isWithin ? { written: day.written + 1 } : { counted: day.counted + 1 };
    this.#days.set(type, { ...day, ...after });
    if (isWithin) return 'write';
    return day.counted === 0 ? 'announce' : 'count';
  }

  /** Of days that are over, what is to be told of them: once. */
  due(nowMs: number): CountedRows[] {
    const over = [...(this.#days ?? [])].filter(([, { startMs }]) => nowMs - startMs >= BUDGET_DAY_MS);
    for (const [type] of over) this.#days?.delete(type);
    return over
      .filter(([, { counted }]) => counted > 0)
      .map(([ofType, day]) => ({ ofType, count: day.counted }));
  }
}
