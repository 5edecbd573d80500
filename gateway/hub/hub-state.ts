// What a hub knows, what moves it and what it asks for. Data alone; hub.ts steps it.
import type { LiveClientMessage, LiveServerMessage, LockToken } from '#protocol/api/live.ts';
import type { Triple } from '#protocol/triple.ts';
import type { WaitRange } from '../backoff.ts';
import type { ChannelFailure } from '../live-channel.ts';

/** The lock that the hub is built into, as it is now. */
export interface OwnLockState {
  readonly isActivated: boolean;
  /** Another one is another binding: what was given for the one before is of no use. */
  readonly ownershipEpoch: number;
  /** There are rows of its log that the cloud has not acknowledged. */
  readonly logPending: boolean;
}

export type HubPhase =
  /** The lock has no owner, or no power. */
  | { readonly name: 'off' }
  | { readonly name: 'signing-in' }
  | { readonly name: 'connecting'; readonly token: LockToken }
  | { readonly name: 'connected'; readonly token: LockToken }
  /** To try again. With a token a sync may go on meanwhile. */
  | { readonly name: 'waiting'; readonly token: LockToken | undefined };

export interface HubSync {
  readonly isRunning: boolean;
  /** What one is wanted for; `log`: new rows alone, which may wait for others. */
  readonly wanted: 'table' | 'log' | undefined;
  /** Until the last `rest` goes by; what cannot wait does not heed it. */
  readonly isResting: boolean;
  /** In a row. */
  readonly failures: number;
  /** Of the last receipt that went out from here. */
  readonly applied: Triple | undefined;
  /** False once a cloud has refused the log; asked anew after each hello. */
  readonly cloudTakesLog: boolean;
}

export interface Hub {
  readonly phase: HubPhase;
  /** With which to tell a receipt that the cloud has not taken yet, also where the lock has no owner any more. */
  readonly owed: LockToken | undefined;
  readonly lock: OwnLockState;
  /** Sign-ins and channels that failed in a row. */
  readonly failures: number;
  readonly sync: HubSync;
}

export type HubInput =
  /** Undefined: it has no power. */
  | { readonly type: 'lock'; readonly lock: OwnLockState | undefined }
  | { readonly type: 'signed-in'; readonly token: LockToken }
  | { readonly type: 'sign-in-failed'; readonly detail: string }
  | { readonly type: 'message'; readonly message: LiveServerMessage }
  | ({ readonly type: 'channel-closed' } & ChannelFailure)
  /** Nothing came for LIVE_SILENCE_MS. */
  | { readonly type: 'silence' }
  /** The last `retry` went by. */
  | { readonly type: 'retry' }
  | { readonly type: 'synced'; readonly end: HubSyncEnd }
  /** What was owed is told, or will never be. */
  | { readonly type: 'told' }
  | { readonly type: 'not-told' }
  /** The last `rest` went by. */
  | { readonly type: 'rested' };

export type HubSyncEnd =
  | { readonly result: 'done'; readonly applied: Triple; readonly cloudTookLog: boolean }
  | ({ readonly result: 'failed'; readonly owed?: LockToken } & ChannelFailure);

export type HubStatus =
  | { readonly state: 'no-owner' | 'no-power' }
  | { readonly state: 'connected'; readonly doorId: string; readonly doorName: string }
  | { readonly state: 'reconnecting'; readonly why: string };

export type HubEffect =
  | { readonly type: 'sign-in' }
  | { readonly type: 'open-channel'; readonly token: LockToken }
  /** Closes what is open or about to be; nothing of it is heard any more. */
  | { readonly type: 'close-channel' }
  | { readonly type: 'send'; readonly message: LiveClientMessage }
  /** Sets the deadline of the next frame anew. */
  | { readonly type: 'listen' }
  | ({ readonly type: 'retry' } & WaitRange)
  | ({ readonly type: 'rest' } & WaitRange)
  | { readonly type: 'sync'; readonly token: LockToken }
  | { readonly type: 'tell'; readonly token: LockToken }
  | { readonly type: 'status'; readonly status: HubStatus };

export interface HubStep {
  readonly hub: Hub;
  readonly effects: readonly HubEffect[];
}
