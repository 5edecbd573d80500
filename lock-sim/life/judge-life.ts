// What ends an ownership, or begins the next one of the same owner: deactivation, release, and the owner's own key
// set. Pure: what came, its signatures, and the facts of the lock. WIRE 16.
import { equalBytes } from '#protocol/bytes.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { OWNERSHIP_JUMP_MAX } from '#protocol/limits.ts';
import { verifyDeactivation } from '#protocol/signed/deactivation.ts';
import { keySetHash, verifyKeySet, type KeySet } from '#protocol/signed/key-set.ts';
import { readRelease, verifyRelease } from '#protocol/signed/release.ts';
import type { RefusalCode } from '#protocol/sync/refusals.ts';
import type { LockFacts } from '../sync/facts.ts';

export type LifeVerdict =
  | { readonly verdict: 'do'; readonly ownershipEpoch: number }
  /** It is so already: the receipt may have been lost. */
  | { readonly verdict: 'done-before' }
  | { readonly verdict: 'refuse'; readonly code: RefusalCode; readonly detail: string };

/** Throws WireError. */
export function judgeDeactivation(engine: CryptoEngine, body: Uint8Array, facts: LockFacts): LifeVerdict {
  const { keySet, lockId, floor, activated } = facts;
  if (keySet === undefined) return refuse('NOT_ACTIVATED', 'there is no owner who could deactivate it');
  const { ownershipEpoch } = verifyDeactivation(engine, body, lockId, keySet.tableKey);
  if (!activated && ownershipEpoch === floor.ownershipEpoch) return { verdict: 'done-before' };
  // A reset lock is still to be deactivated; one that was must not be driven through the epochs.
  const isDeactivated = !activated && floor.keyEpoch === 0;
  if (isDeactivated) return refuse('NOT_ACTIVATED', 'it was deactivated before');
  return judgeEpoch(ownershipEpoch, facts) ?? { verdict: 'do', ownershipEpoch };
}

/** Throws WireError. */
export function judgeRelease(engine: CryptoEngine, body: Uint8Array, facts: LockFacts): LifeVerdict {
  const { keySet, lockId, floor } = facts;
  if (keySet === undefined) {
    const isSo = readRelease(body, lockId).ownershipEpoch === floor.ownershipEpoch;
    return isSo ? { verdict: 'done-before' } : refuse('NOT_ACTIVATED', 'there is no owner to release it');
  }
  const { ownershipEpoch } = verifyRelease(engine, body, lockId, keySet);
  return judgeEpoch(ownershipEpoch, facts) ?? { verdict: 'do', ownershipEpoch };
}

/** Undefined where an ownership may go on to that epoch. */
export function judgeEpoch(
  ownershipEpoch: number,
  { floor }: Pick<LockFacts, 'floor'>,
): Extract<LifeVerdict, { verdict: 'refuse' }> | undefined {
  const rise = ownershipEpoch - floor.ownershipEpoch;
  if (rise <= 0) return refuse('WRONG_OWNERSHIP', 'the ownership epoch has to rise');
  return rise > OWNERSHIP_JUMP_MAX ? refuse('JUMP_TOO_FAR', `the epoch would rise by ${rise}`) : undefined;
}

/**
 * The key set that a pinned owner begins an activation with: the very one that is pinned, or the next. Throws
 * WireError for a stranger's.
 */
export function judgeOwnersKeySet(
  engine: CryptoEngine,
  body: Uint8Array,
  pinned: KeySet,
  pinnedHash: Uint8Array,
): { readonly keySet: KeySet; readonly isNext: boolean } {
  if (equalBytes(keySetHash(engine, body), pinnedHash)) {
    return { keySet: verifyKeySet(engine, body, undefined), isNext: false };
  }
  return { keySet: verifyKeySet(engine, body, pinned), isNext: true };
}

const refuse = (code: RefusalCode, detail: string): Extract<LifeVerdict, { verdict: 'refuse' }> => ({
  verdict: 'refuse',
  code,
  detail,
});
