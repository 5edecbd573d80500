// A table as people speak of it: who may open by what and when, and the rules of the door. Plain data, without verifiers,
// rows or chunks.

export type Kind = 'doorcode' | 'keycard' | 'app';

export interface Credential {
  readonly id: number;
  readonly kind: Kind;
  /** Digits, or the name of a card or phone. */
  readonly secret: string;
  readonly startS: number;
  /** Undefined: none. */
  readonly endS: number | undefined;
  /** 0 always, n the n-th schedule. */
  readonly schedule: number;
}

export interface Window {
  /** Bit 0 Monday ... bit 6 Sunday, bit 7 holidays. */
  readonly days: number;
  readonly startMinute: number;
  readonly endMinute: number;
}

export interface Zone {
  readonly offsetS: number;
  readonly transitions: readonly { readonly atS: number; readonly offsetS: number }[];
}

export type LockoutRule = 'exponential' | 'matter' | 'igloohome' | 'schlage';

export interface Table {
  readonly name: string;
  readonly credentials: readonly Credential[];
  readonly schedules: readonly (readonly Window[])[];
  readonly zone: Zone;
  /** Local days since 1970-01-01. */
  readonly holidays: readonly number[];
  readonly daily: {
    readonly epoch: number;
    readonly dailySlots: number;
    readonly singleUseSlots: number;
    readonly barred: readonly number[];
  };
  readonly lockout: LockoutRule;
  /** Rows of people who never come: they make the table longer. */
  readonly others: number;
}

/** What somebody presents at the door. A daily code is named by what it was derived from. */
export type Presented =
  | { readonly by: 'code'; readonly digits: string }
  | { readonly by: 'daily'; readonly epoch: number; readonly day: number; readonly slot: number }
  | { readonly by: 'card' | 'phone'; readonly name: string };
