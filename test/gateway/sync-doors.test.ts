// Rounds of Door Syncs from the cloud to the locks and back, and what is left where one of them is gone.
import { describe, expect, test } from 'vitest';
import { CloudError } from '#gateway/cloud-error.ts';
import { syncDoors, type SyncEvent } from '#gateway/sync-doors.ts';
import { errorOfReport } from '#gateway/sync-report.ts';
import { aLock } from '#test/builders/lock.ts';
import { cloudGone } from './fake-cloud.ts';
import { aGateway } from './gateway-scene.ts';

test('the named doors get their sets, and the cloud their receipts', async () => {
  const { parts, addDoor, cloud, settle } = await aGateway();
  const [a, b] = [await addDoor('4A'), await addDoor('4B')];
  const c = await addDoor('4C');
  const events: SyncEvent[] = [];
  const report = await settle(
    syncDoors(parts, ['4a', b.doorId, '4A'], { onEvent: (event) => events.push(event) }),
  );
  expect(report.doors.map(({ result }) => result)).toEqual(['applied', 'applied']);
  expect(report).toMatchObject({ toldBefore: 0, stillHeld: 0 });
  expect(errorOfReport(report)).toBeUndefined();
  expect(cloud.receipts.map(({ doorId }) => doorId).sort()).toEqual([a.doorId, b.doorId].sort());
  expect(c.lock.active).toBeUndefined();
  expect(parts.journal.state).toMatchObject({ held: new Map(), begun: new Map() });
  expect(parts.journal.state.handles.size).toBe(2);
  expect(new Set(events.map(({ type }) => type))).toEqual(new Set(['met', 'progress', 'ended']));
});

test('where the lock shows the version that the cloud has its receipt for, no connection is made', async () => {
  const { parts, addDoor, cloud, settle } = await aGateway();
  const door = await addDoor('4A');
  await settle(syncDoors(parts, ['4A']));
  const receipts = door.lock.receipts.length;
  cloud.calls.length = 0;
  const report = await settle(syncDoors(parts, ['4A']));
  expect(report.doors).toMatchObject([{ result: 'nothing-to-do' }]);
  expect(door.lock.receipts).toHaveLength(receipts);
  expect(cloud.calls).toEqual(['courierDoors']);
});

test('a lock that shows new rows of its log is visited for them alone', async () => {
  const { parts, addDoor, settle } = await aGateway();
  const { lock } = await addDoor('4A');
  await settle(syncDoors(parts, ['4A']));
  lock.logPending = true;
  lock.onChanged();
  const report = await settle(syncDoors(parts, ['4A']));
  expect(report.doors).toMatchObject([{ result: 'already-current', delivery: { connections: 1 } }]);
});

test('where the cloud lost the receipt, the lock is asked for another', async () => {
  const { parts, addDoor, cloud, settle } = await aGateway();
  await addDoor('4A');
  await settle(syncDoors(parts, ['4A']));
  cloud.doorList[0]!.applied = undefined;
  const report = await settle(syncDoors(parts, ['4A']));
  expect(report.doors).toMatchObject([{ result: 'already-current', delivery: { framesSent: 0 } }]);
  expect(cloud.receipts).toHaveLength(2);
});

test('a platform that hides adverts is helped by reading lock-status', async () => {
  const { parts, addDoor, settle } = await aGateway();
  await addDoor('4A', { isHidden: true });
  await addDoor('4B', { isHidden: true });
  const report = await settle(syncDoors(parts, ['4B']));
  expect(report.doors).toMatchObject([{ doorName: '4B', result: 'applied' }]);
});

test('a door out of range is told so, and the others are done', async () => {
  const { parts, addDoor, settle } = await aGateway();
  await addDoor('4A');
  const away = await addDoor('4B');
  await away.peripheral.stopAdvertising();
  const report = await settle(syncDoors(parts, ['4A', '4B']));
  expect(report.doors).toMatchObject([
    { doorName: '4A', result: 'applied' },
    { doorName: '4B', result: 'failed', error: { code: 'DOOR_NOT_FOUND' } },
  ]);
  expect(errorOfReport(report)).toMatchObject({ code: 'PARTLY_DONE' });
});

test('a lock that refuses is told by its code, and is the error where it was the only door', async () => {
  const { parts, addDoor, settle } = await aGateway();
  const door = await addDoor('4A');
  Object.assign(door.lock.faults, { refuseOffers: 'CAPACITY' });
  const error = errorOfReport(await settle(syncDoors(parts, ['4A'])));
  expect(error).toMatchObject({ code: 'LOCK_REFUSED', refusal: 'CAPACITY' });
  expect(error?.next).toBeDefined();
});

test.each([
  [['9Z'], 'DOOR_UNKNOWN'],
  [['twin'], 'DOOR_AMBIGUOUS'],
])('of names that mean no one door nothing is begun: %s', async (names, code) => {
  const { parts, addDoor, cloud, settle } = await aGateway();
  await addDoor('Twin');
  await addDoor('twiN');
  await expect(settle(syncDoors(parts, names))).rejects.toMatchObject({ code });
  expect(cloud.calls).toEqual(['courierDoors']);
});

test('a door that was given another lock meanwhile gets no set of that one', async () => {
  const { parts, addDoor, cloud, settle } = await aGateway();
  const door = await addDoor('4A');
  const other = aLock({ name: 'other' });
  cloud.before = (method) => {
    if (method === 'startDelivery') Object.assign(cloud.doorList[0]!, { lock: other });
  };
  const report = await settle(syncDoors(parts, ['4A']));
  expect(report.doors).toMatchObject([{ result: 'failed', error: { code: 'DOOR_UNKNOWN' } }]);
  expect(cloud.calls).not.toContain('package');
  expect(door.lock.active).toBeUndefined();
  expect(parts.journal.state.begun.size).toBe(0);
});

test('a lock that moved to another address in the middle is found again', async () => {
  const { parts, addDoor, settle, radio, cloud } = await aGateway();
  const door = await addDoor('4A', { rows: 1000 });
  const { putOnAir } = await import('./model-peripheral.ts');
  let moved = false;
  const onEvent = (event: SyncEvent): void => {
    if (event.type !== 'progress' || event.chunk < 3 || moved) return;
    moved = true;
    door.lock.reboot();
    void door.peripheral.close();
    void radio.peripheral().then((other) => putOnAir(other, door.lock));
  };
  const report = await settle(syncDoors(parts, ['4A'], { onEvent }));
  expect(report.doors).toMatchObject([{ result: 'applied' }]);
  expect(moved).toBe(true);
  expect(cloud.receipts).toHaveLength(1);
});

describe('a cloud that goes', () => {
  test('before anything leaves the locks alone', async () => {
    const { parts, addDoor, cloud, settle } = await aGateway();
    const door = await addDoor('4A');
    cloud.before = () => {
      throw cloudGone();
    };
    await expect(settle(syncDoors(parts, ['4A']))).rejects.toMatchObject({ code: 'CLOUD_UNREACHABLE' });
    expect(door.lock.active).toBeUndefined();
  });

  test.each(['startDelivery', 'package'])('at %s fails the door and nothing else', async (method) => {
    const { parts, addDoor, cloud, settle } = await aGateway();
    await addDoor('4A');
    cloud.before = (called) => {
      if (called === method) throw cloudGone();
    };
    const report = await settle(syncDoors(parts, ['4A']));
    expect(report.doors).toMatchObject([{ result: 'failed', error: { code: 'CLOUD_UNREACHABLE' } }]);
  });

  test('after the delivery leaves the receipt in the journal, and the next run tells it first', async () => {
    const scene = await aGateway();
    const { parts, addDoor, cloud, settle } = scene;
    const door = await addDoor('4A');
    cloud.before = (method) => {
      if (method === 'postReceipt') throw cloudGone();
    };
    const report = await settle(syncDoors(parts, ['4A']));
    expect(report.doors).toMatchObject([{ result: 'receipt-held', error: { code: 'CLOUD_UNREACHABLE' } }]);
    expect(report.stillHeld).toBe(1);
    expect(errorOfReport(report)).toMatchObject({ code: 'PARTLY_DONE' });
    expect(door.lock.active?.triple.tableVersion).toBe(1);

    const nextRun = await scene.restart();
    cloud.before = () => {};
    cloud.calls.length = 0;
    const next = await settle(syncDoors(nextRun, ['4A']));
    expect(next).toMatchObject({ toldBefore: 1, stillHeld: 0, doors: [{ result: 'nothing-to-do' }] });
    expect(cloud.calls).toEqual(['postReceipt', 'courierDoors']);
    expect(cloud.receipts).toHaveLength(1);
  });

  test('as it answers is told again, which changes nothing', async () => {
    const scene = await aGateway();
    await scene.addDoor('4A');
    scene.cloud.after = (method) => {
      if (method === 'postReceipt') throw cloudGone();
    };
    const report = await scene.settle(syncDoors(scene.parts, ['4A']));
    expect(report.stillHeld).toBe(1);
    scene.cloud.after = () => {};
    const next = await scene.settle(syncDoors(await scene.restart(), ['4A']));
    expect(next).toMatchObject({ toldBefore: 1, stillHeld: 0 });
    expect(new Set(scene.cloud.takenNonces).size).toBe(1);
  });

  test.each(['RECEIPT_STALE_NONCE', 'LOCK_RELEASED', 'DOOR_WITHOUT_LOCK'] as const)(
    'a receipt that it will never take (%s) is kept aside and told no more',
    async (code) => {
      const scene = await aGateway();
      await scene.addDoor('4A');
      scene.cloud.before = (method) => {
        if (method === 'postReceipt') throw new CloudError(code, 'Too late.', { status: 409 });
      };
      const report = await scene.settle(syncDoors(scene.parts, ['4A']));
      expect(report.doors).toMatchObject([{ result: 'failed', error: { code } }]);
      const { state } = (await scene.restart()).journal;
      expect(state.held.size).toBe(0);
      expect([...state.refused.values()]).toMatchObject([{ code }]);
    },
  );

  test('to which the door is unknown keeps the receipt, and holds up no other', async () => {
    const scene = await aGateway();
    const { cloud } = scene;
    await scene.addDoor('4A');
    await scene.addDoor('4B');
    let answers = 0;
    const refuse = (upTo: number) => (method: string) => {
      if (method !== 'postReceipt' || ++answers > upTo) return;
      throw new CloudError('NOT_FOUND', 'Not here.', { status: 404 });
    };
    cloud.before = refuse(2);
    await scene.settle(syncDoors(scene.parts, ['4A', '4B']));
    answers = 0;
    const asked: string[] = [];
    const post = cloud.postReceipt.bind(cloud);
    cloud.postReceipt = (doorId, ...rest) => {
      asked.push(doorId);
      return post(doorId, ...rest);
    };
    cloud.before = refuse(1);
    const next = await scene.restart();
    expect(await scene.settle(syncDoors(next, []))).toMatchObject({ toldBefore: 1, stillHeld: 1 });
    expect([...next.journal.state.held.values()].map(({ doorId }) => doorId)).toEqual([asked[0]]);
    expect(next.journal.state.refused.size).toBe(0);
  });

  test('and is another than the one a receipt is for is not told of it', async () => {
    const scene = await aGateway();
    await scene.addDoor('4A');
    const { cloud } = scene;
    cloud.before = (method) => {
      if (method === 'postReceipt') throw cloudGone();
    };
    await scene.settle(syncDoors(scene.parts, ['4A']));
    const right = cloud.baseUrl;
    cloud.before = (method) => {
      if (method === 'postReceipt') throw new CloudError('RECEIPT_STALE_NONCE', 'Whose?', { status: 409 });
    };
    cloud.baseUrl = 'http://other.test';
    const elsewhere = await scene.settle(syncDoors(await scene.restart(), []));
    expect(elsewhere).toMatchObject({ toldBefore: 0, stillHeld: 1 });
    cloud.before = () => {};
    cloud.baseUrl = right;
    expect(await scene.settle(syncDoors(await scene.restart(), []))).toMatchObject({
      toldBefore: 1,
      stillHeld: 0,
    });
  });

  test('a token that was revoked keeps the receipt for the next one', async () => {
    const scene = await aGateway();
    await scene.addDoor('4A');
    scene.cloud.before = (method) => {
      if (method === 'postReceipt') throw new CloudError('NOT_SIGNED_IN', 'Revoked.', { status: 401 });
    };
    expect((await scene.settle(syncDoors(scene.parts, ['4A']))).stillHeld).toBe(1);
  });
});

test('a disk that takes no receipt has the cloud told all the same', async () => {
  const { parts, addDoor, cloud, settle } = await aGateway();
  await addDoor('4A');
  const append = parts.journal.append.bind(parts.journal);
  parts.journal.append = (entry) =>
    entry.type === 'delivery-begun' ? append(entry) : Promise.reject(full());
  const { JournalError } = await import('#gateway/journal.ts');
  const full = (): Error => new JournalError('JOURNAL_NOT_WRITTEN', 'The disk is full.');
  const report = await settle(syncDoors(parts, ['4A']));
  expect(report.doors).toMatchObject([{ result: 'applied' }]);
  expect(cloud.receipts).toHaveLength(1);

  cloud.doorList[0]!.applied = undefined;
  cloud.before = (method) => {
    if (method === 'postReceipt') throw cloudGone();
  };
  const lost = await settle(syncDoors(parts, ['4A']));
  expect(lost.doors).toMatchObject([{ result: 'failed', error: { code: 'JOURNAL_NOT_WRITTEN' } }]);
});

test('stopped in the middle, what was not done is told, and the next run does it', async () => {
  const { parts, addDoor, settle } = await aGateway();
  await addDoor('4A', { rows: 1000 });
  await addDoor('4B');
  const abort = new AbortController();
  const onEvent = (event: SyncEvent): void => {
    if (event.type === 'progress' && event.chunk > 2) abort.abort();
  };
  const report = await settle(syncDoors(parts, ['4A', '4B'], { signal: abort.signal, onEvent }));
  expect(report.doors.filter(({ result }) => result === 'failed')).not.toEqual([]);
  for (const door of report.doors) {
    if (door.result === 'failed') expect(door.error).toMatchObject({ code: 'INTERRUPTED' });
  }
  const next = await settle(syncDoors(parts, ['4A', '4B']));
  expect(errorOfReport(next)).toBeUndefined();
});
