// An agent's live channel: open again whenever it is not, heard, and given up when it falls silent. Pure. A hello has all
// that was missed, so that each asks for the list at once.
import { LIVE_SILENCE_MS, type LiveServerMessage } from '#protocol/api/live.ts';
import { backoff } from '../backoff.ts';
import * as limits from './agent-limits.ts';
import type { AgentEffect, AgentState, AgentStep, At } from './agent-state.ts';
import { wantList } from './door-list.ts';

export function tendChannel(state: AgentState, at: At): AgentStep {
  const { channel } = state;
  if (channel.name === 'closed') {
    if (channel.openAtMs > at.monoMs) return { state, effects: [] };
    const opened = { ...channel, name: 'connecting', heardAtMs: at.monoMs } as const;
    return { state: { ...state, channel: opened }, effects: [{ type: 'open-channel' }] };
  }
  if (at.monoMs - channel.heardAtMs < LIVE_SILENCE_MS) return { state, effects: [] };
  return { state: closed(state, at), effects: [{ type: 'close-channel' }] };
}

/** When `tendChannel` has something to do. */
export const channelWakesAtMs = ({ channel }: AgentState): number =>
  channel.name === 'closed' ? channel.openAtMs : channel.heardAtMs + LIVE_SILENCE_MS;

export function onChannelClosed(state: AgentState, isRefused: boolean, at: At): AgentState {
  if (state.channel.name === 'closed') return state;
  // Whether the token is taken, the routes say as well.
  return isRefused ? wantList(closed(state, at), at) : closed(state, at);
}

function closed(state: AgentState, at: At): AgentState {
  const failures = state.channel.failures + 1;
  const { leastMs, mostMs } = backoff(failures, limits.CLOUD_RETRY_FIRST_MS, limits.CLOUD_RETRY_MOST_MS);
  const openAtMs = at.monoMs + leastMs + at.chance * (mostMs - leastMs);
  const channel = { ...state.channel, name: 'closed', openAtMs, failures, helloGoesOn: false } as const;
  const unheard = unwoken({ ...state, channel }, at);
  // It did not come back at once: only the routes tell a cloud that is away from one that lets no channel through.
  return failures === limits.CHANNEL_FAILURES_TOLD ? wantList(unheard, at) : unheard;
}

/** The next list was planned while the channel would have told of whatever came before it. */
function unwoken(state: AgentState, at: At): AgentState {
  const nextAtMs = Math.min(state.list.nextAtMs, at.monoMs + limits.LIST_EVERY_UNWOKEN_MS);
  return state.cloud.name === 'there' ? { ...state, list: { ...state.list, nextAtMs } } : state;
}

export function onMessage(before: AgentState, message: LiveServerMessage, at: At): AgentStep {
  if (before.channel.name === 'closed') return { state: before, effects: [] };
  const state = { ...before, channel: { ...before.channel, heardAtMs: at.monoMs } };
  switch (message.type) {
    case 'ping':
      return { state, effects: [{ type: 'send', message: { type: 'pong' } }] };
    case 'hello': {
      const { helloGoesOn } = state.channel;
      const channel = {
        ...state.channel,
        name: 'connected',
        failures: 0,
        helloGoesOn: message.more,
      } as const;
      // Requests that are still open follow the doors that they are for.
      const asks = helloGoesOn ? state.asks : new Map<string, never>();
      const greeted = { ...state, channel, asks };
      const listed = helloGoesOn ? greeted : { ...greeted, list: { ...state.list, nextAtMs: at.monoMs } };
      return { state: listed, effects: [seenTo(message.number)] };
    }
    case 'target':
      // Which lock, and due when, is in the list.
      return { state: wantList(state, at), effects: [seenTo(message.number)] };
    case 'sync-request':
      return { state: asked(state, message, at), effects: [] };
  }
}

const seenTo = (number: number): AgentEffect => ({ type: 'send', message: { type: 'seen', number } });

function asked(
  state: AgentState,
  { doorId, requestId }: { readonly doorId: string; readonly requestId: string },
  at: At,
): AgentState {
  if (state.asks.get(doorId)?.requestId === requestId) return state;
  const asks = new Map(state.asks).set(doorId, { requestId, sinceMs: at.monoMs });
  const [oldest] = asks.keys();
  if (asks.size > limits.ASKS_MAX && oldest !== undefined) asks.delete(oldest);
  if (state.doors.get(doorId) === undefined) return wantList({ ...state, asks }, at);
  // Who presses it has seen to what failed before.
  const doors = state.doors.with(doorId, (door) => ({ ...door, failures: 0, notBeforeMs: 0 }));
  return { ...state, asks, doors };
}
