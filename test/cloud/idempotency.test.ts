// Idempotency keys: whatever is sent again, and however many at once, is done once.
import { expect, test, vi } from 'vitest';
import { DatabaseUnavailableError } from '#cloud/db/database-error.ts';
import type { Store } from '#cloud/db/store.ts';
import type { Desk } from '#cloud/desk.ts';
import { once } from '#cloud/http/idempotency.ts';
import type { Contract } from '#protocol/api/contract.ts';
import { routes, type RouteName } from '#protocol/api/routes.ts';
import { nowS, type Clock } from '#protocol/ports/clock.ts';
import { aCloud, MANAGER, type Client } from './cloud-fixture.ts';
import { appOf, withStore } from './callers.ts';
import { aHouse, invite } from './house.ts';

const KEY = { 'idempotency-key': 'a key of its own'.replaceAll(' ', '-') };
const TWENTY = Array.from({ length: 20 });

/** All of a desk that a key needs. */
const deskOn = (store: Store, clock: Clock): Desk =>
  ({ parts: { store, clock }, nowS: () => nowS(clock) }) as unknown as Desk;

const replyOf = (value: unknown) => ({ status: 200, reply: JSON.stringify(value) });

interface Wish {
  readonly params?: Record<string, string>;
  readonly body?: unknown;
}

/** Status and text of each, all sent at once. */
const atOnce = (client: Client, name: RouteName, wish: Wish): Promise<string[]> =>
  Promise.all(
    TWENTY.map(async () => {
      const response = await client.fetch(name, { ...wish, headers: KEY });
      return `${response.status} ${(await response.text()).replace(/"requestId":"[^"]*"/, '')}`;
    }),
  );

test('twenty equal requests at once make one person, and every one of them gets its reply', async () => {
  const { manager } = await aCloud();
  const house = await aHouse(manager);
  const params = { propertyId: house.propertyId };
  const replies = await atOnce(manager, 'invitePerson', {
    params,
    body: { email: 'ada@example.com', firstName: 'Ada', lastName: 'Example', keyIds: [house.key('Unit')] },
  });
  expect(new Set(replies).size).toBe(1);
  expect(replies[0]).toMatch(/^201 /);
  expect((await manager.call('listPeople', { params })).items).toHaveLength(1);
});

test('twenty equal requests whose reply holds a secret make one token, shown to one of them', async () => {
  const { manager } = await aCloud();
  const replies = await atOnce(manager, 'createToken', { body: { label: 'gateway', scopes: ['courier'] } });
  const shown = replies.filter((reply) => reply.startsWith('201 '));
  const others = replies.filter((reply) => !reply.startsWith('201 '));
  expect(shown).toHaveLength(1);
  const { id, token } = JSON.parse(shown[0]!.slice(4)) as { id: string; token: string };
  expect(others.every((reply) => reply.startsWith('409 ') && reply.includes('IDEMPOTENCY_REPLAY'))).toBe(
    true,
  );
  expect(others.every((reply) => reply.includes(id) && !reply.includes(token))).toBe(true);
  const made = (await manager.call('listTokens')).items.filter(({ label }) => label === 'gateway');
  expect(made).toHaveLength(1);
});

test('twenty equal requests of a route with transactions of its own do it once, and all get its reply', async () => {
  const cloud = await aCloud();
  const replies = await atOnce(cloud.manager, 'changePassword', {
    body: { present: MANAGER.password, password: 'four unrelated words' },
  });
  expect(new Set(replies).size).toBe(1);
  expect(replies[0]).toMatch(/^200 /);
  const mails = await withStore(cloud, (store) =>
    store.read((trx) => trx.selectFrom('mails').select('id').execute()),
  );
  expect(mails).toHaveLength(1);
});

test('what such a route refused may be tried again with the same key', async () => {
  const { manager } = await aCloud();
  const send = (present: string) =>
    manager.fetch('changePassword', { body: { present, password: 'four unrelated words' }, headers: KEY });
  const wrong = { body: { present: 'not this one', password: 'four unrelated words' }, headers: KEY };
  expect((await manager.refused('changePassword', wrong)).code).toBe('SIGN_IN_REFUSED');
  expect((await manager.refused('changePassword', wrong)).code).toBe('SIGN_IN_REFUSED');
  expect((await send(MANAGER.password)).status).toBe(200);
});

test('a key that a process took and did not live to finish is not done again, and says so', async () => {
  const cloud = await aCloud();
  const wish = { body: { present: MANAGER.password, password: 'four unrelated words' }, headers: KEY };
  await cloud.manager.call('changePassword', wish);
  await withStore(cloud, (store) =>
    store.write((trx) => trx.updateTable('idempotency').set({ status: 0, reply: '' }).execute()),
  );
  cloud.clock.advanceS(121);
  expect((await cloud.manager.refused('changePassword', wish)).code).toBe('IDEMPOTENCY_REPLAY');
});

test('what is done keeps its key where its reply could not be kept, and is not done again', async () => {
  const cloud = await aCloud();
  const repeat = { owner: 'somebody/app', key: 'a-key', requestHash: new Uint8Array(32) };
  let done = 0;
  await withStore(cloud, async (store) => {
    const desk = deskOn(store, cloud.clock);
    const replies = { shown: replyOf, kept: replyOf };
    const work = async (): Promise<number> => {
      vi.spyOn(store, 'write').mockRejectedValueOnce(new DatabaseUnavailableError('away'));
      return ++done;
    };
    await expect(once(desk, repeat, work, replies)).rejects.toMatchObject({ mayBeMade: true });
    cloud.clock.advanceS(121);
    await expect(once(desk, repeat, work, replies)).rejects.toMatchObject({ code: 'IDEMPOTENCY_REPLAY' });
  });
  expect(done).toBe(1);
});

test('what may have been written when the database broke off keeps its key', async () => {
  const cloud = await aCloud();
  const repeat = { owner: 'somebody/app', key: 'a-key', requestHash: new Uint8Array(32) };
  await withStore(cloud, async (store) => {
    const desk = deskOn(store, cloud.clock);
    const breakOff = () => Promise.reject(new DatabaseUnavailableError('gone', { mayBeMade: true }));
    const send = () => once(desk, repeat, breakOff, { shown: replyOf, kept: replyOf });
    await expect(send()).rejects.toMatchObject({ mayBeMade: true });
    cloud.clock.advanceS(121);
    await expect(send()).rejects.toMatchObject({ code: 'IDEMPOTENCY_REPLAY' });
  });
});

test('a key is its owner’s: another account, and another tenant of the same account, have theirs', async () => {
  const cloud = await aCloud();
  const stranger = await cloud.strangerOf('Strangers');
  const wish = { body: { name: 'House', zone: 'UTC' }, headers: KEY };
  const [mine, theirs] = [
    await cloud.manager.call('createProperty', wish),
    await stranger.call('createProperty', wish),
  ];
  expect(theirs.id).not.toBe(mine.id);
  const other = { body: { name: 'Other', zone: 'UTC' }, headers: KEY };
  expect((await cloud.manager.refused('createProperty', other)).code).toBe('IDEMPOTENCY_KEY_REUSED');
  await invite(cloud.manager, await aHouse(cloud.manager, { name: 'Home' }), { email: MANAGER.email });
  const app = await appOf(cloud, MANAGER.email);
  await app.call('signOut', { headers: KEY });
});

test('an upload is kept once, however often its preview is asked for with the same key', async () => {
  const { manager } = await aCloud();
  const { propertyId } = await aHouse(manager);
  const wish = {
    params: { propertyId },
    body: new TextEncoder().encode('first name,last name,email\nAda,Example,ada@example.com\n'),
    headers: KEY,
  };
  const first = await manager.call('previewImport', wish);
  expect(await manager.call('previewImport', wish)).toEqual(first);
  expect((await manager.call('listImports', { params: { propertyId } })).items).toHaveLength(1);
  const other = { ...wish, body: new TextEncoder().encode('first name,last name,email\n') };
  expect((await manager.refused('previewImport', other)).code).toBe('IDEMPOTENCY_KEY_REUSED');
});

test('every changing route takes a key, but for open ones, which refuse it', async () => {
  const cloud = await aCloud();
  const open = cloud.manager.withToken(undefined);
  const changing = (Object.keys(routes) as RouteName[]).filter((name) => routes[name].method !== 'GET');
  const isOpen = (name: RouteName): boolean => (routes[name] as Contract).access === 'open';
  const refusal = await open.refused('signIn', { body: MANAGER, headers: KEY });
  expect(refusal).toMatchObject({ code: 'INPUT_INVALID', detail: 'This route takes no Idempotency-Key.' });
  const document = (await (await fetch(`${cloud.url}/api/v1/openapi.json`)).json()) as {
    paths: Record<string, Record<string, { parameters?: { $ref?: string }[] }>>;
  };
  const takesKey = (name: RouteName): boolean => {
    const { path, method }: Contract = routes[name];
    const parameters = document.paths[path]?.[method.toLowerCase()]?.parameters ?? [];
    return parameters.some(({ $ref }) => $ref?.endsWith('IdempotencyKey'));
  };
  expect(changing.filter((name) => takesKey(name) === isOpen(name))).toEqual([]);
});
