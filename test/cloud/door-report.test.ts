// The Door Sync report, and how long activity is kept.
import { expect, test } from 'vitest';
import { aCloud, type Client } from './cloud-fixture.ts';
import { aHouse, codesOf, invite } from './house.ts';
import { activate, doorSync } from './paper-lock.ts';
import { PaperLog, postLog } from './paper-log.ts';

const DAY_S = 86_400;

async function aReportedHouse() {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager);
  const unit = await activate(manager, house.door('4B'));
  const entrance = await activate(manager, house.door('Entrance'));
  await doorSync(manager, house.door('4B'), unit);
  await doorSync(manager, house.door('Entrance'), entrance);
  return { cloud, manager, house, unit, entrance };
}

const report = async (client: Client, query: Record<string, string> = {}) =>
  (await client.call('doorReport', { query })).items;

test('each door with a lock is reported with what it needs, why, since when, and how its lock is', async () => {
  const { cloud, manager, house, unit } = await aReportedHouse();
  cloud.clock.advanceS(3 * DAY_S);
  await invite(manager, house, { keys: ['Front'] });
  const items = await report(manager);
  expect(items.map(({ doorName, syncNeeded, reasons }) => [doorName, syncNeeded, reasons])).toEqual([
    ['4B', false, []],
    ['Entrance', true, ['access-given']],
  ]);
  expect(items[0]).toMatchObject({ batteryPercent: 88, daysSinceReading: 3, applied: unit.table!.triple });
  expect(items[1]!.wanted!.tableVersion).toBe(items[1]!.applied!.tableVersion + 1);
  expect((await report(manager, { needed: 'true' })).map(({ doorName }) => doorName)).toEqual(['Entrance']);
  expect(await report(manager, { reason: 'access-revoked' })).toEqual([]);
  expect(await report(manager, { batteryBelow: '88' })).toEqual([]);
  expect(await report(manager, { batteryBelow: '89' })).toHaveLength(2);
  expect(await report(manager, { unreadDays: '4' })).toEqual([]);
  expect(await report(manager, { unreadDays: '3' })).toHaveLength(2);
  for (const query of [{ reason: 'boredom' }, { batteryBelow: '0' }, { needed: 'maybe' }, { other: '1' }])
    expect((await manager.refused('doorReport', { query: query })).code).toBe('INPUT_INVALID');
});

test('pages of both orders hold every door once, and the file holds them all', async () => {
  const { manager, house } = await aReportedHouse();
  const second = await aHouse(manager, { name: 'Second' });
  for (const name of ['4B', 'Entrance', 'Pool']) await activate(manager, second.door(name));
  await invite(manager, house);
  for (const needed of ['true', 'false']) {
    const seen: string[] = [];
    for (let after: string | null = ''; after !== null;) {
      const query: Record<string, string> = { limit: '2', needed, ...(after === '' ? {} : { after }) };
      const page = await manager.call('doorReport', { query });
      seen.push(...page.items.map(({ doorId }) => doorId));
      after = page.next;
    }
    expect([needed, seen.length, new Set(seen).size]).toEqual([needed, 5, 5]);
  }
  const file = new TextDecoder().decode(await manager.call('exportDoorReport'));
  expect(file.trim().split('\r\n')).toHaveLength(6);
  const stranger = await (await aCloud()).strangerOf('Other');
  expect(await report(stranger)).toEqual([]);
});

test('activity goes when the property’s time for it is over, and with it the name of who was deleted', async () => {
  const { cloud, manager, house, entrance } = await aReportedHouse();
  await manager.call('editProperty', {
    params: { propertyId: house.propertyId },
    body: { retentionDays: 90 },
  });
  const doorId = house.door('Entrance');
  const ada = await invite(manager, house, { keys: ['Front'] });
  await doorSync(manager, doorId, entrance);
  const number = entrance.rowsOf((await codesOf(manager, ada.id))['Entrance']!)[0]!.credentialId;
  const log = new PaperLog(entrance, Math.floor(cloud.clock.nowMs() / 1000));
  log.opened(number);
  await postLog(manager, doorId, log.batch());
  await manager.call('deletePerson', { params: { personId: ada.id } });
  await doorSync(manager, doorId, entrance);
  cloud.clock.advanceS(89 * DAY_S);
  await cloud.sweep();
  const later = await cloud.clientOf(['manager']);
  expect((await later.call('activity')).items.map(({ person }) => person?.name)).toEqual(['Ada Example']);
  cloud.clock.advanceS(2 * DAY_S);
  await cloud.sweep();
  expect((await later.call('activity')).items).toEqual([]);
  // The address is nobody's now: the same one is invited as somebody new.
  const again = await invite(later, house, { keys: ['Front'] });
  expect(again.id).not.toBe(ada.id);
});
