// The talk with a lock that has no owner yet: each step asks once and is answered once, so it reads as a plain row
// of questions. Repeated with the same request it gives the same statement, and so may be cut off anywhere. WIRE 10.
import type { Clock } from '#protocol/ports/clock.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { equalBytes } from '#protocol/bytes.ts';
import type { LockId } from '#protocol/ids.ts';
import { labelAdvertisingKey } from '#protocol/label.ts';
import { verifyStatement } from '#protocol/signed/activation.ts';
import { MESSAGE, type HelloAnswer } from '#protocol/sync/messages.ts';
import { WireError } from '#protocol/wire-error.ts';
import type { CentralLink } from '#radio/ports/central.ts';
import { ControlLink } from './control-link.ts';
import * as limits from './courier-limits.ts';
import { greet } from './greeting.ts';
import type { CarriedReceipt } from './lock-messages.ts';
import { Talk, talkFailureOf, type TalkFailure } from './talk.ts';

export interface ActivationJob {
  readonly engine: CryptoEngine;
  /** Of the label that a person read off the lock. */
  readonly labelHash: Uint8Array;
  readonly courierNonce: Uint8Array;
  /** Signed, as the cloud gave it. */
  readonly keySet: Uint8Array;
  readonly request: Uint8Array;
}

export interface ActivationOptions {
  readonly clock: Clock;
  /** Hands the lock's statement to the cloud and brings back the grant. What it throws ends the session. */
  readonly finish: (statement: Uint8Array) => Promise<Uint8Array>;
  readonly onStep?: (step: ActivationStep) => void;
  readonly signal: AbortSignal;
}

export type ActivationStep = 'greeted' | 'key-set-taken' | 'statement-signed' | 'granted' | 'activated';

export type ActivationEnd =
  | ({ readonly result: 'activated'; readonly lockId: LockId } & CarriedReceipt)
  | Exclude<TalkFailure, { readonly result: 'refused' }>
  /** `lockEpoch`: the ownership epoch that it said it is at; undefined where it said none before. */
  | (Extract<TalkFailure, { readonly result: 'refused' }> & { readonly lockEpoch: number | undefined });

/** Over one link, which is left connected. Rejects only by what `finish` rejects with. */
export async function activateOver(
  link: CentralLink,
  job: ActivationJob,
  options: ActivationOptions,
): Promise<ActivationEnd> {
  const talk = new Talk(new ControlLink(link), options);
  let lockEpoch: number | undefined;
  const onAnswer = ({ triple }: HelloAnswer): void => {
    lockEpoch = triple.ownershipEpoch;
  };
  try {
    return await activate(talk, link, job, options, onAnswer);
  } catch (error) {
    const failure = talkFailureOf(error);
    return failure.result === 'refused' ? { ...failure, lockEpoch } : failure;
  } finally {
    talk.close();
  }
}

async function activate(
  talk: Talk,
  link: CentralLink,
  job: ActivationJob,
  { finish, onStep = () => {} }: ActivationOptions,
  onAnswer: (answer: HelloAnswer) => void,
): Promise<ActivationEnd> {
  const { engine, courierNonce, labelHash } = job;
  onAnswer(
    await greet(talk, link, {
      engine,
      advertisingKeys: [labelAdvertisingKey(engine, labelHash)],
      courierNonce,
    }),
  );
  onStep('greeted');

  talk.say(MESSAGE.keySet, job.keySet);
  await talk.hear('key-set-answer', limits.KEY_SET_ANSWER_DEADLINE_MS);
  onStep('key-set-taken');

  talk.say(MESSAGE.activate, job.request);
  const { statement } = await talk.hear('statement', limits.STATEMENT_DEADLINE_MS);
  // The cloud checks it too: here it spares the wrong lock the rest of the way.
  const { lockId } = verifyStatement(engine, statement, labelHash).statement;
  talk.lockId = lockId;
  onStep('statement-signed');

  const grant = await finish(statement);
  onStep('granted');

  talk.say(MESSAGE.grant, grant);
  const { receiptBytes, receipt } = await talk.hear('receipt', limits.GRANT_DEADLINE_MS);
  if (!equalBytes(receipt.courierNonce, courierNonce)) {
    throw new WireError('OUT_OF_SEQUENCE', 'a receipt for another connection');
  }
  onStep('activated');
  return { result: 'activated', lockId, receiptBytes, receipt };
}
