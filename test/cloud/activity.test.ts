// Activity: who opened what and when, what managers may see of it, and how it is found and exported.
import { expect, test } from 'vitest';
import { readBack } from '#cloud/people-csv/cells.ts';
import type { ActivityRow } from '#protocol/api/activity.ts';
import { invite } from './house.ts';
import { postLog } from './paper-log.ts';
import { aHouseWithLogs, numberOf, seenBy, sentences, dayIn } from './activity-house.ts';

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
