// The same people file again, and the same request again: whatever stands in it and whatever has happened since, the
// second time changes nothing that the file does not ask for.
import { expect, test } from 'vitest';
import { utf8 } from '#protocol/bytes.ts';
import { aCloud, type Client } from './cloud-fixture.ts';
import { aHouse, invite, type House } from './house.ts';
import { fileOf as file, importFile as upload, previewFile as preview } from './imports-at.ts';
import { activate, PaperLock } from './paper-lock.ts';

const DAY_S = 86_400;
const row = (email: string, keys: string, start = '', expiration = ''): string =>
  `A,B,${email},,,${keys},${start},${expiration}`;

const everything = async (client: Client, house: House) => {
  const params = { propertyId: house.propertyId };
  const { items } = await client.call('listPeople', { params, query: { showExpired: 'true' } });
  const doors = await client.call('listDoors', { params });
  return [items.map(({ id, grants }) => [id, grants]), doors.items.map(({ sync }) => sync.target)];
};

const dayAfter = (clock: { nowMs(): number }, days: number): string =>
  new Date(clock.nowMs() + days * DAY_S * 1000).toISOString().slice(0, 10);

test('a row that gives one person the same Key with other dates names the earlier line, and does nothing', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  await activate(manager, house.door('Entrance'));
  const text = file(
    row('a@example.com', 'Front', '', '2037-06-30'),
    row('A@Example.com', 'Unit; Front', '', '2037-12-31'),
    row('a@example.com', 'Unit', '', '2037-12-31'),
    row('a@example.com', 'Front', '2036-01-01'),
    row('b@example.com', 'Front', '', '2037-12-31'),
  );
  const first = await upload(manager, house, text);
  expect(first.errors).toEqual([
    { line: 3, column: null, reason: 'line 2 gives this person the same Key with other dates' },
  ]);
  expect(first).toMatchObject({ invites: 2, additions: 1, skipped: 1 });
  const before = JSON.stringify(await everything(manager, house));
  const second = await upload(manager, house, text);
  expect(second).toMatchObject({ invites: 0, additions: 0, dateChanges: 0, unchanged: 4, skipped: 1 });
  expect(JSON.stringify(await everything(manager, house))).toBe(before);
});

test('a Key that the wizard adds to every row counts as that of the row', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  const text = file(
    row('a@example.com', 'Unit', '', '2037-06-30'),
    row('a@example.com', 'App only', '', '2037-12-31'),
  );
  const wish = { keyIds: [house.key('Front')] };
  expect((await upload(manager, house, text, wish)).errors).toMatchObject([{ line: 3 }]);
  expect((await upload(manager, house, text)).errors).toEqual([]);
});

test.each([
  ['the same moment', 0],
  ['a day later', 1],
  ['after the access has ended', 40],
])('a second upload at %s gives, moves and ends nothing', async (_when, days) => {
  const { manager, clock } = await aCloud();
  const house = await aHouse(manager);
  await activate(manager, house.door('4B'));
  const text = file(
    row('a@example.com', 'Unit'),
    row('b@example.com', 'Front;Unit', '', dayAfter(clock, 30)),
    // Its dates stand in the row above, and in that below.
    row('b@example.com', 'Front'),
    row('c@example.com', 'Front'),
    row('c@example.com', 'Front', dayAfter(clock, 5), dayAfter(clock, 30)),
  );
  expect(await upload(manager, house, text)).toMatchObject({ invites: 3, skipped: 0 });
  clock.advanceS(days * DAY_S);
  const before = JSON.stringify(await everything(manager, house));
  const again = await upload(manager, house, text);
  expect(again).toMatchObject({ invites: 0, additions: 0, restored: 0, dateChanges: 0, doorsToSync: [] });
  expect(JSON.stringify(await everything(manager, house))).toBe(before);
});

test('an old file that gives revoked people access again says how many, before and after', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  const text = file(
    row('a@example.com', 'Unit'),
    row('a@example.com', 'Front'),
    row('b@example.com', 'Unit'),
  );
  await upload(manager, house, text);
  const { items } = await manager.call('listPeople', { params: { propertyId: house.propertyId } });
  const ada = items.find(({ email }) => email === 'a@example.com')!;
  await manager.call('revokeAllKeys', { params: { personId: ada.id } });
  const before = await preview(manager, house, text);
  expect(before).toMatchObject({ restored: 1, additions: 1, unchanged: 1 });
  expect(before.items.map(({ action }) => action)).toEqual(['restore-access', 'add-access', 'nothing']);
  expect(await upload(manager, house, text)).toMatchObject({ restored: 1, additions: 1, unchanged: 1 });
});

test('a row that adds two rows to a lock counts as two, however full it is', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  await activate(manager, house.door('Entrance'), new PaperLock({ capacityRows: 4 }));
  // Both Keys reach the entrance, and by the second row their dates differ.
  const rows = ['a', 'b', 'c'].flatMap((name) => [
    row(`${name}@example.com`, 'Unit;Front'),
    row(`${name}@example.com`, 'Unit', '', '2037-06-30'),
  ]);
  const result = await upload(manager, house, file(...rows));
  expect(result).toMatchObject({ invites: 2, unchanged: 2, skipped: 2 });
  expect(result.errors.map(({ line, reason }) => [line, reason])).toEqual([
    [6, expect.stringMatching(/6 rows.*holds 4/)],
    [7, expect.stringMatching(/5 rows.*holds 4/)],
  ]);
});

test('an upload sent again with its Idempotency-Key gets the first preview, and is kept once', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  const wish = {
    params: { propertyId: house.propertyId },
    body: utf8(file(row('a@example.com', 'Unit'))),
    headers: { 'idempotency-key': 'upload-1' },
  };
  const first = await manager.call('previewImport', wish);
  await invite(manager, house, { email: 'a@example.com', keys: ['Unit'] });
  expect(await manager.call('previewImport', wish)).toEqual(first);
  const other = { ...wish, body: utf8(file(row('b@example.com', 'Unit'))) };
  expect((await manager.refused('previewImport', other)).code).toBe('IDEMPOTENCY_KEY_REUSED');
  const { 'idempotency-key': _, ...headers } = wish.headers;
  expect((await manager.call('previewImport', { ...wish, headers })).id).not.toBe(first.id);
});

test('a preview leaves no person, no code and no task behind', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  await activate(manager, house.door('4B'));
  const before = JSON.stringify([await everything(manager, house), await manager.call('listSyncTasks')]);
  await preview(manager, house, file(row('a@example.com', 'Unit'), row('b@example.com', 'Front')));
  expect(JSON.stringify([await everything(manager, house), await manager.call('listSyncTasks')])).toBe(
    before,
  );
});
