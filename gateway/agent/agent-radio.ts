// An agent's radio: open again whenever it is not, a scan that went silent begun anew, and one that stays silent taken for
// a radio that is stuck. Pure.
import { backoff } from '../backoff.ts';
import * as limits from './agent-limits.ts';
import type { AgentState, AgentStep, At } from './agent-state.ts';

export function tendRadio(state: AgentState, at: At): AgentStep {
  const { radio } = state;
  // What is under way on the old one ends first.
  if (radio.name !== 'closed' || radio.openAtMs > at.monoMs || state.visit !== undefined)
    return { state, effects: [] };
  return { state: { ...state, radio: { ...radio, name: 'opening' } }, effects: [{ type: 'open-radio' }] };
}

/** When `tendRadio` has something to do. */
export const radioWakesAtMs = ({ radio, visit }: AgentState): number =>
  radio.name === 'closed' && visit === undefined ? radio.openAtMs : Number.POSITIVE_INFINITY;

export function onRadioOpen(state: AgentState, at: At): AgentStep {
  if (state.radio.name !== 'opening') return { state, effects: [] };
  return listen({ ...state, radio: { ...state.radio, name: 'open', detail: undefined } }, at);
}

/** Scans for a while before anybody is visited. */
export function listen(state: AgentState, at: At): AgentStep {
  const listenUntilMs = at.monoMs + limits.LISTEN_LEAST_MS;
  const radio = { ...state.radio, blindSinceMs: undefined, listenUntilMs };
  return { state: { ...state, radio }, effects: [{ type: 'listen' }] };
}

export function onRadioFailed(state: AgentState, detail: string, at: At): AgentState {
  if (state.radio.name === 'closed') return state;
  const failures = state.radio.failures + 1;
  const { leastMs, mostMs } = backoff(failures, limits.RADIO_RETRY_FIRST_MS, limits.RADIO_RETRY_MOST_MS);
  const openAtMs = at.monoMs + leastMs + at.chance * (mostMs - leastMs);
  const radio = { ...state.radio, name: 'closed', openAtMs, failures, detail, silences: 0 } as const;
  // Another radio knows nobody yet.
  const doors = state.doors.map((door) => ({ ...door, shown: undefined }));
  return { ...state, doors, radio: { ...radio, blindSinceMs: undefined } };
}

export function onSilent(state: AgentState, at: At): AgentStep {
  if (state.radio.name !== 'open' || state.visit !== undefined) return { state, effects: [] };
  const silences = state.radio.silences + 1;
  if (silences > limits.SILENCES_MAX) return { state: openedAnew(state, at), effects: [] };
  return listen({ ...state, radio: { ...state.radio, silences } }, at);
}

/** At once, and as no failure: a house may have nobody who shows himself. */
function openedAnew(state: AgentState, at: At): AgentState {
  const { failures } = state.radio;
  const closed = onRadioFailed(state, 'the scan stays silent', at);
  return { ...closed, radio: { ...closed.radio, failures, openAtMs: at.monoMs } };
}

/** It works: whatever it did before is forgotten, but for visits that failed by it. */
export function onHeard(state: AgentState): AgentState {
  const { radio } = state;
  if (radio.silences === 0 && radio.failures === 0) return state;
  const isForgiven = radio.name === 'open' && !radio.failsVisits;
  return { ...state, radio: { ...radio, silences: 0, failures: isForgiven ? 0 : radio.failures } };
}

/** Each door in range would open it anew, again and again, without this. */
export function onVisitedByRadio(state: AgentState, isFailed: boolean): AgentState {
  const { radio } = state;
  if (radio.failsVisits === isFailed) return state;
  return { ...state, radio: { ...radio, failsVisits: isFailed, failures: isFailed ? radio.failures : 0 } };
}
