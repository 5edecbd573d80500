// Server-sent events: what a page hears of by itself, and what it never does.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { expect, onTestFinished, test } from 'vitest';
import type { Asking, Desk } from '#cloud/desk.ts';
import { Audience } from '#cloud/live/audience.ts';
import { streamEvents, STREAMS_A_TOKEN_MAX } from '#cloud/live/events.ts';
import { systemClock } from '#protocol/node/system-clock.ts';
import { silentLog } from '#protocol/ports/log.ts';
import { aCloud, problemIn, type Client, type TestCloud } from './cloud-fixture.ts';
import { aHouse, codesOf, invite } from './house.ts';
import { activate, doorSync } from './paper-lock.ts';
import { PaperLog, postLog } from './paper-log.ts';

interface Heard {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: { propertyId: string | null; doorId: string | null; subject: string | null };
}

/** Reads a stream event by event; ends with the test. */
class Page {
  readonly heard: Heard[] = [];
  #reader: ReadableStreamDefaultReader<Uint8Array>;
  #text = '';
  isOver = false;

  private constructor(response: Response) {
    this.#reader = response.body!.getReader();
  }

  static async open(
    cloud: TestCloud,
    client: Client,
    query = '',
    headers: Record<string, string> = {},
  ): Promise<Page> {
    const ending = new AbortController();
    onTestFinished(() => ending.abort());
    const response = await fetch(`${cloud.url}/api/v1/events${query}`, {
      headers: { authorization: `Bearer ${client.token ?? ''}`, ...headers },
      signal: ending.signal,
    });
    if (response.status !== 200) throw new Error((await problemIn(response)).code);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    return new Page(response);
  }

  async until(isIt: (heard: Heard) => boolean): Promise<Heard> {
    for (;;) {
      const found = this.heard.find(isIt);
      if (found !== undefined) return found;
      if (!(await this.#read())) throw new Error('the stream is over');
    }
  }

  async end(): Promise<void> {
    while (await this.#read());
  }

  async #read(): Promise<boolean> {
    const { value, done } = await this.#reader.read();
    if (done) return false;
    const parts = (this.#text + new TextDecoder().decode(value)).split('\n\n');
    this.#text = parts.pop() ?? '';
    for (const part of parts) {
      const fields = new Map(
        part.split('\n').map((line) => [line.split(': ')[0]!, line.slice(line.indexOf(': ') + 2)]),
      );
      const event = fields.get('event');
      if (event === undefined) continue;
      this.heard.push({
        id: fields.get('id'),
        event,
        data: JSON.parse(fields.get('data')!) as Heard['data'],
      });
    }
    return true;
  }
}

test('a page hears of doors, people and tasks of its properties as they change', async () => {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager);
  const page = await Page.open(cloud, manager);
  await activate(manager, house.door('4B'));
  const doors = await page.until(({ event }) => event === 'doors');
  expect(doors.data).toEqual({ propertyId: house.propertyId, doorId: house.door('4B'), subject: null });
  await page.until(({ event }) => event === 'tasks');
  await invite(manager, house);
  await page.until(({ event }) => event === 'people');
});

test('a page that was away goes on after the last number that it saw', async () => {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager);
  const first = await Page.open(cloud, manager, '?kinds=doors');
  await activate(manager, house.door('4B'));
  const { id = '' } = await first.until(({ event }) => event === 'doors');
  await activate(manager, house.door('Pool'));
  const second = await Page.open(cloud, manager, '?kinds=doors', { 'last-event-id': id });
  const missed = await second.until(({ data }) => data.doorId === house.door('Pool'));
  expect(Number(missed.id)).toBeGreaterThan(Number(id));
  expect(second.heard.every((heard) => heard.event === 'doors' && Number(heard.id) > Number(id))).toBe(true);
  const lost = await Page.open(cloud, manager, '', { 'last-event-id': '999999999' });
  await lost.until(({ event }) => event === 'reset');
});

test('of several events of one change the last alone has its number: cut off in between, a page hears all again', async () => {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager);
  const page = await Page.open(cloud, manager);
  await activate(manager, house.door('4B'));
  const { id = '' } = await page.until(({ event }) => event === 'tasks');
  expect(page.heard.map(({ event, id: number }) => [event, number === undefined])).toEqual([
    ['doors', true],
    ['tasks', false],
  ]);
  const cutOff = await Page.open(cloud, manager, '', { 'last-event-id': String(Number(id) - 1) });
  await cutOff.until(({ event }) => event === 'tasks');
  expect(cutOff.heard.map(({ event }) => event).slice(0, 2)).toEqual(['doors', 'tasks']);
});

test('a page hears nothing of another tenant, nor of another property than it asked for', async () => {
  const cloud = await aCloud();
  const { manager } = cloud;
  const [house, other] = [await aHouse(manager), await aHouse(manager, { name: 'Second' })];
  const stranger = await cloud.strangerOf('Other');
  const theirs = await aHouse(stranger);
  const pages = [
    await Page.open(cloud, manager, `?propertyId=${house.propertyId}`),
    await Page.open(cloud, stranger),
  ];
  await activate(stranger, theirs.door('4B'));
  await activate(manager, other.door('4B'));
  await activate(manager, house.door('4B'));
  await pages[0]!.until(({ data }) => data.doorId === house.door('4B'));
  await activate(stranger, theirs.door('Pool'));
  await pages[1]!.until(({ data }) => data.doorId === theirs.door('Pool'));
  expect(new Set(pages[0]!.heard.map(({ data }) => data.propertyId))).toEqual(new Set([house.propertyId]));
  expect(new Set(pages[1]!.heard.map(({ data }) => data.propertyId))).toEqual(new Set([theirs.propertyId]));
});

test('that a resident came home is no news to a manager', async () => {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager);
  const doorId = house.door('4B');
  const lock = await activate(manager, doorId);
  const { id: personId } = await manager.call('invitePerson', {
    params: { propertyId: house.propertyId },
    body: {
      email: 'r@example.com',
      firstName: 'R',
      lastName: 'R',
      resident: true,
      keyIds: [house.key('Unit')],
    },
  });
  await doorSync(manager, doorId, lock);
  const number = lock.rowsOf((await codesOf(manager, personId))['4B']!)[0]!.credentialId;
  const page = await Page.open(cloud, manager, '?kinds=activity,people');
  const log = new PaperLog(lock, Math.floor(cloud.clock.nowMs() / 1000));
  log.opened(number);
  log.write({ type: 'boltUnlocked', cause: 'credential' });
  await postLog(manager, doorId, log.batch());
  await invite(manager, house);
  await page.until(({ event }) => event === 'people');
  expect(page.heard.filter(({ event }) => event === 'activity')).toEqual([]);
  log.write({ type: 'doorForced' });
  await postLog(manager, doorId, log.batch());
  await page.until(({ event }) => event === 'activity');
});

test('the stream ends with its token and with the server, and takes no nonsense', async () => {
  const cloud = await aCloud();
  const { manager } = cloud;
  const made = await manager.call('createToken', { body: { label: 'page', scopes: ['manager'] } });
  const page = await Page.open(cloud, manager.withToken(made.token));
  await manager.call('revokeToken', { params: { tokenId: made.id } });
  await page.end();
  for (const query of [{ kinds: 'nothing' }, { kinds: '' }, { propertyId: 'x' }, { other: '1' }]) {
    expect((await manager.refused('events', { query: query })).code).toBe('INPUT_INVALID');
  }
  const elsewhere = { query: { propertyId: `property_${'a'.repeat(26)}` } };
  expect((await manager.refused('events', elsewhere)).code).toBe('NOT_FOUND');
  const courier = await cloud.clientOf(['courier']);
  expect((await courier.refused('events')).code).toBe('SCOPE_MISSING');
  const last = await Page.open(cloud, manager);
  await Promise.all([cloud.stop(), last.end()]);
});

test('one sign-in has so many streams at once, and is refused more', async () => {
  const cloud = await aCloud();
  const opened = await Promise.allSettled(
    Array.from({ length: STREAMS_A_TOKEN_MAX + 8 }, () => Page.open(cloud, cloud.manager)),
  );
  const refused = opened.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []));
  expect(refused).toEqual(Array.from({ length: 8 }, () => 'Error: TOO_MANY_ATTEMPTS'));
});

test('a page that leaves while its rights are looked up keeps no stream', async () => {
  const leaving = new AbortController();
  const app = express();
  const streamsLeft = new Promise<number>((resolve, reject) => {
    app.get('/', (request, response) => {
      const store = {
        read: async () => {
          leaving.abort();
          await once(response, 'close');
          return { kind: 'portfolio' };
        },
      };
      const desk = { parts: { store, feed: { subscribe: () => () => undefined } } } as unknown as Desk;
      const asking = { caller: { tokenId: 'token' } } as unknown as Asking;
      const audience = new Audience({ store: desk.parts.store, clock: systemClock, log: silentLog });
      streamEvents(desk, audience, asking, {}, request, response).then(() => resolve(audience.size), reject);
    });
  });
  const server = app.listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await expect(fetch(`http://127.0.0.1:${port}/`, { signal: leaving.signal })).rejects.toThrow();
  expect(await streamsLeft).toBe(0);
});
