// Dates of rows written without a clock: as a table of boots, losses and settings.
import { describe, expect, it } from 'vitest';
import { encodeEvent, type LockEvent } from '#protocol/log/event-fields.ts';
import { EVENT_TYPES } from '#protocol/log/event-types.ts';
import { dateRows, type RowDate } from '#protocol/log/row-dates.ts';
import type { LogEntry } from '#protocol/log/row.ts';

const T = 1_700_000_000;

const row = (
  bootCount: number,
  timeS: number,
  clockTrust: LogEntry['clockTrust'],
  event: LockEvent = { type: 'tampered' },
): LogEntry => ({
  typeNumber: EVENT_TYPES[event.type],
  bootCount,
  timeS,
  clockTrust,
  data: encodeEvent(event),
});

const lost = (bootCount: number, timeS: number, monotonicS: number): LogEntry =>
  row(bootCount, timeS, 'lost', { type: 'clockLost', monotonicS });
const set = (bootCount: number, timeS: number, monotonicS: number): LogEntry =>
  row(bootCount, timeS, 'trusted', { type: 'clockSet', monotonicS, timeS, uncertaintyS: 3 });

const clock = (atS: number): RowDate => ({ by: 'clock', atS });
const setting = (atS: number): RowDate => ({ by: 'setting', atS, uncertaintyS: 3 });
const between = (notBeforeS: number | undefined, notAfterS: number | undefined): RowDate => ({
  by: 'neighbours',
  notBeforeS,
  notAfterS,
});

describe('rows', () => {
  it.each<[string, LogEntry[], RowDate[]]>([
    ['none at all', [], []],
    [
      'of a clock that was there keep their time, drifting or not',
      [row(1, T, 'trusted'), row(1, T + 5, 'drifting')],
      [clock(T), clock(T + 5)],
    ],
    [
      'of a lost clock are counted on from boot once it is set',
      [lost(2, 100, 0), row(2, 130, 'lost'), set(2, T, 60)],
      [setting(T - 60), setting(T - 30), clock(T)],
    ],
    [
      'of a clock that was lost in the middle of a boot as well',
      [row(1, T, 'trusted'), lost(1, T + 50, 50), row(1, T + 60, 'lost'), set(1, T + 1_000, 100)],
      [clock(T), setting(T + 950), setting(T + 960), clock(T + 1_000)],
    ],
    [
      'after what a lost clock shows has moved are counted from there',
      [lost(2, 100, 0), row(2, 110, 'lost'), lost(2, 5_000, 20), row(2, 5_010, 'lost'), set(2, T, 60)],
      [setting(T - 60), setting(T - 50), setting(T - 40), setting(T - 30), clock(T)],
    ],
    [
      'of a boot that ended without a clock lie between their neighbours',
      [row(1, T, 'trusted'), lost(2, T, 0), row(2, T + 9, 'lost'), lost(3, T, 0), set(3, T + 500, 100)],
      [clock(T), between(T, T + 400), between(T, T + 400), setting(T + 400), clock(T + 500)],
    ],
    [
      'are never dated by the setting of another boot',
      [lost(2, 100, 0), row(3, T, 'trusted'), set(3, T + 9, 9)],
      [between(undefined, T), clock(T), clock(T + 9)],
    ],
    ['with nothing around them have no date', [lost(2, 100, 0)], [between(undefined, undefined)]],
    [
      'whose loss is not in the run have no date of their own',
      [row(2, 130, 'lost'), set(2, T, 60)],
      [between(undefined, T), clock(T)],
    ],
    [
      'of a type that is not known are dated too',
      [lost(2, 100, 0), { ...row(2, 130, 'lost'), typeNumber: 250 }, set(2, T, 60)],
      [setting(T - 60), setting(T - 30), clock(T)],
    ],
  ])('%s', (_, rows, dates) => {
    expect(dateRows(rows).map(({ date }) => date)).toEqual(dates);
  });
});
