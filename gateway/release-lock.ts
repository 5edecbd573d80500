// Bringing a lock the release that its owner's root keys signed: met by its label, without any cloud. A lock that a door
// counts on has no label's advert, and is taken off the door first.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { shortId, type LockId } from '#protocol/ids.ts';
import { labelAdvertisingKey, parseLabel } from '#protocol/label.ts';
import type { Clock } from '#protocol/ports/clock.ts';
import type { Random } from '#protocol/ports/random.ts';
import type { Receipt } from '#protocol/signed/receipt.ts';
import { peekRelease } from '#protocol/signed/release.ts';
import type { RefusalCode } from '#protocol/sync/refusals.ts';
import type { Central } from '#radio/ports/central.ts';
import { RadioError } from '#radio/ports/errors.ts';
import { depart, type DepartureStep } from './courier/departure.ts';
import { DoorFinder } from './courier/door-finder.ts';
import { failureOf, GatewayError, interrupted } from './gateway-error.ts';

export interface ReleaseParts {
  readonly engine: CryptoEngine;
  readonly clock: Clock;
  readonly random: Random;
  readonly central: Central;
}

export interface ReleaseOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onStep?: (step: DepartureStep | 'found') => void;
}

export interface Released {
  readonly lockId: LockId;
  readonly receipt: Receipt;
}

/** The lock that is looked for, among doors. */
const LABEL = 'label';

/** Throws WireError (BAD_LABEL, and for what is no release), GatewayError, RadioError. Run again it does no harm. */
export async function releaseLock(
  parts: ReleaseParts,
  label: string,
  release: Uint8Array,
  { signal, onStep }: ReleaseOptions = {},
): Promise<Released> {
  const { engine, central } = parts;
  const advertisingKey = labelAdvertisingKey(engine, parseLabel(engine, label));
  const { lockId, ownershipEpoch } = peekRelease(release);
  const finder = new DoorFinder(parts, central, [{ doorId: LABEL, advertisingKey }]);
  let isMet = false;
  const outcome = await depart(
    parts,
    {
      lockId,
      advertisingKeys: [advertisingKey],
      kind: 'release',
      statement: release,
      ownershipEpoch,
      keySetNumber: undefined,
    },
    {
      connect: async (options) => {
        const seen = await finder.next(new Set([LABEL]), { signal: options.signal });
        if (seen === undefined) {
          if (!isMet) throw signal?.aborted === true ? interrupted() : notFound();
          throw new RadioError('CONNECT_TIMEOUT', 'the lock no longer shows itself');
        }
        if (!isMet) onStep?.('found');
        isMet = true;
        return central.connect(seen.peripheralId, options);
      },
      ...(onStep === undefined ? {} : { onStep }),
      signal,
      keySetsAfter: () => Promise.resolve([]),
    },
  );
  if (outcome.result === 'left') return { lockId, receipt: outcome.receipt };
  const failure = failureOf(`Lock ${shortId(lockId)}`, outcome);
  const { code, message, refusal } = failure;
  const next = refusal === undefined ? undefined : NEXT[refusal];
  if (refusal === undefined || next === undefined) throw failure;
  throw new GatewayError(code, message, { cause: failure, refusal, next });
}

const notFound = (): GatewayError =>
  new GatewayError('DOOR_NOT_FOUND', 'The lock with this label is not in range.', {
    next: 'Check that it has power. Does a door count on it still, take it off first: doorlab deactivate DOOR.',
  });

const OTHER_ROOTS =
  'Ask for a release by the key set that the lock is at: doorlab cloud release LOCK --key-set N.';
/** What a release is refused for, and what helps there. */
const NEXT: Partial<Record<RefusalCode, string>> = {
  NOT_ACTIVATED: 'It has no owner any more: press its button, and activate it.',
  TOO_FEW_SIGNATURES: OTHER_ROOTS,
  UNKNOWN_KEY: OTHER_ROOTS,
  BAD_SIGNATURE: OTHER_ROOTS,
  WRONG_AUDIENCE: 'The release is for another lock: compare the label with the lock that it was made for.',
  WRONG_OWNERSHIP: 'The lock had another owner since: ask for a new release, doorlab cloud release LOCK.',
};
