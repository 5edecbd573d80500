// Vectors of the event log: rows and their chain, a batch, its acknowledgement, the pull.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { encodeEvent, type LockEvent } from '#protocol/log/event-fields.ts';
import { encodeEntry, packRows } from '#protocol/log/row.ts';
import { parseSign1 } from '#protocol/signed/cose.ts';
import { signLogAck } from '#protocol/signed/log-ack.ts';
import { encodeLogAckAnswer, encodeLogPull } from '#protocol/sync/log-messages.ts';
import { aKeySet } from '../key-set.ts';
import { aLock } from '../lock.ts';
import { aLogBatch, anEntry, chainRows } from '../log.ts';
import type { VectorMaker } from './vector-file.ts';

const MAX_BYTES = 4_096;
const OPENED: LockEvent = {
  type: 'opened',
  reason: 'OPENED',
  credential: 'doorcode',
  credentialId: 12,
  tableVersion: 7,
};
const EVENTS: readonly LockEvent[] = [
  { type: 'booted', triple: { ownershipEpoch: 1, keyEpoch: 1, tableVersion: 7 } },
  OPENED,
  { type: 'boltUnlocked', cause: 'credential' },
];

export const logVectors: VectorMaker = (engine) => ({
  'event-log': {
    about: 'Three rows and their chain, the batch that carries them, the acknowledgement, the messages.',
    wire: '13',
    cases: {
      rows: rowsCase(engine),
      batch: batchCase(engine),
      ack: ackCase(engine),
      'ack-answer': { answer: { acknowledged: 3 }, bytes: encodeLogAckAnswer({ acknowledged: 3 }) },
      'pull-first': { pull: { from: null, credit: 4 }, bytes: encodeLogPull({ from: null, credit: 4 }) },
      'pull-from': { pull: { from: 300, credit: 1 }, bytes: encodeLogPull({ from: 300, credit: 1 }) },
    },
  },
});

const rowsOf = (engine: CryptoEngine) =>
  chainRows(
    EVENTS.map((event) => anEntry(event)),
    { engine },
  );

function rowsCase(engine: CryptoEngine) {
  const rows = rowsOf(engine);
  return {
    openedData: encodeEvent(OPENED),
    entries: rows.map(encodeEntry),
    chains: rows.map(({ chain }) => chain),
    packed: packRows(rows),
  };
}

function batchCase(engine: CryptoEngine) {
  const [lock, keySet] = [aLock({ engine }), aKeySet({ engine })];
  const ephemeralSecret = new Uint8Array(32).fill(7);
  const bytes = aLogBatch({ rows: rowsOf(engine) }, { engine, lock, keySet, ephemeralSecret });
  const { payload, toBeSigned } = parseSign1(bytes, MAX_BYTES, 'log-batch', lock.lockId);
  return {
    lockId: lock.lockId,
    identityKey: lock.identity.publicKey,
    logSecret: keySet.logSecret,
    ephemeralSecret,
    payload,
    sigStructure: toBeSigned,
    bytes,
  };
}

function ackCase(engine: CryptoEngine) {
  const [lock, keySet] = [aLock({ engine }), aKeySet({ engine })];
  const chain = rowsOf(engine)[2]?.chain;
  const ack = { format: 1 as const, upToSequence: 3, chain: chain ?? lock.labelHash };
  const bytes = signLogAck(engine, keySet.time, lock.lockId, ack);
  const { payload, toBeSigned } = parseSign1(bytes, MAX_BYTES, 'log-ack', lock.lockId);
  return { ack, timeKey: keySet.time.publicKey, payload, sigStructure: toBeSigned, bytes };
}
