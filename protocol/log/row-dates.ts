// When did it happen? Rows that a lock wrote without a clock are counted on from what it showed at its boot: once the
// clock is set in that boot they are dated by it, otherwise the rows around them say between when. Pure. WIRE 15.3.
import { decodeEvent } from './event-fields.ts';
import type { LogEntry } from './row.ts';

export type RowDate =
  /** By the lock's clock as it was. */
  | { readonly by: 'clock'; readonly atS: number }
  /** Set later in the same boot; `uncertaintyS` is that of the setting. */
  | { readonly by: 'setting'; readonly atS: number; readonly uncertaintyS: number }
  /** The clock was lost until the boot ended. Undefined where no row on that side has a date. */
  | {
      readonly by: 'neighbours';
      readonly notBeforeS: number | undefined;
      readonly notAfterS: number | undefined;
    };

export type DatedRow<R> = R & { readonly date: RowDate };

interface Waiting {
  readonly at: number;
  /** Seconds since boot; undefined where the row that says so is not in the run. */
  readonly monotonicS: number | undefined;
}

/** Rows in the order of their numbers; a boot's rows are dated best where the run has all of them. */
export function dateRows<R extends LogEntry>(rows: readonly R[]): DatedRow<R>[] {
  const dates: (RowDate | undefined)[] = rows.map(() => undefined);
  let boot: number | undefined;
  let shownAtBootS: number | undefined;
  let waiting: Waiting[] = [];
  rows.forEach((row, at) => {
    if (row.bootCount !== boot) {
      [boot, shownAtBootS, waiting] = [row.bootCount, undefined, []];
    }
    const event = decodeEvent(row.typeNumber, row.data);
    if (event?.type === 'clockLost') shownAtBootS = row.timeS - event.monotonicS;
    if (event?.type === 'clockSet') {
      const bootedAtS = event.timeS - event.monotonicS;
      for (const { at: place, monotonicS } of waiting) {
        if (monotonicS === undefined) continue;
        dates[place] = { by: 'setting', atS: bootedAtS + monotonicS, uncertaintyS: event.uncertaintyS };
      }
      waiting = [];
    }
    if (row.clockTrust !== 'lost') dates[at] = { by: 'clock', atS: row.timeS };
    else {
      waiting.push({
        at,
        monotonicS: shownAtBootS === undefined ? undefined : row.timeS - shownAtBootS,
      });
    }
  });
  return withNeighbours(rows, dates);
}

function withNeighbours<R>(rows: readonly R[], dates: readonly (RowDate | undefined)[]): DatedRow<R>[] {
  const notAfter: (number | undefined)[] = [];
  let laterS: number | undefined;
  for (let at = dates.length - 1; at >= 0; at--) {
    notAfter[at] = laterS;
    laterS = knownS(dates[at]) ?? laterS;
  }
  let earlierS: number | undefined;
  return rows.map((row, at) => {
    const date = dates[at] ?? { by: 'neighbours' as const, notBeforeS: earlierS, notAfterS: notAfter[at] };
    earlierS = knownS(date) ?? earlierS;
    return { ...row, date };
  });
}

const knownS = (date: RowDate | undefined): number | undefined =>
  date === undefined || date.by === 'neighbours' ? undefined : date.atS;
