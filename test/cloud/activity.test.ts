// Activity: who opened what and when, what managers may see of it, and how it is found and exported.
import { expect, test } from 'vitest';
import { readBack } from '#cloud/people-csv/cells.ts';
import type { ActivityRow } from '#protocol/api/activity.ts';
import { dateOfDay, localDayOf } from '#cloud/domain/local-day.ts';
import { appOf } from './callers.ts';
import { aCloud, type Client, type TestCloud } from './cloud-fixture.ts';
import { aHouse, codesOf, invite } from './house.ts';
import { activate, doorSync, type PaperLock } from './paper-lock.ts';
import { PaperLog, postLog } from './paper-log.ts';

const HOUR_S = 3_600;

async function aHouseWithLogs() {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager);
  const nowS = Math.floor(cloud.clock.nowMs() / 1000);
  const at = async (door: string) => {
    const doorId = house.door(door);
    const lock = await activate(manager, doorId);
    return { doorId, lock, log: new PaperLog(lock, nowS - HOUR_S) };
  };
  return { cloud, manager, house, nowS, unit: await at('4B'), entrance: await at('Entrance') };
}

/** The number that the lock's table has for a person's doorcode. */
async function numberOf(manager: Client, personId: string, doorId: string, door: string, lock: PaperLock) {
  await doorSync(manager, doorId, lock);
  const code = (await codesOf(manager, personId))[door]!;
  return lock.rowsOf(code)[0]!.credentialId;
}

const seenBy = async (client: Client, query: Record<string, string> = {}) =>
  (await client.call('activity', { query })).items;
const sentences = (items: readonly ActivityRow[]) => items.map(({ sentence }) => sentence);

const dayIn = (zone: string, cloud: TestCloud, laterS = 0): string =>
  dateOfDay(localDayOf(zone, Math.floor(cloud.clock.nowMs() / 1000) + laterS));

const resident = (manager: Client, house: Awaited<ReturnType<typeof aHouse>>, email: string) =>
  manager.call('invitePerson', {
    params: { propertyId: house.propertyId },
    body: { email, firstName: 'Rosa', lastName: 'Resident', resident: true, keyIds: [house.key('Unit')] },
  });

test('a row names the person, in a sentence that says what happened and why', async () => {
  const { manager, house, entrance } = await aHouseWithLogs();
  const ada = await invite(manager, house);
  const number = await numberOf(manager, ada.id, entrance.doorId, 'Entrance', entrance.lock);
  entrance.log.opened(number);
  entrance.log.write({
    type: 'refused',
    reason: 'EXPIRED',
    credential: 'doorcode',
    credentialId: number,
    tableVersion: 1,
  });
  entrance.log.write({
    type: 'refused',
    reason: 'UNKNOWN_CREDENTIAL',
    credential: 'doorcode',
    credentialId: 0,
    tableVersion: 1,
  });
  await postLog(manager, entrance.doorId, entrance.log.batch());
  const items = await seenBy(manager);
  expect(sentences(items)).toEqual([
    'A doorcode was refused: nothing in the table knew it.',
    'Doorcode of Ada Example was refused: it had ended.',
    'Doorcode of Ada Example opened by table version 1.',
  ]);
  expect(items[2]).toMatchObject({
    doorName: 'Entrance',
    type: 'opened',
    credential: 'doorcode',
    person: { id: ada.id, name: 'Ada Example', deleted: false },
    guestOf: null,
    date: { by: 'clock' },
  });
  expect(items[0]!.person).toBeNull();
});

test('a deleted person stays readable in what is past', async () => {
  const { cloud, manager, house, entrance } = await aHouseWithLogs();
  const ada = await invite(manager, house);
  const number = await numberOf(manager, ada.id, entrance.doorId, 'Entrance', entrance.lock);
  entrance.log.opened(number);
  await postLog(manager, entrance.doorId, entrance.log.batch());
  await manager.call('deletePerson', { params: { personId: ada.id } });
  // Until its Door Sync the door still opens, and that is told of too.
  cloud.clock.advanceS(10);
  entrance.log.opened(number, { atS: Math.floor(cloud.clock.nowMs() / 1000) });
  await postLog(manager, entrance.doorId, entrance.log.batch());
  const today = dayIn('America/New_York', cloud);
  const sentence = 'Doorcode of Ada Example (deleted) opened by table version 1';
  const expected = [`${sentence}: revoked on ${today}, the lock had not been synced.`, `${sentence}.`];
  expect(sentences(await seenBy(manager))).toEqual(expected);
  expect(sentences(await seenBy(manager, { personId: ada.id }))).toEqual(expected);
  expect(sentences(await seenBy(manager, { search: 'had not been synced' }))).toEqual(expected.slice(0, 1));
});

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

test('pages hold every row once, whatever comes in between', async () => {
  const { manager, unit, entrance, nowS } = await aHouseWithLogs();
  for (let n = 0; n < 25; n++) {
    unit.log.write({ type: 'doorForced' }, { atS: nowS - 1_000 + (n >> 2) });
    entrance.log.write({ type: 'tampered' }, { atS: nowS - 1_000 + (n >> 2) });
  }
  await postLog(manager, unit.doorId, unit.log.batch());
  await postLog(manager, entrance.doorId, entrance.log.batch());
  const seen: ActivityRow[] = [];
  for (let after: string | null = ''; after !== null;) {
    const query: Record<string, string> = { limit: '7', ...(after === '' ? {} : { after }) };
    const page = await manager.call('activity', { query });
    seen.push(...page.items);
    if (seen.length < 20) {
      unit.log.write({ type: 'doorForced' }, { atS: nowS });
      await postLog(manager, unit.doorId, unit.log.batch());
    }
    after = page.next;
  }
  expect(new Set(seen.map(({ id }) => id)).size).toBe(50);
  expect(seen).toHaveLength(50);
  expect(seen.map(({ atS }) => atS)).toEqual(seen.map(({ atS }) => atS).sort((a, b) => b - a));
});

test('filters of door, person, type, time and words narrow down, in any case and script', async () => {
  const { manager, house, unit, entrance, nowS } = await aHouseWithLogs();
  const { id: personId } = await manager.call('invitePerson', {
    params: { propertyId: house.propertyId },
    body: {
      email: 'o@example.com',
      firstName: 'Österreich',
      lastName: '100%_Name',
      keyIds: [house.key('Front')],
    },
  });
  const number = await numberOf(manager, personId, entrance.doorId, 'Entrance', entrance.lock);
  entrance.log.opened(number, { atS: nowS - 500 });
  entrance.log.write({ type: 'tampered' }, { atS: nowS - 400 });
  unit.log.write({ type: 'doorForced' }, { atS: nowS - 300 });
  await postLog(manager, entrance.doorId, entrance.log.batch());
  await postLog(manager, unit.doorId, unit.log.batch());
  const types = async (query: Record<string, string>) =>
    (await seenBy(manager, query)).map(({ type }) => type);
  expect(await types({})).toEqual(['doorForced', 'tampered', 'opened']);
  expect(await types({ doorId: entrance.doorId })).toEqual(['tampered', 'opened']);
  expect(await types({ propertyId: house.propertyId, personId })).toEqual(['opened']);
  expect(await types({ type: 'tampered' })).toEqual(['tampered']);
  expect(await types({ fromS: String(nowS - 400) })).toEqual(['doorForced', 'tampered']);
  expect(await types({ toS: String(nowS - 400) })).toEqual(['opened']);
  expect(await types({ search: 'ÖSTERREICH' })).toEqual(['opened']);
  expect(await types({ search: '100%_n' })).toEqual(['opened']);
  expect(await types({ search: '100__n' })).toEqual([]);
  expect(await types({ search: '\\' })).toEqual([]);
  for (const query of [
    { type: 'nothing' },
    { fromS: '-1' },
    { search: '' },
    { after: 'x' },
    { limit: '201' },
    { after: '["a","b"]' },
  ]) {
    expect((await manager.refused('activity', { query: query })).code).toBe('INPUT_INVALID');
  }
});

test('an export holds no formula', async () => {
  const { manager, house, entrance } = await aHouseWithLogs();
  const { id: personId } = await manager.call('invitePerson', {
    params: { propertyId: house.propertyId },
    body: {
      email: 'f@example.com',
      firstName: '=HYPERLINK("http://evil")',
      lastName: 'X',
      keyIds: [house.key('Front')],
    },
  });
  entrance.log.opened(await numberOf(manager, personId, entrance.doorId, 'Entrance', entrance.lock));
  await postLog(manager, entrance.doorId, entrance.log.batch());
  const file = new TextDecoder().decode(await manager.call('exportActivity'));
  expect(file).toContain(`"'=HYPERLINK(""http://evil"") X"`);
  expect(readBack(`'=HYPERLINK("http://evil") X`)).toBe('=HYPERLINK("http://evil") X');
});

test('rows without a clock are dated once it is set, and until then by their neighbours', async () => {
  const { manager, entrance, nowS } = await aHouseWithLogs();
  const { log, doorId } = entrance;
  log.write({ type: 'doorForced' }, { atS: nowS - 5_000, boot: 1 });
  log.write({ type: 'clockLost', monotonicS: 0 }, { atS: 0, boot: 2, trust: 'lost' });
  log.write({ type: 'tampered' }, { atS: 40, boot: 2, trust: 'lost' });
  await postLog(manager, doorId, log.batch());
  const dateOfTampered = async () => {
    const row = (await seenBy(manager, { type: 'tampered' }))[0]!;
    return { atS: row.atS, ...row.date };
  };
  expect(await dateOfTampered()).toMatchObject({
    by: 'neighbours',
    atS: nowS - 5_000,
    notBeforeS: nowS - 5_000,
    notAfterS: null,
  });
  log.write(
    { type: 'clockSet', monotonicS: 100, timeS: nowS - 1_000, uncertaintyS: 2 },
    { atS: nowS - 1_000, boot: 2 },
  );
  await postLog(manager, doorId, log.batch({ from: 4 }));
  expect(await dateOfTampered()).toMatchObject({ by: 'setting', atS: nowS - 1_060, uncertaintyS: 2 });
});

test('a lock that lost its clock until the end of its boot is dated between the rows around', async () => {
  const { manager, entrance, nowS } = await aHouseWithLogs();
  const { log, doorId } = entrance;
  log.write({ type: 'doorForced' }, { atS: nowS - 5_000, boot: 1 });
  log.write({ type: 'tampered' }, { atS: 40, boot: 2, trust: 'lost' });
  await postLog(manager, doorId, log.batch());
  log.write({ type: 'doorForced' }, { atS: nowS - 2_000, boot: 3 });
  await postLog(manager, doorId, log.batch());
  const row = (await seenBy(manager, { type: 'tampered' }))[0]!;
  expect(row.date).toEqual({
    by: 'neighbours',
    uncertaintyS: null,
    notBeforeS: nowS - 5_000,
    notAfterS: nowS - 2_000,
  });
});

test('a lock whose clock runs ahead writes no row into the future', async () => {
  const { manager, entrance, nowS } = await aHouseWithLogs();
  entrance.log.write({ type: 'tampered' }, { atS: nowS + 400 * 86_400 });
  await postLog(manager, entrance.doorId, entrance.log.batch());
  expect((await seenBy(manager))[0]!.atS).toBeLessThanOrEqual(nowS + 60);
});
