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
  const unlessSilent = <T>(call: () => Promise<T>): Promise<T> =>
    silent === undefined ? call() : Promise.reject(silent);
  /** Doors whose delivery was begun without the cloud: what follows comes from the same moment. */
  const kept = new Map<string, Delivery>();
  return {
    baseUrl: cloud.baseUrl,
    courierDoors: (options) => cloud.courierDoors(options),
    doors: (options) => cloud.doors(options),
    async startDelivery(doorId: string, options?: CallOptions): Promise<Delivery> {
      try {
        // That a lock is to leave is nothing for a phone, whoever answers here.
        return { ...(await unlessSilent(() => cloud.startDelivery(doorId, options))), leaving: null };
      } catch (error) {
        if (isSilence(error)) silent = error;
        const delivery = deliveries[doorId];
        if (!isAway(error) || delivery === undefined || delivery.expiresAtS <= nowS(clock)) throw error;
        kept.set(doorId, { ...delivery, delta: null });
        return { ...delivery, delta: null, leaving: null };
      }
    },
    async package(doorId: string, lockId: LockId, options?: PackageOptions): Promise<Package> {
      const delivery = kept.get(doorId);
      if (delivery === undefined) return cloud.package(doorId, lockId, options);
      const cached = cache.get(lockId)?.package;
      if (cached !== undefined && isWhole(cached, delivery)) return cached;
      throw new CloudError('CLOUD_UNREACHABLE', 'The set for this door was not fetched beforehand.', {
        next: 'Get a connection, then try again.',
      });
    },
    keySetsAfter: (number, options) => unlessSilent(() => cloud.keySetsAfter(number, options)),
    postReceipt: (doorId, receipt, options) =>
      unlessSilent(() => cloud.postReceipt(doorId, receipt, options)),
    signTime: (doorId, nonce, options) => unlessSilent(() => cloud.signTime(doorId, nonce, options)),
    postLogBatch: (doorId, batch, options) => unlessSilent(() => cloud.postLogBatch(doorId, batch, options)),
    startActivation: (doorId, options) => cloud.startActivation(doorId, options),
    finishActivation: (id, statement, label, options) =>
      cloud.finishActivation(id, statement, label, options),
    askDeactivation: (doorId, isLost, options) => cloud.askDeactivation(doorId, isLost, options),
    deactivation: (doorId, options) => cloud.deactivation(doorId, options),
  };
}

/** A delta in the cache leads from another table, and only the cloud knows which the lock has. */
const isWhole = ({ manifest }: Package, { target }: Delivery): boolean =>
  manifest.kind === 'full' && compareTriples(manifest.triple, target) === 0;
