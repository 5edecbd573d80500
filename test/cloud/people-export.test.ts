// People out as a file and in again: nothing changes by it, nothing in it is a formula, and each cell comes back as it was.
import fc from 'fast-check';
import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { keyNamesOf, keysCell, neutralised, readBack } from '#cloud/people-csv/cells.ts';
import { parseCsv } from '#cloud/people-csv/csv-text.ts';
import { dateCell, readDate } from '#cloud/people-csv/date-cells.ts';
import { readRow } from '#cloud/people-csv/row-values.ts';
import { Line, NAME_MAX_CHARACTERS } from '#protocol/api/values.ts';
import { holds } from '#test/builders/seeded-property.ts';
import { aCloud, type Client, type TestCloud } from './cloud-fixture.ts';
import { appOf, managerOf } from './callers.ts';
import { aHouse, invite, type House } from './house.ts';
import { importFile, previewFile } from './imports-at.ts';

const DAY_S = 86_400;
const nowS = ({ clock }: TestCloud): number => Math.floor(clock.nowMs() / 1000);

const exported = (client: Client, house: House, query: Record<string, string> = {}) =>
  client.call('exportPeople', { params: { propertyId: house.propertyId }, query });

const cellsOf = (bytes: Uint8Array): string[][] => parse(new TextDecoder().decode(bytes), { bom: true });

/** But for how far their mails are, which goes on by itself. */
const everybody = async (client: Client, house: House) => {
  const { items } = await client.call('listPeople', {
    params: { propertyId: house.propertyId },
    query: { showExpired: 'true' },
  });
  return items.map(({ mail: _mail, ...person }) => person);
};

test('an export that is uploaded where it came from changes nothing', async () => {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager);
  const now = nowS(cloud);
  await invite(manager, house, {
    email: 'ada@example.com',
    keys: ['Unit', 'Front'],
    expiresAtS: now + 40 * DAY_S,
  });
  const ben = await invite(manager, house, {
    email: 'ben@example.com',
    keys: ['Unit'],
    startsAtS: now + 3 * DAY_S + 17,
    expiresAtS: now + 9 * DAY_S + 1,
  });
  await manager.call('grantKey', { params: { personId: ben.id }, body: { keyId: house.key('Front') } });
  await invite(manager, house, { email: 'nokey@example.com', keys: [] });
  const gone = await invite(manager, house, { email: 'gone@example.com' });
  await manager.call('revokeAllKeys', { params: { personId: gone.id } });
  const file = await exported(manager, house, { showExpired: 'true' });
  // Two pairs of dates are two rows; who was revoked holds nothing that could come back.
  expect(
    cellsOf(file)
      .map((row) => [row[2], row[7]])
      .sort(),
  ).toEqual([
    ['ada@example.com', expect.stringMatching(/^(Unit;Front|Front;Unit)$/)],
    ['ben@example.com', 'Front'],
    ['ben@example.com', 'Unit'],
    ['email', 'keys'],
    ['gone@example.com', ''],
    ['nokey@example.com', ''],
  ]);
  expect(cellsOf(await exported(manager, house)).map((row) => row[2])).not.toContain('gone@example.com');
  const before = await everybody(manager, house);
  const result = await importFile(manager, house, file);
  expect(result).toMatchObject({ rows: 5, unchanged: 5, skipped: 0, doorsToSync: [] });
  expect(await everybody(manager, house)).toEqual(before);
});

test('whatever names people and Keys have, the file holds no formula and is read back whole', async () => {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager);
  const params = { propertyId: house.propertyId };
  const wild = [
    '=HYPERLINK("http://x")',
    '+1',
    '-2+3',
    '@SUM(A1)',
    "'=1",
    "''-",
    'a;b',
    'a\\;b\\',
    '"x",y',
    'Ünï 😀',
  ];
  const keyIds: string[] = [];
  for (const name of wild) {
    const { id } = await manager.call('createKey', { params, body: { name, doors: [] } });
    keyIds.push(id);
  }
  for (const [i, name] of wild.entries()) {
    await manager.call('invitePerson', {
      params,
      body: {
        email: `${i === 0 ? '+' : 'p'}${i}@example.com`,
        firstName: name,
        lastName: `${name} ${i}`,
        phone: '+1 555 0100',
        keyIds: i === 0 ? keyIds : [keyIds[i]!],
      },
    });
  }
  const file = await exported(manager, house);
  for (const row of cellsOf(file)) for (const cell of row) expect(cell).not.toMatch(/^[=+\-@\t\r]/);
  const preview = await previewFile(manager, house, file);
  expect(preview.errors).toEqual([]);
  expect(preview).toMatchObject({ rows: wild.length, unchanged: wild.length });
  // At another property of the same Keys it makes the same people.
  const other = await aHouse(manager, { name: 'Other' });
  for (const name of wild) {
    await manager.call('createKey', { params: { propertyId: other.propertyId }, body: { name, doors: [] } });
  }
  expect(await importFile(manager, other, file)).toMatchObject({ invites: wild.length, skipped: 0 });
  const plain = async (at: House) =>
    (await everybody(manager, at)).map(({ firstName, lastName, email, phone, grants }) => [
      firstName,
      lastName,
      email,
      phone,
      grants.map(({ keyName }) => keyName).sort(),
    ]);
  expect(await plain(other)).toEqual(await plain(house));
});

test('any cell is neutral as it is written, and read back as it was', () => {
  holds(
    fc.property(
      fc.string({
        unit: fc.oneof(
          fc.constantFrom('=', '+', '-', '@', '\t', '\r', '\n', "'", ';', '|', ',', ' '),
          fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
        ),
      }),
      (cell) => {
        expect(neutralised(cell)).not.toMatch(/^[=+\-@\t\r]/);
        expect(neutralised(cell)).not.toMatch(/[;|,\t\r\n] *[=+\-@]/);
        expect(readBack(neutralised(cell))).toBe(cell);
      },
    ),
  );
});

test('any names of Keys go through one cell, whatever they are made of', () => {
  const name = fc
    .array(fc.constantFrom('a', ';', '\\', "'", '=', ' ', 'é', '"', ',', '😀'), {
      minLength: 1,
      maxLength: 12,
    })
    .map((parts) => Line.safeParse(parts.join('')).data)
    .filter((text): text is string => text !== undefined && text.length <= NAME_MAX_CHARACTERS);
  holds(
    fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 6 }), (names) => {
      const cell = neutralised(keysCell(names));
      const quoted = `"${cell.replaceAll('"', '""')}"`;
      const text = `first name,last name,email,keys\nA,B,a@example.com,${quoted}\n`;
      const [row] = parseCsv(new TextEncoder().encode(text)).rows;
      const values = readRow(row!, 'UTC');
      expect(Array.isArray(values) ? values : values.keyNames).toEqual(names);
      expect(keyNamesOf(keysCell(names))).toEqual(names);
    }),
  );
});

test('any second of any zone goes through a date cell, whole days as people write them', () => {
  const zone = fc.constantFrom(
    'UTC',
    'America/New_York',
    'Europe/Berlin',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
  );
  const side = fc.constantFrom('from' as const, 'through' as const);
  holds(
    fc.property(zone, side, fc.integer({ min: 0, max: 4_200_000_000 }), (where, which, atS) => {
      expect(readDate(dateCell(atS, where, which), where, which)).toBe(atS);
    }),
  );
  expect(dateCell(Date.UTC(2028, 0, 1, 5) / 1000, 'America/New_York', 'through')).toBe('2027-12-31');
  expect(dateCell(Date.UTC(2028, 0, 1, 5) / 1000, 'America/New_York', 'from')).toBe('2028-01-01');
  expect(dateCell(Date.UTC(2027, 6, 1, 12, 30) / 1000, 'Europe/Berlin', 'from')).toBe('2027-07-01 14:30');
  // The second time in the night when clocks go back can only be told in UTC.
  expect(dateCell(Date.UTC(2027, 10, 7, 6, 30) / 1000, 'America/New_York', 'from')).toBe(
    '2027-11-07T06:30:00Z',
  );
  for (const wrong of ['2027-02-30T00:00:00Z', '2027-99-01T00:00:00Z', '2027-01-01T24:61:00Z'])
    expect([wrong, readDate(wrong, 'UTC', 'from')]).toEqual([wrong, undefined]);
});

test('guests are left out, and a manager of named Keys exports these alone', async () => {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager);
  const keyId = house.key('Unit');
  await manager.call('editKey', { params: { keyId }, body: { mayShare: true } });
  await invite(manager, house, { keys: ['Unit', 'Front'] });
  const { items } = await manager.call('listPeople', { params: { propertyId: house.propertyId } });
  await manager.call('editPerson', { params: { personId: items[0]!.id }, body: { mayShare: true } });
  const app = await appOf(cloud, 'ada@example.com');
  await app.call('inviteGuest', {
    body: { keyId, email: 'guest@example.com', firstName: 'G', lastName: 'G' },
  });
  await invite(manager, house, { email: 'ben@example.com', keys: ['Unit'] });
  expect(
    cellsOf(await exported(manager, house))
      .map((row) => row[2])
      .sort(),
  ).toEqual(['ada@example.com', 'ben@example.com', 'email']);
  const specific = await managerOf(cloud, {
    email: 'specific@example.com',
    at: { [house.propertyId]: { keyManagement: 'specific', keyIds: [house.key('Front')] } },
  });
  expect(cellsOf(await exported(specific, house)).map((row) => [row[2], row[7]])).toEqual([
    ['email', 'keys'],
    ['ada@example.com', 'Front'],
  ]);
});
