// Is one row live now? Start, end, schedule and how far the clock is believed; and of several rows that are not,
// which one is nearest to it.
import type { Head } from '#protocol/table/head.ts';
import { ALWAYS, NO_END, type Row } from '#protocol/table/rows.ts';
import { localTimeOf } from '#protocol/table/zone.ts';
import { refusal, type LockState, type Reason, type TableView, type Verdict } from './decision.ts';
import { spellLocal, spellSpan } from './duration.ts';
import { isHoliday, isInSchedule } from './schedule.ts';

export function judgeRow(row: Row, { head, tableVersion }: TableView, state: LockState): Verdict {
  const { clock, clockFloorS } = state;
  const isLost = clock.trust === 'lost';
  const credential = `Credential ${row.credentialId} of table version ${tableVersion}`;
  // Time is at or above the floor, so what ended or began by then has, however little else is known.
  const surelyS = isLost ? clockFloorS : clock.nowS;
  if (row.endS !== NO_END && surelyS >= row.endS) {
    const agoS = surelyS - row.endS;
    return refusal('EXPIRED', `${credential} ended ${isLost ? 'at least ' : ''}${spellSpan(agoS)} ago.`, {
      row,
    });
  }
  const isBound = row.startS > clockFloorS || row.endS !== NO_END || row.schedule !== ALWAYS;
  if (isLost && isBound) {
    const sentence = `${credential} is bound to a time, and the lock has lost its clock; a sync sets it.`;
    return refusal('CLOCK_UNTRUSTED', sentence, { row });
  }
  if (!isLost && clock.nowS < row.startS) {
    return refusal('NOT_YET', `${credential} begins ${spellSpan(row.startS - clock.nowS)} from now.`, {
      row,
    });
  }
  if (row.schedule !== ALWAYS) {
    if (head === undefined) {
      const sentence = `The head of table version ${tableVersion}, which has the schedules, does not open.`;
      return refusal('TABLE_DAMAGED', sentence, { row });
    }
    if (!isInSchedule(head, row.schedule, clock.nowS)) {
      return refusal('OUT_OF_SCHEDULE', `${credential} ${outOfSchedule(head, row.schedule, clock.nowS)}`, {
        row,
      });
    }
  }
  return { outcome: 'open', reason: 'OPENED', sentence: `${credential} is live.`, row };
}

/** Nearest first: what a known time, an hour or a day would make live comes before what is over. */
const NEARNESS = ['OPENED', 'CLOCK_UNTRUSTED', 'TABLE_DAMAGED', 'OUT_OF_SCHEDULE', 'NOT_YET', 'EXPIRED'];

/** Any live row opens; else the refusal that is nearest to opening, then the soonest start, the latest end. */
export function nearest(verdicts: readonly Verdict[]): Verdict | undefined {
  return verdicts.reduce<Verdict | undefined>(
    (best, verdict) => (best === undefined || isNearer(verdict, best) ? verdict : best),
    undefined,
  );
}

function isNearer(a: Verdict, b: Verdict): boolean {
  if (a.reason !== b.reason) return rank(a.reason) < rank(b.reason);
  if (a.row === undefined || b.row === undefined) return false;
  if (a.reason === 'NOT_YET') return a.row.startS < b.row.startS;
  return a.reason === 'EXPIRED' && a.row.endS > b.row.endS;
}

function rank(reason: Reason): number {
  const at = NEARNESS.indexOf(reason);
  return at < 0 ? NEARNESS.length : at;
}

function outOfSchedule(head: Head, schedule: number, nowS: number): string {
  if (head.schedules[schedule - 1] === undefined) {
    return `has schedule ${schedule}, which this table does not have.`;
  }
  const local = localTimeOf(head.zone, nowS);
  const holiday = isHoliday(head.holidays, local.day) ? ', a holiday' : '';
  return `has schedule ${schedule}, which is closed on ${spellLocal(local)}${holiday}.`;
}
