// What a pull and an acknowledgement of the log lead to. Pure. Only the cloud's word for the very history that this
// lock has lets rows go. WIRE 13.3 and 13.4.
import { equalBytes } from '#protocol/bytes.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { verifyLogAck } from '#protocol/signed/log-ack.ts';
import { decodeLogPull, type LogPull } from '#protocol/sync/log-messages.ts';
import { MESSAGE } from '#protocol/sync/messages.ts';
import type { RefusalCode } from '#protocol/sync/refusals.ts';
import type { LockFacts } from '../sync/facts.ts';

export type LogEffect =
  | {
      readonly type: 'send-log';
      readonly pull: LogPull;
      readonly keySetNumber: number;
      readonly logKey: Uint8Array;
    }
  | { readonly type: 'acknowledge-log'; readonly upToSequence: number };

interface LogRefusal {
  readonly type: 'refuse';
  readonly code: RefusalCode;
  readonly ofType: number;
  readonly detail: string;
  readonly isAlarm: boolean;
}

/** Throws WireError for a body that is none. */
export function judgeLogPull(facts: LockFacts, body: Uint8Array): LogEffect | LogRefusal {
  const pull = decodeLogPull(body);
  if (facts.keySet === undefined) {
    return refuse(MESSAGE.logPull, 'NOT_ACTIVATED', 'there is no owner to whom the log could be sealed');
  }
  const { number, logKey } = facts.keySet;
  return { type: 'send-log', pull, keySetNumber: number, logKey };
}

/** One that is older than what is acknowledged is answered and changes nothing. Throws WireError. */
export function judgeLogAck(
  engine: CryptoEngine,
  facts: LockFacts,
  body: Uint8Array,
): LogEffect | LogRefusal {
  const { keySet, lockId, log } = facts;
  if (keySet === undefined)
    return refuse(MESSAGE.logAck, 'NOT_ACTIVATED', 'there is no owner to acknowledge');
  const { upToSequence, chain } = verifyLogAck(engine, body, lockId, keySet.timeKey);
  if (upToSequence > log.acknowledged) {
    const own = log.chainAt(upToSequence);
    if (own === undefined || !equalBytes(own, chain)) {
      const detail = `row ${upToSequence} of this log is not the one that was acknowledged`;
      return refuse(MESSAGE.logAck, 'LOG_MISMATCH', detail, true);
    }
  }
  return { type: 'acknowledge-log', upToSequence };
}

const refuse = (ofType: number, code: RefusalCode, detail: string, isAlarm = false): LogRefusal => ({
  type: 'refuse',
  code,
  ofType,
  detail,
  isAlarm,
});
