// Routes of a lock with a network of its own, and of what every courier does after the receipt: time and the event log.
import { API_BASE, carrierAccess, contract } from './contract.ts';
import { LogBatchPost, LogBatchResult, SignedTime, TimeChallengePost } from './door-sync.ts';
import { LockProof, LockSession, LockSessionStart, LockToken } from './live.ts';

export const liveRoutes = {
  startLockSession: contract({
    method: 'POST',
    path: `${API_BASE}/lock-sessions`,
    access: 'open',
    permission: 'nothing',
    summary: 'A nonce for a lock that has a network of its own to sign',
    body: LockSessionStart,
    reply: LockSession,
    status: 201,
    refusals: ['TOO_MANY_ATTEMPTS'],
  }),
  proveLock: contract({
    method: 'POST',
    path: `${API_BASE}/lock-sessions/{sessionId}/proof`,
    access: 'open',
    permission: 'nothing',
    summary: 'Exchange the lock’s live proof for a token for its door',
    body: LockProof,
    reply: LockToken,
    status: 201,
    refusals: ['LOCK_PROOF_REFUSED', 'TOO_MANY_ATTEMPTS'],
  }),
  signTime: contract({
    method: 'POST',
    path: `${API_BASE}/doors/{doorId}/time`,
    access: carrierAccess,
    permission: 'carry',
    summary: 'The time, signed for the door’s lock and its challenge',
    body: TimeChallengePost,
    reply: SignedTime,
    status: 200,
    refusals: ['DOOR_WITHOUT_LOCK'],
  }),
  postLogBatch: contract({
    method: 'POST',
    path: `${API_BASE}/doors/{doorId}/log-batches`,
    access: carrierAccess,
    permission: 'carry',
    summary: 'A sealed batch of the lock’s event log; again is harmless',
    body: LogBatchPost,
    reply: LogBatchResult,
    status: 200,
    refusals: ['DOOR_WITHOUT_LOCK', 'LOG_BATCH_INVALID', 'LOG_BATCH_UNREADABLE', 'LOG_CONTRADICTS'],
  }),
} as const;
