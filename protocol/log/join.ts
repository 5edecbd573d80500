// Does a batch go on from the log that is known? Whatever a courier withholds, plays again or reorders, and
// whatever a lock's flash was put back to, shows here as a verdict and never as a changed history. Pure. WIRE 13.5.
import { equalBytes } from '../bytes.ts';
import type { CryptoEngine } from '../crypto/engine.ts';
import type { OpenedLogBatch } from '../signed/log-batch.ts';
import { decodeEvent } from './event-fields.ts';
import { nextChain, type LogEntry, type LogHead, type LogRow } from './row.ts';

/** Numbers of which the lock has no row any more. */
export interface LostRows {
  readonly from: number;
  readonly to: number;
}

export type LogVerdict =
  | {
      readonly verdict: 'continues';
      readonly rows: readonly LogRow[];
      readonly lost: readonly LostRows[];
      readonly head: LogHead;
    }
  /** Nothing new: an old batch, or an empty one. */
  | { readonly verdict: 'known' }
  /** Another batch comes first: pull from `from`. */
  | { readonly verdict: 'missing'; readonly from: number; readonly to: number }
  /** Another history than the one that is held: an alarm. */
  | { readonly verdict: 'contradicts'; readonly sequence: number };

/** `known` undefined: nothing is held of this lock, and what comes first is taken for its beginning. */
export function joinLog(engine: CryptoEngine, known: LogHead | undefined, batch: OpenedLogBatch): LogVerdict {
  const heldTo = known?.sequence ?? batch.from - 1;
  if (batch.from > heldTo + 1) return { verdict: 'missing', from: heldTo + 1, to: batch.from - 1 };
  const repeated = batch.rows.filter(({ sequence }) => sequence <= heldTo).at(-1);
  const rows = batch.rows.filter(({ sequence }) => sequence > heldTo);
  const first = rows[0];
  const last = rows.at(-1);
  if (known !== undefined && repeated?.sequence === known.sequence) {
    const isSame = equalBytes(repeated.chain, known.chain);
    if (!isSame) return { verdict: 'contradicts', sequence: known.sequence };
  }
  if (first === undefined || last === undefined) return { verdict: 'known' };
  if (known !== undefined && repeated?.sequence !== known.sequence && !hasLost(first, known.sequence)) {
    // The chain of the batch leads past the known row, or its first row is the very next one.
    const mustLink = repeated !== undefined || first.sequence === heldTo + 1;
    const isLinked = equalBytes(nextChain(engine, known.chain, first.sequence, first), first.chain);
    if (mustLink && !isLinked) return { verdict: 'contradicts', sequence: first.sequence };
  }
  const head = { sequence: last.sequence, chain: last.chain };
  return { verdict: 'continues', rows, lost: lostBetween(heldTo, rows), head };
}

/** A power cut can take the row that was written last, also from a lock that has told of it: a gap row owns up. */
function hasLost({ typeNumber, data }: LogRow, sequence: number): boolean {
  const event = decodeEvent(typeNumber, data);
  return event?.type === 'gap' && event.from <= sequence && sequence <= event.to;
}

function lostBetween(heldTo: number, rows: readonly LogRow[]): LostRows[] {
  return rows.flatMap(({ sequence }, at) => {
    const from = (rows[at - 1]?.sequence ?? heldTo) + 1;
    return sequence === from ? [] : [{ from, to: sequence - 1 }];
  });
}

/** Of what is lost, what no gap row among `rows` tells of. Ask once the log is there to its end: a gap row comes late. */
export function unexplainedLosses(lost: readonly LostRows[], rows: readonly LogEntry[]): LostRows[] {
  const gaps = rows
    .map(({ typeNumber, data }) => decodeEvent(typeNumber, data))
    .filter((event) => event?.type === 'gap');
  return gaps.reduce<LostRows[]>((left, gap) => left.flatMap((range) => without(range, gap)), [...lost]);
}

const without = (range: LostRows, gap: LostRows): LostRows[] =>
  [
    { from: range.from, to: Math.min(range.to, gap.from - 1) },
    { from: Math.max(range.from, gap.to + 1), to: range.to },
  ].filter(({ from, to }) => from <= to);
