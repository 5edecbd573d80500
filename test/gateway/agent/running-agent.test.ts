// An agent that runs: what it does by itself, without a cloud, with a radio or a disk that goes, and as it is stopped.
import { describe, expect, test } from 'vitest';
import { deferred } from '#protocol/ports/deferred.ts';
import type { Central } from '#radio/ports/central.ts';
import { RadioError } from '#radio/ports/errors.ts';
import * as limits from '#gateway/agent/agent-limits.ts';
import type { AgentRadio } from '#gateway/agent/listening.ts';
import { CloudError } from '#gateway/cloud-error.ts';
import { cloudGone } from '../fake-cloud.ts';
import type { SceneDoor } from '../gateway-scene.ts';
import { anAgent } from './agent-scene.ts';

const versionAt = ({ lock }: SceneDoor): number | undefined => lock.active?.triple.tableVersion;

describe('a running agent', () => {
  test('finds what is due by itself, and brings all doors in range up to date, one after the other', async () => {
    const { until, ends, door, cloud, parts } = await anAgent();
    await until(() => ends().length === 2);
    expect(ends().map(({ end }) => end.result)).toEqual(['applied', 'applied']);
    expect([versionAt(door('4A')), versionAt(door('4B'))]).toEqual([1, 1]);
    expect(cloud.receipts.length).toBe(2);
    expect(parts.journal.state.held.size).toBe(0);
  });

  test('is woken by the channel, and visits again what rose', async () => {
    const { until, ends, door, say, pass } = await anAgent(['4A']);
    await until(() => ends().length === 1);
    await pass(20_000);
    expect(ends().length).toBe(1);
    door('4A').wants(2);
    say({
      type: 'target',
      number: 2,
      doorId: door('4A').doorId,
      target: { ownershipEpoch: 1, keyEpoch: 1, tableVersion: 2 },
    });
    await until(() => ends().length === 2, 40_000);
    expect(versionAt(door('4A'))).toBe(2);
  });

  test('makes no connection to a door that is up to date, and one where somebody presses Sync now', async () => {
    const { until, ends, door, say, pass, cloud } = await anAgent(['4A']);
    await until(() => ends().length === 1);
    await pass(3_600_000);
    expect([ends().length, cloud.calls.filter((call) => call === 'startDelivery').length]).toEqual([1, 1]);
    say({ type: 'sync-request', doorId: door('4A').doorId, requestId: 'r1' });
    await until(() => ends().length === 2, 60_000);
    expect(ends()[1]).toMatchObject({ why: 'asked', end: { result: 'already-current' } });
  });

  test('tells how far a visit is', async () => {
    const { until, ends, events } = await anAgent(['4A']);
    await until(() => ends().length === 1);
    const told = events.flatMap((event) => (event.type === 'progress' ? [event.bytes] : []));
    expect(told.length).toBeGreaterThan(1);
    expect(told).toEqual(told.toSorted((a, b) => a - b));
  });

  test('writes down ids, codes and counts alone: no key, token, nonce or name', async () => {
    const { until, ends, logged, door, cloud } = await anAgent(['4A', '4B']);
    cloud.before = (method) => {
      if (method === 'package' && cloud.receipts.length === 1) throw cloudGone();
    };
    await until(() => ends().length >= 2);
    const text = JSON.stringify(logged);
    expect(logged.length).toBeGreaterThanOrEqual(2);
    expect(text).toContain(door('4A').doorId);
    // Nothing that is spelled in hex, as keys, nonces, receipts and lock ids are.
    expect(text.replaceAll(/door_[a-z]{26}/g, '')).not.toMatch(/[0-9a-f]{16}/);
    expect(text).not.toMatch(/4A|4B|dlt_|Bearer/);
  });
});

describe('without a cloud', () => {
  test('for a day it meets nobody, asks with growing waits, and carries all when the cloud is back', async () => {
    const { until, ends, door, cloud, pass, clock, logged, events } = await anAgent();
    await until(() => ends().length === 2);
    const saidBefore = events.length;
    const loggedBefore = logged.length;
    cloud.before = () => {
      throw cloudGone();
    };
    door('4A').wants(2);
    door('4B').wants(2);
    const callsBefore = cloud.calls.length;
    await pass(86_400_000);
    const calls = cloud.calls.slice(callsBefore);
    expect(ends().length).toBe(2);
    expect(calls.length).toBeLessThan(24 * 60 * 3);
    expect(calls.length).toBeGreaterThan(24 * 30);
    // A line each time that the cloud was asked, and none for a door.
    expect(logged.length - loggedBefore).toBeLessThanOrEqual(calls.length);
    expect(events.slice(saidBefore).filter(({ type }) => type === 'cloud').length).toBe(1);
    cloud.before = () => undefined;
    const backMs = clock.monotonicMs();
    await until(() => ends().length === 4);
    expect(clock.monotonicMs() - backMs).toBeLessThan(180_000);
    expect([versionAt(door('4A')), versionAt(door('4B'))]).toEqual([2, 2]);
  });

  test('gone when the receipt is there: it is kept, and told when the cloud is back; the lock is not met twice', async () => {
    const { until, ends, cloud, parts, pass, door } = await anAgent(['4A']);
    cloud.before = (method) => {
      if (cloud.calls.includes('postReceipt')) throw cloudGone();
      if (method === 'postReceipt') throw cloudGone();
    };
    await until(() => ends().length === 1);
    expect(ends()[0]).toMatchObject({ end: { result: 'receipt-held' } });
    await pass(3_600_000);
    expect(parts.journal.state.held.size).toBe(1);
    cloud.before = () => undefined;
    await until(() => cloud.receipts.length === 1, 120_000);
    await pass(120_000);
    expect([parts.journal.state.held.size, ends().length, door('4A').lock.receipts.length]).toEqual([
      0, 1, 1,
    ]);
  });

  test('a token that is revoked is told, looked for anew, and good again once another lies there', async () => {
    const { until, ends, cloud, agent, refusals, door } = await anAgent(['4A']);
    let isRevoked = true;
    cloud.before = () => {
      if (isRevoked) throw new CloudError('NOT_SIGNED_IN', 'No such token.', { status: 401 });
    };
    await until(() => refusals() > 2);
    expect([agent.state.cloud.name, ends().length]).toEqual(['refused', 0]);
    isRevoked = false;
    await until(() => ends().length === 1);
    expect(versionAt(door('4A'))).toBe(1);
  });

  test('by a clock that is off by a year it goes by the cloud’s: what is due in an hour is not due now', async () => {
    const yearMs = 365 * 86_400_000;
    const right: { nowMs?: () => number } = {};
    const scene = await anAgent(['4A'], { cloudTimeMs: async () => right.nowMs?.() });
    const { clock, cloud, ends, pass } = scene;
    const inAnHourS = Math.floor(clock.nowMs() / 1_000) + 3_600;
    const courierDoors = cloud.courierDoors.bind(cloud);
    cloud.courierDoors = async () =>
      (await courierDoors()).map((door) => ({ ...door, sync: { ...door.sync, dueS: inAnHourS } }));
    clock.setWallMs(clock.nowMs() + yearMs);
    right.nowMs = () => clock.nowMs() - yearMs;
    await pass(1_800_000);
    expect(ends().length).toBe(0);
    await pass(1_800_000);
    expect(ends().length).toBe(1);
  });
});

describe('what goes wrong around it', () => {
  test('no adapter: it tries again, and works once there is one', async () => {
    let isThere = false;
    const scene = await anAgent(['4A'], {
      openRadio: async () => {
        if (!isThere) throw new RadioError('ADAPTER_MISSING', 'there is no adapter');
        const central = await scene.radio.central();
        return { central, close: () => central.close() };
      },
    });
    await scene.until(() => scene.events.filter(({ type }) => type === 'radio').length >= 6);
    expect(scene.agent.state.radio.detail).toMatch(/no adapter/);
    isThere = true;
    await scene.until(() => scene.ends().length === 1);
    expect(versionAt(scene.door('4A'))).toBe(1);
  });

  test('the adapter pulled in mid-sync: the visit ends, another radio is opened, and the door gets its table', async () => {
    const { until, events, ends, radios, radio, door } = await anAgent(['4A']);
    await until(() => events.some(({ type }) => type === 'progress'));
    radios[0]!.lose(new RadioError('CLOSED', 'the adapter is gone'));
    radio.dropLink(door('4A').peripheral.peripheralId);
    await until(() => versionAt(door('4A')) === 1);
    await until(() => ends().length >= 1);
    expect(radios.length).toBeGreaterThanOrEqual(1);
  });

  test('a scan that hears nobody any more is begun anew', async () => {
    const { until, ends, radio, door, events, agent } = await anAgent(['4A']);
    await until(() => ends().length === 1);
    await door('4A').peripheral.stopAdvertising();
    await until(() => events.some(({ type }) => type === 'silent'), 300_000);
    await until(() => agent.presence.size === 0);
    expect(radio).toBeDefined();
    await until(
      () => events.filter((event) => event.type === 'radio' && event.state === 'opening').length === 2,
    );
  });

  test('a door that goes out of range is not tried, and synced when it is back', async () => {
    const { until, ends, door, pass, cloud, hello } = await anAgent(['4A', '4B']);
    await until(() => ends().length === 2);
    await door('4A').peripheral.stopAdvertising();
    await pass(2 * limits.RANGE_LOST_MS);
    door('4A').wants(2);
    hello();
    await pass(600_000);
    expect(cloud.calls.filter((call) => call === 'startDelivery').length).toBe(2);
    door('4A').lock.onChanged();
    await until(() => ends().length === 3, 60_000);
    expect(versionAt(door('4A'))).toBe(2);
  });

  test('a lock that refuses is met less and less often, and its neighbour as always', async () => {
    const { until, ends, door, cloud, pass, hello } = await anAgent(['4A', '4B']);
    Object.assign(door('4A').lock, { faults: { refuseOffers: 'CAPACITY' } });
    await until(() => ends().length >= 2);
    await pass(3_600_000);
    const triesBefore = ends().filter((event) => event.door.doorName === '4A').length;
    expect(triesBefore).toBeLessThan(16);
    expect(triesBefore).toBeGreaterThan(4);
    door('4B').wants(2);
    hello();
    await until(() => versionAt(door('4B')) === 2, 120_000);
    await until(() => cloud.receipts.length === 2);
  });

  test('a full disk: visits wait, the receipt that the cloud took is not lost, and it goes on once there is room', async () => {
    const { until, ends, door, disk, pass, cloud } = await anAgent(['4A', '4B']);
    disk.isFull = true;
    await until(() => ends().length === 1);
    expect(ends()[0]).toMatchObject({ end: { result: 'failed', error: { code: 'JOURNAL_NOT_WRITTEN' } } });
    await pass(600_000);
    expect(ends().length).toBeLessThan(14);
    disk.isFull = false;
    await until(() => versionAt(door('4A')) === 1 && versionAt(door('4B')) === 1);
    await until(() => cloud.receipts.length === 2);
  });
});

describe('stopped', () => {
  test('it lets the visit that goes on come to its end', async () => {
    const { until, events, agent, settle, door, cloud, parts } = await anAgent(['4A']);
    await until(() => events.some(({ type }) => type === 'progress'));
    await settle(agent.close());
    expect(versionAt(door('4A'))).toBe(1);
    expect([cloud.receipts.length, parts.journal.state.held.size]).toEqual([1, 0]);
  });

  test('it calls off one that does not end in time, and leaves no link', async () => {
    const { until, events, agent, settle, radio, door, clock } = await anAgent(['4A']);
    await until(() => events.some(({ type }) => type === 'progress'));
    radio.silence(door('4A').peripheral.peripheralId, true);
    const fromMs = clock.monotonicMs();
    await settle(agent.close());
    expect(clock.monotonicMs() - fromMs).toBeLessThanOrEqual(
      limits.STOP_PATIENCE_MS + 2 * limits.STOP_DEADLINE_MS + 100,
    );
    expect(radio.dropLink(door('4A').peripheral.peripheralId)).toBe(false);
  });

  test('it closes a radio that comes up as it goes down', async () => {
    const opening = deferred<AgentRadio>();
    let isClosed = false;
    const { agent, settle, until, events } = await anAgent(['4A'], { openRadio: () => opening.promise });
    await until(() => events.some((event) => event.type === 'radio' && event.state === 'opening'));
    const closing = agent.close();
    opening.resolve({
      central: {} as Central,
      close: () => {
        isClosed = true;
        return Promise.resolve();
      },
    });
    await settle(closing);
    expect(isClosed).toBe(true);
  });
});
