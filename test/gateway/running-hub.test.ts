// A hub that runs: a model lock on a wire, a fake cloud, channels that the test opens and breaks, in virtual time.
import { describe, expect, onTestFinished, test } from 'vitest';
import type { LiveServerMessage, LockToken } from '#protocol/api/live.ts';
import { CloudError } from '#gateway/cloud-error.ts';
import type { HubStatus } from '#gateway/hub/hub-state.ts';
import type { ChannelFailure, LiveListener } from '#gateway/live-channel.ts';
import { RunningHub } from '#gateway/hub/running-hub.ts';
import type { DoorEnd } from '#gateway/sync-report.ts';
import { someRows } from '../builders/log.ts';
import { cloudGone } from './fake-cloud.ts';
import { aGateway } from './gateway-scene.ts';
import { besideJournal } from './settle.ts';

/** A channel as the cloud has it. */
interface Opened {
  readonly token: LockToken;
  readonly said: unknown[];
  isClosed: boolean;
  say(message: LiveServerMessage): void;
  end(why?: Partial<ChannelFailure>): void;
}

async function aHub() {
  const scene = await aGateway();
  const { clock, parts, cloud } = scene;
  const { until, settle } = besideJournal(clock, parts.journal);
  const door = await scene.addDoor('4A', { rows: 300 });
  cloud.keepsUp = true;
  const { lock, peripheral, doorId } = door;
  const own = { isActivated: true, ownershipEpoch: 1 };
  let isPowered = true;
  const channels: Opened[] = [];
  const statuses: HubStatus[] = [];
  const ends: DoorEnd[] = [];
  let signIn = (): LockToken => ({
    token: `dlt_${channels.length}`,
    expiresAtS: 4_000_000_000,
    doorId,
    doorName: '4A',
  });
  const hub = new RunningHub({
    ...parts,
    lock: {
      lockId: lock.built.lockId,
      look: () =>
        isPowered
          ? {
              ...own,
              logPending: lock.upkeep.rows.length > lock.upkeep.acknowledged,
              advertisingKey: lock.built.secrets.advertisingKey,
            }
          : undefined,
      prove: (nonce) => nonce,
      connect: (options) => parts.central.connect(peripheral.peripheralId, options),
    },
    signIn: async () => signIn(),
    openChannel: (token, listener: LiveListener) => {
      const opened: Opened = {
        token,
        said: [],
        isClosed: false,
        say: (message) => listener.onMessage(message),
        end: (why) => listener.onClosed({ isRefused: false, detail: 'gone', ...why }),
      };
      channels.push(opened);
      return {
        send: (message) => opened.said.push(message),
        close: () => {
          opened.isClosed = true;
        },
      };
    },
    cloudOf: () => cloud,
    onStatus: (status) => statuses.push(status),
    onSynced: (end) => ends.push(end),
  });
  onTestFinished(() => settle(hub.close()));
  hub.start();
  const hello = (): LiveServerMessage => {
    const { set, applied } = cloud.doorList[0]!;
    const isThere = applied?.tableVersion === set!.triple.tableVersion;
    const state = isThere ? 'up-to-date' : 'pending';
    const doors = [{ doorId, target: set!.triple, applied: applied ?? null, state } as const];
    return { type: 'hello', number: 1, more: false, doors };
  };
  return {
    ...scene,
    door,
    hub,
    own,
    channels,
    statuses,
    ends,
    until,
    settle,
    hello,
    refuseSignIn: (how: () => LockToken) => (signIn = how),
    power: (isOn: boolean) => (isPowered = isOn),
    newest: () => channels.at(-1)!,
  };
}

async function aConnectedHub() {
  const scene = await aHub();
  await scene.until(() => scene.channels.length === 1);
  scene.newest().say(scene.hello());
  await scene.until(() => scene.ends.length === 1);
  return scene;
}

describe('a running hub', () => {
  test('signs in, is told that its door is due, and syncs it by the way of any courier', async () => {
    const { door, cloud, ends, statuses, newest } = await aConnectedHub();
    expect(ends).toMatchObject([{ result: 'applied' }]);
    expect(door.lock.active?.triple.tableVersion).toBe(1);
    expect(cloud.receipts).toHaveLength(1);
    expect(statuses).toEqual([{ state: 'connected', doorId: door.doorId, doorName: '4A' }]);
    expect(newest().said).toEqual([{ type: 'seen', number: 1 }]);
  });

  test('syncs again within a second when the version rises', async () => {
    const { door, newest, until, clock, ends } = await aConnectedHub();
    door.wants(2);
    const { triple } = { triple: { ownershipEpoch: 1, keyEpoch: 1, tableVersion: 2 } };
    const startMs = clock.monotonicMs();
    newest().say({ type: 'target', number: 2, doorId: door.doorId, target: triple });
    await until(() => ends.length === 2);
    expect(door.lock.active?.triple.tableVersion).toBe(2);
    expect(clock.monotonicMs() - startMs).toBeLessThan(1_000);
  });

  test('carries new rows of the log by itself', async () => {
    const { door, cloud, until } = await aConnectedHub();
    door.lock.upkeep.rows = someRows(5);
    await until(() => door.lock.upkeep.acknowledged === 5);
    expect(cloud.logOf(door.doorId).rows).toEqual(door.lock.upkeep.rows);
  });

  test('brings its own lock the deactivation when it is called', async () => {
    const { door, newest, until, ends, cloud } = await aConnectedHub();
    await cloud.askDeactivation(door.doorId);
    newest().say({ type: 'sync-request', doorId: door.doorId, requestId: 'r1' });
    await until(() => ends.length === 2);
    expect(ends[1]).toMatchObject({ result: 'left', cloud: { sync: { state: 'no-lock' } } });
    expect(door.lock.isActivated).toBe(false);
  });

  test('finds in the hello what rose while it was away', async () => {
    const { door, newest, until, ends, channels, hello, statuses } = await aConnectedHub();
    newest().end();
    door.wants(4);
    await until(() => channels.length === 2);
    expect(statuses.at(-1)).toEqual({ state: 'reconnecting', why: 'gone' });
    newest().say(hello());
    await until(() => ends.length === 2);
    expect(door.lock.active?.triple.tableVersion).toBe(4);
    expect(statuses.at(-1)?.state).toBe('connected');
  });

  test('gives up a channel on which nothing comes, and opens another', async () => {
    const { channels, until } = await aConnectedHub();
    await until(() => channels.length === 2);
    expect(channels[0]!.isClosed).toBe(true);
  });

  test('signs in anew where its token was revoked', async () => {
    const { channels, newest, until } = await aConnectedHub();
    newest().end({ isRefused: true });
    await until(() => channels.length === 2);
    expect(channels[1]!.token).not.toEqual(channels[0]!.token);
  });

  test('goes on trying where the cloud does not take its lock, ever more slowly', async () => {
    const { channels, statuses, until, refuseSignIn, newest, clock } = await aConnectedHub();
    let tries = 0;
    refuseSignIn(() => {
      tries++;
      throw new CloudError('NOT_FOUND', 'There is nothing here.', { status: 404 });
    });
    newest().end({ isRefused: true });
    const startMs = clock.monotonicMs();
    await until(() => clock.monotonicMs() - startMs > 120_000);
    expect(channels).toHaveLength(1);
    expect(tries).toBeGreaterThan(5);
    expect(tries).toBeLessThan(20);
    expect(statuses.at(-1)).toEqual({ state: 'reconnecting', why: 'There is nothing here.' });
  });

  test('keeps a receipt while the cloud is gone, and tells it first when it is back', async () => {
    const { door, cloud, newest, until, ends, parts, channels, hello } = await aConnectedHub();
    door.wants(2);
    cloud.before = (method) => {
      if (method === 'postReceipt' || method === 'postLogBatch' || method === 'signTime') throw cloudGone();
    };
    newest().say({ type: 'sync-request', doorId: door.doorId, requestId: 'r' });
    await until(() => ends.length === 2);
    expect(ends[1]?.result).toBe('receipt-held');
    expect(parts.journal.state.held.size).toBe(1);
    newest().end();
    cloud.before = () => {};
    await until(() => channels.length === 2);
    newest().say(hello());
    await until(() => ends.length === 3);
    expect(parts.journal.state.held.size).toBe(0);
  });

  test('that was away as its lock left is told later, though the lock has no owner and no channel any more', async () => {
    const { door, cloud, newest, until, ends, parts, own, channels, statuses, clock } = await aConnectedHub();
    await cloud.askDeactivation(door.doorId);
    cloud.before = () => {
      if (!door.lock.isActivated) throw cloudGone();
    };
    newest().say({ type: 'sync-request', doorId: door.doorId, requestId: 'r1' });
    await until(() => !door.lock.isActivated);
    own.isActivated = false;
    await until(() => ends.length === 2);
    expect([ends[1]?.result, parts.journal.state.held.size]).toEqual(['receipt-held', 1]);
    const callsBefore = cloud.calls.length;
    const fromMs = clock.monotonicMs();
    await until(() => clock.monotonicMs() - fromMs > 3_600_000, 3_700_000);
    expect(statuses.at(-1)).toEqual({ state: 'no-owner' });
    expect(cloud.calls.length - callsBefore).toBeGreaterThan(50);
    expect(cloud.calls.length - callsBefore).toBeLessThan(200);
    cloud.before = () => {};
    await until(() => parts.journal.state.held.size === 0, 120_000);
    expect(cloud.doorList[0]?.lock).toBeUndefined();
    const callsAfter = cloud.calls.length;
    await until(() => clock.monotonicMs() - fromMs > 4_000_000, 600_000);
    expect([cloud.calls.length, channels.length]).toEqual([callsAfter, 1]);
  });

  test('lets go when the power goes, and proves itself anew when it is back', async () => {
    const { power, statuses, until, channels } = await aConnectedHub();
    power(false);
    await until(() => statuses.at(-1)?.state === 'no-power');
    expect(channels[0]!.isClosed).toBe(true);
    power(true);
    await until(() => channels.length === 2);
  });

  test('leaves no timer, no channel and no link when it is closed', async () => {
    const { hub, settle, channels, clock, door, newest } = await aConnectedHub();
    door.wants(2);
    newest().say({ type: 'sync-request', doorId: door.doorId, requestId: 'r' });
    await settle(hub.close());
    expect(channels.every(({ isClosed }) => isClosed)).toBe(true);
    while (clock.nextDueMs() !== undefined && clock.monotonicMs() < 600_000) clock.step();
    expect(clock.nextDueMs()).toBeUndefined();
    expect(channels).toHaveLength(1);
  });

  test('a defect in it is told to whoever runs it', async () => {
    const { hub, refuseSignIn, newest, settle } = await aConnectedHub();
    refuseSignIn(() => {
      throw new TypeError('a defect');
    });
    newest().end({ isRefused: true });
    await expect(settle(hub.failed)).rejects.toThrow('a defect');
  });
});
