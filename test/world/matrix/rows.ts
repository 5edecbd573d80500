// The rows of the matrix, made of what a run without faults sees in each scenario: the first scenario that has a point meets
// every fault there, the others a few.
import { AGAIN, befalls, FAULTS, TROUBLES, type Fault, type Seen } from './faults.ts';
import type { Aim } from './interception.ts';
import { playCase, type CaseReport } from './matrix-case.ts';
import { PROTOCOL_POINTS, type Point } from './points.ts';
import type { Scenario } from './scenario.ts';
import { SCENARIOS } from './scenarios.ts';

export interface Row {
  readonly scenario: Scenario;
  readonly point: Point;
  readonly aims: readonly Aim[];
}

/** A frame within a window, with a chunk in flash and others open. */
const FRAME_STRUCK = 30;
const NTHS_MAX = 12;

export interface Rows {
  readonly rows: readonly Row[];
  /** Points of the protocol that no scenario comes by. */
  readonly missing: readonly Point[];
  readonly rehearsals: readonly CaseReport[];
}

/** `isLong`: every fault in each scenario. */
export async function rowsOf(seed: number | string, isLong: boolean): Promise<Rows> {
  const rows: Row[] = [];
  const rehearsals: CaseReport[] = [];
  const met = new Set<Point>();
  for (const scenario of SCENARIOS) {
    const rehearsal = await playCase({ scenario, seed });
    rehearsals.push(rehearsal);
    for (const [point, seen] of rehearsal.seen) {
      const faults = faultsOf(point, !met.has(point), isLong);
      met.add(point);
      const aims = faults
        .filter((fault) => befalls(fault, point, seen))
        .flatMap((fault) => nthsOf(point, seen, isLong).map((nth): Aim => ({ fault, point, nth })));
      if (aims.length > 0) rows.push({ scenario, point, aims });
    }
  }
  return { rows, missing: PROTOCOL_POINTS.filter((point) => !met.has(point)), rehearsals };
}

/** `isLong`: all of them, or as many spread over all. */
function nthsOf(point: Point, { count }: Seen, isLong: boolean): readonly number[] {
  if (!isLong) return [point === 'frame' && count > FRAME_STRUCK ? FRAME_STRUCK : 1];
  const many = Math.min(count, NTHS_MAX);
  return Array.from({ length: many }, (_, i) => 1 + Math.floor((i * count) / many));
}

function faultsOf(point: Point, isFirst: boolean, isLong: boolean): readonly Fault[] {
  if (!PROTOCOL_POINTS.includes(point)) return isFirst || isLong ? TROUBLES : [];
  if (isFirst || isLong) return FAULTS;
  return AGAIN.filter(({ does }) => does === 'strike' || point === 'receipt');
}
