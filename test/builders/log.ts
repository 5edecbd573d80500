// An event log as a lock would have it: rows chained from a head, and batches of them, signed and sealed.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { encodeEvent, type LockEvent } from '#protocol/log/event-fields.ts';
import { EVENT_TYPES } from '#protocol/log/event-types.ts';
import { nextChain, NO_LOG, type LogEntry, type LogHead, type LogRow } from '#protocol/log/row.ts';
import { signLogBatch, type LogBatchContent, type LogOpening } from '#protocol/signed/log-batch.ts';
import { aKeySet, type BuiltKeySet } from './key-set.ts';
import { aLock, type BuiltLock } from './lock.ts';

export const anEntry = (event: LockEvent, over: Partial<LogEntry> = {}): LogEntry => ({
  typeNumber: EVENT_TYPES[event.type],
  bootCount: 1,
  timeS: 1_800_000_000,
  clockTrust: 'trusted',
  data: encodeEvent(event),
  ...over,
});

/** Numbered on from `before`, past the numbers in `skip`, and chained. */
export function chainRows(
  entries: readonly LogEntry[],
  options: { before?: LogHead; skip?: readonly number[]; engine?: CryptoEngine } = {},
): LogRow[] {
  const { before = NO_LOG, skip = [], engine = nodeEngine } = options;
  const rows: LogRow[] = [];
  let { sequence, chain } = before;
  for (const entry of entries) {
    do sequence++;
    while (skip.includes(sequence));
    const row = { ...entry, sequence, chain: nextChain(engine, chain, sequence, entry) };
    rows.push(row);
    chain = row.chain;
  }
  return rows;
}

/** `count` openings, each by another credential. */
export const someRows = (count: number, options: Parameters<typeof chainRows>[1] = {}): LogRow[] =>
  chainRows(
    Array.from({ length: count }, (_, i) =>
      anEntry({
        type: 'opened',
        reason: 'OPENED',
        credential: 'doorcode',
        credentialId: i + 1,
        tableVersion: 7,
      }),
    ),
    options,
  );

export interface LogBatchOptions {
  readonly lock?: BuiltLock;
  readonly keySet?: BuiltKeySet;
  readonly engine?: CryptoEngine;
  readonly ephemeralSecret?: Uint8Array;
}

export function aLogBatch(content: Partial<LogBatchContent>, options: LogBatchOptions = {}): Uint8Array {
  const { lock = aLock(), keySet = aKeySet(), engine = nodeEngine } = options;
  const { ephemeralSecret = new Uint8Array(32).fill(7) } = options;
  const { rows = someRows(3), from = rows[0]?.sequence ?? 1, isLast = true } = content;
  const { number, logKey } = keySet.keySet;
  const sealing = { lockId: lock.lockId, keySetNumber: number, logKey, ephemeralSecret };
  return signLogBatch(engine, lock.identity, sealing, { from, isLast, rows });
}

/** As the cloud opens it: every key set that it ever had. */
export const anOpening = (lock = aLock(), keySets: readonly BuiltKeySet[] = [aKeySet()]): LogOpening => ({
  lockId: lock.lockId,
  identityKey: lock.identity.publicKey,
  logSecretOf: (number) => keySets.find(({ keySet }) => keySet.number === number)?.logSecret,
});
