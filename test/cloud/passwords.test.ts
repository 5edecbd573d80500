// Passwords by links from mails: set once, in time, by whoever gets the mail, and by nobody else.
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import type { LogFields } from '#protocol/ports/log.ts';
import { aCloud, MANAGER, type TestCloud } from './cloud-fixture.ts';
import { withStore } from './callers.ts';
import { aHouse, invite } from './house.ts';
import { mailsTo, mailTo, tokenIn } from './mailbox.ts';

const PASSWORD = 'four unrelated words';
const ADA = 'ada@example.com';

const open = (cloud: TestCloud) => cloud.manager.withToken(undefined);

async function resetTokenOf(cloud: TestCloud, email: string): Promise<string> {
  await open(cloud).call('requestPasswordReset', { body: { email } });
  return tokenIn(await mailTo(cloud.dataFolder, email, 'Set your password'));
}

test('an invited resident sets a password by the welcome mail and signs in to the app, and to nothing else', async () => {
  const cloud = await aCloud();
  const house = await aHouse(cloud.manager);
  await invite(cloud.manager, house);
  const mail = await mailTo(cloud.dataFolder, ADA, 'Welcome to House');
  expect(mail.text).toContain('Hello Ada');
  expect(mail.html).toContain('<html lang="en">');
  const token = tokenIn(mail);
  expect(mail.html).toContain(`${cloud.url}/password#token=${token}`);
  const set = await open(cloud).call('setPassword', { body: { token, password: PASSWORD } });
  expect(set).toEqual({ email: ADA, surfaces: ['app'] });
  const signedIn = await open(cloud).call('signIn', {
    body: { email: ADA, password: PASSWORD, surface: 'app' },
  });
  const app = open(cloud).withToken(signedIn.token);
  expect(await app.call('session')).toMatchObject({ email: ADA, scopes: ['app'], portfolioId: null });
  expect((await app.refused('listProperties')).code).toBe('SCOPE_MISSING');
  const people = await cloud.manager.call('listPeople', { params: { propertyId: house.propertyId } });
  expect(people.items[0]).toMatchObject({
    email: ADA,
    account: 'active',
    mail: { kind: 'welcome', state: 'sent' },
  });
  // A right password changes nothing about where the account has business.
  const door = { email: ADA, password: PASSWORD };
  const refusals = [
    await open(cloud).refused('signIn', { body: door }),
    await open(cloud).refused('signIn', { body: { ...door, password: 'another one, wrong' } }),
  ];
  expect(refusals[0]).toMatchObject({ code: 'SIGN_IN_REFUSED' });
  expect(refusals[1]).toEqual(refusals[0]);
});

test('forgot password opens an invitation whose welcome was lost, with the address that was invited', async () => {
  const cloud = await aCloud();
  await invite(cloud.manager, await aHouse(cloud.manager));
  cloud.clock.advanceS(8 * 86_400);
  const token = await resetTokenOf(cloud, ADA);
  await open(cloud).call('setPassword', { body: { token, password: PASSWORD } });
  await open(cloud).call('signIn', { body: { email: ADA, password: PASSWORD, surface: 'app' } });
});

test('a welcome link ends after seven days and a reset link after an hour', async () => {
  const cloud = await aCloud();
  await invite(cloud.manager, await aHouse(cloud.manager));
  const welcome = tokenIn(await mailTo(cloud.dataFolder, ADA, 'Welcome'));
  const tryWith = async (token: string) =>
    (await open(cloud).refused('setPassword', { body: { token, password: 'password1234' } })).code;
  cloud.clock.advanceS(7 * 86_400 - 30);
  expect(await tryWith(welcome)).toBe('PASSWORD_REFUSED');
  const reset = await resetTokenOf(cloud, ADA);
  cloud.clock.advanceS(30);
  expect(await tryWith(welcome)).toBe('LINK_ENDED');
  cloud.clock.advanceS(3_600 - 60);
  expect(await tryWith(reset)).toBe('PASSWORD_REFUSED');
  cloud.clock.advanceS(60);
  expect(await tryWith(reset)).toBe('LINK_ENDED');
});

test('of fifty who use one link at once one sets the password, and the link is no good afterwards', async () => {
  const cloud = await aCloud();
  const token = await resetTokenOf(cloud, MANAGER.email);
  const passwords = Array.from({ length: 50 }, (_, i) => `four unrelated words ${i}`);
  const statuses = await Promise.all(
    passwords.map(
      async (password) => (await open(cloud).fetch('setPassword', { body: { token, password } })).status,
    ),
  );
  expect(statuses.filter((status) => status === 200)).toHaveLength(1);
  // Those beyond the twentieth from one place are made to wait.
  expect(statuses.filter((status) => ![200, 410, 429].includes(status))).toEqual([]);
  expect(statuses.filter((status) => status === 410).length).toBeGreaterThan(10);
  const winner = passwords[statuses.indexOf(200)] ?? '';
  await open(cloud).call('signIn', { body: { email: MANAGER.email, password: winner } });
  cloud.clock.advanceS(900);
  expect((await open(cloud).refused('setPassword', { body: { token, password: PASSWORD } })).code).toBe(
    'LINK_ENDED',
  );
  await mailTo(cloud.dataFolder, MANAGER.email, 'was changed');
});

test('enumeration: forgot password answers alike for every address, and writes to accounts alone', async () => {
  const cloud = await aCloud();
  const replies: string[] = [];
  for (const email of [MANAGER.email, 'nobody@example.com']) {
    const response = await open(cloud).fetch('requestPasswordReset', { body: { email } });
    replies.push(`${response.status} ${await response.text()}`);
  }
  expect(replies).toEqual(['202 {}', '202 {}']);
  await mailTo(cloud.dataFolder, MANAGER.email, 'Set your password');
  expect(await mailsTo(cloud.dataFolder, 'nobody@example.com')).toEqual([]);
  const states = await withStore(cloud, (store) =>
    store.read((trx) =>
      trx.selectFrom('mails').select(['to_address', 'state']).orderBy('to_address').execute(),
    ),
  );
  expect(states).toEqual([
    { to_address: MANAGER.email, state: 'sent' },
    { to_address: 'nobody@example.com', state: 'dropped' },
  ]);
});

test('an address is sent five links an hour, and nobody is told when it is more', async () => {
  const cloud = await aCloud();
  const statuses: number[] = [];
  for (let i = 0; i < 8; i++) {
    statuses.push((await open(cloud).fetch('requestPasswordReset', { body: { email: ADA } })).status);
  }
  expect(statuses).toEqual(Array(8).fill(202));
  const rows = await withStore(cloud, (store) =>
    store.read((trx) => trx.selectFrom('mails').select('id').execute()),
  );
  expect(rows).toHaveLength(5);
});

test('a tampered Host header changes no link', async () => {
  const cloud = await aCloud({ publicUrl: 'https://doors.example.com/os/' });
  const asked = request(`${cloud.url}/api/v1/password-resets`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      forwarded: 'host=evil.example;proto=http',
    },
  });
  asked.end(JSON.stringify({ email: MANAGER.email }));
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  answer.resume();
  expect(answer.statusCode).toBe(202);
  const mail = await mailTo(cloud.dataFolder, MANAGER.email, 'Set your password');
  expect(mail.text).toContain('https://doors.example.com/os/password#token=');
  expect(`${mail.text ?? ''}${String(mail.html)}`).not.toContain('evil');
});

test('a token of a link is in no log, in no column of the database, and in no answer', async () => {
  const lines: string[] = [];
  const write = (event: string, fields?: LogFields): void => void lines.push(JSON.stringify([event, fields]));
  const cloud = await aCloud({ log: { debug: write, info: write, warn: write, error: write } });
  const token = await resetTokenOf(cloud, MANAGER.email);
  const dump = await withStore(cloud, (store) =>
    store.read(async (trx) => [
      await trx.selectFrom('password_links').selectAll().execute(),
      await trx.selectFrom('mails').selectAll().execute(),
      await trx.selectFrom('outbox').selectAll().execute(),
    ]),
  );
  await open(cloud).call('setPassword', { body: { token, password: PASSWORD } });
  expect(JSON.stringify(dump) + lines.join()).not.toContain(token.slice(4));
  expect(lines.join()).not.toContain(MANAGER.email);
});

test('passwords that anybody tries first are refused, and the link stays good', async () => {
  const cloud = await aCloud();
  await invite(cloud.manager, await aHouse(cloud.manager), { email: 'adalovelace@example.com' });
  const token = tokenIn(await mailTo(cloud.dataFolder, 'adalovelace@example.com', 'Welcome'));
  const codes: string[] = [];
  for (const password of [
    'qwertyuiop',
    'Basketball!99',
    'aaaaaaaaaaaa',
    'abcdefghijkl',
    'AdaLovelace1',
    'short',
  ]) {
    codes.push((await open(cloud).refused('setPassword', { body: { token, password } })).code);
  }
  expect(codes).toEqual([...Array<string>(5).fill('PASSWORD_REFUSED'), 'INPUT_INVALID']);
  await open(cloud).call('setPassword', { body: { token, password: PASSWORD } });
});

test('who is signed in changes the password by the present one, and is the only one left signed in', async () => {
  const cloud = await aCloud();
  const sign = async (password = MANAGER.password) =>
    open(cloud).withToken((await open(cloud).call('signIn', { body: { ...MANAGER, password } })).token);
  const [here, elsewhere] = [await sign(), await sign()];
  const wrong = await here.refused('changePassword', {
    body: { present: 'not this one', password: PASSWORD },
  });
  expect(wrong.code).toBe('SIGN_IN_REFUSED');
  const same = await here.refused('changePassword', {
    body: { present: MANAGER.password, password: 'qwertyuiop' },
  });
  expect(same.code).toBe('PASSWORD_REFUSED');
  const { ended } = await here.call('changePassword', {
    body: { present: MANAGER.password, password: PASSWORD },
  });
  expect(ended).toBe(2);
  await here.call('session');
  expect((await elsewhere.refused('session')).code).toBe('NOT_SIGNED_IN');
  expect((await cloud.manager.refused('session')).code).toBe('NOT_SIGNED_IN');
  await sign(PASSWORD);
  const { items } = await here.call('listAudit', { query: { action: 'changePassword' } });
  expect(items).toHaveLength(1);
});
