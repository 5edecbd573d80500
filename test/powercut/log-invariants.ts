// What must hold of the event log after a cut. The lock first writes one more row, as every boot does, since the
// row that explains a gap is written before the next one.
import { EVENT_ROW_BYTES, readGap, type EventRow } from '#lock-sim/storage/event-row.ts';
import { type Running, anEvent } from '#test/lock-sim/power-cut-rig.ts';
import { type Claims, isSameRow } from './claims.ts';

export interface LogExpected {
  readonly claims: Claims;
  /** A tear of the kind that spoils another page of the sector was among what happened. */
  readonly isDisturbed: boolean;
}

/** What is broken, in words. The lock's flash is changed. */
export function brokenLog(running: Running, expected: LogExpected): string | undefined {
  const { events } = running.storage;
  const next = events.append(anEvent({ type: 'booted' }));
  const { claims } = expected;
  if (next.sequence <= claims.lastSequence) return `row ${next.sequence} takes a number that was used`;
  const found = new Map([...events.read(1)].map((row) => [row.sequence, row]));
  return (
    changedRow(claims, found) ??
    unexplained(running, found) ??
    lostRow(running, expected, found) ??
    (found.has(next.sequence) ? undefined : 'the row just written cannot be read')
  );
}

type Rows = ReadonlyMap<number, EventRow>;

function changedRow({ rows }: Claims, found: Rows): string | undefined {
  for (const [sequence, row] of rows) {
    const now = found.get(sequence);
    if (now !== undefined && !isSameRow(row, now)) return `row ${sequence} says something else now`;
  }
  return undefined;
}

/** A number not acknowledged, up to the newest, that is neither a row nor within a gap row. */
export function unexplained({ storage }: Pick<Running, 'storage'>, found: Rows): string | undefined {
  const gaps = [...found.values()].filter(({ type }) => type === 'gap').map(({ data }) => readGap(data));
  for (let n = storage.settings.values.eventsAcknowledged + 1; n <= storage.events.lastSequence; n++) {
    if (!found.has(n) && !gaps.some(({ from, to }) => from <= n && n <= to))
      return `row ${n} is missing and no gap row says so`;
  }
  return undefined;
}

/** Only a full ring drops its oldest rows, and only a disturbed page takes others with it. */
function lostRow(
  { layout, storage }: Running,
  { claims, isDisturbed }: LogExpected,
  found: Rows,
): string | undefined {
  const acknowledged = storage.settings.values.eventsAcknowledged;
  const lost = [...claims.rows.keys()].filter((n) => n > acknowledged && !found.has(n));
  const { pageBytes } = layout.geometry;
  const mayBeDisturbed = isDisturbed ? Math.ceil(pageBytes / EVENT_ROW_BYTES) : 0;
  if (lost.length <= mayBeDisturbed) return undefined;
  const kept = [...claims.rows.keys()].filter((n) => found.has(n));
  const oldestKept = Math.min(...kept, Infinity);
  const fromMiddle = lost.filter((n) => n > oldestKept);
  if (fromMiddle.length > mayBeDisturbed)
    return `row ${fromMiddle.join(', ')} was lost though it was in flash`;
  const full = (layout.events.length - 1) * rowsOfBlock(layout.events[0]?.bytes ?? 0, pageBytes);
  return claims.rows.size + 1 >= full ? undefined : `row ${lost[0] ?? 0} was lost though there was room`;
}

/** At least so many fit beside a header page. */
const rowsOfBlock = (blockBytes: number, pageBytes: number): number =>
  Math.floor((blockBytes - 2 * Math.max(pageBytes, EVENT_ROW_BYTES)) / EVENT_ROW_BYTES);
