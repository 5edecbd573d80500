// Cuts what the ring holds into batches: each as full as a control message allows, none across a place where the
// chain is broken, so that the cloud can recompute every link within one. The same rows make the same batches.
import { equalBytes } from '#protocol/bytes.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { LOG_BATCH_ROWS_MAX_BYTES } from '#protocol/limits.ts';
import { nextChain, packedBytes, type LogRow } from '#protocol/log/row.ts';
import type { LogBatchContent } from '#protocol/signed/log-batch.ts';
import type { EventRing } from '../storage/event-ring.ts';
import { logRowOf } from '../storage/event-row.ts';

export type ReadableLog = Pick<EventRing, 'read' | 'lastSequence' | 'acknowledged' | 'firstTold'>;

/** At least one and at most `credit`; without rows where there are none. `from` null = the first not acknowledged. */
export function* logBatches(
  engine: CryptoEngine,
  log: ReadableLog,
  from: number | null,
  credit: number,
): Generator<LogBatchContent> {
  const wanted = Math.max(from ?? log.acknowledged + 1, log.firstTold);
  let next = Math.min(wanted, log.lastSequence + 1);
  for (let left = credit; left > 0; left--) {
    const batch = batchFrom(engine, log, next);
    yield batch;
    if (batch.isLast) return;
    next = (batch.rows.at(-1)?.sequence ?? next) + 1;
  }
}

function batchFrom(engine: CryptoEngine, log: ReadableLog, from: number): LogBatchContent {
  const rows: LogRow[] = [];
  let room = LOG_BATCH_ROWS_MAX_BYTES;
  for (const eventRow of log.read(from)) {
    const row = logRowOf(eventRow);
    const before = rows.at(-1);
    room -= packedBytes(row);
    if (room < 0 || (before !== undefined && !isLink(engine, before, row))) {
      return { from, isLast: false, rows };
    }
    rows.push(row);
  }
  return { from, isLast: true, rows };
}

const isLink = (engine: CryptoEngine, before: LogRow, row: LogRow): boolean =>
  equalBytes(nextChain(engine, before.chain, row.sequence, row), row.chain);
