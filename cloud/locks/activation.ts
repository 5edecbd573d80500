// Activation: the cloud asks, the lock signs a statement, and the cloud binds the lock to the door only if the
// statement is that of the lock whose label a person gave. An address alone binds nothing.
import type { ActivationAnswer, ActivationFinish, ActivationStart } from '#protocol/api/activation.ts';
import type { z } from 'zod';
import { decodeHex, encodeHex, equalBytes } from '#protocol/bytes.ts';
import { DoorlabError, invariant } from '#protocol/errors.ts';
import type { Hash } from '#protocol/ids.ts';
import { parseLabel } from '#protocol/label.ts';
import {
  ACTIVATION_NONCE_BYTES,
  encodeActivationRequest,
  LOCK_SECRET_BYTES,
  signGrant,
  verifyStatement,
  type ActivationRequest,
  type VerifiedStatement,
} from '#protocol/signed/activation.ts';
import type { Schema } from '../db/schema.ts';
import type { CloudKeys } from '../keys/cloud-keys.ts';
import { newId, wireDoorId } from '../domain/ids.ts';
import { notFound, Refusal } from '../domain/refusal.ts';
import { beginEpoch } from '../domain/codes/daily-slots.ts';
import { forgetRetired } from '../domain/codes/retired-credentials.ts';
import { sweepActivations } from '../domain/sweep.ts';
import { doorOf } from '../domain/rights/tenancy.ts';
import type { Work } from '../domain/work.ts';
import type { CloudParts } from './cloud-parts.ts';
import { endLockTokens } from './lock-sessions.ts';
import { epochAbove } from './ownership-epoch.ts';
import { makeWay } from './released-locks.ts';

/** From the question to the statement: a person walks to the door in between. */
export const ACTIVATION_LIFE_S = 3_600;

/** For a lock that is at that ownership epoch, or at a lower one. Throws DOOR_HAS_LOCK. */
export async function startActivation(work: Work, doorId: string, lockEpoch = 0): Promise<ActivationStart> {
  const door = await doorOf(work, doorId);
  await requireUnbound(work, door);
  const { random, nowS, keyEpoch } = work;
  const activation: Schema['activations'] = {
    id: newId(random, 'activation'),
    door_id: doorId,
    nonce: random.bytes(ACTIVATION_NONCE_BYTES),
    ownership_epoch: await epochAbove(work.trx, lockEpoch),
    key_set_number: keyEpoch,
    created_at_s: nowS,
    expires_at_s: nowS + ACTIVATION_LIFE_S,
    statement_hash: null,
    lock_id: null,
    answer: null,
  };
  await sweepActivations(work.trx, nowS);
  await work.trx.insertInto('activations').values(activation).execute();
  const keys = work.signing();
  const keySet = keys.keySets.at(-1);
  invariant(keySet, 'a key set in force');
  return {
    id: activation.id,
    doorId,
    ownershipEpoch: activation.ownership_epoch,
    keySetNumber: keyEpoch,
    keySet: encodeHex(keySet),
    request: encodeHex(encodeActivationRequest(requestOf(activation, keys.keySetHash))),
    expiresAtS: activation.expires_at_s,
  };
}

/**
 * The same statement again gets the stored answer. Throws LABEL_INVALID, STATEMENT_MISMATCH, ACTIVATION_ENDED,
 * ACTIVATION_PENDING, DOOR_HAS_LOCK, LOCK_ELSEWHERE.
 */
export async function finishActivation(
  work: Work,
  parts: CloudParts,
  activationId: string,
  finish: z.infer<typeof ActivationFinish>,
): Promise<ActivationAnswer> {
  const activation = await activationOf(work, activationId);
  const verified = checkStatement(parts, work.signing(), activation, finish);
  const lockId = encodeHex(verified.statement.lockId);
  const answerOf = (answer: Uint8Array): ActivationAnswer => ({
    doorId: activation.door_id,
    lockId,
    ownershipEpoch: activation.ownership_epoch,
    answer: encodeHex(answer),
  });
  if (activation.answer !== null && activation.statement_hash !== null) {
    const isSame = equalBytes(activation.statement_hash, verified.hash);
    if (isSame && (await isInForce(work, activation, lockId))) return answerOf(activation.answer);
    const why = isSame ? 'gave way to another one' : 'bound another statement';
    throw new Refusal('ACTIVATION_ENDED', `This activation ${why}.`, { next: 'Start a new activation.' });
  }
  if (activation.expires_at_s <= work.nowS || activation.key_set_number !== work.keyEpoch) {
    throw new Refusal('ACTIVATION_ENDED', 'The activation was started too long ago.', {
      next: 'Start a new activation and press the button on the lock again.',
    });
  }
  await requireUnbound(work, await doorOf(work, activation.door_id));
  await makeWay(work, activation, lockId);
  const answer = await bind(work, parts, activation, verified);
  return answerOf(answer);
}

async function bind(
  work: Work,
  parts: CloudParts,
  activation: Schema['activations'],
  verified: VerifiedStatement,
): Promise<Uint8Array> {
  const { trx, random, nowS } = work;
  const { statement } = verified;
  const secrets = {
    credentialKey: random.bytes(LOCK_SECRET_BYTES),
    dailyKey: random.bytes(LOCK_SECRET_BYTES),
    advertisingKey: random.bytes(LOCK_SECRET_BYTES),
  };
  const answer = signGrant(parts.engine, work.signing().tableSigner, random.bytes(32), verified, secrets);
  const lockId = encodeHex(statement.lockId);
  await trx
    .insertInto('locks')
    .values({
      id: lockId,
      door_id: activation.door_id,
      identity_key: statement.identityKey,
      sealing_key: statement.sealingKey,
      channel_key: statement.channelKey,
      ownership_epoch: activation.ownership_epoch,
      credential_key: secrets.credentialKey,
      daily_key: secrets.dailyKey,
      advertising_key: secrets.advertisingKey,
      capacity_rows: statement.capacityRows,
      firmware: statement.firmware,
      activated_at_s: nowS,
    })
    .execute();
  await trx
    .updateTable('activations')
    .set({ statement_hash: verified.hash, lock_id: lockId, answer })
    .where('id', '=', activation.id)
    .execute();
  // A lock begins at version 0 and takes no jump beyond its limit: its door's versions begin again with it.
  await trx.updateTable('doors').set({ target_version: 0 }).where('id', '=', activation.door_id).execute();
  await forgetRetired(trx, activation.door_id);
  await endLockTokens(work, activation.door_id);
  await trx.deleteFrom('access_changes').where('door_id', '=', activation.door_id).execute();
  await beginEpoch(work, activation.door_id);
  work.changes.note(activation.door_id, 'lock-activated', nowS);
  return answer;
}

function checkStatement(
  parts: CloudParts,
  keys: CloudKeys,
  activation: Schema['activations'],
  finish: z.infer<typeof ActivationFinish>,
): VerifiedStatement {
  const labelHash = labelHashOfText(parts, finish.label);
  const bytes = decodeHex(finish.statement);
  invariant(bytes, 'hex, as validated');
  let verified: VerifiedStatement;
  try {
    verified = verifyStatement(parts.engine, bytes, labelHash);
  } catch (error) {
    if (!(error instanceof DoorlabError)) throw error;
    throw mismatch(error.message, error);
  }
  const { statement } = verified;
  const asked = requestOf(activation, statement.keySetHash);
  if (!equalBytes(statement.nonce, asked.nonce)) throw mismatch('it answers another question');
  if (!equalBytes(statement.doorId, asked.doorId)) throw mismatch('it names another door');
  if (statement.ownershipEpoch !== asked.ownershipEpoch) throw mismatch('it names another ownership epoch');
  // The set of its time: an answer that was given stays what it is after a rotation.
  const ourSet = keys.keySetHashOf(activation.key_set_number);
  if (ourSet === undefined || !equalBytes(statement.keySetHash, ourSet))
    throw mismatch('it pins another key set');
  return verified;
}

function labelHashOfText(parts: CloudParts, label: string): Hash {
  try {
    return parseLabel(parts.engine, label);
  } catch (error) {
    if (!(error instanceof DoorlabError)) throw error;
    throw new Refusal('LABEL_INVALID', error.message, {
      cause: error,
      ...(error.next === undefined ? {} : { next: error.next }),
    });
  }
}

const mismatch = (why: string, cause?: unknown): Refusal =>
  new Refusal('STATEMENT_MISMATCH', `The statement was refused: ${why}.`, {
    cause,
    next: 'Read the label on this very lock and start again.',
  });

const requestOf = (activation: Schema['activations'], keySetHash: Hash): ActivationRequest => ({
  format: 1,
  nonce: activation.nonce,
  doorId: wireDoorId(activation.door_id),
  ownershipEpoch: activation.ownership_epoch,
  keySetHash,
});

async function activationOf(work: Work, activationId: string): Promise<Schema['activations']> {
  const found = await work.trx
    .selectFrom('activations')
    .innerJoin('doors', 'doors.id', 'activations.door_id')
    .innerJoin('properties', 'properties.id', 'doors.property_id')
    .selectAll('activations')
    .where('activations.id', '=', activationId)
    .where('properties.portfolio_id', '=', work.portfolioId)
    .executeTakeFirst();
  if (found === undefined) throw notFound('activation');
  await doorOf(work, found.door_id);
  return found;
}

/** An answer whose binding is gone would lock its lock out. */
async function isInForce(work: Work, activation: Schema['activations'], lockId: string): Promise<boolean> {
  const bound = await work.trx
    .selectFrom('locks')
    .select('id')
    .where('id', '=', lockId)
    .where('ownership_epoch', '=', activation.ownership_epoch)
    .executeTakeFirst();
  return bound !== undefined;
}

/** A lock that has never sent a receipt may have lost its answer on the way: it does not hold the door. */
async function requireUnbound(work: Work, door: { id: string; name: string }): Promise<void> {
  const proven = await work.trx
    .selectFrom('locks')
    .innerJoin('lock_states', 'lock_states.lock_id', 'locks.id')
    .select('locks.id')
    .where('locks.door_id', '=', door.id)
    .executeTakeFirst();
  if (proven === undefined) return;
  throw new Refusal('DOOR_HAS_LOCK', `${door.name} has a lock already.`, {
    subject: door.id,
    next: 'Deactivate that lock first; one that is gone for good as lost (doorlab deactivate DOOR --lost).',
  });
}
