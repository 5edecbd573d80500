// The four kinds of hardware on a door and the times by which they move. How a kind behaves is its machine's to
// say; what differs by a number alone stands here.

export const PROFILES = ['motor-deadbolt', 'thumbturn-deadbolt', 'mortise', 'reader'] as const;
export type Profile = (typeof PROFILES)[number];

/** How long the outside thumbturn stays engaged: a person has to reach it and turn. */
export const THUMBTURN_ENGAGED_S = 10;
/** What a mortise latch may be told to stay released, and what it does where no table says. */
export const LATCH_MIN_S = 1;
export const LATCH_MAX_S = 60;
export const LATCH_DEFAULT_S = 10;
/** A reader's relay knows these two. */
export const RELAY_SHORT_S = 5;
export const RELAY_LONG_S = 10;
/** After a move to leave or a turn of the key the door may be opened for so long without an alarm. */
export const ALLOWANCE_MS = 10_000;

/** One whole travel of the bolt. */
export const MOTOR_MOVE_MS = 1_000;
/** A motor that meets resistance is switched off after so long. */
export const MOTOR_STALL_MS = 1_500;
/** After the first stall the bolt draws back and tries again, so many times. */
export const ANTI_JAM_TRIES = 3;

/** After how long an open door is an alarm, and how often it is told again. */
export const AJAR_AFTER_S = [30, 60, 90] as const;
export const ALARM_REPEAT_MIN = [5, 10, 15] as const;

export interface DoorAlarmTimes {
  readonly ajarAfterS: (typeof AJAR_AFTER_S)[number];
  readonly repeatEveryMin: (typeof ALARM_REPEAT_MIN)[number];
}

export const DEFAULT_ALARM_TIMES: DoorAlarmTimes = { ajarAfterS: 30, repeatEveryMin: 5 };

/** A reader hangs on the building's power: it draws nothing from a battery. */
export const isWired = (profile: Profile): boolean => profile === 'reader';

/**
 * How long a grant lets the door be opened, by the table's policy where the hardware leaves a choice. A motor bolt
 * does not lock by itself: zero.
 */
export function releaseMs(profile: Profile, unlockSeconds: number): number {
  switch (profile) {
    case 'motor-deadbolt':
      return 0;
    case 'thumbturn-deadbolt':
      return THUMBTURN_ENGAGED_S * 1_000;
    case 'mortise':
      return Number.isFinite(unlockSeconds)
        ? Math.min(LATCH_MAX_S, Math.max(LATCH_MIN_S, unlockSeconds)) * 1_000
        : LATCH_DEFAULT_S * 1_000;
    case 'reader':
      return (unlockSeconds > RELAY_SHORT_S ? RELAY_LONG_S : RELAY_SHORT_S) * 1_000;
  }
}
