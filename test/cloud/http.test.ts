// The HTTP surface: what is not asked for in the right form is refused in the right form.
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openDataFolder } from '#cloud/data-folder.ts';
import { REQUEST_DEADLINE_MS } from '#cloud/http/router.ts';
import { systemClock } from '#protocol/node/system-clock.ts';
import { aCloud, problemIn } from './cloud-fixture.ts';
import { aHouse, invite } from './house.ts';

test('a body that is no JSON, of another type, compressed, too large or with unknown fields is refused', async () => {
  const cloud = await aCloud();
  const { manager } = cloud;
  const refused = async (body: string, headers: Record<string, string> = {}): Promise<string> =>
    (await manager.refused('createProperty', { body, headers })).code;
  expect(await refused('{')).toBe('BODY_UNREADABLE');
  expect(await refused('{"name":"P","zone":"UTC"}', { 'content-type': 'text/plain' })).toBe('MEDIA_TYPE');
  expect(await refused('{"name":"P","zone":"UTC"}', { 'content-encoding': 'gzip' })).toBe('MEDIA_TYPE');
  expect(await refused('{"name":"P","zone":"UTC","extra":1}')).toBe('INPUT_INVALID');
  expect(await refused('{"name":"P","zone":"UTC","__proto__":{"x":1}}')).toBe('INPUT_INVALID');
  expect(await refused('null')).toBe('INPUT_INVALID');
  expect(await refused('[]')).toBe('INPUT_INVALID');
  expect(await refused('{"name":"P","zone":"Mars/Olympus"}')).toBe('INPUT_INVALID');
  expect(await refused('{"name":"P\\nQ","zone":"UTC"}')).toBe('INPUT_INVALID');
  expect(await refused('{"name":"P","zone":"UTC","doorcodeLength":8}')).toBe('INPUT_INVALID');
  expect(await refused(JSON.stringify({ name: 'x'.repeat(1024 * 1024), zone: 'UTC' }))).toBe(
    'BODY_TOO_LARGE',
  );
  expect(await refused(`${'['.repeat(100_000)}${']'.repeat(100_000)}`)).toBe('INPUT_INVALID');
  expect((await manager.call('listProperties')).items).toEqual([]);
});

test('a body or query on a route that takes none is refused', async () => {
  const { manager } = await aCloud();
  expect((await manager.refused('signOut', { body: { a: 1 } })).code).toBe('INPUT_INVALID');
  expect((await manager.refused('session', { query: { a: '1' } })).code).toBe('INPUT_INVALID');
  expect((await manager.refused('listProperties', { query: { limit: '0' } })).code).toBe('INPUT_INVALID');
  expect((await manager.refused('listProperties', { query: { limit: '201' } })).code).toBe('INPUT_INVALID');
  expect((await manager.refused('listProperties', { query: { page: '2' } })).code).toBe('INPUT_INVALID');
  await manager.call('signOut');
});

test('an error names each field by its path and tells the next step', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  const problem = await manager.refused('invitePerson', {
    params: { propertyId: house.propertyId },
    body: { email: 'x', firstName: '', lastName: 'B', keyIds: ['1'], startsAtS: 20, expiresAtS: 10 },
  });
  expect(problem.errors?.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['email', 'firstName', 'keyIds.0']),
  );
  const dates = await manager.refused('invitePerson', {
    params: { propertyId: house.propertyId },
    body: { email: 'a@example.com', firstName: 'A', lastName: 'B', startsAtS: 20, expiresAtS: 10 },
  });
  expect(dates.errors).toEqual([
    { path: 'expiresAtS', message: 'the start must come before the expiration' },
  ]);
  const past = await manager.refused('invitePerson', {
    params: { propertyId: house.propertyId },
    body: {
      email: 'a@example.com',
      firstName: 'A',
      lastName: 'B',
      keyIds: [house.key('Unit')],
      expiresAtS: 10,
    },
  });
  expect(past).toMatchObject({ code: 'INPUT_INVALID', next: expect.stringContaining('revoke') as string });
});

test('names are unique where people tell things apart by them', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  const params = { propertyId: house.propertyId };
  const codes = [
    await manager.refused('createProperty', { body: { name: 'House', zone: 'UTC' } }),
    await manager.refused('createDoor', { params, body: { name: '4B', type: 'residence' } }),
    await manager.refused('createKey', { params, body: { name: 'Unit' } }),
    await manager.refused('editKey', { params: { keyId: house.key('Front') }, body: { name: 'Unit' } }),
    await manager.refused('editDoor', { params: { doorId: house.door('Pool') }, body: { name: '4B' } }),
    await manager.refused('createProperty', {
      body: {
        name: 'Twins',
        zone: 'UTC',
        doors: [
          { name: 'A', type: 'service' },
          { name: 'A', type: 'service' },
        ],
      },
    }),
  ].map(({ code }) => code);
  expect(codes).toEqual(Array(6).fill('NAME_TAKEN'));
  expect((await manager.call('listProperties')).items).toHaveLength(1);
});

test('a Key takes doors of its own property only, and a person its Keys only', async () => {
  const { manager } = await aCloud();
  const [house, other] = [await aHouse(manager), await aHouse(manager, { name: 'Other' })];
  const person = await invite(manager, house);
  const refusals = [
    await manager.refused('putKeyDoor', {
      params: { keyId: house.key('Unit'), doorId: other.door('4B') },
      body: {},
    }),
    await manager.refused('grantKey', {
      params: { personId: person.id },
      body: { keyId: other.key('Unit') },
    }),
    await manager.refused('invitePerson', {
      params: { propertyId: house.propertyId },
      body: { email: 'b@example.com', firstName: 'B', lastName: 'B', keyIds: [other.key('Unit')] },
    }),
  ];
  expect(refusals.map(({ code }) => code)).toEqual(['NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND']);
  const held = await manager.refused('grantKey', {
    params: { personId: person.id },
    body: { keyId: house.key('Unit') },
  });
  expect(held).toMatchObject({ code: 'GRANT_EXISTS', subject: person.grants[0]?.id });
});

test('a request that is repeated with its idempotency key gets the first reply and does nothing', async () => {
  const { manager } = await aCloud();
  const wish = { body: { name: 'P', zone: 'UTC' }, headers: { 'idempotency-key': 'one' } };
  const first = await manager.call('createProperty', wish);
  const replies = await Promise.all(Array.from({ length: 20 }, () => manager.call('createProperty', wish)));
  expect(replies).toEqual(Array(20).fill(first));
  const other = { ...wish, body: { name: 'Q', zone: 'UTC' } };
  expect((await manager.refused('createProperty', other)).code).toBe('IDEMPOTENCY_KEY_REUSED');
  const bad = { ...wish, headers: { 'idempotency-key': 'a b' } };
  expect((await manager.refused('createProperty', bad)).code).toBe('INPUT_INVALID');
  expect((await manager.call('listProperties')).items).toHaveLength(1);
});

test('a request that was refused may be sent again with the same key', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  const params = { propertyId: house.propertyId };
  const headers = { 'idempotency-key': 'k' };
  const wish = { params, headers, body: { name: 'Cellar', type: 'service' as const } };
  const { id } = await manager.call('createDoor', { params, body: { name: 'Cellar', type: 'service' } });
  expect((await manager.refused('createDoor', wish)).code).toBe('NAME_TAKEN');
  await manager.call('editDoor', { params: { doorId: id }, body: { name: 'Attic' } });
  await manager.call('createDoor', wish);
});

test('a change that is not done in time may still be made, and the answer says so', async () => {
  const { dataFolder, clock, manager } = await aCloud();
  await manager.call('session');
  const other = await openDataFolder(dataFolder, clock);
  onTestFinished(() => other.close());
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const holding = new Promise<void>((resolve) => {
    void other.write(async () => {
      resolve();
      await held;
    });
  });
  await holding;
  const after = vi.spyOn(clock, 'after');
  // Long enough for the request to be read, and to wait for its turn to write.
  let deadlineMs = 1_000;
  after.mockImplementation((ms, run) => systemClock.after(ms === REQUEST_DEADLINE_MS ? deadlineMs : ms, run));
  const problem = await manager.refused('createProperty', { body: { name: 'P', zone: 'UTC' } });
  expect(problem).toMatchObject({ code: 'DEADLINE_EXCEEDED', status: 503 });
  expect(problem.detail).toContain('may still have been made');
  deadlineMs = 0;
  const reading = await manager.refused('listProperties');
  expect(reading.code).toBe('DEADLINE_EXCEEDED');
  expect(reading.detail).not.toContain('change');
  after.mockRestore();
  release();
  // Where readers do not wait for writers it comes a moment later.
  let { items } = await manager.call('listProperties');
  while (items.length === 0) ({ items } = await manager.call('listProperties'));
  expect(items).toMatchObject([{ name: 'P' }]);
});

test('replies carry security headers, are not cached, and name no software', async () => {
  const { manager } = await aCloud();
  const response = await manager.fetch('session');
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  expect(response.headers.get('content-security-policy')).toContain("default-src 'self'");
  expect(response.headers.get('x-powered-by')).toBeNull();
  await response.arrayBuffer();
  const anonymous = await manager.withToken(undefined).fetch('session');
  expect(anonymous.headers.get('www-authenticate')).toContain('Bearer');
  expect((await problemIn(anonymous)).type).toBe('urn:doorlab:problem:not-signed-in');
});

test('a stop lets the request in hand finish and then refuses connections', async () => {
  const cloud = await aCloud();
  const house = await aHouse(cloud.manager);
  const { url, manager } = cloud;
  const body = JSON.stringify({ name: 'Cellar', type: 'service' });
  const pending = request(`${url}/api/v1/properties/${house.propertyId}/doors`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${manager.token ?? ''}`,
      'content-type': 'application/json',
      'content-length': body.length,
      // Node answers it once the request is in the server's hands.
      expect: '100-continue',
    },
  });
  pending.flushHeaders();
  await once(pending, 'continue');
  const stopped = cloud.stop();
  const answered = once(pending, 'response') as Promise<[IncomingMessage]>;
  pending.end(body);
  const [response] = await answered;
  expect(response.statusCode).toBe(201);
  response.resume();
  await stopped;
  await expect(fetch(`${url}/healthz`)).rejects.toThrow();
});

test('nothing that is logged holds a token, a code, a password or an address', async () => {
  const lines: string[] = [];
  const line = (event: string, fields?: object): void =>
    void lines.push(`${event} ${JSON.stringify(fields ?? {})}`);
  const cloud = await aCloud({ log: { debug: line, info: line, warn: line, error: line } });
  const house = await aHouse(cloud.manager);
  const person = await invite(cloud.manager, house);
  const { items } = await cloud.manager.call('personCodes', { params: { personId: person.id } });
  await cloud.manager.refused('signIn', { body: { email: 'ada@example.com', password: 'secret word' } });
  const text = lines.join('\n');
  expect(lines.length).toBeGreaterThan(5);
  for (const secret of [cloud.manager.token!, items[0]!.code, 'secret word', 'ada@example.com', 'Example']) {
    expect(text).not.toContain(secret);
  }
});

test('a method that a known path does not take is 405 with those that it takes, for who is signed in', async () => {
  const { url, manager } = await aCloud();
  const put = (path: string, token = manager.token) =>
    fetch(`${url}/api/v1/${path}`, {
      method: 'PUT',
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    });
  const list = await put('properties');
  expect([list.status, list.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
  expect((await problemIn(list)).code).toBe('METHOD_NOT_ALLOWED');
  const one = await put('properties/property_x');
  expect([one.status, one.headers.get('allow')]).toEqual([405, 'GET, HEAD, PATCH']);
  const none = await fetch(`${url}/api/v1/properties`, { method: 'PUT' });
  expect([(await put('nothing')).status, none.status]).toEqual([404, 401]);
});

test('a time zone is kept as IANA writes it, however it was typed', async () => {
  const { manager } = await aCloud();
  const kept = async (zone: string) =>
    (await manager.call('createProperty', { body: { name: zone, zone } })).zone;
  const typed = ['europe/berlin', 'EUROPE/BERLIN', 'Europe/Kyiv', 'america/new_york', 'utc', 'us/eastern'];
  const zones: string[] = [];
  for (const zone of typed) zones.push(await kept(zone));
  const [berlin, newYork] = ['Europe/Berlin', 'America/New_York'];
  expect(zones).toEqual([berlin, berlin, 'Europe/Kyiv', newYork, 'UTC', newYork]);
  const { id } = await manager.call('createProperty', { body: { name: 'P', zone: 'UTC' } });
  const edited = await manager.call('editProperty', {
    params: { propertyId: id },
    body: { zone: 'asia/tokyo' },
  });
  expect(edited.zone).toBe('Asia/Tokyo');
});
