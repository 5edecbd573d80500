// The live channel: who hears what at once, who hears nothing, and when a connection ends.
import { expect, test } from 'vitest';
import { LiveClient, UNREAD_MAX_BYTES } from '#cloud/live/live-client.ts';
import { LIVE_CLIENT_FRAME_MAX_BYTES, LIVE_CLOSE, LIVE_SILENCE_MS } from '#protocol/api/live.ts';
import { decodeHex, encodeHex } from '#protocol/bytes.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { signLiveProof } from '#protocol/signed/live-proof.ts';
import { aCloud, MANAGER, type Client, type TestCloud } from './cloud-fixture.ts';
import { aHouse, invite } from './house.ts';
import { listen, refusedUpgrade } from './live-client.ts';
import { activate, doorSync, type PaperLock } from './paper-lock.ts';

async function aLiveHouse() {
  const cloud = await aCloud();
  const house = await aHouse(cloud.manager);
  const entrance = house.door('Entrance');
  const lock = await activate(cloud.manager, entrance);
  return { cloud, manager: cloud.manager, house, entrance, lock };
}

export async function lockToken(cloud: TestCloud, lock: PaperLock): Promise<string> {
  const open = cloud.manager.withToken(undefined);
  const session = await open.call('startLockSession', { body: { lockId: encodeHex(lock.lockId) } });
  const proof = signLiveProof(nodeEngine, lock.identity, lock.lockId, {
    format: 1,
    nonce: decodeHex(session.nonce)!,
    ownershipEpoch: lock.ownershipEpoch,
    bootCount: 1,
  });
  const params = { sessionId: session.sessionId };
  return (await open.call('proveLock', { params, body: { proof: encodeHex(proof) } })).token;
}

const press = (client: Client, doorId: string) => client.call('requestSync', { params: { doorId } });

test('a lock is greeted with its door’s target, and told of a change within the second', async () => {
  const { cloud, manager, house, entrance, lock } = await aLiveHouse();
  await activate(manager, house.door('4B'));
  const listener = listen(cloud.url, await lockToken(cloud, lock));
  const hello = await listener.next('hello');
  expect(hello.doors).toMatchObject([
    {
      doorId: entrance,
      target: { ownershipEpoch: lock.ownershipEpoch, tableVersion: 1 },
      applied: null,
      state: 'pending',
    },
  ]);
  expect(hello.more).toBe(false);
  const startedMs = performance.now();
  await invite(manager, house);
  const told = await listener.next('target');
  expect(performance.now() - startedMs).toBeLessThan(2_000);
  expect(told).toMatchObject({ doorId: entrance, target: { tableVersion: 2 } });
  expect(told.number).toBeGreaterThan(hello.number);
  // Nothing of the other door of that Key.
  expect(listener.messages.filter(({ type }) => type === 'target')).toHaveLength(1);
});

test('a courier hears of every door of its tenant with a lock, a stranger’s of none', async () => {
  const { cloud, manager, house, entrance } = await aLiveHouse();
  await activate(manager, house.door('4B'));
  const courier = await cloud.clientOf(['courier']);
  const stranger = await cloud.strangerOf('Other');
  const [own, foreign] = [listen(cloud.url, courier.token), listen(cloud.url, stranger.token)];
  const ids = (await own.next('hello')).doors.map(({ doorId }) => doorId);
  expect(ids.sort()).toEqual([entrance, house.door('4B')].sort());
  expect((await foreign.next('hello')).doors).toEqual([]);
  await invite(manager, house);
  const told = [await own.next('target'), await own.next('target')].map(({ doorId }) => doorId);
  expect(told.sort()).toEqual(ids.sort());
  // What the stranger is told of its own comes behind all that it was not told of.
  const theirs = await aHouse(stranger);
  await activate(stranger, theirs.door('4B'));
  expect(await foreign.next('target')).toMatchObject({ doorId: theirs.door('4B') });
});

test('Sync now reaches lock and courier, and its state is seen until the receipt', async () => {
  const { cloud, manager, entrance, lock } = await aLiveHouse();
  const listener = listen(cloud.url, await lockToken(cloud, lock));
  await listener.next('hello');
  const request = await press(manager, entrance);
  expect(request).toMatchObject({ doorId: entrance, state: 'waiting' });
  expect(await listener.next('sync-request')).toMatchObject({ doorId: entrance, requestId: request.id });
  expect((await press(manager, entrance)).id).toBe(request.id);
  const stateNow = async () =>
    (await manager.call('syncRequests', { params: { doorId: entrance } })).items.map(({ state }) => state);
  await manager.call('startDelivery', { params: { doorId: entrance } });
  expect(await stateNow()).toEqual(['taken']);
  await doorSync(manager, entrance, lock);
  expect(await stateNow()).toEqual(['done']);
  expect((await press(manager, entrance)).id).not.toBe(request.id);
});

test('a request that nobody takes expires, and one pressed while nobody listened is told at the next hello', async () => {
  const { cloud, manager, house, entrance, lock } = await aLiveHouse();
  const early = await press(manager, entrance);
  const listener = listen(cloud.url, await lockToken(cloud, lock));
  expect(await listener.next('sync-request')).toMatchObject({ requestId: early.id });
  cloud.clock.advanceS(600);
  const { items } = await manager.call('syncRequests', { params: { doorId: entrance } });
  expect(items.map(({ state }) => state)).toEqual(['expired']);
  const later = await press(manager, entrance);
  expect(later.id).not.toBe(early.id);
  const params = { doorId: house.door('Pool') };
  expect((await manager.refused('requestSync', { params })).code).toBe('DOOR_WITHOUT_LOCK');
});

test('a token that is revoked ends its connection at once, and no other', async () => {
  const { cloud, manager, house } = await aLiveHouse();
  const made = await manager.call('createToken', { body: { label: 'gateway', scopes: ['courier'] } });
  const [ending, staying] = [listen(cloud.url, made.token), listen(cloud.url, manager.token)];
  await Promise.all([ending.next('hello'), staying.next('hello')]);
  await manager.call('revokeToken', { params: { tokenId: made.id } });
  expect(await ending.end()).toBe(LIVE_CLOSE.tokenEnded);
  await invite(manager, house);
  await staying.next('target');
});

test('a lock that signs in anew ends its former connection', async () => {
  const { cloud, lock } = await aLiveHouse();
  const former = listen(cloud.url, await lockToken(cloud, lock));
  await former.next('hello');
  await lockToken(cloud, lock);
  expect(await former.end()).toBe(LIVE_CLOSE.tokenEnded);
});

test('a token that runs out ends its connection within seconds, though nobody says so', async () => {
  const { cloud, lock } = await aLiveHouse();
  const listener = listen(cloud.url, await lockToken(cloud, lock));
  await listener.next('hello');
  cloud.clock.advanceS(86_400);
  expect(await listener.end()).toBe(LIVE_CLOSE.tokenEnded);
});

test('whoever may not listen gets a plain refusal', async () => {
  const { cloud, manager } = await aLiveHouse();
  const bearer = (token: string | undefined) => ({ authorization: `Bearer ${token ?? ''}` });
  const activator = await cloud.clientOf(['activate']);
  expect(await refusedUpgrade(cloud.url, {})).toEqual([401, 'NOT_SIGNED_IN']);
  expect(await refusedUpgrade(cloud.url, bearer(`dlt_${'a'.repeat(52)}`))).toEqual([401, 'NOT_SIGNED_IN']);
  expect(await refusedUpgrade(cloud.url, bearer(activator.token))).toEqual([403, 'SCOPE_MISSING']);
  expect(await refusedUpgrade(cloud.url, bearer(manager.token), '/api/v1/other')).toEqual([404, 'NOT_FOUND']);
  expect(await refusedUpgrade(cloud.url, bearer(manager.token), '/')).toEqual([404, 'NOT_FOUND']);
});

test.each([
  ['no JSON', 'rubbish', LIVE_CLOSE.notUnderstood],
  ['an unknown type', '{"type":"unlock"}', LIVE_CLOSE.notUnderstood],
  ['a field too many', '{"type":"pong","doorId":"x"}', LIVE_CLOSE.notUnderstood],
  ['a binary frame', Buffer.from('{"type":"pong"}'), LIVE_CLOSE.notUnderstood],
  ['a frame too large', 'x'.repeat(LIVE_CLIENT_FRAME_MAX_BYTES + 1), 1_009],
])('%s ends the connection', async (_, frame, code) => {
  const { cloud, manager } = await aLiveHouse();
  const listener = listen(cloud.url, manager.token);
  await listener.next('hello');
  listener.socket.send(frame);
  expect(await listener.end()).toBe(code);
});

test('a page listens by its cookie, from its own origin alone, until it signs out', async () => {
  const { cloud, manager, house, entrance } = await aLiveHouse();
  const open = manager.withToken(undefined);
  const signedIn = await open.fetch('signIn', { body: { ...MANAGER, session: 'cookie' } });
  const cookie = (signedIn.headers.get('set-cookie') ?? '').split(';')[0]!;
  const { csrfToken } = (await signedIn.json()) as { csrfToken: string };
  for (const origin of ['https://evil.example', 'null', `${cloud.url}.evil.example`]) {
    expect(await refusedUpgrade(cloud.url, { cookie, origin })).toEqual([403, 'CSRF_REFUSED']);
  }
  expect(await refusedUpgrade(cloud.url, { cookie: `${cookie}x`, origin: cloud.url })).toEqual([
    401,
    'NOT_SIGNED_IN',
  ]);
  const page = listen(cloud.url, undefined, { cookie, origin: cloud.url });
  expect((await page.next('hello')).doors.map(({ doorId }) => doorId)).toEqual([entrance]);
  await invite(manager, house);
  expect((await page.next('target')).doorId).toBe(entrance);
  const headers = { cookie, 'x-csrf-token': csrfToken };
  const signedOut = await fetch(`${cloud.url}/api/v1/sign-out`, { method: 'POST', headers });
  expect(signedOut.ok).toBe(true);
  expect(await page.end()).toBe(LIVE_CLOSE.tokenEnded);
  expect(await refusedUpgrade(cloud.url, { cookie, origin: cloud.url })).toEqual([401, 'NOT_SIGNED_IN']);
});

test('one token holds a few connections, not thousands', async () => {
  const { cloud, manager } = await aLiveHouse();
  const listeners = Array.from({ length: 8 }, () => listen(cloud.url, manager.token));
  await Promise.all(listeners.map((listener) => listener.next('hello')));
  const headers = { authorization: `Bearer ${manager.token ?? ''}` };
  expect(await refusedUpgrade(cloud.url, headers)).toEqual([429, 'TOO_MANY_ATTEMPTS']);
});

test('a stop tells everybody to come again, and does not wait for who stays silent', async () => {
  const { cloud, manager } = await aLiveHouse();
  const listener = listen(cloud.url, manager.token);
  await listener.next('hello');
  const deaf = listen(cloud.url, manager.token);
  await deaf.next('hello');
  deaf.socket.pause();
  await cloud.stop();
  expect(await listener.end()).toBe(1_001);
});

const aPrincipal = {
  tokenId: 't',
  kind: 'bearer',
  accountId: 'a',
  portfolioId: 'p',
  doorId: null,
  scopes: [],
  expiresAtS: 0,
  lastUsedAtS: null,
  csrfToken: null,
} as const;

function aClient(bufferedAmount = 0) {
  const wire = {
    sent: [] as string[],
    ended: [] as string[],
    bufferedAmount,
    send: (text: string) => void wire.sent.push(text),
    close: (code: number) => void wire.ended.push(String(code)),
    terminate: () => void wire.ended.push('cut off'),
  };
  return { wire, client: new LiveClient(aPrincipal, { kind: 'portfolio' }, wire, 0) };
}

test('a client that does not read is cut off instead of remembered for', () => {
  const { wire, client } = aClient(UNREAD_MAX_BYTES + 1);
  client.sendText('news');
  expect([wire.sent, wire.ended]).toEqual([[], ['cut off']]);
});

test('a client that answers no ping is cut off, one that answers stays', () => {
  const { wire, client } = aClient();
  client.onRound(LIVE_SILENCE_MS);
  client.onFrame('{"type":"pong"}', LIVE_SILENCE_MS);
  client.onRound(2 * LIVE_SILENCE_MS);
  expect([wire.sent.length, wire.ended]).toEqual([2, []]);
  client.onRound(2 * LIVE_SILENCE_MS + 1);
  expect(wire.ended).toEqual(['cut off']);
});

test('doors that change while a client is being greeted are told of once it is', () => {
  const { wire, client } = aClient();
  client.tellOf('door_a', ['a']);
  client.tellOf('door_a', ['a again']);
  expect(wire.sent).toEqual([]);
  expect(client.endGreeting()).toEqual(['door_a']);
  client.tellOf('door_b', ['b']);
  expect(wire.sent).toEqual(['b']);
});
