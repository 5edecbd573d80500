// One connection's conversation as a value: what it has come to, what a message may lead to, and how it is refused.
// WIRE 9, 10, 11.
import type { Hash } from '#protocol/ids.ts';
import type { ActivationRequest, LockSecrets } from '#protocol/signed/activation.ts';
import type { KeySet } from '#protocol/signed/key-set.ts';
import type { VerifiedFirmware } from '#protocol/signed/firmware.ts';
import type { VerifiedManifest } from '#protocol/signed/manifest.ts';
import type { Hello, Offer } from '#protocol/sync/messages.ts';
import type { RefusalCode } from '#protocol/sync/refusals.ts';
import type { Challenge } from '../clock/judge-time.ts';
import type { TimeEffect } from '../clock/take-time.ts';
import type { LogEffect } from '../log/judge-log.ts';

export type Session =
  | { readonly phase: 'ungreeted'; readonly connectionNonce: Uint8Array; readonly advertNonce: Uint8Array }
  | {
      readonly phase: 'greeted';
      readonly hello: Hello;
      readonly keySetSteps: number;
      /** What an activation may begin with: an owner's first key set, verified but not yet believed in, or the pinned one. */
      readonly proposed:
        { readonly keySet: KeySet; readonly bytes: Uint8Array; readonly hash: Hash } | undefined;
      /** The nonce that signed time has to bear; gone with the connection. */
      readonly challenge: Challenge | undefined;
      /** The statement that was signed, and the key set it names: a grant is held against these alone. */
      readonly activation:
        | {
            readonly request: ActivationRequest;
            readonly statementHash: Hash;
            readonly keySet: KeySet;
            readonly keySetBytes: Uint8Array;
          }
        | undefined;
    }
  | { readonly phase: 'over' };

export type SessionEffect =
  | { readonly type: 'greet'; readonly hello: Hello }
  | { readonly type: 'adopt-key-set'; readonly keySet: KeySet; readonly bytes: Uint8Array }
  | { readonly type: 'answer-key-set'; readonly keySetNumber: number }
  | {
      readonly type: 'receive';
      readonly offer: Offer;
      readonly verified: VerifiedManifest;
      readonly resumes: boolean;
    }
  | { readonly type: 'receive-firmware'; readonly offer: Offer; readonly verified: VerifiedFirmware }
  | { readonly type: 'answer-firmware' }
  /** `cloudNonce` where it is not the hello's: WIRE 9.7. */
  | { readonly type: 'send-receipt'; readonly cloudNonce?: Uint8Array }
  | { readonly type: 'send-statement'; readonly bytes: Uint8Array }
  | {
      readonly type: 'activate';
      readonly request: ActivationRequest;
      readonly keySet: KeySet;
      readonly keySetBytes: Uint8Array;
      readonly secrets: LockSecrets;
    }
  | {
      readonly type: 'refuse';
      readonly code: RefusalCode;
      readonly ofType: number;
      readonly detail: string;
      readonly isAlarm: boolean;
    }
  | LogEffect
  | TimeEffect
  /** All access is wiped; by a release the owner is forgotten as well. */
  | { readonly type: 'deactivate' | 'release'; readonly ownershipEpoch: number }
  | { readonly type: 'disconnect' };

export type ActivateEffect = Extract<SessionEffect, { type: 'activate' }>;
export type ClockEffect = Extract<SessionEffect, { type: 'set-clock' | 'raise-clock-floor' }>;
export type OwnershipEnd = Extract<SessionEffect, { type: 'deactivate' | 'release' }>;

/** What needs the lock's own secrets, handed in so that the machine holds none. */
export interface SessionKeys {
  /** The signed statement for this request and its hash. */
  sign(request: ActivationRequest): { readonly bytes: Uint8Array; readonly hash: Hash };
  readonly sealingSecret: Uint8Array;
  /** 16 bytes, drawn anew each time. */
  timeNonce(): Uint8Array;
}

export interface Step {
  readonly session: Session;
  readonly effects: readonly SessionEffect[];
}

export const newSession = (connectionNonce: Uint8Array, advertNonce: Uint8Array): Session => ({
  phase: 'ungreeted',
  connectionNonce,
  advertNonce,
});

export type Ungreeted = Extract<Session, { phase: 'ungreeted' }>;
export type Greeted = Extract<Session, { phase: 'greeted' }>;

export function refuse(
  session: Session,
  ofType: number,
  code: RefusalCode,
  detail: string,
  isAlarm = false,
): Step {
  return { session, effects: [{ type: 'refuse', code, ofType, detail, isAlarm }] };
}

/** Nothing that comes any more is looked at. */
export const OVER: Session = { phase: 'over' };

/** Before the greeting nobody gets a second try on one connection. */
export const end = (ofType: number, code: RefusalCode, detail: string): Step => ({
  session: OVER,
  effects: [{ type: 'refuse', code, ofType, detail, isAlarm: false }, { type: 'disconnect' }],
});
