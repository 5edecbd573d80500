// The phone's commands around the account, against a real cloud: signing out, how the phone stands, its Keys and guests,
// and a phone that is lost.
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { timeIn } from '#cli/app-time.ts';
import { mailsTo, mailTo } from '#test/cloud/mailbox.ts';
import { BadCloud, TROUBLES } from '#test/world/bad-cloud.ts';
import { ADA, aResident, app, inviteBen, PASSWORD } from './phone-house.ts';

const aSharer = () => aResident(['Unit', 'Front']);

test('a logout ends the sign-in and the phone’s key in the cloud, and wipes both here', async () => {
  const { cloud, manager, login } = await aSharer();
  const { files } = await login('phone');
  const token = readFileSync(join(files, 'token'), 'utf8').trim();
  const out = await app(cloud, 'phone', ['logout']);
  expect([out.exit, out.last['result']]).toEqual([
    0,
    { signedOut: true, email: ADA, toldCloud: true, doorsToKnow: ['4B'], receiptsHeld: 0 },
  ]);
  expect(readdirSync(files)).toEqual(['journal.jsonl']);
  expect((await manager.withToken(token).refused('appMe')).code).toBe('NOT_SIGNED_IN');
  await login('second');
  const phones = await app(cloud, 'second', ['phones']);
  expect(phones.last['result']).toEqual({ phones: 1, signIns: 1 });
  expect((await app(cloud, 'phone', ['logout'])).last['result']).toEqual({ signedOut: false });
});

test('a logout without a cloud wipes the phone all the same, and says what the cloud does not know', async () => {
  const { cloud, login } = await aSharer();
  const { files } = await login('phone');
  await cloud.stop();
  const out = await app(cloud, 'phone', ['logout']);
  expect([out.exit, out.last['result']]).toMatchObject([0, { signedOut: true, toldCloud: false }]);
  expect(readdirSync(files)).toEqual(['journal.jsonl']);
});

test('a token and a key that others may read end with a logout, they before any', async () => {
  const { cloud, manager, login } = await aSharer();
  const { files } = await login('phone');
  const token = readFileSync(join(files, 'token'), 'utf8').trim();
  for (const name of ['token', 'phone.key']) chmodSync(join(files, name), 0o644);
  const out = await app(cloud, 'phone', ['logout']);
  expect([out.exit, out.last['result']]).toMatchObject([0, { signedOut: true, toldCloud: true }]);
  expect((await manager.withToken(token).refused('appMe')).code).toBe('NOT_SIGNED_IN');
  await login('second');
  const [phone] = (await app(cloud, 'second', ['phones'])).objects.filter(({ event }) => event === 'phone');
  expect(phone).toHaveProperty('isThis', true);
});

test('without a cloud a sync and an opening say of when what they go by is', async () => {
  const { cloud, login } = await aSharer();
  await login('phone');
  await cloud.stop();
  const sync = await app(cloud, 'phone', ['sync']);
  expect(JSON.stringify(sync.objects)).toContain('As of ');
  const closed = await app(cloud, 'phone', ['unlock', 'Entrance']);
  expect([closed.exit, closed.last]).toMatchObject([
    1,
    {
      code: 'DOOR_CLOSED',
      message: expect.stringMatching(/has no lock .* That is as of /) as string,
      next: expect.not.stringMatching(/Ask the property/) as string,
    },
  ]);
});

test('a token is told to no other cloud than the one that gave it', async () => {
  const { cloud, login } = await aSharer();
  await login('phone');
  const elsewhere = await app(cloud, 'phone', ['doors'], { url: 'http://127.0.0.1:1' });
  expect([elsewhere.exit, elsewhere.last['code']]).toEqual([3, 'PHONE_NOT_SIGNED_IN']);
});

test('who signs in on the phone of somebody else is asked first; a wrong password signs nobody out', async () => {
  const { cloud, login } = await aSharer();
  const { files } = await login('phone');
  const token = readFileSync(join(files, 'token'), 'utf8');
  const other = ['login', 'ben@example.com'];
  const unasked = await app(cloud, 'phone', other, { input: `${PASSWORD}\n` });
  expect([unasked.exit, unasked.last['code']]).toEqual([2, 'INPUT_NEEDED']);
  const wrong = await app(cloud, 'phone', [...other, '--yes'], { input: 'wrong words\n' });
  expect([wrong.exit, wrong.last['code']]).toEqual([3, 'SIGN_IN_REFUSED']);
  expect(wrong.last['next']).toContain('forgot-password ben@example.com');
  expect(readFileSync(join(files, 'token'), 'utf8')).toBe(token);
});

test('the same account signing in again leaves no second sign-in behind', async () => {
  const { cloud, login } = await aSharer();
  await login('phone');
  await login('phone');
  expect((await app(cloud, 'phone', ['phones'])).last['result']).toEqual({ phones: 1, signIns: 1 });
});

test('a lost phone: its sign-in ends with its key, so that it can register no other', async () => {
  const { cloud, manager, login } = await aSharer();
  const own = await login('own');
  const { files } = await login('lost', '--label', 'Lost phone');
  const token = readFileSync(join(files, 'token'), 'utf8').trim();
  const unasked = await app(cloud, 'own', ['remove-phone']);
  expect([unasked.exit, unasked.last['code']]).toEqual([2, 'INPUT_NEEDED']);
  const removed = await app(cloud, 'own', ['remove-phone', '--yes']);
  expect(removed.last['result']).toMatchObject({ removed: 'Lost phone', signInsEnded: 1 });
  const body = { publicKey: '09'.padEnd(64, '0'), label: 'Another key' };
  expect((await manager.withToken(token).refused('appPhone', { body })).code).toBe('NOT_SIGNED_IN');
  expect((await app(cloud, 'own', ['phones'])).last['result']).toEqual({ phones: 0, signIns: 1 });
  const again = await app(cloud, 'own', ['remove-phone']);
  expect(again.last['result']).toEqual({ removed: null, signInsEnded: 0 });
  expect(existsSync(join(own.files, 'token'))).toBe(true);
});

test('status, Keys and codes tell what there is and until when, in the zone of the building', async () => {
  const { cloud, login } = await aSharer();
  await login('phone', '--label', 'Ada’s phone');
  const status = await app(cloud, 'phone', ['status']);
  expect(status.last['result']).toMatchObject({
    email: ADA,
    properties: ['House'],
    label: 'Ada’s phone',
    isRegistered: true,
    doors: 2,
    behind: ['4B'],
    fetchedAhead: 1,
    receiptsHeld: 0,
  });
  const keys = await app(cloud, 'phone', ['keys']);
  const doorsOf = keys.objects.filter(({ event }) => event === 'key').map(({ key, doors }) => [key, doors]);
  expect(doorsOf).toEqual([
    ['Front', ['Entrance']],
    ['Unit', ['4B', 'Entrance']],
  ]);
  const [code] = (await app(cloud, 'phone', ['codes'])).objects.filter(({ event }) => event === 'code');
  expect(code).toHaveProperty('endsAtS');
  await cloud.stop();
  const old = await app(cloud, 'phone', ['status']);
  expect([old.exit, old.last['result']]).toMatchObject([0, { isOld: true, email: ADA }]);
  expect(JSON.stringify(old.objects)).toMatch(/As of \d{4}-\d\d-\d\d \d\d:\d\d E[SD]T, /);
});

test('guests are listed with Key, doors and end, and one with several Keys is not revoked unasked', async () => {
  const { cloud, login } = await aSharer();
  await login('phone');
  const give = (key: string) => inviteBen(cloud, key);
  expect([(await give('Unit')).exit, (await give('Front')).exit]).toEqual([0, 0]);
  const guests = await app(cloud, 'phone', ['guests']);
  const held = guests.objects.filter(({ event }) => event === 'guest').map(({ key, doors }) => [key, doors]);
  expect(held.sort()).toEqual([
    ['Front', ['Entrance']],
    ['Unit', ['4B', 'Entrance']],
  ]);
  const unasked = await app(cloud, 'phone', ['revoke', 'ben@example.com']);
  expect([unasked.exit, unasked.last['code']]).toEqual([2, 'INPUT_NEEDED']);
  expect((await app(cloud, 'phone', ['revoke', 'ben@example.com', '--yes'])).exit).toBe(0);
  expect((await app(cloud, 'phone', ['guests'])).last['result']).toEqual({ guests: 0 });
  expect((await app(cloud, 'phone', ['guests', '--all'])).last['result']).toEqual({ guests: 2 });
});

test('where a cloud goes in the middle of a revocation, what was revoked is said, and the next one takes the rest', async () => {
  const { cloud, login } = await aSharer();
  await login('phone');
  for (const key of ['Unit', 'Front']) expect((await inviteBen(cloud, key)).exit).toBe(0);
  const bad = await BadCloud.before(() => cloud.url);
  // As if she had signed in there.
  const signIn = join(cloud.folder, 'phone', 'phone', 'sign-in.json');
  writeFileSync(signIn, readFileSync(signIn, 'utf8').replace(cloud.url, bad.url));
  const [guests, one] = ['GET app/guests', 'DELETE app/guests'];
  bad.reset({ at: 2, trouble: TROUBLES['is being started'] });
  const cut = await app(cloud, 'phone', ['revoke', 'ben@example.com', '--yes'], { url: bad.url });
  expect([cut.exit, cut.last['code'], bad.calls]).toEqual([3, 'NOT_READY', [guests, one, one]]);
  const rest = await app(cloud, 'phone', ['revoke', 'ben@example.com', '--yes'], { url: bad.url });
  const revokedBy = ({ objects }: typeof cut) =>
    objects.filter(({ event }) => event === 'revoked').map(({ key }) => key);
  expect([...revokedBy(cut), ...revokedBy(rest)].sort()).toEqual(['Front', 'Unit']);
  await bad.close();
});

test('whoever forgot a password is told the same, whether there is such an account or not', async () => {
  const { cloud } = await aSharer();
  const nobody = 'nobody@example.com';
  for (const email of [ADA, nobody]) {
    const { exit, last } = await app(cloud, 'phone', ['forgot-password', email]);
    expect([exit, last['result']]).toEqual([0, { email }]);
  }
  await mailTo(cloud.dataFolder, ADA, 'Set your password');
  expect(await mailsTo(cloud.dataFolder, nobody)).toEqual([]);
});

test.each([
  ['America/New_York', '2026-03-01 12:00 EST'],
  ['Europe/Berlin', '2026-03-01 18:00 CET'],
  ['Australia/Sydney', '2026-03-02 04:00 AEDT'],
  ['Asia/Tokyo', '2026-03-02 02:00 GMT+9'],
  ['Nowhere/Else', '2026-03-01 17:00 UTC'],
  [undefined, '2026-03-01 17:00 UTC'],
])('a time at %s is read as %s', (zone, text) => {
  expect(timeIn(zone, Date.UTC(2026, 2, 1, 17) / 1_000)).toBe(text);
});
