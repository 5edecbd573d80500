// Sessions of the page: a cookie that no other site can use, and that ends when it is not used.
import { expect, test } from 'vitest';
import { aCloud, MANAGER, problemIn, type TestCloud } from './cloud-fixture.ts';
import { appOf, withStore } from './callers.ts';
import { aHouse, invite } from './house.ts';
import { mailTo, tokenIn } from './mailbox.ts';

interface Page {
  readonly cookie: string;
  readonly setCookie: string;
  readonly csrfToken: string;
  fetch(method: string, path: string, headers?: Record<string, string>): Promise<Response>;
}

async function signInPage(
  cloud: TestCloud,
  wish: { email: string; password: string; surface?: 'door-os' | 'app' } = MANAGER,
  headers: Record<string, string> = {},
): Promise<Page> {
  const open = cloud.manager.withToken(undefined);
  const response = await open.fetch('signIn', { body: { ...wish, session: 'cookie' }, headers });
  expect(response.status).toBe(201);
  const setCookie = response.headers.get('set-cookie') ?? '';
  const cookie = setCookie.split(';')[0] ?? '';
  const reply = (await response.json()) as { csrfToken: string; token?: string };
  expect(reply.token).toBeUndefined();
  const fetchAs: Page['fetch'] = (method, path, more = {}) =>
    fetch(`${cloud.url}/api/v1${path}`, { method, headers: { cookie, ...more } });
  return { cookie, setCookie, csrfToken: reply.csrfToken, fetch: fetchAs };
}

const codeOf = async (response: Promise<Response>): Promise<string> => (await problemIn(await response)).code;

test('the cookie is out of reach of scripts and other sites, and goes over TLS alone unless the site is this machine', async () => {
  const here = await signInPage(await aCloud());
  expect(here.setCookie).toMatch(
    /^doorlab=dls_[a-z2-7]+; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/,
  );
  const site = await signInPage(await aCloud({ publicUrl: 'https://doors.example.com' }));
  expect(site.setCookie).toMatch(
    /^__Host-doorlab=dls_[a-z2-7]+; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict; Secure$/,
  );
  const plain = await signInPage(await aCloud({ publicUrl: 'http://doors.example.com' }));
  expect(plain.setCookie).toContain('; Secure');
});

test('cross-site request forgery: a cookie changes nothing without its token, nor from another origin', async () => {
  const cloud = await aCloud();
  const page = await signInPage(cloud);
  const csrf = { 'x-csrf-token': page.csrfToken };
  expect((await page.fetch('GET', '/session')).status).toBe(200);
  expect(await codeOf(page.fetch('POST', '/sign-out'))).toBe('CSRF_REFUSED');
  expect(await codeOf(page.fetch('POST', '/sign-out', { 'x-csrf-token': 'dlc_wrong' }))).toBe('CSRF_REFUSED');
  const other = await signInPage(cloud);
  expect(await codeOf(page.fetch('POST', '/sign-out', { 'x-csrf-token': other.csrfToken }))).toBe(
    'CSRF_REFUSED',
  );
  for (const origin of ['https://evil.example', 'null', `${cloud.url}.evil.example`]) {
    expect(await codeOf(page.fetch('POST', '/sign-out', { ...csrf, origin }))).toBe('CSRF_REFUSED');
  }
  const elsewhere = { ...csrf, 'sec-fetch-site': 'same-site' };
  expect(await codeOf(page.fetch('POST', '/sign-out', elsewhere))).toBe('CSRF_REFUSED');
  const done = await page.fetch('POST', '/sign-out', {
    ...csrf,
    origin: cloud.url,
    'sec-fetch-site': 'same-origin',
  });
  expect(done.status).toBe(200);
  expect(done.headers.get('set-cookie')).toMatch(/^doorlab=; Path=\/; Max-Age=0/);
  expect(await codeOf(page.fetch('GET', '/session'))).toBe('NOT_SIGNED_IN');
});

test('a second tab or a reload learns the token of its session and changes things with it, and no bearer token has one', async () => {
  const cloud = await aCloud();
  const page = await signInPage(cloud);
  const told = async (): Promise<unknown> =>
    ((await (await page.fetch('GET', '/session')).json()) as { csrfToken?: string }).csrfToken;
  expect([await told(), await told()]).toEqual([page.csrfToken, page.csrfToken]);
  expect((await signInPage(cloud)).csrfToken).not.toBe(page.csrfToken);
  expect((await cloud.manager.call('session')).csrfToken).toBeUndefined();
  const csrf = { 'x-csrf-token': String(await told()) };
  expect((await page.fetch('POST', '/sign-out', csrf)).status).toBe(200);
});

test('login forgery: another site cannot sign a browser in', async () => {
  const cloud = await aCloud();
  const problem = await cloud.manager.withToken(undefined).refused('signIn', {
    body: { ...MANAGER, session: 'cookie' },
    headers: { origin: 'https://evil.example' },
  });
  expect(problem.code).toBe('CSRF_REFUSED');
});

test('a cookie is no bearer token, a bearer token no cookie, and both at once are refused', async () => {
  const cloud = await aCloud();
  const page = await signInPage(cloud);
  const [, secret = ''] = page.cookie.split('=');
  const bearer = cloud.manager.token ?? '';
  expect((await cloud.manager.withToken(secret).refused('session')).code).toBe('NOT_SIGNED_IN');
  expect(await codeOf(page.fetch('GET', '/session', { cookie: `doorlab=${bearer}` }))).toBe('NOT_SIGNED_IN');
  expect(await codeOf(page.fetch('GET', '/session', { authorization: `Bearer ${bearer}` }))).toBe(
    'INPUT_INVALID',
  );
});

test('session fixation: signing in makes a new session and ends the one that the browser held', async () => {
  const cloud = await aCloud();
  const planted = await signInPage(cloud);
  const fresh = await signInPage(cloud, MANAGER, { cookie: planted.cookie });
  expect(fresh.cookie).not.toBe(planted.cookie);
  expect(await codeOf(planted.fetch('GET', '/session'))).toBe('NOT_SIGNED_IN');
  // A cookie that comes twice was put there by somebody.
  const twice = { cookie: `${fresh.cookie}; ${planted.cookie}` };
  expect(await codeOf(fresh.fetch('GET', '/session', twice))).toBe('NOT_SIGNED_IN');
});

test('a session ends after two hours without use, and after twelve whatever is done with it', async () => {
  const cloud = await aCloud();
  const idle = await signInPage(cloud);
  const busy = await signInPage(cloud);
  for (let hour = 0; hour < 7; hour++) {
    expect((await busy.fetch('GET', '/session')).status).toBe(200);
    cloud.clock.advanceS(6_000);
  }
  expect(await codeOf(idle.fetch('GET', '/session'))).toBe('NOT_SIGNED_IN');
  cloud.clock.advanceS(1_200 + 12 * 3_600 - 7 * 6_000 - 1_200 - 60);
  expect((await busy.fetch('GET', '/session')).status).toBe(200);
  cloud.clock.advanceS(60);
  expect(await codeOf(busy.fetch('GET', '/session'))).toBe('NOT_SIGNED_IN');
});

test('signing out everywhere ends every session of the account, and leaves couriers at work', async () => {
  const cloud = await aCloud();
  const [here, there] = [await signInPage(cloud), await signInPage(cloud)];
  const courier = await cloud.clientOf(['courier']);
  const list = await cloud.manager.call('listTokens');
  expect(list.items.map(({ kind }) => kind).sort()).toEqual(['bearer', 'bearer', 'session', 'session']);
  const done = await here.fetch('POST', '/sign-out-everywhere', { 'x-csrf-token': here.csrfToken });
  expect(await done.json()).toEqual({ ended: 2 });
  for (const page of [here, there]) expect(await codeOf(page.fetch('GET', '/session'))).toBe('NOT_SIGNED_IN');
  await courier.call('session');
  const told = await withStore(cloud, (store) =>
    store.read((trx) => trx.selectFrom('outbox').select('kind').where('kind', '=', 'token-ended').execute()),
  );
  expect(told).toHaveLength(2);
});

test('a browser holds the session of a manager and of an app, and each request uses the one it is for', async () => {
  const cloud = await aCloud();
  const house = await aHouse(cloud.manager);
  await invite(cloud.manager, house);
  const token = tokenIn(await mailTo(cloud.dataFolder, 'ada@example.com', 'Welcome'));
  const ada = { email: 'ada@example.com', password: 'four unrelated words' };
  await cloud.manager.withToken(undefined).call('setPassword', { body: { token, password: ada.password } });
  const page = await signInPage(cloud);
  const app = await signInPage(cloud, { ...ada, surface: 'app' });
  const cookie = `${page.cookie}; ${app.cookie}`;
  const emailOf = async (headers: Record<string, string>): Promise<unknown> =>
    ((await (await page.fetch('GET', '/session', { cookie, ...headers })).json()) as { email: string }).email;
  expect(await emailOf({})).toBe(MANAGER.email);
  expect(await emailOf({ 'x-doorlab-surface': 'app' })).toBe(ada.email);
  expect((await page.fetch('GET', '/app/doors', { cookie })).status).toBe(200);
  expect((await page.fetch('GET', '/properties', { cookie })).status).toBe(200);
});

test('a portfolio manager sees and ends the tokens of everybody who manages the portfolio, and no other’s', async () => {
  const cloud = await aCloud();
  const house = await aHouse(cloud.manager);
  const stranger = await cloud.strangerOf('Other');
  await cloud.manager.call('addManager', {
    body: {
      email: 'porter@example.com',
      name: 'Porter',
      role: 'property',
      properties: [
        {
          propertyId: house.propertyId,
          rights: { keyManagement: 'limited', deviceManagement: false, activation: false, keyIds: [] },
        },
      ],
    },
  });
  const porter = await cloud.clientOf(['manager'], 'porter@example.com');
  const { items } = await cloud.manager.call('listManagerTokens');
  expect([...new Set(items.map(({ email }) => email))].sort()).toEqual([MANAGER.email, 'porter@example.com']);
  expect((await porter.refused('listManagerTokens')).code).toBe('PERMISSION_MISSING');
  const metrics = { body: { label: 'figures', scopes: ['metrics' as const] } };
  expect((await porter.refused('createToken', metrics)).code).toBe('PERMISSION_MISSING');
  const theirs = items.find(({ email }) => email === 'porter@example.com')!;
  expect((await stranger.refused('revokeManagerToken', { params: { tokenId: theirs.id } })).code).toBe(
    'NOT_FOUND',
  );
  await cloud.manager.call('revokeManagerToken', { params: { tokenId: theirs.id } });
  expect((await porter.refused('session')).code).toBe('NOT_SIGNED_IN');
});

test('an app’s tokens are its own: it neither sees nor ends those of the same account in DOOR OS', async () => {
  const cloud = await aCloud();
  const house = await aHouse(cloud.manager);
  await invite(cloud.manager, house, { email: MANAGER.email });
  const app = await appOf(cloud, MANAGER.email);
  const managed = (await cloud.manager.call('listTokens')).items.map(({ id }) => id);
  const own = (await app.call('listTokens')).items.map(({ id }) => id);
  expect(own).toHaveLength(1);
  expect(managed).not.toContain(own[0]);
  expect((await app.refused('revokeToken', { params: { tokenId: managed[0]! } })).code).toBe('NOT_FOUND');
  await app.call('revokeToken', { params: { tokenId: own[0]! } });
  expect((await app.refused('session')).code).toBe('NOT_SIGNED_IN');
});
