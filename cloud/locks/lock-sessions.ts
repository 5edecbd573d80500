// How a lock with a network of its own signs in: it signs a nonce by its identity key and gets a token for its one
// door. Who asks learns nothing of which locks exist, and a nonce serves one try, right or wrong.
import type { LockProof, LockSession, LockSessionStart, LockToken } from '#protocol/api/live.ts';
import type { z } from 'zod';
import { decodeHex, encodeHex, equalBytes } from '#protocol/bytes.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { invariant } from '#protocol/errors.ts';
import { LIVE_NONCE_MS } from '#protocol/limits.ts';
import type { Random } from '#protocol/ports/random.ts';
import { LIVE_NONCE_BYTES, verifyLiveProof } from '#protocol/signed/live-proof.ts';
import { signerOf } from '#protocol/signed/cose.ts';
import { WireError } from '#protocol/wire-error.ts';
import { issueToken } from '../accounts/tokens.ts';
import type { Desk } from '../desk.ts';
import type { Trx } from '../db/store.ts';
import { newId } from '../domain/ids.ts';
import { Refusal } from '../domain/refusal.ts';
import { SWEPT_MAX } from '../domain/sweep.ts';
import type { Work } from '../domain/work.ts';
import { wireLockId } from './package.ts';

/** A day: a lock that was taken away keeps no token for longer, and one that stays signs in again by itself. */
export const LOCK_TOKEN_LIFE_S = 86_400;
/** Stands for the key of a lock that is not there, so that its proof takes as long to refuse. */
const NOBODY_SEED = new Uint8Array(32).fill(1);

/** The same for any lock id, known or not. */
export async function startLockSession(
  trx: Trx,
  random: Random,
  nowS: number,
  { lockId }: z.output<typeof LockSessionStart>,
): Promise<LockSession> {
  const session = {
    id: newId(random, 'session'),
    lock_id: lockId,
    nonce: random.bytes(LIVE_NONCE_BYTES),
    created_at_s: nowS,
    expires_at_s: nowS + LIVE_NONCE_MS / 1000,
    used_at_s: null,
  };
  await sweepSessions(trx, nowS);
  await trx.insertInto('lock_sessions').values(session).execute();
  return { sessionId: session.id, nonce: encodeHex(session.nonce), expiresAtS: session.expires_at_s };
}

/** Throws LOCK_PROOF_REFUSED, always with the same words. */
export async function proveLock(
  desk: Desk,
  sessionId: string,
  { proof }: z.output<typeof LockProof>,
): Promise<LockToken> {
  const { store, engine } = desk.parts;
  const claimed = await store.write((trx) => claimNonce(trx, desk.nowS(), sessionId));
  const bytes = decodeHex(proof);
  invariant(bytes, 'hex, as validated');
  const lockId = claimed?.lock_id ?? '00'.repeat(16);
  const lock = await store.read((trx) => lockWithTenant(trx, lockId));
  const nonce = claimed?.nonce ?? new Uint8Array(LIVE_NONCE_BYTES);
  const identityKey = lock?.identity_key ?? signerOf(engine, NOBODY_SEED).publicKey;
  const epoch = epochProven(engine, bytes, lockId, identityKey, nonce);
  if (claimed === undefined || lock === undefined || epoch === undefined) throw refused();
  return await desk.writeOwn(lock.portfolio_id, async (work) => {
    // It may have been released or bound anew since.
    const still = await lockWithTenant(work.trx, lockId);
    const isSame = still?.ownership_epoch === epoch && still.door_id === lock.door_id;
    if (still === undefined || !isSame) throw refused();
    await endLockTokens(work, still.door_id);
    const issued = await issueToken(work.trx, engine, work.random, work.nowS, {
      kind: 'lock',
      accountId: null,
      portfolioId: still.portfolio_id,
      doorId: still.door_id,
      label: 'lock',
      scopes: ['lock'],
      lifeS: LOCK_TOKEN_LIFE_S,
    });
    return {
      token: issued.token,
      expiresAtS: issued.expiresAtS,
      doorId: still.door_id,
      doorName: still.door_name,
    };
  });
}

/** For a door whose lock signs in anew, or is its lock no more. */
export async function endLockTokens(work: Work, doorId: string): Promise<void> {
  const ended = await work.trx
    .updateTable('tokens')
    .set({ revoked_at_s: work.nowS })
    .where('door_id', '=', doorId)
    .where('kind', '=', 'lock')
    .where('revoked_at_s', 'is', null)
    .returning('id')
    .execute();
  for (const { id } of ended) work.outbox.announce({ kind: 'token-ended', subject: id });
}

/** Marks the nonce as used, whatever comes of it. */
async function claimNonce(trx: Trx, nowS: number, sessionId: string) {
  return await trx
    .updateTable('lock_sessions')
    .set({ used_at_s: nowS })
    .where('id', '=', sessionId)
    .where('used_at_s', 'is', null)
    .where('expires_at_s', '>', nowS)
    .returning(['lock_id', 'nonce'])
    .executeTakeFirst();
}

const lockWithTenant = (trx: Trx, lockId: string) =>
  trx
    .selectFrom('locks')
    .innerJoin('doors', 'doors.id', 'locks.door_id')
    .innerJoin('properties', 'properties.id', 'doors.property_id')
    .select([
      'locks.door_id',
      'locks.identity_key',
      'locks.ownership_epoch',
      'doors.name as door_name',
      'properties.portfolio_id',
    ])
    .where('locks.id', '=', lockId)
    .executeTakeFirst();

/** The ownership epoch that the lock says it is at; undefined where the proof is none. */
function epochProven(
  engine: CryptoEngine,
  proof: Uint8Array,
  lockId: string,
  identityKey: Uint8Array,
  nonce: Uint8Array,
): number | undefined {
  try {
    const proven = verifyLiveProof(engine, proof, wireLockId(lockId), identityKey);
    return equalBytes(proven.nonce, nonce) ? proven.ownershipEpoch : undefined;
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

async function sweepSessions(trx: Trx, nowS: number): Promise<void> {
  const over = await trx
    .selectFrom('lock_sessions')
    .select('id')
    .where('expires_at_s', '<=', nowS)
    .limit(SWEPT_MAX)
    .execute();
  if (over.length === 0) return;
  const ids = over.map(({ id }) => id);
  await trx.deleteFrom('lock_sessions').where('id', 'in', ids).execute();
}

const refused = (): Refusal =>
  new Refusal(
    'LOCK_PROOF_REFUSED',
    'The proof is not that of a lock that is bound to a door here, or it came too late.',
    {
      next: 'Begin a new session and sign its nonce. If it stays, the lock has to be activated.',
    },
  );
