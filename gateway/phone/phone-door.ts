// One door as a phone means it: where its lock is found, what proves it, and what an answer of it leads to. Pure.
import type { AppDoor } from '#protocol/api/app.ts';
import type { ChannelAnswer } from '#protocol/channel/channel-messages.ts';
import { asLockId, type LockId } from '#protocol/ids.ts';
import type { EventReason } from '#protocol/log/event-types.ts';
import { bytesOf } from '../cloud-client.ts';
import { CloudError } from '../cloud-error.ts';
import { PhoneError } from './phone-error.ts';

export interface PhoneDoor {
  readonly doorId: string;
  readonly doorName: string;
  readonly lockId: LockId;
  readonly ownershipEpoch: number;
  readonly channelKey: Uint8Array;
  readonly advertisingKey: Uint8Array;
  /** The cloud wants another set there than it knows to be there. */
  readonly syncNeeded: boolean;
  /** Its lock tells the cloud by itself. */
  readonly internet: boolean;
}

/** Throws DOOR_CLOSED where there is nothing to meet yet. `timeText` spells a time for people. */
export function phoneDoorOf(door: AppDoor, timeText: (atS: number) => string): PhoneDoor {
  const { doorId, doorName, carry, syncNeeded, internet, opensNow, startsAtS } = door;
  if (!opensNow && startsAtS !== null)
    throw new PhoneError('DOOR_CLOSED', `${doorName} opens for you from ${timeText(startsAtS)} on.`, {
      next: 'Come back then.',
    });
  if (carry === null)
    throw new PhoneError('DOOR_CLOSED', `${doorName} has no lock that a phone could open.`, {
      next: 'Ask the property when its lock is fitted.',
    });
  const lockId = asLockId(bytesOf(carry.lockId));
  const { target, applied } = carry.sync;
  const triple = target ?? applied?.triple;
  if (lockId === undefined)
    throw new CloudError('CLOUD_RUBBISH', 'The cloud named a lock that is no lock id.');
  if (triple === undefined)
    throw new PhoneError('DOOR_CLOSED', `${doorName} has no access list yet.`, {
      next: 'Try again in a minute.',
    });
  return {
    doorId,
    doorName,
    lockId,
    ownershipEpoch: triple.ownershipEpoch,
    channelKey: bytesOf(carry.channelKey),
    advertisingKey: bytesOf(carry.advertisingKey),
    syncNeeded,
    internet,
  };
}

/** Whose lock has to be known anew: keys and epoch are what a channel is opened with. */
export const isSameLock = (a: PhoneDoor, b: PhoneDoor): boolean =>
  a.ownershipEpoch === b.ownershipEpoch &&
  [a.lockId, a.channelKey, a.advertisingKey].join('|') ===
    [b.lockId, b.channelKey, b.advertisingKey].join('|');

/** What a newer set may turn into an open door. */
const MENDED_BY_SYNC: readonly EventReason[] = [
  'NO_TABLE',
  'TABLE_DAMAGED',
  'UNKNOWN_CREDENTIAL',
  'NOT_YET',
  'EXPIRED',
  'OUT_OF_SCHEDULE',
];

/** `opened`: the rest is carried behind it. `sync-first`: then it is asked again, once. */
export function afterAnswer(
  { outcome, reason }: ChannelAnswer,
  door: { readonly syncNeeded: boolean },
): 'opened' | 'sync-first' | 'refused' {
  if (outcome === 'done') return 'opened';
  // What sets a lost clock is the signed time behind any sync.
  if (reason === 'CLOCK_UNTRUSTED') return 'sync-first';
  const isMended = reason !== null && MENDED_BY_SYNC.includes(reason);
  return isMended && door.syncNeeded ? 'sync-first' : 'refused';
}
