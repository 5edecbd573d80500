// What every courier does behind the receipt: it gives the lock the time, and carries its event log to the cloud.
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import type { ControlMessage } from '#protocol/sync/fragments.ts';
import { MESSAGE } from '#protocol/sync/messages.ts';
import { encodeTimeAnswer, encodeTimeChallenge } from '#protocol/sync/time-messages.ts';
import { aLock } from '../builders/lock.ts';
import { someRows } from '../builders/log.ts';
import type { ControlListener } from '#gateway/courier/control-link.ts';
import type { TalkControl } from '#gateway/courier/talk.ts';
import { isLogOver, keepUp } from '#gateway/courier/upkeep.ts';
import { syncDoors } from '#gateway/sync-doors.ts';
import { LOG_BATCHES_MAX, LOG_CREDIT } from '#gateway/courier/courier-limits.ts';
import type { DoorOutcome } from '#gateway/sync-report.ts';
import { cloudGone } from './fake-cloud.ts';
import { aGateway } from './gateway-scene.ts';

async function aScene(rows = 20) {
  const scene = await aGateway();
  const door = await scene.addDoor('4A');
  door.lock.upkeep.rows = someRows(rows);
  scene.cloud.keepsUp = true;
  const sync = async (): Promise<DoorOutcome> => {
    const { doors } = await scene.settle(syncDoors(scene.parts, ['4A']));
    return doors[0]!;
  };
  return { ...scene, door, sync };
}

const upkeepOf = (outcome: DoorOutcome) => ('delivery' in outcome ? outcome.delivery.upkeep : undefined);

describe('behind the receipt', () => {
  test('the lock is given the time, its whole log comes to the cloud, and is acknowledged', async () => {
    const { cloud, door, sync } = await aScene();
    const outcome = await sync();
    expect(outcome.result).toBe('applied');
    expect(upkeepOf(outcome)).toEqual({
      time: {
        result: 'done',
        clock: { trust: 'trusted', lockTimeS: door.lock.upkeep.timesSet[0], uncertaintyS: 1 },
      },
      log: { result: 'done', batches: 7, acknowledged: 20 },
    });
    expect(cloud.logOf(door.doorId).rows).toEqual(door.lock.upkeep.rows);
    expect(door.lock.upkeep.acknowledged).toBe(20);
  });

  test('the time goes before the log, and neither waits until the cloud has taken the receipt', async () => {
    const { cloud, sync, parts } = await aScene(1);
    cloud.before = (method) => {
      if (method === 'postReceipt') throw cloudGone();
    };
    expect((await sync()).result).toBe('receipt-held');
    expect(cloud.calls.filter((call) => /signTime|LogBatch/.test(call))).toEqual([
      'signTime',
      'postLogBatch',
    ]);
    expect(parts.journal.state.held.size).toBe(1);
  });

  test('the log is asked for with credit, on from where the cloud stands, and acknowledged each time', async () => {
    const { door, sync } = await aScene(3 * (LOG_CREDIT + 1));
    await sync();
    expect(door.lock.upkeep.pulls).toEqual([
      { from: null, credit: LOG_CREDIT },
      { from: 3 * LOG_CREDIT + 1, credit: LOG_CREDIT },
    ]);
  });

  test('a lock with nothing to tell says so once', async () => {
    const { door, sync } = await aScene(0);
    expect(upkeepOf(await sync())?.log).toEqual({ result: 'done', batches: 1, acknowledged: 0 });
    expect(door.lock.upkeep.pulls).toHaveLength(1);
  });

  test('rows that the lock was told may go and that the cloud has not are pulled again from the first', async () => {
    const { cloud, door, sync } = await aScene(9);
    // A backup of the cloud was put back: what it acknowledged it has lost, and the lock has it yet.
    door.lock.upkeep.acknowledged = 6;
    await sync();
    expect(door.lock.upkeep.pulls.map(({ from }) => from)).toEqual([null, 1]);
    expect(cloud.logOf(door.doorId).rows).toHaveLength(9);
  });

  test('a log without end is left off after so many batches, and the sync is done', async () => {
    const { door, sync } = await aScene(3 * LOG_BATCHES_MAX + 30);
    const outcome = await sync();
    expect(outcome.result).toBe('applied');
    expect(upkeepOf(outcome)?.log).toMatchObject({ result: 'cut-off', batches: LOG_BATCHES_MAX });
    expect(door.lock.upkeep.acknowledged).toBe(3 * LOG_BATCHES_MAX);
  });
});

describe('the Door Sync is done', () => {
  test('where the cloud offers neither time nor log', async () => {
    const { cloud, door, sync } = await aScene();
    cloud.keepsUp = false;
    const outcome = await sync();
    expect(outcome.result).toBe('applied');
    expect(upkeepOf(outcome)).toEqual({
      time: { result: 'withheld', code: 'NOT_FOUND' },
      log: { result: 'withheld', code: 'NOT_FOUND', batches: 0, acknowledged: 0 },
    });
    expect(door.lock.upkeep.acknowledged).toBe(0);
  });

  test('where the cloud goes away behind the receipt', async () => {
    const { cloud, sync } = await aScene();
    cloud.before = (method) => {
      if (method === 'signTime' || method === 'postLogBatch') throw cloudGone();
    };
    const outcome = await sync();
    expect(outcome.result).toBe('applied');
    expect(upkeepOf(outcome)?.log).toMatchObject({ result: 'withheld', code: 'CLOUD_UNREACHABLE' });
  });

  test('where the lock refuses the time; its log comes all the same', async () => {
    const { cloud, door, sync } = await aScene();
    door.lock.upkeep.refuses = 'TIME_BEFORE_FLOOR';
    const outcome = await sync();
    expect(upkeepOf(outcome)).toMatchObject({
      time: { result: 'refused', code: 'TIME_BEFORE_FLOOR' },
      log: { result: 'done' },
    });
    expect(cloud.logOf(door.doorId).rows).toHaveLength(20);
  });

  test('where the link drops in the middle of the log; the next sync goes on from what the cloud has', async () => {
    const { cloud, door, sync, radio, parts, settle } = await aScene(30);
    let batches = 0;
    cloud.after = (method) => {
      if (method === 'postLogBatch' && ++batches === 5) radio.dropLink(door.peripheral.peripheralId);
    };
    const outcome = await sync();
    expect(outcome.result).toBe('applied');
    expect(upkeepOf(outcome)?.log.result).toBe('cut-off');
    expect(parts.journal.state.held.size).toBe(0);
    door.wants(2);
    const { doors } = await settle(syncDoors(parts, ['4A']));
    expect(upkeepOf(doors[0]!)?.log.result).toBe('done');
    expect(cloud.logOf(door.doorId).rows).toEqual(door.lock.upkeep.rows);
  });

  test('where the cloud asks for the same row for ever', async () => {
    const { cloud, sync } = await aScene(9);
    cloud.postLogBatch = async () => ({ ack: null, next: 1 });
    expect(upkeepOf(await sync())?.log).toMatchObject({ result: 'cut-off', batches: 6 });
  });

  test('and its receipt is kept where the cloud is gone at once', async () => {
    const { cloud, sync, parts } = await aScene();
    cloud.before = (method) => {
      if (method !== 'courierDoors' && method !== 'startDelivery' && method !== 'package') throw cloudGone();
    };
    expect((await sync()).result).toBe('receipt-held');
    expect(parts.journal.state.held.size).toBe(1);
  });

  test('a cloud whose word the lock does not believe changes nothing there', async () => {
    const { cloud, door, sync } = await aScene(9);
    const { sequence } = someRows(9).at(-1)!;
    cloud.postLogBatch = async () => {
      const forged = cloud.logOf(door.doorId).signAck({ sequence, chain: new Uint8Array(32) });
      return { ack: Buffer.from(forged).toString('hex'), next: sequence + 1 };
    };
    expect(upkeepOf(await sync())?.log).toMatchObject({ result: 'refused', code: 'LOG_MISMATCH' });
    expect(door.lock.upkeep.acknowledged).toBe(0);
  });
});

test('what is thrown as a defect while the log is carried is not swallowed', async () => {
  const { cloud, sync } = await aScene();
  cloud.postLogBatch = () => Promise.reject(new TypeError('a defect'));
  await expect(sync()).rejects.toThrow('a defect');
});

test('over a link without notifications the time is given, and the log waits for another courier: nobody asks', async () => {
  const said: number[] = [];
  let listener: ControlListener | undefined;
  const control: TalkControl = {
    canNotify: false,
    closed: new Promise(() => {}),
    send: (type) => {
      said.push(type);
      const answers = new Map<number, ControlMessage>([
        [
          MESSAGE.timeRequest,
          { type: MESSAGE.timeChallenge, body: encodeTimeChallenge({ nonce: new Uint8Array(16) }) },
        ],
        [
          MESSAGE.time,
          {
            type: MESSAGE.timeAnswer,
            body: encodeTimeAnswer({ trust: 'trusted', lockTimeS: 1, uncertaintyS: 1 }),
          },
        ],
      ]);
      const answer = answers.get(type);
      if (answer !== undefined) listener?.onMessage(answer);
      return Promise.resolve();
    },
    listen: () => Promise.reject(new Error('there are no notifications')),
    listenByReading: () => Promise.resolve(),
    handOver: (given) => {
      listener = given;
    },
  };
  const report = await keepUp(control, {
    clock: new VirtualClock(),
    signal: new AbortController().signal,
    lockId: aLock().lockId,
    cloud: {
      signTime: () => Promise.resolve({ given: new Uint8Array(1) }),
      takeLogBatch: () => Promise.reject(new Error('nobody asked for it')),
    },
  });
  expect(report.time.result).toBe('done');
  expect(report.log).toEqual({ result: 'no-notifications', batches: 0, acknowledged: 0 });
  expect(isLogOver(report)).toBe(true);
  expect(said).toEqual([MESSAGE.timeRequest, MESSAGE.time]);
});
