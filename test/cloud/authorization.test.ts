// Who may call what: every route of the table times every kind of caller, so that a new route can't be forgotten.
import { expect, test } from 'vitest';
import { createAccount } from '#cloud/bootstrap.ts';
import { SIGN_IN_ATTEMPTS } from '#cloud/http/server.ts';
import type { Access, Contract, Scope } from '#protocol/api/contract.ts';
import { routes, type RouteName } from '#protocol/api/routes.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { systemClock } from '#protocol/node/system-clock.ts';
import { systemRandom } from '#protocol/node/system-random.ts';
import type { Client } from './cloud-fixture.ts';
import { aCloud, MANAGER, problemIn, temporaryFolder } from './cloud-fixture.ts';

const names = Object.keys(routes) as RouteName[];
const UNKNOWN_TOKEN = `dlt_${'a'.repeat(51)}a`;
/** Ids that no object has. */
const params = new Proxy({}, { get: () => `x_${'a'.repeat(26)}` });

const passes = (access: Access, scopes: readonly Scope[] | undefined): boolean => {
  if (access === 'open') return true;
  if (scopes === undefined) return false;
  return access === 'any' || access.some((scope) => scopes.includes(scope));
};

test('every route refuses every caller without the right token, before it looks at anything else', async () => {
  const cloud = await aCloud();
  const revocable = await cloud.clientOf(['manager']);
  const { items } = await cloud.manager.call('listTokens');
  const callers: [string, Client, readonly Scope[] | undefined][] = [
    ['no token', cloud.manager.withToken(undefined), undefined],
    ['unknown token', cloud.manager.withToken(UNKNOWN_TOKEN), undefined],
    ['malformed token', cloud.manager.withToken('abc'), undefined],
    ['courier', await cloud.clientOf(['courier']), ['courier']],
    ['activator', await cloud.clientOf(['activate']), ['activate']],
    ['manager', cloud.manager, ['manager']],
  ];
  expect(items.length).toBeGreaterThan(1);
  const wrong: unknown[] = [];
  for (const name of names) {
    // Those two end the very tokens that the matrix runs on.
    if (name === 'signOut') continue;
    const contract: Contract = routes[name];
    for (const [who, client, scopes] of callers) {
      const response = await client.fetch(name, {
        params,
        ...(contract.body === undefined ? {} : { body: '' }),
      });
      const refusal =
        response.status === 401 || response.status === 403 ? (await problemIn(response)).code : 'passed';
      const expected = passes(contract.access, scopes)
        ? 'passed'
        : scopes === undefined
          ? 'NOT_SIGNED_IN'
          : 'SCOPE_MISSING';
      if (refusal !== expected) wrong.push([name, who, refusal, expected]);
    }
  }
  expect(wrong).toEqual([]);
  await revocable.call('signOut');
  expect((await revocable.refused('session')).code).toBe('NOT_SIGNED_IN');
});

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

test('guessing passwords ends after the limit, while tokens go on working', async () => {
  const cloud = await aCloud();
  const open = cloud.manager.withToken(undefined);
  const codes: string[] = [];
  for (let i = 0; i <= SIGN_IN_ATTEMPTS; i++) {
    // A malformed wish counts like a wrong one, and costs no argon2id.
    codes.push((await open.refused('signIn', { body: { email: 'x' } })).code);
  }
  expect(codes.slice(0, SIGN_IN_ATTEMPTS)).toEqual(Array(SIGN_IN_ATTEMPTS).fill('INPUT_INVALID'));
  expect(codes.at(-1)).toBe('TOO_MANY_ATTEMPTS');
  expect((await open.refused('signIn', { body: MANAGER })).code).toBe('TOO_MANY_ATTEMPTS');
  await cloud.manager.call('session');
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
