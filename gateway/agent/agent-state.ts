// What an agent knows, what moves it and what it asks for. Data alone; agent.ts steps it.
import type { LiveClientMessage, LiveServerMessage } from '#protocol/api/live.ts';
import type { RecognisedAdvert } from '#protocol/sync/advert.ts';
import type { Triple } from '#protocol/triple.ts';
import type { DoorTable } from './door-table.ts';

/** The moment of a step, and the chance drawn for it: all that a step may go by beside its input. */
export interface At {
  readonly monoMs: number;
  /** By the cloud's clock, as far as it is known; with its fraction, so that it goes in step with the other. */
  readonly wallS: number;
  /** 0 up to, not including, 1. */
  readonly chance: number;
}

/** A door as the cloud has it. */
export interface ListedDoor {
  readonly doorId: string;
  /** Undefined where it wants nothing there. */
  readonly wish: { readonly target: Triple; readonly isProven: boolean } | undefined;
  /** Null: at once. */
  readonly dueS: number | null;
  /** Its lock is to leave it, whatever else is wanted there. `lost`: the door has none, and that one may turn up. */
  readonly leaving: 'asked' | 'lost' | undefined;
}

export interface AgentDoor extends ListedDoor {
  /** Undefined: out of range. */
  readonly shown: { readonly advert: RecognisedAdvert; readonly sinceMs: number } | undefined;
  /** In a row. */
  readonly failures: number;
  readonly notBeforeMs: number;
  readonly logNotBeforeMs: number;
  /** When its last visit ended. */
  readonly triedAtMs: number | undefined;
}

/** `list`: of what is to be done there, only the cloud's newest list can tell. */
export type Why = 'asked' | 'leaving' | 'table' | 'log' | 'list';

export interface AgentState {
  readonly channel: {
    readonly name: 'closed' | 'connecting' | 'connected';
    /** While it is closed: when to open it. */
    readonly openAtMs: number;
    /** The last frame, or its opening. */
    readonly heardAtMs: number;
    readonly failures: number;
    /** The last hello said that another follows. */
    readonly helloGoesOn: boolean;
  };
  readonly cloud: {
    readonly name: 'unknown' | 'there' | 'away' | 'refused';
    readonly detail: string | undefined;
    readonly failures: number;
  };
  readonly list: {
    readonly isRunning: boolean;
    /** When the one that runs, or ran last, was begun. */
    readonly begunAtMs: number | undefined;
    /** When the one was begun that what is known comes from. */
    readonly asOfMs: number | undefined;
    /** When to ask next. */
    readonly nextAtMs: number;
  };
  readonly radio: {
    readonly name: 'closed' | 'opening' | 'open';
    readonly openAtMs: number;
    readonly failures: number;
    /** The last visit failed by it: that it hears somebody makes up for that no more than for a scan that fails. */
    readonly failsVisits: boolean;
    /** Scans in a row in which nobody was heard. */
    readonly silences: number;
    readonly detail: string | undefined;
    /** While visits follow one another: since when nobody listens. */
    readonly blindSinceMs: number | undefined;
    readonly listenUntilMs: number;
  };
  readonly visit: { readonly doorId: string; readonly why: Why } | undefined;
  readonly diskNotBeforeMs: number;
  readonly askedInARow: number;
  readonly doors: DoorTable<AgentDoor>;
  /** Sync now, by door: since when, and which request. */
  readonly asks: ReadonlyMap<string, { readonly requestId: string; readonly sinceMs: number }>;
  readonly isStopping: boolean;
}

export interface Sighted {
  readonly doorId: string;
  readonly advert: RecognisedAdvert;
}

/** Whose fault it is that a visit came to nothing. */
export type Blame = 'door' | 'cloud' | 'token' | 'disk' | 'radio' | 'stopped';

export type VisitEnd =
  | {
      readonly result: 'done';
      /** As the cloud has it since. */
      readonly door: ListedDoor;
      readonly tookLog: boolean;
    }
  /** Done at the lock; the cloud could not be told. */
  | { readonly result: 'held'; readonly detail: string }
  | { readonly result: 'failed'; readonly blame: Blame; readonly detail: string };

export type AgentInput =
  | { readonly type: 'start' }
  | { readonly type: 'stop' }
  /** The time that the last `wake` named has come. */
  | { readonly type: 'woken' }
  | { readonly type: 'message'; readonly message: LiveServerMessage }
  | { readonly type: 'channel-closed'; readonly isRefused: boolean; readonly detail: string }
  | { readonly type: 'listed'; readonly doors: readonly ListedDoor[] }
  | { readonly type: 'not-listed'; readonly isRefused: boolean; readonly detail: string }
  | { readonly type: 'radio-open' }
  | { readonly type: 'radio-failed'; readonly detail: string }
  /** Nobody's advert came for SCAN_SILENCE_MS of listening. */
  | { readonly type: 'silent' }
  /** Somebody's came again. */
  | { readonly type: 'heard' }
  /** Doors that came into range, or show something else. */
  | { readonly type: 'sighted'; readonly doors: readonly Sighted[] }
  | { readonly type: 'lost'; readonly doorIds: readonly string[] }
  | { readonly type: 'visited'; readonly doorId: string; readonly end: VisitEnd };

export type AgentEffect =
  | { readonly type: 'open-channel' }
  | { readonly type: 'close-channel' }
  | { readonly type: 'send'; readonly message: LiveClientMessage }
  /** Tell the cloud the receipts that are held, and ask it for its doors. */
  | { readonly type: 'list' }
  /** Closes the one that is open first. */
  | { readonly type: 'open-radio' }
  /** Scan; anew where one goes on. */
  | { readonly type: 'listen' }
  /** Nobody listens while it goes on. */
  | { readonly type: 'visit'; readonly doorId: string; readonly why: Why }
  /** In the place of the one before. */
  | { readonly type: 'wake'; readonly inMs: number };

export interface AgentStep {
  readonly state: AgentState;
  readonly effects: readonly AgentEffect[];
}
