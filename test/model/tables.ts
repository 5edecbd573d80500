// The tables that the sequences are played with: everything a row or a head can say, in a few rows.
import type { Credential, Table } from './plain/table.ts';

/** 2026-03-01T09:00:00Z, a Sunday: what the virtual clock begins with. */
export const START_S = 1_772_355_600;
const HOUR_S = 3_600;
const DAY_S = 86_400;
const START_DAY = Math.floor(START_S / DAY_S);

const code = (id: number, secret: string, over: Partial<Credential> = {}): Credential => ({
  id,
  kind: 'doorcode',
  secret,
  startS: 0,
  endS: undefined,
  schedule: 0,
  ...over,
});

const everyday = { days: 0b0111_1111, startMinute: 8 * 60, endMinute: 17 * 60 + 59 };
const night = { days: 0b0110_0000, startMinute: 22 * 60, endMinute: 6 * 60 };
const holidays = { days: 0b1000_0000, startMinute: 0, endMinute: 1_439 };

const first: Table = {
  name: 'first',
  credentials: [
    code(1, '1111'),
    code(2, '1234567'),
    code(3, '22222', { endS: START_S + 2 * DAY_S }),
    code(4, '333333', { startS: START_S + 2 * HOUR_S }),
    code(5, '4444', { schedule: 1 }),
    code(6, '5555555', { endS: START_S - DAY_S }),
    // One code of two stays of one guest.
    code(7, '66666', { startS: START_S - 9 * DAY_S, endS: START_S - 8 * DAY_S }),
    code(8, '66666', { startS: START_S + DAY_S, endS: START_S + 3 * DAY_S }),
    code(9, 'card', { kind: 'keycard' }),
    code(10, 'phone', { kind: 'app' }),
    code(11, 'night phone', { kind: 'app', schedule: 2 }),
  ],
  schedules: [[everyday], [night, holidays]],
  // The clocks go forward four hours after the start, and back two days later.
  zone: {
    offsetS: HOUR_S,
    transitions: [
      { atS: START_S + 4 * HOUR_S, offsetS: 2 * HOUR_S },
      { atS: START_S + 4 * HOUR_S + 2 * DAY_S, offsetS: HOUR_S },
    ],
  },
  holidays: [START_DAY + 1],
  daily: { epoch: 1, dailySlots: 2, singleUseSlots: 3, barred: [] },
  lockout: 'exponential',
  others: 60,
};

/** Somebody was revoked, a slot is barred, and the rows fill two chunks. */
const second: Table = {
  ...first,
  name: 'second',
  credentials: first.credentials.filter(({ id }) => id !== 1 && id !== 9),
  daily: { ...first.daily, barred: [1, 3] },
  lockout: 'igloohome',
  others: 130,
};

/** Other hours, another zone, a higher epoch of the daily codes. */
const third: Table = {
  ...first,
  name: 'third',
  credentials: [
    ...first.credentials.slice(0, 6),
    code(12, '7777777'),
    code(10, 'phone', { kind: 'app', endS: START_S + DAY_S }),
  ],
  schedules: [[], [everyday]],
  zone: { offsetS: -11 * HOUR_S, transitions: [] },
  holidays: [],
  daily: { epoch: 2, dailySlots: 1, singleUseSlots: 2, barred: [] },
  lockout: 'matter',
};

/** No daily codes at all. */
const fourth: Table = {
  ...first,
  name: 'fourth',
  daily: { epoch: 2, dailySlots: 0, singleUseSlots: 0, barred: [] },
  lockout: 'schlage',
};

export const TABLES = [first, second, third, fourth] as const;
export const CODES = [
  ...new Set(
    [...first.credentials, ...third.credentials]
      .filter(({ kind }) => kind === 'doorcode')
      .map(({ secret }) => secret),
  ),
];
export const WRONG_CODES = ['9999', '9999999', '123', '12345678'] as const;
