// What managers may not see: a resident’s life at home, and where that ends.
import { expect, test } from 'vitest';
import { appOf } from './callers.ts';
import type { Client } from './cloud-fixture.ts';
import { invite } from './house.ts';
import { postLog } from './paper-log.ts';
import { HOUR_S, aHouseWithLogs, numberOf, seenBy, sentences, dayIn, resident } from './activity-house.ts';

test('a resident who was revoked or deleted is seen at the old home, and what was before stays hidden', async () => {
  const { cloud, manager, house, nowS, unit } = await aHouseWithLogs();
  const rosa = await resident(manager, house, 'rosa@example.com');
  const ruth = await resident(manager, house, 'ruth@example.com');
  const numbers = [
    await numberOf(manager, rosa.id, unit.doorId, '4B', unit.lock),
    await numberOf(manager, ruth.id, unit.doorId, '4B', unit.lock),
  ];
  cloud.clock.advanceS(HOUR_S);
  await manager.call('deletePerson', { params: { personId: rosa.id } });
  await manager.call('revokeAllKeys', { params: { personId: ruth.id } });
  const laterS = Math.floor(cloud.clock.nowMs() / 1000) + 1;
  for (const number of numbers) {
    unit.log.opened(number, { atS: nowS });
    unit.log.opened(number, { atS: laterS });
  }
  cloud.clock.advanceS(HOUR_S);
  await postLog(manager, unit.doorId, unit.log.batch());
  const today = dayIn('America/New_York', cloud, -HOUR_S);
  expect(sentences(await seenBy(manager))).toEqual([
    `Doorcode of Rosa Resident opened by table version 1: revoked on ${today}, the lock had not been synced.`,
    `Doorcode of Rosa Resident (deleted) opened by table version 1: revoked on ${today}, the lock had not been synced.`,
  ]);
});

test('a resident stays unseen at home though the Key has lost the door, or is gone, before the log came', async () => {
  const { cloud, manager, house, nowS, unit } = await aHouseWithLogs();
  const rosa = await resident(manager, house, 'rosa@example.com');
  const number = await numberOf(manager, rosa.id, unit.doorId, '4B', unit.lock);
  cloud.clock.advanceS(HOUR_S);
  await manager.call('removeKeyDoor', { params: { keyId: house.key('Unit'), doorId: unit.doorId } });
  await manager.call('deleteKey', { params: { keyId: house.key('Unit') }, query: { confirm: '1' } });
  unit.log.opened(number, { atS: nowS });
  await postLog(manager, unit.doorId, unit.log.batch());
  expect(await seenBy(manager)).toEqual([]);
});

test('a resident of one home who is a guest at another is seen there as the guest', async () => {
  const { cloud, manager, house, unit } = await aHouseWithLogs();
  await manager.call('editKey', { params: { keyId: house.key('Unit') }, body: { mayShare: true } });
  await manager.call('invitePerson', {
    params: { propertyId: house.propertyId },
    body: {
      email: 'host@example.com',
      firstName: 'Hana',
      lastName: 'Host',
      resident: true,
      mayShare: true,
      keyIds: [house.key('Unit')],
    },
  });
  const rosa = await manager.call('invitePerson', {
    params: { propertyId: house.propertyId },
    body: {
      email: 'rosa@example.com',
      firstName: 'Rosa',
      lastName: 'Resident',
      resident: true,
      keyIds: [house.key('Front')],
    },
  });
  const host = await appOf(cloud, 'host@example.com');
  await host.call('inviteGuest', {
    body: { keyId: house.key('Unit'), email: 'rosa@example.com', firstName: 'Rosa', lastName: 'Resident' },
  });
  unit.log.opened(await numberOf(manager, rosa.id, unit.doorId, '4B', unit.lock), {
    atS: Math.floor(cloud.clock.nowMs() / 1000),
  });
  await postLog(manager, unit.doorId, unit.log.batch());
  expect(await seenBy(manager)).toMatchObject([
    { person: { name: 'Rosa Resident' }, guestOf: { name: 'Hana Host' } },
  ]);
  const own = await host.call('ownActivity');
  expect(own.items).toMatchObject([{ person: { name: 'Rosa Resident' }, doorName: '4B' }]);
});

test('an app sees its own entries and those of its guests, at home too, and nobody else’s', async () => {
  const { cloud, manager, house, unit, entrance } = await aHouseWithLogs();
  await manager.call('editKey', { params: { keyId: house.key('Unit') }, body: { mayShare: true } });
  const rosa = await manager.call('invitePerson', {
    params: { propertyId: house.propertyId },
    body: {
      email: 'rosa@example.com',
      firstName: 'Rosa',
      lastName: 'Resident',
      resident: true,
      mayShare: true,
      keyIds: [house.key('Unit')],
    },
  });
  const ruth = await resident(manager, house, 'ruth@example.com');
  const app = await appOf(cloud, 'rosa@example.com');
  const guest = await app.call('inviteGuest', {
    body: { keyId: house.key('Unit'), email: 'gil@example.com', firstName: 'Gil', lastName: 'Guest' },
  });
  const people = (await manager.call('listPeople', { params: { propertyId: house.propertyId } })).items;
  const gil = people.find(({ firstName }) => firstName === 'Gil')!;
  const atS = Math.floor(cloud.clock.nowMs() / 1000);
  for (const { id } of [rosa, ruth, gil]) {
    unit.log.opened(await numberOf(manager, id, unit.doorId, '4B', unit.lock), { atS });
    entrance.log.opened(await numberOf(manager, id, entrance.doorId, 'Entrance', entrance.lock), { atS });
  }
  await postLog(manager, unit.doorId, unit.log.batch());
  await postLog(manager, entrance.doorId, entrance.log.batch());
  const seen = async (client: Client, query: Record<string, string> = {}) =>
    (await client.call('ownActivity', { query })).items
      .map(({ doorName, person, guestOf }) => `${doorName} ${person?.name} ${guestOf?.name ?? '-'}`)
      .sort();
  expect(await seen(app)).toEqual([
    '4B Gil Guest Rosa Resident',
    '4B Rosa Resident -',
    'Entrance Gil Guest Rosa Resident',
    'Entrance Rosa Resident -',
  ]);
  expect(await seen(app, { doorId: entrance.doorId })).toHaveLength(2);
  const gils = await appOf(cloud, 'gil@example.com');
  expect(await seen(gils)).toEqual(['4B Gil Guest Rosa Resident', 'Entrance Gil Guest Rosa Resident']);
  // Page by page each row once.
  const paged: string[] = [];
  for (let after: string | null = ''; after !== null;) {
    const page: Awaited<ReturnType<typeof app.call<'ownActivity'>>> = await app.call('ownActivity', {
      query: { limit: '1', ...(after === '' ? {} : { after }) },
    });
    paged.push(...page.items.map(({ id }) => id));
    after = page.next;
  }
  expect([paged.length, new Set(paged).size]).toEqual([4, 4]);
  // What was while the guest was the host's stays the host's to see; a manager's token is no app.
  await app.call('revokeGuest', { params: { guestId: guest.id } });
  expect(await seen(app)).toHaveLength(4);
  expect((await manager.refused('ownActivity')).code).toBe('SCOPE_MISSING');
  for (const query of [{ doorId: 'x' }, { limit: '0' }, { after: 'x' }, { personId: rosa.id }])
    expect((await app.refused('ownActivity', { query })).code).toBe('INPUT_INVALID');
});

test('a resident’s life at home is in no list, search, count or export of a manager', async () => {
  const { manager, house, unit, entrance } = await aHouseWithLogs();
  const rosa = await resident(manager, house, 'rosa@example.com');
  const sam = await invite(manager, house, { email: 'sam@example.com' });
  const [rosaHome, samHome] = [
    await numberOf(manager, rosa.id, unit.doorId, '4B', unit.lock),
    await numberOf(manager, sam.id, unit.doorId, '4B', unit.lock),
  ];
  const rosaIn = await numberOf(manager, rosa.id, entrance.doorId, 'Entrance', entrance.lock);
  unit.log.opened(rosaHome);
  unit.log.write({ type: 'boltUnlocked', cause: 'credential' });
  unit.log.write({ type: 'manualUnlock', cause: 'inside' });
  unit.log.write({ type: 'rowsCounted', ofType: 'opened', count: 7 });
  unit.log.write({
    type: 'refused',
    reason: 'OUT_OF_SCHEDULE',
    credential: 'doorcode',
    credentialId: rosaHome,
    tableVersion: 1,
  });
  unit.log.writeRaw(200, Uint8Array.of(1));
  unit.log.opened(samHome);
  unit.log.write({ type: 'doorForced' });
  entrance.log.opened(rosaIn);
  await postLog(manager, unit.doorId, unit.log.batch());
  await postLog(manager, entrance.doorId, entrance.log.batch());
  const seen = (await seenBy(manager)).map(({ doorName, sentence }) => `${doorName}: ${sentence}`).sort();
  expect(seen).toEqual([
    '4B: Doorcode of Ada Example opened by table version 2.'.replace('version 2', 'version 1'),
    '4B: The door was opened although nobody had been let in.',
    'Entrance: Doorcode of Rosa Resident opened by table version 1.',
  ]);
  expect(await seenBy(manager, { search: 'rosa', doorId: unit.doorId })).toEqual([]);
  expect(await seenBy(manager, { personId: rosa.id, doorId: unit.doorId })).toEqual([]);
  const file = new TextDecoder().decode(
    await manager.call('exportActivity', { query: { doorId: unit.doorId } }),
  );
  expect(file.split('\r\n')).toHaveLength(4);
  expect(file).not.toContain('Rosa');
  // Nor does a page's end say how many rows were left out before it.
  const { next } = await manager.call('activity', { query: { doorId: unit.doorId, limit: '1' } });
  expect(decodeURIComponent(next!)).toMatch(/^\[\d+,"event_[a-z2-7]{26}"\]$/);
});

test('taking the mark of a resident off later opens nothing of the past', async () => {
  const { manager, house, unit } = await aHouseWithLogs();
  const rosa = await resident(manager, house, 'rosa@example.com');
  unit.log.opened(await numberOf(manager, rosa.id, unit.doorId, '4B', unit.lock));
  await postLog(manager, unit.doorId, unit.log.batch());
  await manager.call('editPerson', { params: { personId: rosa.id }, body: { resident: false } });
  expect(await seenBy(manager)).toEqual([]);
});
