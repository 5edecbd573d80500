// What comes of a visit: a door that is done, one that has to wait, or a cloud, radio or disk that is of no use now. Pure.
import { backoff } from '../backoff.ts';
import * as limits from './agent-limits.ts';
import { onRadioFailed, onVisitedByRadio } from './agent-radio.ts';
import type { AgentDoor, AgentState, At, VisitEnd } from './agent-state.ts';
import { onCloudFailed, wantList } from './door-list.ts';

export function onVisited(state: AgentState, doorId: string, end: VisitEnd, at: At): AgentState {
  if (state.visit?.doorId !== doorId) return state;
  // Whatever it showed, it may show something else by now.
  const free = withDoor({ ...state, visit: undefined }, doorId, (door) => ({
    ...door,
    shown: undefined,
    triedAtMs: at.monoMs,
  }));
  switch (end.result) {
    case 'done':
      return onDone(onVisitedByRadio(free, false), doorId, end, at);
    case 'held':
      // A cloud that takes all but this door's proof would have it met over and over.
      return onCloudFailed(
        later(answered(onVisitedByRadio(free, false), doorId), doorId, at),
        { isRefused: false, detail: end.detail },
        at,
      );
    case 'failed':
      return onFailed(free, doorId, end, at);
  }
}

function onDone(
  state: AgentState,
  doorId: string,
  { door: listed, tookLog }: Extract<VisitEnd, { readonly result: 'done' }>,
  at: At,
): AgentState {
  const restMs = tookLog ? limits.LOG_EVERY_MS : limits.LOG_NOT_TAKEN_REST_MS;
  const done = withDoor(answered(state, doorId), doorId, (door) => ({
    ...door,
    ...listed,
    failures: 0,
    notBeforeMs: 0,
    logNotBeforeMs: at.monoMs + restMs,
  }));
  // More is wanted since, or the lock has proven something else: soon again, and not over and over.
  return listed.wish?.isProven === false ? later(done, doorId, at) : done;
}

function onFailed(
  state: AgentState,
  doorId: string,
  { blame, detail }: Extract<VisitEnd, { readonly result: 'failed' }>,
  at: At,
): AgentState {
  switch (blame) {
    case 'door':
      return wantList(later(state, doorId, at), at);
    case 'cloud':
      return onCloudFailed(later(state, doorId, at), { isRefused: false, detail }, at);
    case 'token':
      return onCloudFailed(later(state, doorId, at), { isRefused: true, detail }, at);
    case 'disk':
      return { ...state, diskNotBeforeMs: at.monoMs + limits.DISK_RETRY_MS };
    case 'radio':
      return onVisitedByRadio(onRadioFailed(state, detail, at), true);
    case 'stopped':
      return state;
  }
}

const later = (state: AgentState, doorId: string, at: At): AgentState =>
  withDoor(state, doorId, (door) => {
    const failures = door.failures + 1;
    const { leastMs, mostMs } = backoff(failures, limits.DOOR_RETRY_FIRST_MS, limits.DOOR_RETRY_MOST_MS);
    return { ...door, failures, notBeforeMs: at.monoMs + leastMs + at.chance * (mostMs - leastMs) };
  });

function answered(state: AgentState, doorId: string): AgentState {
  if (!state.asks.has(doorId)) return state;
  const asks = new Map(state.asks);
  asks.delete(doorId);
  return { ...state, asks };
}

/** Nothing where there is no such door. */
function withDoor(state: AgentState, doorId: string, change: (door: AgentDoor) => AgentDoor): AgentState {
  return { ...state, doors: state.doors.with(doorId, change) };
}
