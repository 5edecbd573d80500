// An agent: holds the cloud's channel, listens to the air, and has one door at a time visited where something is to be
// done. Pure. The channel only ever wakes: what is to be done stands in the cloud's list and in what locks show.
import { channelWakesAtMs, onChannelClosed, onMessage, tendChannel } from './agent-channel.ts';
import * as limits from './agent-limits.ts';
import {
  listen,
  onHeard,
  onRadioFailed,
  onRadioOpen,
  onSilent,
  radioWakesAtMs,
  tendRadio,
} from './agent-radio.ts';
import type { AgentDoor, AgentEffect, AgentInput, AgentState, AgentStep, At } from './agent-state.ts';
import { listWakesAtMs, onCloudFailed, onListed, tendList, wantList } from './door-list.ts';
import { choose } from './door-needs.ts';
import { DoorTable } from './door-table.ts';
import { onVisited } from './visit-end.ts';

export const newAgent: AgentState = {
  channel: { name: 'closed', openAtMs: 0, heardAtMs: 0, failures: 0, helloGoesOn: false },
  cloud: { name: 'unknown', detail: undefined, failures: 0 },
  list: { isRunning: false, begunAtMs: undefined, asOfMs: undefined, nextAtMs: 0 },
  radio: {
    name: 'closed',
    openAtMs: 0,
    failures: 0,
    failsVisits: false,
    silences: 0,
    detail: undefined,
    blindSinceMs: undefined,
    listenUntilMs: 0,
  },
  visit: undefined,
  diskNotBeforeMs: 0,
  askedInARow: 0,
  doors: DoorTable.of<AgentDoor>([]),
  asks: new Map(),
  isStopping: false,
};

/** Inputs that a state does not expect change nothing. Each step ends with one `wake`, unless the agent stops. */
export function stepAgent(before: AgentState, input: AgentInput, at: At): AgentStep {
  const reacted = react(before, input, at);
  if (reacted.state.isStopping) return reacted;
  const effects: AgentEffect[] = [...reacted.effects];
  let { state } = reacted;
  for (const tend of [tendChannel, tendList, tendRadio]) {
    const step = tend(state, at);
    state = step.state;
    effects.push(...step.effects);
  }
  const doors = tendDoors(state, at);
  state = doors.state;
  effects.push(...doors.effects);
  const moments = [channelWakesAtMs(state), listWakesAtMs(state), radioWakesAtMs(state), doors.laterMs];
  effects.push({ type: 'wake', inMs: Math.max(0, Math.min(...moments) - at.monoMs) });
  return { state, effects };
}

function react(state: AgentState, input: AgentInput, at: At): AgentStep {
  switch (input.type) {
    case 'start':
    case 'woken':
      return quiet(state);
    case 'stop':
      return { state: { ...state, isStopping: true }, effects: [{ type: 'close-channel' }] };
    case 'message':
      return onMessage(state, input.message, at);
    case 'channel-closed':
      return quiet(onChannelClosed(state, input.isRefused, at));
    case 'listed':
      return quiet(onListed(state, input.doors, at));
    case 'not-listed':
      return quiet(onCloudFailed({ ...state, list: { ...state.list, isRunning: false } }, input, at));
    case 'radio-open':
      return onRadioOpen(state, at);
    case 'radio-failed':
      return quiet(onRadioFailed(state, input.detail, at));
    case 'silent':
      return onSilent(state, at);
    case 'heard':
      return quiet(onHeard(state));
    case 'sighted':
      return quiet(
        withShown(
          state,
          input.doors.map(({ doorId, advert }) => [doorId, { advert, sinceMs: at.monoMs }]),
        ),
      );
    case 'lost':
      return quiet(
        withShown(
          state,
          input.doorIds.map((doorId) => [doorId, undefined]),
        ),
      );
    case 'visited':
      return quiet(onVisited(state, input.doorId, input.end, at));
  }
}

const quiet = (state: AgentState): AgentStep => ({ state, effects: [] });

/** All in one: a thousand doors may come at once. */
function withShown(
  state: AgentState,
  changes: readonly (readonly [doorId: string, shown: AgentDoor['shown']])[],
): AgentState {
  let { doors } = state;
  for (const [doorId, shown] of changes) doors = doors.with(doorId, (door) => ({ ...door, shown }));
  return { ...state, doors };
}

const isReady = ({ visit, radio, cloud }: AgentState): boolean =>
  visit === undefined && radio.name === 'open' && cloud.name === 'there';

/** The next visit; without one the air is listened to. And when to look again. */
function tendDoors(state: AgentState, at: At): AgentStep & { readonly laterMs: number } {
  const { radio } = state;
  const isBlind = radio.blindSinceMs !== undefined;
  const later = (step: AgentStep, laterMs = Number.POSITIVE_INFINITY) => ({ ...step, laterMs });
  if (!isReady(state)) {
    const isIdle = state.visit === undefined && radio.name === 'open';
    return later(isBlind && isIdle ? listen(state, at) : quiet(state));
  }
  const blindSinceMs = radio.blindSinceMs ?? at.monoMs;
  const isDeaf = at.monoMs - blindSinceMs >= limits.BLIND_MAX_MS;
  const openMs = Math.max(state.diskNotBeforeMs, isBlind ? 0 : radio.listenUntilMs);
  if (isDeaf || (isBlind && openMs > at.monoMs))
    return later(listen(state, at), at.monoMs + limits.LISTEN_LEAST_MS);
  if (openMs > at.monoMs) return later(quiet(state), openMs);
  const { next, laterMs, wantsList } = choose(state, at);
  const asking = wantsList ? wantList(state, at) : state;
  // Having listened again, it looks again.
  if (next === undefined)
    return isBlind
      ? later(listen(asking, at), at.monoMs + limits.LISTEN_LEAST_MS)
      : later(quiet(asking), laterMs);
  const { doorId, why } = next;
  const visiting: AgentState = {
    ...asking,
    visit: { doorId, why },
    askedInARow: why === 'asked' ? state.askedInARow + 1 : 0,
    radio: { ...radio, blindSinceMs },
  };
  return later({ state: visiting, effects: [{ type: 'visit', doorId, why }] });
}
