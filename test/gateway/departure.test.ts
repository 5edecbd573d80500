// A lock leaves its door by a courier's hand: what it has to tell first, then the statement, then its receipt; and again after
// any cut, until the cloud has it.
import { describe, expect, test } from 'vitest';
import { decodeHex, encodeHex } from '#protocol/bytes.ts';
import { KEY_SET_STEPS_PER_CONNECTION_MAX } from '#protocol/limits.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { verifyReceipt, type Receipt } from '#protocol/signed/receipt.ts';
import { decodeHello, encodeRefusal, MESSAGE, OF_NO_MESSAGE } from '#protocol/sync/messages.ts';
import { LAST_LOG_MEETINGS_MAX } from '#gateway/courier/courier-limits.ts';
import { syncDoors, type GatewayParts } from '#gateway/sync-doors.ts';
import type { DoorOutcome } from '#gateway/sync-report.ts';
import { aDeactivation } from '../builders/life.ts';
import { aKeySet } from '../builders/key-set.ts';
import { someRows } from '../builders/log.ts';
import { aReceipt } from '../builders/receipt.ts';
import { cloudGone } from './fake-cloud.ts';
import { aGateway } from './gateway-scene.ts';

async function aScene() {
  const scene = await aGateway();
  const door = await scene.addDoor('4B');
  scene.cloud.keepsUp = true;
  const sync = async (parts: GatewayParts = scene.parts): Promise<DoorOutcome> => {
    const { doors } = await scene.settle(syncDoors(parts, ['4B']));
    return doors[0]!;
  };
  expect((await sync()).result).toBe('applied');
  await scene.cloud.askDeactivation(door.doorId);
  scene.cloud.calls.length = 0;
  return { ...scene, door, sync, lock: door.lock };
}

/** The link drops so many times as the lock hears that message, or has heard it and answers. Gives back what undoes it. */
function dropAt(
  scene: Awaited<ReturnType<typeof aScene>>,
  type: number,
  when: 'before' | 'after',
  times = 1,
) {
  const { lock, radio, door } = scene;
  const hear = lock.hear.bind(lock);
  let left = times;
  lock.hear = (message) => {
    if (message.type !== type || left === 0) return hear(message);
    left--;
    if (when === 'after') hear(message);
    radio.dropLink(door.peripheral.peripheralId);
    return [];
  };
  return () => (left = 0);
}

describe('a lock that is to leave its door', () => {
  test('is deactivated in the place of a Door Sync, and the cloud has the proof', async () => {
    const { sync, cloud, lock, door } = await aScene();
    expect(await sync()).toMatchObject({
      result: 'left',
      cloud: { outcome: 'deactivated', sync: { state: 'no-lock' } },
      delivery: { connections: 1 },
    });
    expect(lock.isActivated).toBe(false);
    expect(cloud.calls).not.toContain('startDelivery');
    const told = cloud.receipts.at(-1)!;
    const receipt = verifyReceipt(
      nodeEngine,
      decodeHex(told.receipt)!,
      lock.built.lockId,
      lock.built.identity.publicKey,
    );
    expect(receipt).toMatchObject({ tableState: 'none', triple: { ownershipEpoch: 2 } });
    expect(cloud.doorList.find(({ doorId }) => doorId === door.doorId)?.lock).toBeUndefined();
    await expect(sync()).rejects.toMatchObject({ code: 'DOOR_UNKNOWN' });
  });

  test('gives its log to the cloud before that', async () => {
    const { sync, cloud, lock } = await aScene();
    lock.upkeep.rows = someRows(20);
    const outcome = await sync();
    expect(outcome).toMatchObject({ delivery: { upkeep: { log: { result: 'done', acknowledged: 20 } } } });
    expect(cloud.calls.indexOf('postLogBatch')).toBeLessThan(cloud.calls.indexOf('postReceipt'));
    expect(lock.upkeep.rows).toHaveLength(20);
    expect(lock.deactivations).toBe(1);
  });

  test('leaves where its log brings the link down each time', async () => {
    const scene = await aScene();
    dropAt(scene, MESSAGE.logPull, 'before', 100);
    const outcome = await scene.sync();
    expect(outcome).toMatchObject({ result: 'left', delivery: { connections: LAST_LOG_MEETINGS_MAX + 1 } });
  });

  test('leaves where the cloud takes no log', async () => {
    const { sync, cloud } = await aScene();
    cloud.keepsUp = false;
    expect(await sync()).toMatchObject({
      result: 'left',
      delivery: { connections: 1, upkeep: { log: { result: 'withheld' } } },
    });
  });

  test.each([
    ['hello', MESSAGE.hello],
    ['timeRequest', MESSAGE.timeRequest],
    ['time', MESSAGE.time],
    ['logPull', MESSAGE.logPull],
    ['deactivate', MESSAGE.deactivate],
  ] as const)('is met again where the link drops before or behind %s', async (_, type) => {
    for (const when of ['before', 'after'] as const) {
      const scene = await aScene();
      dropAt(scene, type, when);
      const outcome = await scene.sync();
      expect([when, outcome.result, scene.lock.isActivated]).toEqual([when, 'left', false]);
      expect(scene.cloud.receipts).toHaveLength(2);
    }
  });

  test('is met by its label by the next courier where its receipt was lost', async () => {
    const scene = await aScene();
    const undo = dropAt(scene, MESSAGE.deactivate, 'after', 100);
    const cut = await scene.sync();
    expect(cut).toMatchObject({ result: 'failed', error: { code: 'LINK_LOST' } });
    expect(scene.lock.isActivated).toBe(false);
    const { deactivations } = scene.lock;
    undo();
    expect(await scene.sync(await scene.restart())).toMatchObject({ result: 'left' });
    expect(scene.lock.deactivations).toBe(deactivations + 1);
  });

  test('is held in the journal where the cloud goes, and told by the next run', async () => {
    const { sync, cloud, lock, parts, restart, settle } = await aScene();
    cloud.before = (method) => {
      if (method === 'postReceipt') throw cloudGone();
    };
    expect(await sync()).toMatchObject({ result: 'receipt-held', receipt: { tableState: 'none' } });
    expect(parts.journal.state.held.size).toBe(1);
    cloud.before = () => {};
    const next = await restart();
    await expect(settle(syncDoors(next, ['4B']))).rejects.toMatchObject({ code: 'DOOR_UNKNOWN' });
    expect(next.journal.state.held.size).toBe(0);
    expect(cloud.receipts).toHaveLength(2);
    expect(lock.deactivations).toBe(1);
  });

  test('stays where the cloud is gone before it says by what', async () => {
    const { sync, cloud, lock } = await aScene();
    cloud.before = (method) => {
      if (method === 'deactivation') throw cloudGone();
    };
    expect(await sync()).toMatchObject({ result: 'failed', error: { code: 'CLOUD_UNREACHABLE' } });
    expect(lock.isActivated).toBe(true);
  });

  test('is deactivated by a courier who asked for its doors before that was wanted', async () => {
    const { sync, cloud, lock, door } = await aScene();
    door.wants(2);
    const listed = cloud.courierDoors.bind(cloud);
    cloud.courierDoors = async () => (await listed()).map((door) => ({ ...door, leaving: null }));
    expect((await sync()).result).toBe('left');
    expect(cloud.calls).toContain('startDelivery');
    expect(lock.isActivated).toBe(false);
  });

  test('is brought the key sets that it lacks first, over as many meetings as they take', async () => {
    const { sync, cloud, lock, door } = await aScene();
    const newest = KEY_SET_STEPS_PER_CONNECTION_MAX + 4;
    const keySet = aKeySet({ number: newest });
    const asked = await cloud.deactivation(door.doorId);
    const statement = encodeHex(aDeactivation(2, { lock: lock.built, keySet }));
    cloud.leaving.set(door.doorId, { ...asked, keyEpoch: newest, statement });
    cloud.keySetsAfter = async (after) =>
      Array.from(
        { length: Math.min(newest - after, KEY_SET_STEPS_PER_CONNECTION_MAX) },
        (_, i) => aKeySet({ number: after + i + 1 }).bytes,
      );
    expect(await sync()).toMatchObject({ result: 'left', delivery: { connections: 2 } });
    expect(lock.keySetNumber).toBe(newest);
  });

  test('stays where nobody has the key set that it lacks, and says so', async () => {
    const { sync, cloud, lock, door } = await aScene();
    const asked = await cloud.deactivation(door.doorId);
    cloud.leaving.set(door.doorId, { ...asked, keyEpoch: 2 });
    expect(await sync()).toMatchObject({ result: 'failed', error: { code: 'KEY_SETS_MISSING' } });
    expect([lock.isActivated, lock.deactivations]).toEqual([true, 0]);
  });

  test.each<[string, Partial<Receipt>]>([
    ['of another connection', { courierNonce: new Uint8Array(16) }],
    ['at another epoch', { triple: { ownershipEpoch: 1, keyEpoch: 0, tableVersion: 0 } }],
    ['of a table', { tableState: 'degraded' }],
  ])('proves nothing by a receipt %s', async (_, wrong) => {
    const { sync, cloud, lock } = await aScene();
    const hear = lock.hear.bind(lock);
    let courierNonce = new Uint8Array(0);
    lock.hear = (message) => {
      if (message.type === MESSAGE.hello) courierNonce = decodeHello(message.body).courierNonce.slice();
      if (message.type !== MESSAGE.deactivate) return hear(message);
      const triple = { ownershipEpoch: 2, keyEpoch: 0, tableVersion: 0 };
      const right = { lock: lock.built, courierNonce, triple, tableState: 'none', tableHash: null } as const;
      return [{ type: MESSAGE.receipt, body: aReceipt({ ...right, ...wrong }).bytes }];
    };
    expect(await sync()).toMatchObject({ result: 'failed', error: { code: 'LOCK_GARBLED' } });
    expect(cloud.receipts).toHaveLength(1);
  });

  test.each([
    ['that goes by another key by the time that it is greeted', 'WRONG_MAC', MESSAGE.hello],
    ['to which a value came twice', 'OUT_OF_SEQUENCE', OF_NO_MESSAGE],
  ] as const)('%s is met again', async (_, code, ofType) => {
    const { sync, lock } = await aScene();
    const hear = lock.hear.bind(lock);
    let refusals = 1;
    const body = encodeRefusal({ code, ofType, detail: '' });
    lock.hear = (message) =>
      message.type === MESSAGE.hello && refusals-- > 0 ? [{ type: MESSAGE.refusal, body }] : hear(message);
    expect(await sync()).toMatchObject({ result: 'left', delivery: { connections: 2 } });
  });

  test('is not given a statement that is for another lock', async () => {
    const { sync, cloud, lock, door } = await aScene();
    const asked = await cloud.deactivation(door.doorId);
    cloud.leaving.set(door.doorId, { ...asked, lockId: '0b'.repeat(16) });
    expect(await sync()).toMatchObject({ result: 'failed', error: { code: 'DOOR_UNKNOWN' } });
    expect([lock.isActivated, lock.deactivations]).toEqual([true, 0]);
  });

  test('that refuses stays, and its refusal is told', async () => {
    const { sync, lock } = await aScene();
    lock.ownershipEpoch = 9;
    expect(await sync()).toMatchObject({
      result: 'failed',
      error: { code: 'LOCK_REFUSED', refusal: 'WRONG_OWNERSHIP' },
    });
    expect(lock.isActivated).toBe(true);
  });
});
