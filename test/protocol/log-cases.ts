// Values of the event log's messages, for the round trips and the fuzz.
import fc from 'fast-check';
import { nodeEngine as engine } from '#protocol/node/node-engine.ts';
import type { LogEntry, LogRow } from '#protocol/log/row.ts';
import { packRows, unpackRows } from '#protocol/log/row.ts';
import { signLogAck, verifyLogAck } from '#protocol/signed/log-ack.ts';
import { openLogBatch, type OpenedLogBatch } from '#protocol/signed/log-batch.ts';
import {
  decodeLogAckAnswer,
  decodeLogPull,
  encodeLogAckAnswer,
  encodeLogPull,
} from '#protocol/sync/log-messages.ts';
import { aHash, anInt, anU32, orNull, someBytes } from '../builders/arbitraries.ts';
import { aKeySet } from '../builders/key-set.ts';
import { aLock } from '../builders/lock.ts';
import { aLogBatch, anOpening, chainRows } from '../builders/log.ts';
import { messageCase, type MessageCase } from './message-case.ts';

const anEntry: fc.Arbitrary<LogEntry> = fc.record({
  typeNumber: anInt(1, 255),
  bootCount: anU32,
  timeS: anU32,
  clockTrust: fc.constantFrom('trusted' as const, 'drifting' as const, 'lost' as const),
  data: someBytes(0, 58),
});

const someLogRows: fc.Arbitrary<LogRow[]> = fc
  .record({
    entries: fc.array(anEntry, { maxLength: 8 }),
    sequence: anInt(0, 0xffff_fff0),
    chain: aHash,
    holes: fc.uniqueArray(anInt(1, 10)),
  })
  .map(({ entries, sequence, chain, holes }) =>
    chainRows(entries.slice(0, 14 - holes.length), {
      before: { sequence: Math.max(0, sequence - 20), chain },
      skip: holes.map((hole) => Math.max(0, sequence - 20) + hole),
    }),
  );

const someOpenedBatches: fc.Arbitrary<OpenedLogBatch> = fc
  .record({ rows: someLogRows, isLast: fc.boolean(), below: anInt(0, 3) })
  .map(({ rows, isLast, below }) => {
    const from = Math.max(1, (rows[0]?.sequence ?? 5) - below);
    return { from, to: rows.at(-1)?.sequence ?? from - 1, isLast, rows };
  });

const encodeBatch = (batch: OpenedLogBatch): Uint8Array => aLogBatch(batch);
const decodeBatch = (input: Uint8Array): OpenedLogBatch => openLogBatch(engine, input, anOpening());

/** The count goes ahead of the rows here, as the batch's payload says it elsewhere. */
const encodeRows = (rows: readonly Omit<LogRow, 'chain'>[]): Uint8Array =>
  Uint8Array.of(rows.length, ...packRows(rows as LogRow[]));
const decodeRows = (input: Uint8Array): Omit<LogRow, 'chain'>[] =>
  unpackRows(input.subarray(1), input[0] ?? 0);
const someBareRows = someLogRows.map((rows) =>
  rows.map(({ sequence, typeNumber, bootCount, timeS, clockTrust, data }) => ({
    sequence,
    typeNumber,
    bootCount,
    timeS,
    clockTrust,
    data,
  })),
);

const lock = aLock();
const { time } = aKeySet();

export const LOG_MESSAGES: readonly MessageCase[] = [
  messageCase('log batch', someOpenedBatches, encodeBatch, decodeBatch),
  messageCase('rows of a log batch', someBareRows, encodeRows, decodeRows),
  messageCase(
    'log acknowledgement',
    fc.record({ format: fc.constant(1 as const), upToSequence: anInt(1, 0xffff_ffff), chain: aHash }),
    (value) => signLogAck(engine, time, lock.lockId, value),
    (input) => verifyLogAck(engine, input, lock.lockId, time.publicKey),
  ),
  messageCase(
    'log pull',
    fc.record({ from: orNull(anInt(1, 0xffff_ffff)), credit: anInt(1, 8) }),
    encodeLogPull,
    decodeLogPull,
  ),
  messageCase(
    'answer to a log acknowledgement',
    fc.record({ acknowledged: anU32 }),
    encodeLogAckAnswer,
    decodeLogAckAnswer,
  ),
];
