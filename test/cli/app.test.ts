// The phone's commands beside the doors, against a real cloud: signing in, what the account has, guests, another code.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Journal } from '#gateway/journal.ts';
import { codesOf, invite } from '#test/cloud/house.ts';
import { mailTo, tokenIn } from '#test/cloud/mailbox.ts';
import { doorSync } from '#test/cloud/paper-lock.ts';
import { ADA, aResident, app, inviteBen, PASSWORD } from './phone-house.ts';

test('a sign-in registers the phone; another one takes its place, which both are told', async () => {
  const { cloud, login } = await aResident();
  const first = await login('first', '--label', 'Old phone');
  expect([first.exit, first.last['result']]).toEqual([0, { email: ADA, doors: 2 }]);
  expect((await login('first', '--label', 'Renamed')).last['result']).not.toHaveProperty('replaced');
  const second = await login('second', '--label', 'New phone');
  expect(second.last['result']).toMatchObject({ replaced: 'Old phone' });
  const doors = await app(cloud, 'first', ['doors']);
  expect(JSON.stringify(doors.objects)).toContain('not the phone of the account');
  // Its key was given up, which no cloud takes again: it makes a new one.
  const key = readFileSync(join(first.files, 'phone.key'), 'utf8');
  expect((await login('first')).exit).toBe(0);
  expect(readFileSync(join(first.files, 'phone.key'), 'utf8')).not.toBe(key);
  expect(JSON.stringify((await app(cloud, 'first', ['doors'])).objects)).not.toContain('not the phone');
});

test('a new key that the cloud does not take leaves the one before in use', async () => {
  const { login } = await aResident();
  const { files } = await login('phone');
  const keyNow = (): string => readFileSync(join(files, 'phone.key'), 'utf8');
  // So many are taken within an hour.
  for (;;) {
    const before = keyNow();
    const { exit, last } = await login('phone', '--new-key');
    if (exit === 0) {
      expect(keyNow()).not.toBe(before);
      continue;
    }
    expect([last['code'], keyNow()]).toEqual(['TOO_MANY_ATTEMPTS', before]);
    break;
  }
});

test('a wrong password, and none, keep nothing', async () => {
  const { cloud } = await aResident();
  const wrong = await app(cloud, 'phone', ['login', ADA], { input: 'another one, wrong\n' });
  expect([wrong.exit, wrong.last['code'], existsSync(wrong.files)]).toEqual([3, 'SIGN_IN_REFUSED', false]);
  const none = await app(cloud, 'phone', ['login', ADA]);
  expect([none.exit, none.last['code'], existsSync(none.files)]).toEqual([2, 'INPUT_NEEDED', false]);
  for (const args of [['doors'], ['codes'], ['sync'], ['unlock', '4B'], ['revoke', 'x@example.com']])
    expect(await app(cloud, 'phone', args)).toMatchObject({ exit: 3, last: { code: 'PHONE_NOT_SIGNED_IN' } });
});

test('doors say what opens now, what waits for a sync, and what has no lock', async () => {
  const { cloud, login } = await aResident();
  await login('phone');
  const { exit, objects } = await app(cloud, 'phone', ['doors']);
  expect(exit).toBe(0);
  expect(objects.filter(({ event }) => event === 'door')).toEqual([
    expect.objectContaining({ door: '4B', opensNow: true, syncNeeded: true, hasLock: true }),
    expect.objectContaining({ door: 'Entrance', opensNow: true, hasLock: false }),
  ]);
  const none = await app(cloud, 'phone', ['unlock', 'Nowhere']);
  expect([none.exit, none.last['code']]).toEqual([2, 'DOOR_UNKNOWN']);
  const without = await app(cloud, 'phone', ['unlock', 'Entrance']);
  expect([without.exit, without.last['code']]).toEqual([1, 'DOOR_CLOSED']);
  expect((await app(cloud, 'phone', ['unlock', '4B'])).last['code']).toBe('AIR_UNREACHABLE');
});

test('codes are shown, and that of the residence can be another', async () => {
  const { cloud, manager, house, lock, person, login } = await aResident();
  await login('phone');
  await doorSync(manager, house.door('4B'), lock);
  const before = await codesOf(manager, person.id);
  const codes = async () =>
    (await app(cloud, 'phone', ['codes'])).objects
      .filter(({ event }) => event === 'code')
      .map(({ door, code, atLock }) => [door, code, atLock]);
  expect(await codes()).toEqual([
    ['4B', before['4B'], 'live'],
    ['Entrance', before['Entrance'], 'no-lock'],
  ]);
  const reset = await app(cloud, 'phone', ['reset-code', '4B']);
  const { code } = reset.last['result'] as { code: string };
  expect([reset.exit, code === before['4B']]).toEqual([0, false]);
  expect((await codes())[0]).toEqual(['4B', code, 'waits-for-sync']);
  const communal = await app(cloud, 'phone', ['reset-code', 'Entrance']);
  expect([communal.exit, communal.last['code']]).toEqual([1, 'CODE_NOT_RESETTABLE']);
  expect((await app(cloud, 'phone', ['reset-code', 'Nowhere'])).last['code']).toBe('DOOR_UNKNOWN');
});

test('a guest is invited with a Key that may be shared, and revoked again', async () => {
  const { cloud, login } = await aResident();
  await login('phone');
  const guest = (key: string, ...more: string[]) => inviteBen(cloud, key, ...more);
  const wrongKey = await guest('Front');
  expect([wrongKey.exit, wrongKey.last['code']]).toEqual([2, 'USAGE']);
  expect(wrongKey.last['next']).toContain('Unit');
  for (const time of ['tomorrow', '2037-03-01', '2037-03-01T18:00', '2037-02-30T18:00Z'])
    expect((await guest('Unit', '--end', time)).exit).toBe(2);
  // As programs write it.
  const invited = await guest('Unit', '--end', '2037-03-01T17:00:00.250Z');
  expect([invited.exit, invited.last['result']]).toEqual([
    0,
    expect.objectContaining({ email: 'ben@example.com', key: 'Unit', state: 'current' }),
  ]);
  expect((await guest('Unit')).last['code']).toBe('GRANT_EXISTS');
  const nobody = await app(cloud, 'phone', ['revoke', 'eve@example.com']);
  expect([nobody.exit, nobody.last['next']]).toEqual([2, expect.stringContaining('ben@example.com')]);
  const otherKey = await app(cloud, 'phone', ['revoke', 'ben@example.com', '--key', 'Front']);
  expect(otherKey.exit).toBe(2);
  const revoked = await app(cloud, 'phone', ['revoke', 'BEN@example.com']);
  expect([revoked.exit, revoked.last['result']]).toEqual([0, expect.objectContaining({ keys: ['Unit'] })]);
  expect((await app(cloud, 'phone', ['revoke', 'ben@example.com'])).exit).toBe(2);
});

test('a guest with a doorcode is invited with the codes of today, for the host to pass on', async () => {
  const { cloud, login } = await aResident();
  await login('phone');
  const { exit, objects } = await app(cloud, 'phone', [
    'invite',
    'ben@example.com',
    '--key',
    'Unit',
    '--first-name',
    'Ben',
    '--last-name',
    'B',
    '--doorcode',
  ]);
  expect(exit).toBe(0);
  const codes = objects.filter(({ event }) => event === 'code');
  expect(codes.map(({ door }) => door)).toContain('4B');
});

/** Ben has an account as well. */
async function aSharedPhone() {
  const resident = await aResident();
  const { cloud, manager, house } = resident;
  await invite(manager, house, { email: 'ben@example.com', keys: ['Front'] });
  const token = tokenIn(await mailTo(cloud.dataFolder, 'ben@example.com', 'Welcome to House'));
  await manager.withToken(undefined).call('setPassword', { body: { token, password: PASSWORD } });
  const ben = (phone: string) =>
    app(cloud, phone, ['login', 'ben@example.com', '--yes'], { input: `${PASSWORD}\n` });
  return { ...resident, ben };
}

test('a login as somebody else while another command carries ends its own sign-in and changes nothing here', async () => {
  const { cloud, login, ben } = await aSharedPhone();
  const { files } = await login('phone');
  const kept = readFileSync(join(files, 'token'), 'utf8');
  const journal = await Journal.open(files);
  expect((await ben('phone')).last).toMatchObject({ code: 'JOURNAL_BUSY' });
  await journal.close();
  expect(readFileSync(join(files, 'token'), 'utf8')).toBe(kept);
  expect((await ben('second')).exit).toBe(0);
  expect((await app(cloud, 'second', ['phones'])).last['result']).toEqual({ phones: 1, signIns: 1 });
});

test('a phone that signs in as somebody else forgets what the one before was told', async () => {
  const { login, ben } = await aSharedPhone();
  await login('phone');
  const other = await ben('phone');
  expect([other.exit, other.last['result']]).toMatchObject([0, { email: 'ben@example.com', doors: 1 }]);
  expect(readFileSync(join(other.files, 'known.json'), 'utf8')).not.toContain(ADA);
});
