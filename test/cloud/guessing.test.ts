// Guessing passwords: slower and slower, from one place or from many, without keeping the owner out, and without
// telling who has an account.
import { expect, test } from 'vitest';
import { placeOf } from '#cloud/http/visit.ts';
import { delayAfter } from '#cloud/accounts/throttle.ts';
import { withStore } from './callers.ts';
import { aCloud, MANAGER } from './cloud-fixture.ts';
import { mailTo, tokenIn } from './mailbox.ts';
import { attempt, inStore, NOW_S } from './sign-in-attempt.ts';

const RIGHT = { password: MANAGER.password };

test('waits begin after the free failures and double up to their end', () => {
  const rule = { free: 3, delayMaxS: 60, forgetS: 3_600 };
  const waits = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1_000].map((failures) => delayAfter(rule, failures));
  expect(waits).toEqual([0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
});

test('guesses from one place at one account wait after the fifth, and no wait is made longer by more of them', () =>
  inStore(async (store) => {
    const codes: string[] = [];
    for (let i = 0; i < 6; i++) codes.push(await attempt(store, 'a'));
    expect(codes).toEqual([...Array<string>(5).fill('SIGN_IN_REFUSED'), 'TOO_MANY_ATTEMPTS']);
    for (let i = 0; i < 50; i++) await attempt(store, 'a');
    expect(await attempt(store, 'a', { ...RIGHT, nowS: NOW_S + 1 })).toBe('in');
    // A success forgets the failures at this account.
    for (let i = 0; i < 4; i++)
      expect(await attempt(store, 'a', { nowS: NOW_S + 2 })).toBe('SIGN_IN_REFUSED');
  }));

test('a hundred guesses at once are a hundred guesses', () =>
  inStore(async (store) => {
    const codes = await Promise.all(Array.from({ length: 100 }, () => attempt(store, 'a')));
    expect(codes.filter((code) => code === 'SIGN_IN_REFUSED')).toHaveLength(5);
  }));

test(
  'distributed guessing: guesses from many places at one account wait as well, in every process',
  () =>
    inStore(async (store, cloud) => {
      const codes: string[] = [];
      for (let i = 0; i < 12; i++) codes.push(await attempt(store, `place ${i}`));
      expect(codes.filter((code) => code === 'SIGN_IN_REFUSED')).toHaveLength(10);
      expect(codes.slice(10)).toEqual(['TOO_MANY_ATTEMPTS', 'TOO_MANY_ATTEMPTS']);
      await withStore(cloud, async (other) => {
        expect(await attempt(other, 'another place')).toBe('TOO_MANY_ATTEMPTS');
      });
      let nowS = NOW_S;
      let tried = 0;
      for (; nowS < NOW_S + 86_400; nowS += 450) {
        if ((await attempt(store, `later ${nowS}`, { nowS, email: MANAGER.email })) === 'SIGN_IN_REFUSED')
          tried++;
      }
      expect(tried).toBeLessThan(110);
    }),
  120_000,
);

test('spraying: one place that tries many accounts waits after the twentieth', () =>
  inStore(async (store) => {
    const codes: string[] = [];
    for (let i = 0; i < 21; i++) codes.push(await attempt(store, 'a', { email: `p${i}@example.com` }));
    expect(codes.filter((code) => code === 'TOO_MANY_ATTEMPTS')).toHaveLength(1);
  }));

test('the limit is no weapon: the owner gets in from a known place, by a link from a mail, and stays signed in', async () => {
  const cloud = await aCloud();
  const session = cloud.manager;
  await withStore(cloud, async (store) => {
    expect(await attempt(store, 'home', { ...RIGHT })).toBe('in');
    for (let i = 0; i < 30; i++) await attempt(store, `attacker ${i}`);
    expect(await attempt(store, 'new place', RIGHT)).toBe('TOO_MANY_ATTEMPTS');
    expect(await attempt(store, 'home', RIGHT)).toBe('in');
  });
  await session.call('session');
  const open = cloud.manager.withToken(undefined);
  await open.call('requestPasswordReset', { body: { email: MANAGER.email } });
  const token = tokenIn(await mailTo(cloud.dataFolder, MANAGER.email, 'Set your password'));
  await open.call('setPassword', { body: { token, password: 'four unrelated words' } });
  await open.call('signIn', { body: { email: MANAGER.email, password: 'four unrelated words' } });
});

test('hasty tries at one account keep nobody else of the same place out', async () => {
  const cloud = await aCloud();
  cloud.clock.stand();
  const open = cloud.manager.withToken(undefined);
  const codes: string[] = [];
  for (let i = 0; i < 25; i++) {
    codes.push(
      (await open.refused('signIn', { body: { email: 'ada@example.com', password: 'wrong word' } })).code,
    );
  }
  expect(codes).toContain('TOO_MANY_ATTEMPTS');
  await open.call('signIn', { body: MANAGER });
});

test('the answer says how long to wait', async () => {
  const cloud = await aCloud();
  cloud.clock.stand();
  const open = cloud.manager.withToken(undefined);
  const wrong = { body: { ...MANAGER, password: 'wrong password' } };
  for (let i = 0; i < 5; i++) await open.refused('signIn', wrong);
  const response = await open.fetch('signIn', wrong);
  expect(response.status).toBe(429);
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
});

test('enumeration by time: known and unknown addresses take the same CPU time over many tries', () =>
  inStore(async (store) => {
    const cpuOf = async (email: string, i: number): Promise<number> => {
      const before = process.cpuUsage();
      await attempt(store, `place ${email} ${i}`, { email, nowS: NOW_S + i * 86_400 });
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    const known: number[] = [];
    const unknown: number[] = [];
    for (let i = 0; i < 15; i++) {
      known.push(await cpuOf(MANAGER.email, i));
      unknown.push(await cpuOf('nobody@example.com', i));
    }
    const median = (values: number[]): number => values.sort((a, b) => a - b)[7] ?? 0;
    // Without the hash for an unknown address it would be some ten times less.
    expect(median(known) / median(unknown)).toBeGreaterThan(0.5);
    expect(median(known) / median(unknown)).toBeLessThan(2);
  }));

test('one customer of an IPv6 network is one place, and an IPv4 address is itself in either spelling', () => {
  expect(placeOf('2001:db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64');
  expect(placeOf('2001:db8:1:2::9')).toBe('2001:db8:1:2::/64');
  expect(placeOf('2001:db8::1')).toBe('2001:db8:0:0::/64');
  expect(placeOf('fe80::1%eth0')).toBe('fe80:0:0:0::/64');
  expect(placeOf('::1')).toBe('0:0:0:0::/64');
  expect(placeOf('::ffff:192.0.2.1')).toBe('192.0.2.1');
  expect(placeOf('192.0.2.1')).toBe('192.0.2.1');
});
