// A lock with a network of its own: proves itself, holds the cloud's live channel, and has its door synced whenever there
// is something to do. Pure. Whatever is lost on the channel is in the next hello, so nothing is remembered across one.
import type { LiveServerMessage, LockToken } from '#protocol/api/live.ts';
import { compareTriples } from '#protocol/triple.ts';
import { backoff } from '../backoff.ts';
import type { ChannelFailure } from '../live-channel.ts';
import * as limits from './hub-limits.ts';
import type {
  Hub,
  HubEffect,
  HubInput,
  HubPhase,
  HubStep,
  HubSync,
  HubSyncEnd,
  OwnLockState,
} from './hub-state.ts';

const NO_LOCK: OwnLockState = { isActivated: false, ownershipEpoch: 0, logPending: false };
const NO_SYNC: HubSync = {
  isRunning: false,
  wanted: undefined,
  isResting: false,
  failures: 0,
  applied: undefined,
  cloudTakesLog: true,
};

export const newHub: Hub = {
  phase: { name: 'off' },
  owed: undefined,
  lock: NO_LOCK,
  failures: 0,
  sync: NO_SYNC,
};

/** Inputs that a phase does not expect change nothing. */
export function stepHub(hub: Hub, input: HubInput): HubStep {
  switch (input.type) {
    case 'lock':
      return onLock(hub, input.lock ?? NO_LOCK, input.lock === undefined ? 'no-power' : 'no-owner');
    case 'signed-in':
      if (hub.phase.name !== 'signing-in') return ignored(hub);
      return go(hub, { name: 'connecting', token: input.token }, open(input.token));
    case 'sign-in-failed':
      return hub.phase.name === 'signing-in' ? wait(hub, undefined, input.detail) : ignored(hub);
    case 'message':
      return isListening(hub.phase) ? onMessage(hub, hub.phase.token, input.message) : ignored(hub);
    case 'channel-closed':
      return isListening(hub.phase) ? lost(hub, hub.phase.token, input) : ignored(hub);
    case 'silence':
      if (!isListening(hub.phase)) return ignored(hub);
      return lost(hub, hub.phase.token, { isRefused: false, detail: 'the cloud fell silent' });
    case 'retry':
      return hub.phase.name === 'waiting' ? again(hub, hub.phase.token) : ignored(hub);
    case 'synced':
      return onSynced(hub, input.end);
    case 'told':
      return { hub: { ...hub, owed: undefined }, effects: [] };
    case 'not-told':
      return hub.phase.name === 'off' ? restThenTell(hub) : ignored(hub);
    case 'rested':
      if (hub.phase.name === 'off' && hub.owed !== undefined && !hub.sync.isRunning)
        return { hub, effects: [{ type: 'tell', token: hub.owed }] };
      return startSync({ ...hub, sync: { ...hub.sync, isResting: false } });
  }
}

const isListening = (phase: HubPhase): phase is Extract<HubPhase, { name: 'connecting' | 'connected' }> =>
  phase.name === 'connecting' || phase.name === 'connected';

function onLock(hub: Hub, lock: OwnLockState, without: 'no-owner' | 'no-power'): HubStep {
  const before = hub.lock;
  const isOther = lock.ownershipEpoch !== before.ownershipEpoch;
  if (!lock.isActivated) {
    if (hub.phase.name === 'off') return { hub: { ...hub, lock }, effects: [] };
    return ended({ ...hub, lock }, { type: 'status', status: { state: without } });
  }
  if (hub.phase.name === 'off' || isOther) {
    const { hub: free, effects } = ended({ ...hub, lock });
    const step = go(free, { name: 'signing-in' }, { type: 'sign-in' });
    return { hub: step.hub, effects: [...(hub.phase.name === 'off' ? [] : effects), ...step.effects] };
  }
  const now = { ...hub, lock };
  return lock.logPending && !before.logPending ? want(now, 'log') : { hub: now, effects: [] };
}

/** A sync that runs is let run: what it brings is signed, and the next one begins where it ends. */
function ended(hub: Hub, ...effects: readonly HubEffect[]): HubStep {
  const sync: HubSync = { ...NO_SYNC, isRunning: hub.sync.isRunning };
  const off: Hub = { ...hub, phase: { name: 'off' }, failures: 0, sync };
  const close: readonly HubEffect[] = [{ type: 'close-channel' }, ...effects];
  if (hub.owed === undefined || hub.lock.isActivated) return { hub: off, effects: close };
  const telling = restThenTell(off);
  return { hub: telling.hub, effects: [...close, ...telling.effects] };
}

/** The lock left, and with it the channel that would say that the cloud is back. */
function restThenTell(hub: Hub): HubStep {
  const failures = hub.sync.failures + 1;
  const wait = backoff(failures, limits.SYNC_RETRY_FIRST_MS, limits.SYNC_RETRY_MOST_MS);
  return { hub: { ...hub, sync: { ...hub.sync, failures } }, effects: [{ type: 'rest', ...wait }] };
}

function onMessage(hub: Hub, token: LockToken, message: LiveServerMessage): HubStep {
  const listen: HubEffect = { type: 'listen' };
  switch (message.type) {
    case 'ping':
      return { hub, effects: [listen, { type: 'send', message: { type: 'pong' } }] };
    case 'hello': {
      const seen = seenTo(message.number);
      const door = message.doors.find(({ doorId }) => doorId === token.doorId);
      const { doorId, doorName } = token;
      const isNew = hub.phase.name !== 'connected';
      // The cloud is there again: what failed for its absence is tried at once.
      const sync: HubSync = { ...hub.sync, isResting: false, failures: 0, cloudTakesLog: true };
      const now: Hub = { ...hub, phase: { name: 'connected', token }, failures: 0, sync };
      const told: HubEffect[] = isNew
        ? [{ type: 'status', status: { state: 'connected', doorId, doorName } }]
        : [];
      const isDue = door !== undefined && door.target !== null && door.state !== 'up-to-date';
      const next = isDue ? want(now, 'table') : hub.lock.logPending ? want(now, 'log') : startSync(now);
      return { hub: next.hub, effects: [listen, seen, ...told, ...next.effects] };
    }
    case 'target': {
      const { applied } = hub.sync;
      const isOurs = message.doorId === token.doorId;
      const isThere = applied !== undefined && compareTriples(message.target, applied) <= 0;
      const next = isOurs && !isThere ? want(hub, 'table') : { hub, effects: [] };
      return { hub: next.hub, effects: [listen, seenTo(message.number), ...next.effects] };
    }
    case 'sync-request': {
      const next = message.doorId === token.doorId ? want(hub, 'table') : { hub, effects: [] };
      return { hub: next.hub, effects: [listen, ...next.effects] };
    }
  }
}

const seenTo = (number: number): HubEffect => ({ type: 'send', message: { type: 'seen', number } });

/** `table` at once, whatever rests; `log` when the rest is over. */
function want(hub: Hub, what: 'table' | 'log'): HubStep {
  const { sync } = hub;
  if (what === 'log' && !sync.cloudTakesLog) return { hub, effects: [] };
  const wanted = sync.wanted === 'table' ? 'table' : what;
  const isResting = what === 'log' && sync.isResting;
  return startSync({ ...hub, sync: { ...sync, wanted, isResting } });
}

function startSync(hub: Hub): HubStep {
  const { sync, phase } = hub;
  const token = 'token' in phase ? phase.token : undefined;
  const isDue = sync.wanted !== undefined && !sync.isRunning && !sync.isResting;
  if (!isDue || token === undefined) return { hub, effects: [] };
  return {
    hub: { ...hub, sync: { ...sync, isRunning: true, wanted: undefined } },
    effects: [{ type: 'sync', token }],
  };
}

function onSynced(hub: Hub, end: HubSyncEnd): HubStep {
  const { sync } = hub;
  if (!sync.isRunning) return ignored(hub);
  if (end.result === 'done') {
    const { applied, cloudTookLog: cloudTakesLog } = end;
    const free: Hub = { ...hub, owed: undefined };
    const done: HubSync = { ...sync, isRunning: false, failures: 0, applied, cloudTakesLog };
    // What was wanted meanwhile may be what was just done: one sync more tells.
    if (sync.wanted === 'table') return startSync({ ...free, sync: { ...done, isResting: false } });
    const rest: HubEffect = { type: 'rest', leastMs: limits.LOG_REST_MS, mostMs: limits.LOG_REST_MS };
    // Rows that came with the sync are in its log pull: only newer ones show as pending from here on.
    const lock = { ...hub.lock, logPending: false };
    return { hub: { ...free, lock, sync: { ...done, isResting: true } }, effects: [rest] };
  }
  const failures = sync.failures + 1;
  const failed: HubSync = { ...sync, isRunning: false, wanted: 'table', isResting: true, failures };
  const rest: HubEffect = {
    type: 'rest',
    ...backoff(failures, limits.SYNC_RETRY_FIRST_MS, limits.SYNC_RETRY_MOST_MS),
  };
  const now: Hub = { ...hub, owed: end.owed ?? hub.owed, sync: failed };
  if (!end.isRefused || !('token' in hub.phase)) return { hub: now, effects: [rest] };
  const step = lost(now, hub.phase.token, end);
  return { hub: step.hub, effects: [rest, ...step.effects] };
}

/** The channel is gone, or the token that it stands on. */
const lost = (hub: Hub, token: LockToken | undefined, { isRefused, detail }: ChannelFailure): HubStep =>
  wait(hub, isRefused ? undefined : token, detail);

function wait(hub: Hub, token: LockToken | undefined, why: string): HubStep {
  const failures = hub.failures + 1;
  const retry: HubEffect = {
    type: 'retry',
    ...backoff(failures, limits.RETRY_FIRST_MS, limits.RETRY_MOST_MS),
  };
  const status: HubEffect = { type: 'status', status: { state: 'reconnecting', why } };
  const now: Hub = { ...hub, failures };
  return go(now, { name: 'waiting', token }, { type: 'close-channel' }, retry, status);
}

const again = (hub: Hub, token: LockToken | undefined): HubStep =>
  token === undefined
    ? go(hub, { name: 'signing-in' }, { type: 'sign-in' })
    : go(hub, { name: 'connecting', token }, open(token));

const open = (token: LockToken): HubEffect => ({ type: 'open-channel', token });

const go = (hub: Hub, phase: HubPhase, ...effects: readonly HubEffect[]): HubStep => ({
  hub: { ...hub, phase },
  effects,
});

const ignored = (hub: Hub): HubStep => ({ hub, effects: [] });
