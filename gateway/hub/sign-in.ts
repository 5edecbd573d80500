// How a lock gets the token for its own door: the cloud's nonce under its identity key. WIRE 18.
import type { LockToken } from '#protocol/api/live.ts';
import { liveRoutes } from '#protocol/api/live-routes.ts';
import { encodeHex } from '#protocol/bytes.ts';
import type { Clock } from '#protocol/ports/clock.ts';
import { callCloud } from '../cloud-call.ts';
import { bytesOf } from '../cloud-client.ts';
import { GatewayError } from '../gateway-error.ts';
import type { OwnLock } from './own-lock.ts';

/** Throws CloudError, and LOCK_UNPROVEN where the lock signs nothing. */
export async function signInLock(
  baseUrl: string,
  clock: Clock,
  lock: Pick<OwnLock, 'lockId' | 'prove'>,
  signal: AbortSignal,
): Promise<LockToken> {
  const address = { baseUrl, token: undefined };
  const body = { lockId: encodeHex(lock.lockId) };
  const session = await callCloud(address, clock, liveRoutes.startLockSession, { body }, { signal });
  const proof = lock.prove(bytesOf(session.nonce));
  if (proof === undefined) {
    throw new GatewayError('LOCK_UNPROVEN', 'The lock has no owner, and signs for nobody.', {
      next: 'Activate it first.',
    });
  }
  const input = { params: { sessionId: session.sessionId }, body: { proof: encodeHex(proof) } };
  return callCloud(address, clock, liveRoutes.proveLock, input, { signal });
}
