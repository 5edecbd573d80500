// The upload of many people: what a file may be, what becomes of its rows, and that a second time changes nothing.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PropertyWish } from '#protocol/api/property.ts';
import { parseCsv } from '#cloud/people-csv/csv-text.ts';
import { readRow } from '#cloud/people-csv/row-values.ts';
import { aCloud, type Client } from './cloud-fixture.ts';
import { aHouse, codesOf, type House } from './house.ts';
import {
  fileOf as file,
  HEADER,
  importEnded,
  importFile as confirm,
  previewFile as upload,
} from './imports-at.ts';
import { activate, PaperLock } from './paper-lock.ts';

/** But for how far their mails are, which goes on by itself. */
const people = async (client: Client, house: House) => {
  const { items } = await client.call('listPeople', { params: { propertyId: house.propertyId } });
  return items.map(({ mail: _mail, ...person }) => person);
};

test('good rows go in, a bad one is skipped with its line and reason', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  const text = file(
    'Ada,Example,ada@example.com,+1 555 0100,yes,Unit; Front,,',
    'Bad,Address,not-an-address,,,Unit,,',
    'Ben,Example,ben@example.com,,no,Front,2027-01-01,2027-12-31',
    'No,Key,nokey@example.com,,,Cellar,,',
    'Too,Short,short@example.com',
    'Odd,Date,odd@example.com,,,Unit,1/3/2027,',
  );
  const preview = await upload(manager, house, text);
  expect(preview).toMatchObject({ rows: 6, invites: 2, skipped: 4 });
  expect(await people(manager, house)).toEqual([]);
  await manager.call('confirmImport', { params: { importId: preview.id }, body: {} });
  const result = await importEnded(manager, preview.id);
  expect(result).toMatchObject({ rows: 6, invites: 2, skipped: 4 });
  expect(result.errors).toEqual(preview.errors);
  expect(result.errors.map(({ line, column }) => [line, column])).toEqual([
    [3, 'email'],
    [5, 'keys'],
    [6, null],
    [7, 'start'],
  ]);
  expect(result.errors[1]?.reason).toContain('Cellar');
  const [ada] = await people(manager, house);
  expect(ada).toMatchObject({ email: 'ada@example.com', resident: true, access: 'current' });
  expect(Object.keys(await codesOf(manager, ada!.id))).toEqual(['4B', 'Entrance']);
});

test('the same file a second time changes nothing: no person, no grant, no version', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  await activate(manager, house.door('4B'));
  const text = file('Ada,Example,ada@example.com,,,Unit,,2027-12-31', 'Ben,Example,BEN@example.com,,,Unit,,');
  const first = await confirm(manager, house, text);
  expect(first).toMatchObject({ invites: 2, doorsToSync: [house.door('4B')] });
  const before = JSON.stringify([await people(manager, house), await manager.call('listSyncTasks')]);
  const second = await confirm(manager, house, text);
  expect(second).toMatchObject({ invites: 0, additions: 0, dateChanges: 0, unchanged: 2, doorsToSync: [] });
  expect(JSON.stringify([await people(manager, house), await manager.call('listSyncTasks')])).toBe(before);
});

test('a confirm that is sent again answers the first result and does nothing', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  const preview = await upload(manager, house, file('Ada,Example,ada@example.com,,,Unit,,'));
  const wish = { params: { importId: preview.id }, body: {} };
  await manager.call('confirmImport', wish);
  const first = await importEnded(manager, preview.id);
  expect(await manager.call('confirmImport', wish)).toEqual(first);
  const other = { ...wish, body: { keyIds: [house.key('Front')] } };
  expect((await manager.refused('confirmImport', other)).code).toBe('IMPORT_STARTED');
  expect(await people(manager, house)).toHaveLength(1);
});

test('a row of an address that is there adds access to that person and changes stated dates only', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  await confirm(manager, house, file('Ada,Example,ada@example.com,,,Front,,2027-06-30'));
  const text = file(
    'Ada,Renamed,ADA@example.com,,,Unit;Front,,',
    'Ada,Example,ada@example.com,,,Front,,2027-12-31',
  );
  expect(await confirm(manager, house, text)).toMatchObject({ additions: 1, dateChanges: 1, invites: 0 });
  const [ada] = await people(manager, house);
  expect(ada?.lastName).toBe('Example');
  const ends = new Map(ada?.grants.map(({ keyName, expiresAtS }) => [keyName, expiresAtS]));
  // Through the last day in New York: midnight there is five hours after midnight UTC.
  expect(ends.get('Front')).toBe(Date.UTC(2028, 0, 1, 5) / 1000);
  expect(ends.get('Unit')).toBeNull();
});

test('the wizard adds Keys and dates for rows that state none', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  const text = file('Ada,Example,ada@example.com,,,Unit,,2027-06-30', 'Ben,Example,ben@example.com,,,,,');
  const expiresAtS = Date.UTC(2030, 0, 1) / 1000;
  await confirm(manager, house, text, { keyIds: [house.key('Front')], expiresAtS });
  const grants = (await people(manager, house)).flatMap((person) => person.grants);
  expect(grants.map(({ keyName, expiresAtS: end }) => [keyName, end])).toEqual(
    expect.arrayContaining([
      ['Front', Date.UTC(2027, 6, 1, 4) / 1000],
      ['Unit', Date.UTC(2027, 6, 1, 4) / 1000],
      ['Front', expiresAtS],
    ]),
  );
});

test('a date that has passed is told in the preview, also of a row whose Keys come from the wizard', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  const text = file('Ada,Example,ada@example.com,,,,,2020-01-01', 'Ben,Example,ben@example.com,,,,,');
  const preview = await upload(manager, house, text);
  const done = await confirm(manager, house, text, { keyIds: [house.key('Unit')] });
  for (const told of [preview, done]) {
    expect(told).toMatchObject({ invites: 1, skipped: 1, errors: [{ line: 2 }] });
  }
});

test('a row that would overfill a lock is skipped and leaves nothing behind, the next one goes in', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  await activate(manager, house.door('4B'), new PaperLock({ capacityRows: 1 }));
  const text = file(
    'A,A,a@example.com,,,Unit,,',
    'B,B,b@example.com,,,Unit,,',
    'C,C,c@example.com,,,Front,,',
  );
  const result = await confirm(manager, house, text);
  expect(result).toMatchObject({ invites: 2, skipped: 1 });
  expect(result.errors[0]).toMatchObject({ line: 3 });
  expect(result.errors[0]?.reason).toMatch(/2 rows.*holds 1/);
  expect((await people(manager, house)).map(({ email }) => email)).toEqual([
    'a@example.com',
    'c@example.com',
  ]);
});

test('an upload above ten megabytes is refused before it is read', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  const body = new Uint8Array(10 * 1024 * 1024 + 1).fill(65);
  const problem = await manager.refused('previewImport', { params: { propertyId: house.propertyId }, body });
  expect(problem).toMatchObject({ code: 'BODY_TOO_LARGE', status: 413 });
  const wrong = await manager.refused('previewImport', {
    params: { propertyId: house.propertyId },
    body: HEADER,
    headers: { 'content-type': 'application/json' },
  });
  expect(wrong.code).toBe('MEDIA_TYPE');
});

test('a large file is listed in part with the counts of all', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  const good = Array.from({ length: 1_020 }, (_, i) => `A,B,p${i}@example.com,,,,,`);
  const bad = Array.from({ length: 1_030 }, (_, i) => `A,B,q${i}@example.com,,,${'x'.repeat(500)},,`);
  const preview = await upload(manager, house, file(...good, ...bad));
  expect(preview).toMatchObject({ rows: 2_050, invites: 1_020, skipped: 1_030, isShortened: true });
  expect([preview.items.length, preview.itemsLeftOut]).toEqual([1_000, 20]);
  expect([preview.errors.length, preview.errorsLeftOut]).toEqual([1_000, 30]);
  expect(preview.errors[0]?.reason).toHaveLength(200);
  await manager.call('confirmImport', { params: { importId: preview.id }, body: {} });
  const result = await importEnded(manager, preview.id);
  expect(result).toMatchObject({ invites: 1_020, errorsLeftOut: 30, isShortened: true });
  const small = await upload(manager, house, file(good[0]!));
  expect(small).toMatchObject({ itemsLeftOut: 0, errorsLeftOut: 0, isShortened: false });
});

test('an upload is kept for a day', async () => {
  const { manager, clock } = await aCloud();
  const house = await aHouse(manager);
  const preview = await upload(manager, house, file('Ada,Example,ada@example.com,,,Unit,,'));
  clock.advanceS(86_400);
  const problem = await manager.refused('confirmImport', { params: { importId: preview.id }, body: {} });
  expect(problem).toMatchObject({ code: 'IMPORT_ENDED', status: 410 });
});

test('the template is a file that the upload reads', async () => {
  const { manager } = await aCloud();
  const template = await manager.call('peopleTemplate');
  const parsed = parseCsv(template);
  expect(parsed.errors).toEqual([]);
  expect(parsed.rows.map((row) => Array.isArray(readRow(row, 'UTC')))).toEqual([false, false]);
});

test('the property and the 60 residents that are shipped go in without an error', async () => {
  const { manager } = await aCloud();
  const lab = new URL('../../lab/demo/', import.meta.url);
  const wish = PropertyWish.parse(JSON.parse(readFileSync(new URL('property.json', lab), 'utf8')));
  const { id: propertyId } = await manager.call('createProperty', { body: wish });
  const body = new Uint8Array(readFileSync(new URL('people.csv', lab)));
  const preview = await manager.call('previewImport', { params: { propertyId }, body });
  expect(preview.errors).toEqual([]);
  await manager.call('confirmImport', { params: { importId: preview.id }, body: {} });
  const result = await importEnded(manager, preview.id);
  expect(result).toMatchObject({ invites: 60, skipped: 0 });
  const doors = await manager.call('listDoors', { params: { propertyId } });
  const keys = await manager.call('listKeys', { params: { propertyId } });
  expect([doors.items.length, keys.items.length]).toEqual([12, 5]);
  const held = await manager.call('listPeople', { params: { propertyId } });
  expect(held.items.every(({ access }) => access === 'current')).toBe(true);
});
