// The phases of carrying a credential set or a firmware image over one connection as the courier goes through them, what
// moves it and what it asks for. Data alone; door-sync.ts steps it.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import type { LockId } from '#protocol/ids.ts';
import type { Refusal } from '#protocol/sync/messages.ts';
import type { LockStatus } from '#protocol/sync/lock-status.ts';
import type { WireError, WireErrorCode } from '#protocol/wire-error.ts';
import { lastWordOn, type Cargo, type ImageEnd, type SetEnd } from './cargo.ts';
import type { LockMessage } from './lock-messages.ts';
import type { Transfer, TransferProgress } from './transfer.ts';

/** What is to be done over this one connection. */
export interface SyncJob {
  readonly engine: CryptoEngine;
  readonly lockId: LockId;
  readonly advertisingKey: Uint8Array;
  /** 16 fresh bytes for each connection. */
  readonly courierNonce: Uint8Array;
  readonly cloudNonce: Uint8Array;
  readonly cargo: Cargo;
  /** The ATT MTU of the connection. */
  readonly mtu: number;
  /** Of its link-layer packets, where that is known by now. */
  readonly packetBytes?: number | undefined;
  /** The link has no notifications: answers are read, and lock-status after each window in the place of acknowledgements. */
  readonly isByReading?: boolean;
  /** Of the advert by which the lock was recognised, where its handles were kept too: it is greeted by it, unread. */
  readonly shownNonce?: Uint8Array | undefined;
  /** Of the lock whose handles were kept; undefined after a discovery. */
  readonly keptGattVersion: number | undefined;
}

/** What the courier waits for: said where it came too late. */
export type Awaited =
  | 'lock-status'
  | 'hello-answer'
  | 'key-sets'
  | 'key-set-answer'
  | 'offer-answer'
  | 'ack'
  | 'receipt'
  | 'firmware-answer';

export type SyncEnd = SetEnd | ImageEnd | UndoneEnd;

/** Whatever was carried. */
export type UndoneEnd =
  | { readonly result: 'refused'; readonly refusal: Refusal }
  | { readonly result: 'timed-out'; readonly awaited: Awaited }
  | { readonly result: 'link-lost'; readonly detail: string }
  /** The lock said what no lock says; the connection is of no further use. */
  | { readonly result: 'garbled'; readonly code: WireErrorCode; readonly detail: string }
  /** Greeted unread, it did not answer as the lock of that advert: the next time lock-status is read first. */
  | { readonly result: 'not-recognised' }
  /** The kept handles are of another GATT version: discover, then again. */
  | { readonly result: 'stale-handles' }
  /** The lock took as many key sets as one connection may bring: connect again. */
  | { readonly result: 'more-key-sets' }
  /** Nobody handed over the key set that comes after this number. */
  | { readonly result: 'no-key-sets'; readonly after: number };

export interface Sending {
  readonly transfer: Transfer;
  /** Offers made on this connection. */
  readonly offers: number;
}

export type SyncPhase =
  | { readonly name: 'reading-status' }
  /** `isUnread`: by the advert, before anything was read of the lock. */
  | { readonly name: 'greeting'; readonly offerId: number; readonly isUnread: boolean }
  | { readonly name: 'fetching-key-sets'; readonly offerId: number; readonly number: number }
  /** `number` is in force at the lock, `queue` follows it, `taken` were sent on this connection. */
  | {
      readonly name: 'rotating';
      readonly offerId: number;
      readonly number: number;
      readonly queue: readonly Uint8Array[];
      readonly taken: number;
    }
  | { readonly name: 'offering'; readonly offerId: number; readonly offers: number }
  /** `checking`: acknowledgements stayed away, and lock-status is being read. */
  | ({ readonly name: 'sending' | 'checking' | 'awaiting-last-word' } & Sending)
  | { readonly name: 'done'; readonly end: SyncEnd };

export interface DoorSync {
  readonly job: SyncJob;
  readonly phase: SyncPhase;
}

export type SyncInput =
  | { readonly type: 'status'; readonly status: LockStatus }
  | { readonly type: 'message'; readonly message: LockMessage }
  /** Signed key sets in the order of their numbers, from the one after `fetch-key-sets` named. */
  | { readonly type: 'key-sets'; readonly keySets: readonly Uint8Array[] }
  /** The last `wait` went by. */
  | { readonly type: 'silence' }
  /** The last `await-frame` went by. */
  | { readonly type: 'no-frame' }
  | { readonly type: 'garbled'; readonly error: WireError }
  | { readonly type: 'link-lost'; readonly detail: string };

export type SyncEffect =
  | { readonly type: 'read-status' }
  | { readonly type: 'send'; readonly messageType: number; readonly body: Uint8Array }
  /** Subscribe to sync-control: the lock holds its answers back until then. */
  | { readonly type: 'listen' }
  | { readonly type: 'fetch-key-sets'; readonly after: number }
  | { readonly type: 'send-frames'; readonly transfer: Transfer; readonly numbers: readonly number[] }
  | ({ readonly type: 'progress' } & TransferProgress)
  /** Sets the deadline of what was just sent anew: `silence` comes after so long. */
  | { readonly type: 'wait'; readonly ms: number }
  /** Sets the deadline for one more frame at the lock anew, across looks at it: `no-frame` comes after so long. */
  | { readonly type: 'await-frame'; readonly ms: number };

export interface SyncStep {
  readonly state: DoorSync;
  readonly effects: readonly SyncEffect[];
}

/** What a phase waits for. */
export function awaitedIn({ job, phase }: DoorSync): Awaited {
  switch (phase.name) {
    case 'reading-status':
    case 'checking':
      return 'lock-status';
    case 'greeting':
      return 'hello-answer';
    case 'fetching-key-sets':
      return 'key-sets';
    case 'rotating':
      return 'key-set-answer';
    case 'offering':
      return 'offer-answer';
    case 'sending':
      return 'ack';
    case 'awaiting-last-word':
    case 'done':
      return lastWordOn(job.cargo);
  }
}
