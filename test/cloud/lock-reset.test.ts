// A lock that somebody has reset by hand: managers hear of it, nobody is exposed at it any more, and it is activated again
// after its deactivation.
import { expect, test } from 'vitest';
import { aCloud } from './cloud-fixture.ts';
import { aHouse, codesOf, invite } from './house.ts';
import { activate, doorSync, type PaperLock } from './paper-lock.ts';

async function aRevokedDoor() {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager);
  const doorId = house.door('4B');
  const params = { doorId };
  const lock = await activate(manager, doorId);
  const ada = await invite(manager, house);
  await invite(manager, house, { email: 'bob@example.com' });
  await doorSync(manager, doorId, lock);
  await manager.call('revokeAllKeys', { params: { personId: ada.id } });
  const report = async (receipt: string) =>
    (await manager.call('postReceipt', { params, body: { receipt } })).outcome;
  const nonce = async () => (await manager.call('startDelivery', { params })).cloudNonce;
  const sync = async () => (await manager.call('door', { params })).sync;
  const exposed = async () => [
    ...(await manager.call('propertyExposure', { params: { propertyId: house.propertyId } })).items,
    ...(await manager.call('exposure', { params: { personId: ada.id } })).items,
  ];
  const alarms = async () => (await manager.call('alarms')).items.map(({ kind, detail }) => [kind, detail]);
  return { manager, house, doorId, params, lock, report, nonce, sync, exposed, alarms };
}

/** As a hand does it: the tables and the secrets go, and the floor stays. */
function resetByHand(lock: PaperLock, leavesFloor: boolean): (cloudNonce: string) => string {
  const floor = lock.table!.triple;
  lock.table = undefined;
  lock.secrets = undefined;
  lock.bootCount++;
  lock.logSequence++;
  return (cloudNonce) => lock.receipt(cloudNonce, leavesFloor ? { triple: floor } : {});
}

test.each([
  ['names the floor of its tables', true],
  ['names no version', false],
])(
  'a lock that was reset by hand and %s is an alarm and a task, and exposes nobody',
  async (_, leavesFloor) => {
    const { lock, report, nonce, sync, exposed, alarms } = await aRevokedDoor();
    expect(await exposed()).toHaveLength(2);
    const receiptOf = resetByHand(lock, leavesFloor);
    for (let time = 0; time < 2; time++) {
      expect(await report(receiptOf(await nonce()))).toBe('behind');
      lock.logSequence++;
      expect(await alarms()).toEqual([
        ['lock-reset', 'The lock was reset by hand: deactivate it, then activate it again.'],
      ]);
      expect(await sync()).toMatchObject({ state: 'pending', reasons: ['access-revoked', 'table-lost'] });
      expect(await exposed()).toEqual([]);
    }
  },
);

test('a lock that has not had its first table yet was not reset', async () => {
  const { manager, house, alarms } = await aRevokedDoor();
  const doorId = house.door('Pool');
  const lock = await activate(manager, doorId);
  for (let time = 0; time < 2; time++) {
    const { cloudNonce } = await manager.call('startDelivery', { params: { doorId } });
    const receipt = lock.receipt(cloudNonce);
    await manager.call('postReceipt', { params: { doorId }, body: { receipt } });
    lock.logSequence++;
  }
  expect(await alarms()).toEqual([]);
});

test.each(['4B', 'Pool'])(
  'a lock that was reset by hand is deactivated and activated again, at %s',
  async (doorName) => {
    const { manager, house, params, lock, report, nonce, alarms } = await aRevokedDoor();
    await report(resetByHand(lock, true)(await nonce()));
    expect((await manager.refused('startActivation', { params })).code).toBe('DOOR_HAS_LOCK');
    const { statement } = await manager.call('askDeactivation', { params, body: {} });
    expect(await report(lock.deactivate(statement))).toBe('deactivated');
    expect(await alarms()).toEqual([]);
    const doorId = house.door(doorName);
    const carol = await invite(manager, house, { email: 'carol@example.com' });
    await activate(manager, doorId, lock);
    await doorSync(manager, doorId, lock);
    const { sync } = await manager.call('door', { params: { doorId } });
    expect(sync).toMatchObject({ state: 'up-to-date', reasons: [] });
    const code = (await codesOf(manager, carol.id))['4B']!;
    expect(lock.rowsOf(code)).toHaveLength(doorName === '4B' ? 1 : 0);
  },
);
