// What goes into a lock's mechanics and what comes out of them, in one vocabulary for all profiles. Effects are
// performed in their order, but for rows that have to be written before anything moves.
import type { LockEvent } from '#protocol/log/event-fields.ts';
import type { HandAct } from './body.ts';

export type ActuatorTimer =
  /** The thumbturn, latch or relay that a grant released. */
  | 'release'
  /** The while in which somebody inside, or with a key, may open the door of a reader. */
  | 'allowance'
  | 'alarm';

export type ActuatorInput =
  /** A credential was accepted, and its row is written. */
  | { readonly type: 'grant'; readonly releaseMs: number }
  | { readonly type: 'lockCommand' }
  | { readonly type: 'motor'; readonly is: 'done' | 'stalled' }
  | { readonly type: 'timer'; readonly timer: ActuatorTimer }
  /** Whether this is a time of the hold-open schedule. Comes again and again. */
  | { readonly type: 'holdWindow'; readonly isIn: boolean; readonly needsFirstUnlock: boolean }
  | HandAct;

export type ActuatorEffect =
  | { readonly type: 'motor'; readonly run: 'extend' | 'retract' | 'off' }
  | { readonly type: 'thumbturn'; readonly is: 'engaged' | 'free' }
  | { readonly type: 'latch'; readonly is: 'released' | 'secured' }
  | { readonly type: 'relay'; readonly is: 'on' | 'off' }
  /** Replaces a running timer of that name. */
  | { readonly type: 'startTimer'; readonly timer: ActuatorTimer; readonly delayMs: number }
  | { readonly type: 'cancelTimer'; readonly timer: ActuatorTimer }
  | { readonly type: 'event'; readonly event: MechanicsEvent }
  /** Where this row can't be kept, the input did not happen. */
  | { readonly type: 'rowFirst'; readonly event: MechanicsEvent };

/** The rows of the event log that come from here. */
export type MechanicsEvent = Extract<
  LockEvent,
  {
    readonly type:
      | 'boltJammed'
      | 'boltLocked'
      | 'boltUnlocked'
      | 'manualUnlock'
      | 'doorForced'
      | 'doorAjar'
      | 'ajarEnded'
      | 'privacyThrown'
      | 'privacyReleased'
      | 'holdOpenStarted'
      | 'holdOpenEnded'
      | 'batteryLow'
      | 'batteryEmpty';
  }
>;

export const tell = (event: MechanicsEvent): ActuatorEffect => ({ type: 'event', event });
