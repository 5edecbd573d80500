// What a running agent says of itself as it happens. No field of it is secret: ids, names of doors, codes, counts.
import type { SyncedDoor, DoorEnd } from '../sync-report.ts';
import type { AgentState, Why } from './agent-state.ts';

export type AgentEvent =
  | {
      readonly type: 'cloud';
      readonly state: AgentState['cloud']['name'];
      readonly detail: string | undefined;
    }
  | {
      readonly type: 'radio';
      readonly state: AgentState['radio']['name'];
      readonly detail: string | undefined;
    }
  /** `failures`: since it was open last, in a row. */
  | {
      readonly type: 'channel';
      readonly state: AgentState['channel']['name'];
      readonly failures: number;
    }
  /** The scan was begun anew because nobody was heard. */
  | { readonly type: 'silent' }
  | { readonly type: 'visiting'; readonly door: SyncedDoor; readonly why: Why }
  | {
      readonly type: 'progress';
      readonly door: SyncedDoor;
      readonly bytes: number;
      readonly totalBytes: number;
    }
  | {
      readonly type: 'visited';
      readonly door: SyncedDoor;
      readonly why: Why;
      readonly end: DoorEnd;
      readonly tookMs: number;
    };
