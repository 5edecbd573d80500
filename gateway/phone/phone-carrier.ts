// The cloud as a phone carries for it: with a set that was fetched beforehand where the cloud can't be reached. What the
// lock signs then waits in the journal under the nonce that came with the set, and counts once it is told.
import type { Delivery } from '#protocol/api/door-sync.ts';
import type { LockId } from '#protocol/ids.ts';
import { nowS, type Clock } from '#protocol/ports/clock.ts';
import type { Package } from '#protocol/table/package.ts';
import { compareTriples } from '#protocol/triple.ts';
import type { CallOptions } from '../cloud-call.ts';
import type { Cloud, PackageOptions } from '../cloud-client.ts';
import { CloudError, isCloudAway, isSilence, type CloudErrorCode } from '../cloud-error.ts';
import { CLOUD_CALL_AT_DOOR_DEADLINE_MS } from '../cloud-limits.ts';
import type { PackageCache } from '../package-cache.ts';

export interface CarrierParts {
  readonly cloud: Cloud;
  readonly cache: PackageCache;
  readonly clock: Clock;
  /** By door, as it was given with the set that is in the cache. */
  readonly deliveries: Readonly<Record<string, Delivery>>;
  /** Of a cloud that gave no answer in time just now. */
  readonly silence?: CloudError | undefined;
}

/** No answer of the cloud's: it failed, or somebody else answers in its place, as the page of a guest network does. */
const NO_ANSWER: readonly CloudErrorCode[] = ['INTERNAL', 'CLOUD_RUBBISH'];

/** Then what was told and fetched before has to do. A refusal is an answer, and stays one. */
export const isAway = (error: unknown): error is CloudError =>
  isCloudAway(error) || (error instanceof CloudError && NO_ANSWER.includes(error.code));

/** What a phone asks of a cloud; the rest is a gateway's. */
export function carrierOf({ cloud, cache, clock, deliveries, silence }: CarrierParts): Cloud {
  /** Who waited in vain once does not wait again for each call, with a lock at the other end. */
  let silent = silence;
  const unlessSilent = async <T>(call: () => Promise<T>): Promise<T> => {
    if (silent !== undefined) throw silent;
    try {
      return await call();
    } catch (error) {
      if (isSilence(error)) silent = error;
      throw error;
    }
  };
  /** By door, as it was begun last. `isKept`: without the cloud, so that what follows comes from the same moment. */
  const begun = new Map<string, { readonly delivery: Delivery; readonly isKept: boolean }>();
  const fetchedBefore = (doorId: string, lockId: LockId): Package | undefined => {
    const delivery = begun.get(doorId)?.delivery;
    const cached = cache.get(lockId)?.package;
    return delivery !== undefined && cached !== undefined && isWhole(cached, delivery) ? cached : undefined;
  };
  return {
    baseUrl: cloud.baseUrl,
    courierDoors: (options) => cloud.courierDoors(options),
    doors: (options) => cloud.doors(options),
    async startDelivery(doorId: string, options?: CallOptions): Promise<Delivery> {
      try {
        // That a lock is to leave is nothing for a phone, whoever answers here.
        const started = await unlessSilent(() => cloud.startDelivery(doorId, inTime(options)));
        begun.set(doorId, { delivery: started, isKept: false });
        return { ...started, leaving: null };
      } catch (error) {
        const delivery = deliveries[doorId];
        if (!isAway(error) || delivery === undefined || delivery.expiresAtS <= nowS(clock)) throw error;
        begun.set(doorId, { delivery, isKept: true });
        return { ...delivery, delta: null, leaving: null };
      }
    },
    async package(doorId: string, lockId: LockId, options?: PackageOptions): Promise<Package> {
      try {
        if (begun.get(doorId)?.isKept === true) throw notFetched();
        // A large one may take longer, as long as it comes.
        const limited = { ...options, silenceMs: CLOUD_CALL_AT_DOOR_DEADLINE_MS };
        return await unlessSilent(() => cloud.package(doorId, lockId, limited));
      } catch (error) {
        const cached = isAway(error) ? fetchedBefore(doorId, lockId) : undefined;
        if (cached === undefined) throw error;
        return cached;
      }
    },
    keySetsAfter: (number, options) => unlessSilent(() => cloud.keySetsAfter(number, inTime(options))),
    postReceipt: (doorId, receipt, options) =>
      unlessSilent(() => cloud.postReceipt(doorId, receipt, inTime(options))),
    signTime: (doorId, nonce, options) => unlessSilent(() => cloud.signTime(doorId, nonce, inTime(options))),
    postLogBatch: (doorId, batch, options) =>
      unlessSilent(() => cloud.postLogBatch(doorId, batch, inTime(options))),
    startActivation: (doorId, options) => cloud.startActivation(doorId, options),
    finishActivation: (id, statement, label, options) =>
      cloud.finishActivation(id, statement, label, options),
    askDeactivation: (doorId, isLost, options) => cloud.askDeactivation(doorId, isLost, options),
    deactivation: (doorId, options) => cloud.deactivation(doorId, options),
  };
}

const notFetched = (): CloudError =>
  new CloudError('CLOUD_UNREACHABLE', 'The set for this door was not fetched beforehand.', {
    next: 'Get a connection, then try again.',
  });

/** No longer than a person at a door waits. */
const inTime = ({
  deadlineMs = CLOUD_CALL_AT_DOOR_DEADLINE_MS,
  ...options
}: CallOptions = {}): CallOptions => ({
  ...options,
  deadlineMs: Math.min(deadlineMs, CLOUD_CALL_AT_DOOR_DEADLINE_MS),
});

/** A delta in the cache leads from another table, and only the cloud knows which the lock has. */
const isWhole = ({ manifest }: Package, { target }: Delivery): boolean =>
  manifest.kind === 'full' && compareTriples(manifest.triple, target) === 0;
