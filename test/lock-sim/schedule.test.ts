// Schedules by the clock on the wall: a table of UTC seconds worked out by hand for Europe/Berlin, then any windows
// and times against a slow reading that asks the runtime's own zone data and counts minutes one by one.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainHead, type Head, type ScheduleWindow } from '#protocol/table/head.ts';
import { localTimeOf, weekdayOf } from '#protocol/table/zone.ts';
import { isInSchedule } from '#lock-sim/access/schedule.ts';
import { holds } from '#test/builders/seeded-property.ts';

const [MO, TU, WE, TH, FR, SA, SU, HOLIDAY] = [1, 2, 4, 8, 16, 32, 64, 128] as const;
const WEEKDAYS = MO | TU | WE | TH | FR;
const at = (hour: number, minute = 0): number => hour * 60 + minute;
const utc = (text: string): number => Date.parse(text) / 1_000;

/** 2026: +1 h, from 29 March 01:00 UTC +2 h, from 25 October 01:00 UTC +1 h again. */
const BERLIN: Head['zone'] = {
  offsetS: 3_600,
  transitions: [
    { atS: 1_774_746_000, offsetS: 7_200 },
    { atS: 1_792_890_000, offsetS: 3_600 },
  ],
};

const headOf = (over: Partial<Head>): Head => ({ ...plainHead(new Uint8Array(16)), zone: BERLIN, ...over });

function isOpen(
  windows: readonly (readonly [number, number, number])[],
  time: string,
  over: Partial<Head> = {},
) {
  const schedule = windows.map(([days, startMinute, endMinute]) => ({ days, startMinute, endMinute }));
  return isInSchedule(headOf({ schedules: [schedule], ...over }), 1, utc(time));
}

/** 2026-03-02 is a Monday. */
const OFFICE = [[WEEKDAYS, at(8), at(17, 59)]] as const;
const NIGHT_OF_FRIDAY = [[FR, at(22), at(5, 59)]] as const;
/** 2026-04-06, Easter Monday: local day 20,549. */
const EASTER_MONDAY = 20_549;

describe('a schedule', () => {
  it.each([
    ['opens with its first second', OFFICE, '2026-03-02T07:00:00Z', true],
    ['is closed the second before', OFFICE, '2026-03-02T06:59:59Z', false],
    ['is open to the last second of its last minute', OFFICE, '2026-03-02T16:59:59Z', true],
    ['is closed with the minute after', OFFICE, '2026-03-02T17:00:00Z', false],
    ['is closed on a day that it does not have', OFFICE, '2026-03-07T11:00:00Z', false],
    ['of one minute is open for that minute', [[SU, at(12), at(12)]], '2026-03-01T11:00:59Z', true],
    ['of one minute is closed after it', [[SU, at(12), at(12)]], '2026-03-01T11:01:00Z', false],
    ['of a whole day begins at local midnight', [[MO, 0, 1_439]], '2026-03-01T23:00:00Z', true],
    ['of a whole day is not yet open before local midnight', [[MO, 0, 1_439]], '2026-03-01T22:59:59Z', false],
    ['of a whole day ends with it', [[MO, 0, 1_439]], '2026-03-02T23:00:00Z', false],
    ['of no window is never open', [], '2026-03-02T11:00:00Z', false],
  ] as const)('%s', (_, windows, time, open) => {
    expect(isOpen(windows, time)).toBe(open);
  });

  it.each([
    ['2026-03-02T07:30:00Z', true],
    ['2026-03-02T11:00:00Z', false],
    ['2026-03-02T13:00:00Z', true],
    ['2026-03-03T13:00:00Z', false],
  ] as const)('of several windows is open in any of them: %s', (time, open) => {
    const windows = [
      [MO, at(8), at(9, 59)],
      [MO, at(13), at(14)],
      [WE, at(0), at(1)],
    ] as const;
    expect(isOpen(windows, time)).toBe(open);
  });

  it.each([
    ['Friday 21:59', '2026-03-06T20:59:59Z', false],
    ['Friday 22:00', '2026-03-06T21:00:00Z', true],
    ['Saturday 00:00', '2026-03-06T23:00:00Z', true],
    ['Saturday 05:59', '2026-03-07T04:59:59Z', true],
    ['Saturday 06:00', '2026-03-07T05:00:00Z', false],
    ['Saturday 22:00', '2026-03-07T21:00:00Z', false],
    ['Friday 01:00, which would be Thursday night', '2026-03-06T00:00:00Z', false],
  ] as const)('past midnight belongs to the day on which it starts: %s', (_, time, open) => {
    expect(isOpen(NIGHT_OF_FRIDAY, time)).toBe(open);
  });

  it('from Sunday night runs into Monday', () => {
    expect(isOpen([[SU, at(22), at(1)]], '2026-03-02T00:01:59Z')).toBe(false);
    expect(isOpen([[SU, at(22), at(1)]], '2026-03-01T23:01:59Z')).toBe(true);
    expect(isOpen([[SU, at(22), at(1)]], '2026-03-02T00:00:59Z')).toBe(true);
  });

  it('that the table does not have is closed', () => {
    const head = headOf({ schedules: [[{ days: 255, startMinute: 0, endMinute: 1_439 }]] });
    for (const schedule of [2, 64, 65_535]) expect(isInSchedule(head, schedule, 0)).toBe(false);
    expect(isInSchedule(head, 1, 0)).toBe(true);
  });
});

describe('a holiday', () => {
  const holidays = { holidays: [EASTER_MONDAY] };

  it.each([
    ['closes a window of its weekday', OFFICE, '2026-04-06T10:00:00Z', false],
    ['leaves the day after alone', OFFICE, '2026-04-07T10:00:00Z', true],
    ['opens a window that has its bit', [[HOLIDAY, at(10), at(11)]], '2026-04-06T08:00:00Z', true],
    [
      'opens a window that has its bit beside another weekday',
      [[TH | HOLIDAY, 600, 660]],
      '2026-04-06T08:00:00Z',
      true,
    ],
    ['is a matter of its local day alone', [[HOLIDAY, 0, 1_439]], '2026-04-06T22:00:00Z', false],
    ['begins at local midnight', [[HOLIDAY, 0, 1_439]], '2026-04-05T22:00:00Z', true],
  ] as const)('%s', (_, windows, time, open) => {
    expect(isOpen(windows, time, holidays)).toBe(open);
  });

  it('is looked up for the day on which a night starts, the morning after included', () => {
    const [sunday, monday] = [[[SU, at(22), at(5)]] as const, [[MO, at(22), at(5)]] as const];
    // Sunday's night runs on into the holiday; the holiday's own night does not start, nor its morning after.
    expect(isOpen(sunday, '2026-04-06T01:00:00Z', holidays)).toBe(true);
    expect(isOpen(monday, '2026-04-06T21:00:00Z', holidays)).toBe(false);
    expect(isOpen(monday, '2026-04-07T01:00:00Z', holidays)).toBe(false);
    expect(isOpen([[HOLIDAY, at(22), at(5)]], '2026-04-07T01:00:00Z', holidays)).toBe(true);
  });

  it.each([
    ['the evening before it starts a night', '2026-04-05T21:00:00Z', true],
    ['that night lasts to its own end, on the holiday', '2026-04-06T03:59:59Z', true],
    ['and not longer', '2026-04-06T04:00:00Z', false],
    ['no night starts on the holiday, whatever bit it has', '2026-04-06T21:00:00Z', false],
    ['so that none is left of it behind midnight', '2026-04-07T01:00:00Z', false],
    ['the next evening starts one again', '2026-04-07T21:00:00Z', true],
  ] as const)('that is excepted is so by the day on which a window starts: %s', (_, time, open) => {
    const nights = [{ days: 0xff, startMinute: at(18), endMinute: at(5, 59) }];
    const head = headOf({ schedules: [nights], ...holidays });
    expect(isInSchedule(head, 1, utc(time), true)).toBe(open);
  });
});

describe('daylight saving in Berlin', () => {
  it.each([
    // 29 March 2026, a Sunday: 01:59:59 is followed by 03:00:00.
    ['a window up to the gap ends with it', [[SU, at(1), at(1, 59)]], '2026-03-29T00:59:59Z', true],
    ['a window up to the gap is over behind it', [[SU, at(1), at(1, 59)]], '2026-03-29T01:00:00Z', false],
    ['a window within the gap never opens: before', [[SU, at(2), at(2, 59)]], '2026-03-29T00:59:59Z', false],
    ['a window within the gap never opens: after', [[SU, at(2), at(2, 59)]], '2026-03-29T01:00:00Z', false],
    [
      'a window that begins in the gap is open behind it',
      [[SU, at(2, 30), at(4)]],
      '2026-03-29T01:00:00Z',
      true,
    ],
    [
      'a window that ends in the gap is over behind it',
      [[SU, at(1), at(2, 30)]],
      '2026-03-29T01:00:00Z',
      false,
    ],
    ['a night over the gap ends by the new time', [[SA, at(22), at(5, 59)]], '2026-03-29T03:59:59Z', true],
    [
      'a night over the gap is over by the new time',
      [[SA, at(22), at(5, 59)]],
      '2026-03-29T04:00:00Z',
      false,
    ],
    // 25 October 2026, a Sunday: 02:00:00 to 02:59:59 come twice.
    [
      'an hour that comes twice is open the first time',
      [[SU, at(2), at(2, 59)]],
      '2026-10-25T00:00:00Z',
      true,
    ],
    [
      'an hour that comes twice is open the second time',
      [[SU, at(2), at(2, 59)]],
      '2026-10-25T01:59:59Z',
      true,
    ],
    ['an hour that comes twice is over then', [[SU, at(2), at(2, 59)]], '2026-10-25T02:00:00Z', false],
    ['half an hour twice: open', [[SU, at(2), at(2, 29)]], '2026-10-25T00:29:59Z', true],
    ['half an hour twice: closed between', [[SU, at(2), at(2, 29)]], '2026-10-25T00:30:00Z', false],
    ['half an hour twice: open again', [[SU, at(2), at(2, 29)]], '2026-10-25T01:00:00Z', true],
    ['half an hour twice: closed again', [[SU, at(2), at(2, 29)]], '2026-10-25T01:30:00Z', false],
    ['behind the last transition its offset stays', [[MO, at(8), at(8)]], '2030-07-01T07:00:00Z', true],
  ] as const)('%s', (_, windows, time, open) => {
    expect(isOpen(windows, time)).toBe(open);
  });

  it('is the second of the transition itself, not one before it', () => {
    expect(localTimeOf(BERLIN, 1_774_745_999)).toEqual({ day: 20_541, minute: 119 });
    expect(localTimeOf(BERLIN, 1_774_746_000)).toEqual({ day: 20_541, minute: 180 });
    expect(localTimeOf(BERLIN, 1_792_889_999)).toEqual({ day: 20_751, minute: 179 });
    expect(localTimeOf(BERLIN, 1_792_890_000)).toEqual({ day: 20_751, minute: 120 });
  });
});

describe('a zone', () => {
  it('without transitions has one offset for ever, also before 1970 by local time', () => {
    const zone = { offsetS: -18_000, transitions: [] };
    expect(localTimeOf(zone, 0)).toEqual({ day: -1, minute: 19 * 60 });
    expect(weekdayOf(-1)).toBe(2);
    expect(localTimeOf(zone, 4_294_967_295).day).toBe(49_710);
  });

  it('that changes moves the windows with it', () => {
    const eastern = { zone: { offsetS: -18_000, transitions: [] } };
    expect(isOpen(OFFICE, '2026-03-02T07:00:00Z', eastern)).toBe(false);
    expect(isOpen(OFFICE, '2026-03-02T13:00:00Z', eastern)).toBe(true);
  });

  it('may have quarter hours and seconds', () => {
    expect(localTimeOf({ offsetS: 20_700, transitions: [] }, 0).minute).toBe(345);
    expect(localTimeOf({ offsetS: -1, transitions: [] }, 60).minute).toBe(0);
  });
});

/** By the runtime's zone data of a year that is over, and by counting. */
describe('any schedule', () => {
  const berlin2025: Head['zone'] = {
    offsetS: 3_600,
    transitions: [
      { atS: 1_743_296_400, offsetS: 7_200 },
      { atS: 1_761_440_400, offsetS: 3_600 },
    ],
  };
  const wall = new Intl.DateTimeFormat('en-GB', {
    timeZone: 'Europe/Berlin',
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const NAMES = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

  function slowly(windows: readonly ScheduleWindow[], holidays: ReadonlySet<string>, atS: number): boolean {
    const parts = Object.fromEntries(wall.formatToParts(atS * 1_000).map(({ type, value }) => [type, value]));
    const noonS = Date.parse(`${parts['year']}-${parts['month']}-${parts['day']}T12:00:00Z`) / 1_000;
    const dateOf = (daysBack: number) =>
      new Date((noonS - daysBack * 86_400) * 1_000).toISOString().slice(0, 10);
    const weekday = NAMES.indexOf(parts['weekday']!);
    const minuteNow = Number(parts['hour']) * 60 + Number(parts['minute']);
    return [0, 1].some((daysBack) => {
      const bit = holidays.has(dateOf(daysBack)) ? 7 : (weekday + 7 - daysBack) % 7;
      return windows.some((window) => {
        if (Math.floor(window.days / 2 ** bit) % 2 === 0) return false;
        for (let minute = window.startMinute, day = 0; ; minute++) {
          if (minute === 1_440) [minute, day] = [0, day + 1];
          if (day === daysBack && minute === minuteNow) return true;
          if (minute === window.endMinute) return false;
        }
      });
    });
  }

  const edges = [0, 1, 59, 60, 119, 120, 121, 149, 179, 180, 1_319, 1_438, 1_439];
  const minute = fc.oneof(fc.constantFrom(...edges), fc.integer({ min: 0, max: 1_439 }));
  const window = fc.record({
    days: fc.integer({ min: 1, max: 255 }),
    startMinute: minute,
    endMinute: minute,
  });
  const moment = fc.oneof(
    fc.integer({ min: 1_735_686_000, max: 1_767_222_000 }),
    ...[1_743_296_400, 1_761_440_400, 1_743_289_200, 1_761_429_600].map((edgeS) =>
      fc.integer({ min: edgeS - 90_000, max: edgeS + 90_000 }),
    ),
  );

  it('opens when a reading minute by minute says so', () => {
    let opened = 0;
    const property = fc.property(
      fc.array(window, { maxLength: 4 }),
      fc.uniqueArray(fc.integer({ min: -2, max: 2 })),
      moment,
      (windows, aroundDays, atS) => {
        const { day } = localTimeOf(berlin2025, atS);
        const holidays = aroundDays.map((around) => day + around).sort((a, b) => a - b);
        const dates = new Set(holidays.map((d) => new Date(d * 86_400_000).toISOString().slice(0, 10)));
        const head = headOf({ zone: berlin2025, schedules: [windows], holidays });
        const open = isInSchedule(head, 1, atS);
        if (open) opened++;
        expect(open).toBe(slowly(windows, dates, atS));
      },
    );
    holds(property, 3_000);
    expect(opened).toBeGreaterThan(300);
  });
});
