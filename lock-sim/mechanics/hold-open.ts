// When a reader holds its door open by schedule. Holding begins with the window or, by first-unlock, with the first
// grant within it: nobody comes in before somebody has arrived. A lock command ends it until the next window.

export interface HoldOpenRule {
  /** Number of a schedule of the table in force. */
  readonly schedule: number;
  readonly needsFirstUnlock: boolean;
  /** No window of this schedule starts on a holiday, whatever it says; the night before one lasts to its end. */
  readonly exceptHolidays: boolean;
}

export interface HoldOpenTimes {
  /** False where the time is not known. */
  isInSchedule(schedule: number, exceptHolidays: boolean): boolean;
  /** By the lock's clock: windows begin and end at its whole minutes. */
  nowS(): number;
}

export type HoldOpen =
  | 'idle'
  /** Within the window, before its first unlock. */
  | 'waiting'
  | 'holding'
  /** Within the window, ended by a command. */
  | 'suspended';

export type HoldOpenInput =
  | { readonly type: 'holdWindow'; readonly isIn: boolean; readonly needsFirstUnlock: boolean }
  | { readonly type: 'grant' }
  | { readonly type: 'lockCommand' };

export function stepHoldOpen(hold: HoldOpen, input: HoldOpenInput): HoldOpen {
  switch (input.type) {
    case 'holdWindow':
      if (!input.isIn) return 'idle';
      if (hold !== 'idle') return hold;
      return input.needsFirstUnlock ? 'waiting' : 'holding';
    case 'grant':
      return hold === 'waiting' ? 'holding' : hold;
    case 'lockCommand':
      return hold === 'holding' ? 'suspended' : hold;
  }
}
