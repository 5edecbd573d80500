// An agent and locks that are to leave their doors: visited for that, met by their labels where a receipt was lost.
import { describe, expect, test } from 'vitest';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { advertManufacturerData, makeAdvert } from '#protocol/sync/advert.ts';
import { DOOR_SYNC_SERVICE } from '#protocol/sync/gatt.ts';
import { MESSAGE } from '#protocol/sync/messages.ts';
import { DoorRecognition } from '#gateway/agent/door-recognition.ts';
import { anAgent } from './agent-scene.ts';
import { AgentScript, doorId, done, failed, listed } from './agent-script.ts';

describe('an agent', () => {
  test('takes a lock off its door where the cloud asks for it, though its table is the newest', async () => {
    const { until, ends, door, cloud, agent } = await anAgent(['4A']);
    await until(() => ends().length === 1);
    await cloud.askDeactivation(door('4A').doorId);
    await until(() => ends().length === 2);
    expect(ends()[1]).toMatchObject({ why: 'leaving', end: { result: 'left' } });
    expect(door('4A').lock.isActivated).toBe(false);
    await until(() => agent.doors.size === 0);
    expect(cloud.receipts).toHaveLength(2);
  });

  test('meets by its label a lock that is deactivated and whose receipt was lost', async () => {
    const { until, ends, door, cloud } = await anAgent(['4A']);
    const { lock } = door('4A');
    await until(() => ends().length === 1);
    const hear = lock.hear.bind(lock);
    let silent = 30;
    // It takes the deactivation and is never heard to say so.
    lock.hear = (message) => {
      const answers = hear(message);
      return message.type === MESSAGE.deactivate && silent-- > 0 ? [] : answers;
    };
    await cloud.askDeactivation(door('4A').doorId);
    await until(() => ends().length === 2);
    expect(ends()[1]).toMatchObject({ end: { result: 'failed', error: { code: 'TIMEOUT' } } });
    expect(lock.isActivated).toBe(false);
    silent = 0;
    await until(() => ends().some(({ end }) => end.result === 'left'));
    expect(cloud.receipts).toHaveLength(2);
  });

  test('visits a door that has lost its lock when that turns up, and waits after a failure as for any', () => {
    const script = AgentScript.up(listed(1, { wish: undefined, leaving: 'lost' }));
    expect(script.visits()).toEqual([]);
    script.sight(1, { notActivated: true });
    expect(script.state.visit).toEqual({ doorId: doorId(1), why: 'leaving' });
    script.take();
    expect(script.end(1, failed()).sight(1).visits()).toEqual([]);
    expect(script.pass(60_000).visits()).toEqual([doorId(1)]);
    const isGone = done(1, { wish: undefined });
    expect(script.end(1, isGone).sight(1).pass(60_000).visits()).toEqual([]);
  });
});

test('a door whose lock is to leave is known by either of its keys, and by its own alone once it stays', () => {
  const [own, byLabel] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
  const index = new DoorRecognition({ engine: nodeEngine, clock: new VirtualClock() });
  const shows = { tableVersion: 0, logPending: false, batteryLow: false, notActivated: true };
  const look = (key: Uint8Array, nonce: number) =>
    index.look({
      peripheralId: `p${nonce}`,
      rssi: -60,
      connectable: true,
      serviceUuids: [DOOR_SYNC_SERVICE],
      manufacturerData: advertManufacturerData(
        makeAdvert(nodeEngine, key, new Uint8Array(4).fill(nonce), shows),
      ),
    });
  const door = { doorId: doorId(1), advertisingKey: own };
  index.setDoors([door]);
  expect(look(byLabel, 1)).toBeUndefined();
  index.setDoors([{ ...door, leaving: { advertisingKey: byLabel } }]);
  expect(look(byLabel, 1)).toMatchObject({ doorId: doorId(1) });
  index.forget(doorId(1));
  expect(look(own, 2)).toMatchObject({ doorId: doorId(1) });
  index.setDoors([door]);
  expect(look(byLabel, 3)).toBeUndefined();
});
