// An agent as it is shown: one line for itself and one for each door. Pure. Names of doors stand in it, so that it goes to
// whoever owns the data folder and to nobody else.
import { z } from 'zod';
import type { SyncDoor } from '../sync-doors.ts';
import type { AgentDoor, AgentState, At, Why } from './agent-state.ts';
import { dueFromMs, needOf } from './door-needs.ts';
import type { Presence } from './presence.ts';

export const AgentLine = z.object({
  type: z.literal('agent'),
  cloud: z.enum(['unknown', 'there', 'away', 'refused']),
  channel: z.enum(['closed', 'connecting', 'connected']),
  radio: z.enum(['closed', 'opening', 'open']),
  /** Why the cloud or the radio is not there. */
  detail: z.string().optional(),
  doors: z.int(),
  inRange: z.int(),
  due: z.int(),
  receiptsHeld: z.int(),
});
export type AgentLine = z.infer<typeof AgentLine>;

export const DoorLine = z.object({
  type: z.literal('door'),
  doorId: z.string(),
  door: z.string(),
  /** `due`: as soon as it is its turn. `waits`: until `nextAtS`. `far`: out of range. */
  state: z.enum(['syncing', 'due', 'waits', 'far', 'up-to-date']),
  why: z.enum(['asked', 'leaving', 'table', 'log', 'list']).optional(),
  /** In steps of three. */
  rssi: z.number().optional(),
  bytes: z.int().optional(),
  totalBytes: z.int().optional(),
  nextAtS: z.int().optional(),
  last: z.object({ result: z.string(), code: z.string().optional(), atS: z.int() }).optional(),
});
export type DoorLine = z.infer<typeof DoorLine>;

export const GoneLine = z.object({ type: z.literal('gone'), doorId: z.string() });
export const WatchLine = z.discriminatedUnion('type', [AgentLine, DoorLine, GoneLine]);
export type WatchLine = z.infer<typeof WatchLine>;

/** Now: one that waits after a failure, or for its time, is not. */
export const isDue = ({ state }: DoorLine): boolean =>
  state === 'due' || state === 'syncing' || state === 'far';

export interface Remembered {
  /** Of the visit that goes on. */
  readonly progress: { readonly bytes: number; readonly totalBytes: number } | undefined;
  /** By door. */
  readonly last: ReadonlyMap<string, NonNullable<DoorLine['last']>>;
}

const RSSI_STEP_DB = 3;

export function doorLines(
  state: AgentState,
  doors: ReadonlyMap<string, SyncDoor>,
  presence: Pick<Presence, 'of'>,
  remembered: Remembered,
  at: At,
): DoorLine[] {
  return [...state.doors.values()].map((door) => {
    const { doorId } = door;
    const rssi = presence.of(doorId)?.rssi;
    const last = remembered.last.get(doorId);
    return {
      type: 'door',
      doorId,
      door: doors.get(doorId)?.doorName ?? doorId,
      ...standing(state, door, remembered, at),
      ...(rssi === undefined ? {} : { rssi: Math.round(rssi / RSSI_STEP_DB) * RSSI_STEP_DB }),
      ...(last === undefined ? {} : { last }),
    };
  });
}

type Standing = Pick<DoorLine, 'state' | 'why' | 'bytes' | 'totalBytes' | 'nextAtS'>;

function standing(state: AgentState, door: AgentDoor, { progress }: Remembered, at: At): Standing {
  if (state.visit?.doorId === door.doorId) return { state: 'syncing', why: state.visit.why, ...progress };
  const need = needOf(state, door, at);
  if (need !== undefined) {
    const { why, fromMs } = need;
    return fromMs <= at.monoMs ? { state: 'due', why } : waiting(why, fromMs, at);
  }
  if (door.leaving === 'asked') return { state: 'far', why: 'leaving' };
  if (door.wish?.isProven !== false) return { state: 'up-to-date' };
  const fromMs = dueFromMs(door, at);
  return fromMs > at.monoMs ? waiting('table', fromMs, at) : { state: 'far', why: 'table' };
}

const waiting = (why: Why, fromMs: number, { monoMs, wallS }: At): Standing => ({
  state: 'waits',
  why,
  nextAtS: Math.ceil(wallS + (fromMs - monoMs) / 1_000),
});

export function agentLine(
  state: AgentState,
  lines: readonly DoorLine[],
  inRange: number,
  receiptsHeld: number,
): AgentLine {
  const { cloud, channel, radio } = state;
  const detail = radio.name === 'open' ? cloud.detail : (radio.detail ?? cloud.detail);
  return {
    type: 'agent',
    cloud: cloud.name,
    channel: channel.name,
    radio: radio.name,
    ...(detail === undefined ? {} : { detail }),
    doors: state.doors.size,
    inRange,
    due: lines.filter(isDue).length,
    receiptsHeld,
  };
}
