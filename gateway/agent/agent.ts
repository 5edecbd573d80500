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
import type { AgentEffect, AgentInput, AgentState, AgentStep, At } from './agent-state.ts';
import { listWakesAtMs, onCloudFailed, onListed, tendList, wantList } from './door-list.ts';
import { choose } from './door-needs.ts';
import { onVisited, withDoor } from './visit-end.ts';

export const newAgent: AgentState = {
  channel: { name: 'closed', openAtMs: 0, heardAtMs: 0, failures: 0, helloGoesOn: false },
  cloud: { name: 'unknown', detail: undefined, failures: 0 },
  list: { isRunning: false, begunAtMs: undefined, asOfMs: undefined, nextAtMs: 0 },
  radio: {
    name: 'closed',
    openAtMs: 0,
    failures: 0,
    silences: 0,
    detail: undefined,
    blindSinceMs: undefined,
    listenUntilMs: 0,
  },
  visit: undefined,
  diskNotBeforeMs: 0,
  askedInARow: 0,
  doors: new Map(),
  asks: new Map(),
  isStopping: false,
};

/** Inputs that a state does not expect change nothing. Each step ends with one `wake`, unless the agent stops. */
export function stepAgent(before: AgentState, input: AgentInput, at: At): AgentStep {
  const reacted = react(before, input, at);
  if (reacted.state.isStopping) return reacted;
  const effects: AgentEffect[] = [...reacted.effects];
  let { state } = reacted;
  for (const tend of [tendChannel, tendList, tendRadio, tendDoors]) {
    const step = tend(state, at);
    state = step.state;
    effects.push(...step.effects);
  }
  effects.push({ type: 'wake', inMs: Math.max(0, wakesAtMs(state, at) - at.monoMs) });
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
    case 'sighted': {
      const shown = { advert: input.advert, sinceMs: at.monoMs };
      return quiet(withDoor(state, input.doorId, (door) => ({ ...door, shown })));
    }
    case 'lost': {
      const gone = (now: AgentState, doorId: string): AgentState =>
        withDoor(now, doorId, (door) => ({ ...door, shown: undefined }));
      return quiet(input.doorIds.reduce(gone, state));
    }
    case 'visited':
      return quiet(onVisited(state, input.doorId, input.end, at));
  }
}

const quiet = (state: AgentState): AgentStep => ({ state, effects: [] });

const isReady = ({ visit, radio, cloud }: AgentState): boolean =>
  visit === undefined && radio.name === 'open' && cloud.name === 'there';

/** The next visit; without one the air is listened to. */
function tendDoors(state: AgentState, at: At): AgentStep {
  const { radio } = state;
  const isBlind = radio.blindSinceMs !== undefined;
  if (!isReady(state)) {
    const isIdle = state.visit === undefined && radio.name === 'open';
    return isBlind && isIdle ? listen(state, at) : quiet(state);
  }
  const { next, wantsList } = choose(state, at);
  const asking = wantsList ? wantList(state, at) : state;
  const blindSinceMs = radio.blindSinceMs ?? at.monoMs;
  const isDeaf = at.monoMs - blindSinceMs >= limits.BLIND_MAX_MS;
  const isTime = state.diskNotBeforeMs <= at.monoMs && (isBlind || radio.listenUntilMs <= at.monoMs);
  if (next === undefined || !isTime || isDeaf) return isBlind ? listen(asking, at) : quiet(asking);
  const { doorId, why } = next;
  const visiting: AgentState = {
    ...asking,
    visit: { doorId, why },
    askedInARow: why === 'asked' ? state.askedInARow + 1 : 0,
    radio: { ...radio, blindSinceMs },
  };
  return { state: visiting, effects: [{ type: 'visit', doorId, why }] };
}

/** The next moment at which there is something to do that could not be done yet. */
function wakesAtMs(state: AgentState, at: At): number {
  const soonest = Math.min(channelWakesAtMs(state), listWakesAtMs(state), radioWakesAtMs(state));
  if (!isReady(state)) return soonest;
  const { next, laterMs } = choose(state, at);
  const openMs = Math.max(state.diskNotBeforeMs, state.radio.listenUntilMs);
  return Math.min(soonest, next === undefined ? laterMs : Math.max(at.monoMs, openMs));
}
