// What an agent knows of the cloud's doors: when to ask for the list, and what comes of the answer. Pure.
import { backoff } from '../backoff.ts';
import * as limits from './agent-limits.ts';
import { DoorTable } from './door-table.ts';
import type { AgentDoor, AgentState, AgentStep, At, ListedDoor } from './agent-state.ts';

export function tendList(state: AgentState, at: At): AgentStep {
  const { list } = state;
  if (list.isRunning || list.nextAtMs > at.monoMs) return { state, effects: [] };
  const everyMs = state.channel.name === 'connected' ? limits.LIST_EVERY_MS : limits.LIST_EVERY_UNWOKEN_MS;
  const begun = { ...list, isRunning: true, begunAtMs: at.monoMs, nextAtMs: at.monoMs + everyMs };
  return { state: { ...state, list: begun }, effects: [{ type: 'list' }] };
}

/** When `tendList` has something to do. */
export const listWakesAtMs = ({ list }: AgentState): number =>
  list.isRunning ? Number.POSITIVE_INFINITY : list.nextAtMs;

/** Soon, where one is not on its way anyway; a change of many doors is asked for once. */
export function wantList(state: AgentState, at: At): AgentState {
  const { list } = state;
  const restedMs = (list.begunAtMs ?? Number.NEGATIVE_INFINITY) + limits.LIST_REST_MS;
  const soonMs = Math.max(at.monoMs + limits.LIST_GATHER_MS, restedMs);
  // A cloud that is away is asked in its own time.
  if (state.cloud.name === 'away' || state.cloud.name === 'refused') return state;
  return list.nextAtMs <= soonMs ? state : { ...state, list: { ...list, nextAtMs: soonMs } };
}

export function onListed(state: AgentState, listed: readonly ListedDoor[], at: At): AgentState {
  if (!state.list.isRunning) return state;
  const told = listed.map((door): AgentDoor => {
    const known = state.doors.get(door.doorId);
    // What the visit that goes on will bring is newer than this list.
    const isVisited = state.visit?.doorId === door.doorId;
    return known !== undefined && isVisited ? known : { ...(known ?? NEW_DOOR), ...door };
  });
  const doors = DoorTable.of(told);
  const asks = new Map([...state.asks].filter(([, { sinceMs }]) => at.monoMs - sinceMs < limits.ASK_LIFE_MS));
  const list = { ...state.list, isRunning: false, asOfMs: state.list.begunAtMs };
  return { ...state, doors, asks, list, cloud: { name: 'there', detail: undefined, failures: 0 } };
}

const NEW_DOOR: Omit<AgentDoor, keyof ListedDoor> = {
  shown: undefined,
  failures: 0,
  notBeforeMs: 0,
  logNotBeforeMs: 0,
  triedAtMs: undefined,
};

export interface CloudFailure {
  readonly isRefused: boolean;
  readonly detail: string;
}

/** Nobody is visited until a list comes: without the cloud's nonce no receipt would prove anything to it. */
export function onCloudFailed(state: AgentState, { isRefused, detail }: CloudFailure, at: At): AgentState {
  const failures = state.cloud.failures + 1;
  const { leastMs, mostMs } = backoff(failures, limits.CLOUD_RETRY_FIRST_MS, limits.CLOUD_RETRY_MOST_MS);
  const nextAtMs = at.monoMs + leastMs + at.chance * (mostMs - leastMs);
  const cloud = { name: isRefused ? 'refused' : 'away', detail, failures } as const;
  return { ...state, cloud, list: { ...state.list, nextAtMs } };
}
