// States of a hub as the canonical inputs lead to them, and the inputs themselves.
import type { LiveServerMessage, LockToken } from '#protocol/api/live.ts';
import type { Triple } from '#protocol/triple.ts';
import type { Hub, HubEffect, HubInput, HubStatus, OwnLockState } from '#gateway/hub/hub-state.ts';
import { newHub, stepHub } from '#gateway/hub/hub.ts';

const doorId = `door_${'a'.repeat(26)}`;
export const otherDoorId = `door_${'b'.repeat(26)}`;
export const token: LockToken = { token: 'dlt_one', expiresAtS: 2_000_000_000, doorId, doorName: 'Front' };
export const version = (tableVersion: number): Triple => ({ ownershipEpoch: 1, keyEpoch: 1, tableVersion });

export const lockInput = (over: Partial<OwnLockState> = {}): HubInput => ({
  type: 'lock',
  lock: { isActivated: true, ownershipEpoch: 1, logPending: false, ...over },
});
export const noPower: HubInput = { type: 'lock', lock: undefined };
export const signedIn: HubInput = { type: 'signed-in', token };
export const notSignedIn: HubInput = { type: 'sign-in-failed', detail: 'no' };
export const message = (said: LiveServerMessage): HubInput => ({ type: 'message', message: said });
export const hello = (
  state: 'up-to-date' | 'pending' | 'degraded' = 'up-to-date',
  of: string = doorId,
): HubInput => {
  const door = { doorId: of, target: version(2), applied: version(1), state };
  return message({ type: 'hello', number: 7, more: false, doors: [door] });
};
export const target = (tableVersion: number, of: string = doorId): HubInput =>
  message({ type: 'target', number: 8, doorId: of, target: version(tableVersion) });
export const syncRequest = (of: string = doorId): HubInput =>
  message({ type: 'sync-request', doorId: of, requestId: 'r1' });
export const ping = message({ type: 'ping' });
export const closed = (isRefused = false): HubInput => ({
  type: 'channel-closed',
  isRefused,
  detail: 'gone',
});
export const silence: HubInput = { type: 'silence' };
export const retry: HubInput = { type: 'retry' };
export const rested: HubInput = { type: 'rested' };
export const synced = (tableVersion = 2, cloudTookLog = true): HubInput => ({
  type: 'synced',
  end: { result: 'done', applied: version(tableVersion), cloudTookLog },
});
export const notSynced = (isRefused = false): HubInput => ({
  type: 'synced',
  end: { result: 'failed', isRefused, detail: 'no' },
});

export const after = (...inputs: readonly HubInput[]): Hub =>
  inputs.reduce<Hub>((hub, input) => stepHub(hub, input).hub, newHub);

export const off = newHub;
export const signingIn = after(lockInput());
export const connecting = after(lockInput(), signedIn);
export const connected = after(lockInput(), signedIn, hello());
export const syncing = after(lockInput(), signedIn, hello('pending'));
export const waiting = after(lockInput(), signedIn, hello(), closed());
export const waitingUnproven = after(lockInput(), notSignedIn);

export const typesOf = (effects: readonly HubEffect[]): HubEffect['type'][] =>
  effects.map(({ type }) => type);
export const statusesOf = (effects: readonly HubEffect[]): HubStatus['state'][] =>
  effects.flatMap((effect) => (effect.type === 'status' ? [effect.status.state] : []));
