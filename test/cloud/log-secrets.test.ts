// The log of a cloud over a whole day of work: each request has its line, and no line holds a secret, however the secret
// is spelled.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { request as httpRequest } from 'node:http';
import { expect, test, vi } from 'vitest';
import { createLog } from '#cli/log.ts';
import { decodeHex, encodeBase32 } from '#protocol/bytes.ts';
import type { Client, TestCloud } from './cloud-fixture.ts';
import { aCloud, MANAGER } from './cloud-fixture.ts';
import { withStore } from './callers.ts';
import { aHouse, codesOf, invite } from './house.ts';
import { mailTo, tokenIn } from './mailbox.ts';
import { aMailServer } from './mail-server.ts';
import { activate, doorSync } from './paper-lock.ts';

interface Line {
  readonly msg: string;
  readonly [field: string]: unknown;
}

function recording() {
  const written: string[] = [];
  let onWritten = (): void => undefined;
  const log = createLog({
    stderr: {
      write(text: string) {
        written.push(text);
        onWritten();
        return true;
      },
    },
    json: true,
    quiet: false,
    verbose: true,
  });
  return {
    log,
    text: () => written.join(''),
    lines: () =>
      written
        .join('')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Line),
    /** Once there are so many lines of requests. */
    until(requests: number): Promise<void> {
      return new Promise((resolve) => {
        onWritten = () => this.requests().length >= requests && resolve();
        onWritten();
      });
    },
    requests(): Line[] {
      return this.lines().filter(({ msg }) => msg === 'request');
    },
  };
}

test('a day of work leaves a line for each request and no secret in any spelling', async () => {
  const record = recording();
  const cloud = await aCloud({ log: record.log });
  const secrets = new Map<string, string>();
  await aDayOfWork(cloud, secrets);
  await cloud.stop();
  await secretsAtRest(cloud, secrets);
  expect(secrets.size).toBeGreaterThan(25);
  const text = record.text();
  const found = [...secrets].flatMap(([what, secret]) =>
    spellingsOf(secret).some((spelling) => isIn(text, spelling)) ? [what] : [],
  );
  expect(found).toEqual([]);
  expect(record.requests().length).toBeGreaterThan(20);
});

test('a mail server that lets nobody in, and a link that is sent, leave no secret in the log', async () => {
  const record = recording();
  const password = 'smtp-p@ssword-of-the-sender';
  const server = await aMailServer({
    options: {
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: (_auth, _session, done) => done(new Error('nobody is let in')),
    },
  });
  const smtpUrl = `smtp://sender:${encodeURIComponent(password)}@127.0.0.1:${server.port}?cleartext=allowed`;
  const refused = await aCloud({ log: record.log, mail: { smtpUrl, from: 'DOOR OS <doors@example.com>' } });
  await invite(refused.manager, await aHouse(refused.manager));
  const isTold = () => expect(record.text()).toContain('mail.not-sent');
  await vi.waitFor(isTold, { timeout: 20_000, interval: 20 });
  const cloud = await aCloud({ log: record.log });
  await invite(cloud.manager, await aHouse(cloud.manager));
  const link = tokenIn(await mailTo(cloud.dataFolder, 'ada@example.com', 'Welcome'));
  const found = [password, 'ada@example.com', link].flatMap((secret) =>
    spellingsOf(secret).filter((spelling) => isIn(record.text(), spelling)),
  );
  expect(found).toEqual([]);
});

/** Signing in, tokens, codes, an activation, a sync, refusals of every kind: what came out is added to the secrets. */
async function aDayOfWork(cloud: TestCloud, secrets: Map<string, string>): Promise<void> {
  const { manager, url } = cloud;
  const keep = (what: string, secret: string | undefined): void => void secrets.set(what, secret ?? '');
  keep('the manager’s token', manager.token);
  keep('the manager’s password', MANAGER.password);
  keep('the manager’s address', MANAGER.email);
  const open = manager.withToken(undefined);
  keep('token of a sign-in', (await open.call('signIn', { body: MANAGER })).token);
  const byCookie = await open.fetch('signIn', { body: { ...MANAGER, session: 'cookie' } });
  const [cookie = ''] = byCookie.headers.getSetCookie();
  keep('cookie', /=([^;]+)/.exec(cookie)?.[1]);
  keep('csrf token', ((await byCookie.json()) as { csrfToken?: string }).csrfToken);
  keep('wrong password', 'hunter2 hunter2');
  await open.refused('signIn', { body: { ...MANAGER, password: 'hunter2 hunter2' } });
  keep(
    'made token',
    (await manager.call('createToken', { body: { label: 'l', scopes: ['courier'] } })).token,
  );

  const house = await aHouse(manager);
  const person = await invite(manager, house, { email: 'ada.lovelace@example.com' });
  keep('address of a person', 'ada.lovelace@example.com');
  const doorId = house.door('4B');
  const lock = await activate(manager, doorId);
  await doorSync(manager, doorId, lock);
  keep('label', lock.label);
  for (const [door, code] of Object.entries(await codesOf(manager, person.id))) keep(`code of ${door}`, code);

  await refusals(manager, url);
  keep('forged token', FORGED);
  keep('search', 'Zaphod Beeblebrox');
  keep('broken body', 'Trillian');
  keep('repeat key', 'a-repeat-key-that-is-secret');
}

const FORGED = `dlt_${'b'.repeat(52)}`;

async function refusals(manager: Client, url: string): Promise<void> {
  await manager.withToken(FORGED).refused('session');
  await manager.refused('createProperty', { body: '{"name":"Trillian", "zo' });
  await manager.refused('createProperty', {
    body: { name: 'Trillian', zone: 'UTC', unknown: 1 },
    headers: { 'idempotency-key': 'a-repeat-key-that-is-secret' },
  });
  const ids = `x_${'a'.repeat(26)}`;
  await manager.refused('listPeople', {
    params: { propertyId: ids },
    query: { search: 'Zaphod Beeblebrox' },
  });
  for (const path of [
    `/api/v1/${FORGED}`,
    `/api/v1/session?token=${FORGED}`,
    `/api/docs/${FORGED}`,
    '/%ff',
  ]) {
    await (
      await fetch(url + path, { headers: { 'x-request-id': FORGED, 'user-agent': FORGED, referer: FORGED } })
    ).text();
  }
}

/** What the folders hold: keys of the cloud, of its locks, and hashes of passwords and tokens. */
async function secretsAtRest(cloud: TestCloud, secrets: Map<string, string>): Promise<void> {
  for (const entry of readdirSync(cloud.keysFolder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.key')) continue;
    const text = readFileSync(join(entry.parentPath, entry.name), 'utf8');
    for (const hex of text.match(/[0-9a-f]{64}/g) ?? []) secrets.set(`${entry.name} ${secrets.size}`, hex);
  }
  await withStore(cloud, (store) =>
    store.read(async (trx) => {
      const locks = await trx.selectFrom('locks').selectAll().execute();
      for (const row of locks) {
        for (const column of ['credential_key', 'daily_key', 'advertising_key'] as const) {
          secrets.set(`${column} of a lock`, Buffer.from(row[column]).toString('hex'));
        }
      }
      for (const { password_hash: hash } of await trx
        .selectFrom('accounts')
        .select('password_hash')
        .execute()) {
        if (hash !== null) secrets.set('hash of a password', hash);
      }
      for (const { id, hash } of await trx.selectFrom('tokens').select(['id', 'hash']).execute()) {
        secrets.set(`hash of ${id}`, Buffer.from(hash).toString('hex'));
      }
      expect(locks.length).toBe(1);
    }),
  );
}

/** As it is, and where it is bytes in hex, base32 and both kinds of base64; text in base64 and hex too. */
function spellingsOf(secret: string): string[] {
  expect(secret.length).toBeGreaterThan(6);
  const bytes = Buffer.from(decodeHex(secret) ?? Buffer.from(secret));
  const spelled = [
    bytes.toString('hex'),
    encodeBase32(bytes),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    createHash('sha256').update(bytes).digest('hex'),
    encodeURIComponent(secret),
  ];
  return [secret, ...spelled];
}

/** A code is found as a number of its own: seven digits stand in many a time by chance. */
const isIn = (text: string, spelling: string): boolean =>
  /^\d+$/.test(spelling)
    ? new RegExp(`(?<!\\d)${spelling}(?!\\d)`).test(text)
    : text.toLowerCase().includes(spelling.toLowerCase());

test('a line says the route, status, time, account and id of its request, and the reply has the same id', async () => {
  const record = recording();
  const cloud = await aCloud({ log: record.log });
  const session = await cloud.manager.call('session');
  const given = await cloud.manager.fetch('session', { headers: { 'x-request-id': 'from-the-proxy-1' } });
  expect(given.headers.get('x-request-id')).toBe('from-the-proxy-1');
  for (const insane of ['short', 'with blank', `x${'y'.repeat(64)}`, 'quote"quote', FORGED, '<script>1']) {
    const response = await cloud.manager.fetch('session', { headers: { 'x-request-id': insane } });
    expect(response.headers.get('x-request-id')).toMatch(/^[a-z2-7]{16}$/);
  }
  await fetch(`${cloud.url}/healthz`);
  await fetch(`${cloud.url}/nothing?a=b`);
  await cloud.stop();
  const [first, second] = record.requests();
  expect(first).toMatchObject({
    level: 'info',
    method: 'GET',
    route: 'session',
    status: 200,
    accountId: session.accountId,
  });
  expect(first?.['ms']).toEqual(expect.any(Number));
  expect(second).toMatchObject({ requestId: 'from-the-proxy-1' });
  const routes = record.requests().map(({ route, status }) => `${String(route)} ${String(status)}`);
  expect(routes).toContain('healthz 200');
  expect(routes).toContain('none 401');
  const ids = record.requests().map(({ requestId }) => requestId);
  expect(new Set(ids).size).toBe(ids.length);
});

test('a caller that goes away leaves a line that says so', async () => {
  const record = recording();
  const cloud = await aCloud({ log: record.log });
  await new Promise<void>((resolve) => {
    const sent = httpRequest(`${cloud.url}/api/v1/properties`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${cloud.manager.token ?? ''}`,
        'content-type': 'application/json',
        'content-length': 1_000,
        expect: '100-continue',
      },
    });
    sent.on('continue', () => sent.destroy());
    sent.on('error', () => undefined);
    sent.on('close', () => resolve());
    sent.flushHeaders();
  });
  await record.until(1);
  expect(record.requests()).toMatchObject([{ route: 'createProperty', cut: true }]);
});

test('what fails here is logged with the id of its request, and without what a database quotes', async () => {
  const record = recording();
  const cloud = await aCloud({ log: record.log });
  const rename = (from: string, to: string): Promise<void> =>
    withStore(cloud, (store) => store.untyped.schema.alterTable(from).renameTo(to).execute());
  await rename('properties', 'elsewhere');
  const response = await cloud.manager.fetch('listProperties', { query: { limit: '7' } });
  await rename('elsewhere', 'properties');
  expect(response.status).toBe(500);
  const failed = record.lines().find(({ msg }) => msg === 'request.failed');
  expect(failed).toMatchObject({ level: 'error', requestId: response.headers.get('x-request-id') });
  expect(String(failed?.['error'])).toMatch(/^\w*error[^\n]*\n\s+at /i);
  expect(record.text()).not.toMatch(/no such table|does not exist|from "properties"/);
});
