// What is open to strangers, and what a token is: shown once, ended at once.
import { expect, test } from 'vitest';
import { createAccount } from '#cloud/bootstrap.ts';
import { routes, type RouteName } from '#protocol/api/routes.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { systemClock } from '#protocol/node/system-clock.ts';
import { systemRandom } from '#protocol/node/system-random.ts';
import { aCloud, MANAGER, problemIn, temporaryFolder } from './cloud-fixture.ts';
import { aHouse, invite } from './house.ts';
import { mailTo, tokenIn } from './mailbox.ts';

const names = Object.keys(routes) as RouteName[];
test('only what signs somebody in and health are open, and an unknown path tells a stranger nothing', async () => {
  const cloud = await aCloud();
  expect(names.filter((name) => routes[name].access === 'open')).toEqual([
    'signIn',
    'requestPasswordReset',
    'setPassword',
    'startLockSession',
    'proveLock',
  ]);
  expect(await (await fetch(`${cloud.url}/healthz`)).json()).toEqual({ status: 'ok' });
  expect(await (await fetch(`${cloud.url}/readyz`)).json()).toMatchObject({ status: 'ready' });
  for (const path of ['/', '/api/v1', '/api/v1/nothing', '/api/v1/people/x/../../../etc/passwd', '/.env']) {
    expect([path, (await fetch(cloud.url + path)).status]).toEqual([path, 401]);
  }
  const headers = { authorization: `Bearer ${cloud.manager.token ?? ''}` };
  expect((await problemIn(await fetch(`${cloud.url}/api/v1/nothing`, { headers }))).code).toBe('NOT_FOUND');
  expect((await problemIn(await fetch(`${cloud.url}/api/v1/doors/%ZZ`, { headers }))).code).toBe(
    'INPUT_INVALID',
  );
});

test('signing in gives a token that works, ends, and can be revoked', async () => {
  const cloud = await aCloud();
  const open = cloud.manager.withToken(undefined);
  const made = await open.call('signIn', { body: { ...MANAGER, email: ' MANAGER@example.com' } });
  const signedIn = open.withToken(made.token);
  expect(await signedIn.call('session')).toMatchObject({ email: MANAGER.email, scopes: ['manager'] });
  await cloud.manager.call('revokeToken', { params: { tokenId: made.id } });
  expect((await signedIn.refused('session')).code).toBe('NOT_SIGNED_IN');
  const later = await open.call('signIn', { body: MANAGER });
  cloud.clock.advanceS(later.expiresAtS - later.createdAtS);
  expect((await open.withToken(later.token).refused('session')).code).toBe('NOT_SIGNED_IN');
});

test('a wrong password, an unknown address and an account that was only invited are refused alike', async () => {
  const cloud = await aCloud();
  const { id: propertyId } = await cloud.manager.call('createProperty', { body: { name: 'P', zone: 'UTC' } });
  const body = { email: 'pending@example.com', firstName: 'P', lastName: 'P' };
  await cloud.manager.call('invitePerson', { params: { propertyId }, body });
  const open = cloud.manager.withToken(undefined);
  const refusals = await Promise.all(
    [
      { ...MANAGER, password: 'wrong password' },
      { ...MANAGER, email: 'nobody@example.com' },
      { ...MANAGER, email: 'pending@example.com' },
    ].map((wish) => open.refused('signIn', { body: wish })),
  );
  expect(refusals[0]?.code).toBe('SIGN_IN_REFUSED');
  expect(refusals[1]).toEqual(refusals[0]);
  expect(refusals[2]).toEqual(refusals[0]);
});

test('a token is shown once and never again, and no list holds it', async () => {
  const cloud = await aCloud();
  const { token } = await cloud.manager.call('createToken', {
    body: { label: 'gateway', scopes: ['courier'] },
  });
  const list = JSON.stringify(await cloud.manager.call('listTokens'));
  expect(list).toContain('gateway');
  expect(list).not.toContain(token);
  const repeated = {
    headers: { 'idempotency-key': 'k' },
    body: { label: 'again', scopes: ['courier' as const] },
  };
  const first = await cloud.manager.call('createToken', repeated);
  const second = await cloud.manager.refused('createToken', repeated);
  expect(second).toMatchObject({ code: 'IDEMPOTENCY_REPLAY', subject: first.id });
  expect(JSON.stringify(second)).not.toContain(first.token);
});

test('an account needs a real address, a long password, and is made once', async () => {
  const parts = {
    dataFolder: temporaryFolder(),
    engine: nodeEngine,
    clock: systemClock,
    random: systemRandom,
  };
  const account = (email: string, password: string) => createAccount(parts, { email, password });
  await expect(account('nobody', MANAGER.password)).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  await expect(account('a@example.com', 'short')).rejects.toMatchObject({ code: 'INPUT_INVALID' });
  await account('a@example.com', MANAGER.password);
  await expect(account('A@example.com', MANAGER.password)).rejects.toMatchObject({ code: 'PERSON_EXISTS' });
});

test('a resident who signs in already becomes the first manager of a portfolio, and keeps the own password', async () => {
  const cloud = await aCloud();
  const ada = { email: 'ada@example.com', password: 'four unrelated words' };
  await invite(cloud.manager, await aHouse(cloud.manager));
  const token = tokenIn(await mailTo(cloud.dataFolder, ada.email, 'Welcome'));
  const open = cloud.manager.withToken(undefined);
  await open.call('setPassword', { body: { token, password: ada.password } });
  const { dataFolder, clock } = cloud;
  const parts = { dataFolder, clock, engine: nodeEngine, random: systemRandom };
  const other = { email: ada.email, password: 'what the operator typed', portfolioName: 'Her own' };
  expect((await createAccount(parts, other)).isPasswordSet).toBe(false);
  const { token: session } = await open.call('signIn', { body: ada });
  expect((await open.withToken(session).call('listProperties')).items).toEqual([]);
  expect((await open.refused('signIn', { body: { ...ada, password: other.password } })).code).toBe(
    'SIGN_IN_REFUSED',
  );
});
