// The time, signed for one lock and the challenge that it has just drawn.
import type { SignedTime } from '#protocol/api/door-sync.ts';
import { decodeHex, encodeHex } from '#protocol/bytes.ts';
import { invariant } from '#protocol/errors.ts';
import { nowS, type Clock } from '#protocol/ports/clock.ts';
import { signTime } from '#protocol/signed/time.ts';
import { doorOf, lockOf } from '../domain/rights/tenancy.ts';
import type { Work } from '../domain/work.ts';
import type { CloudParts } from './cloud-parts.ts';
import { wireLockId, withoutLock } from './package.ts';

/** Throws DOOR_WITHOUT_LOCK, NOT_READY. */
export async function signedTime(
  work: Work,
  parts: CloudParts & { readonly clock: Clock },
  doorId: string,
  challenge: string,
): Promise<SignedTime> {
  const door = await doorOf(work, doorId);
  const lock = await lockOf(work, doorId);
  if (lock === undefined) throw withoutLock(door);
  const nonce = decodeHex(challenge);
  invariant(nonce, 'hex, as validated');
  // Read last: what passed since the request came would make the lock's clock late.
  const statement = { format: 1, nonce, utcS: nowS(parts.clock) } as const;
  const signed = signTime(parts.engine, work.signing().timeSigner, wireLockId(lock.id), statement);
  return { statement: encodeHex(signed) };
}
