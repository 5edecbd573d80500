// What a commit announces reaches every subscriber of every process once, in order, however it learns of it.
import { join } from 'node:path';
import { Client } from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { databaseUrlOf, openDataFolder } from '#cloud/data-folder.ts';
import type { WakeUps } from '#cloud/db/dialect/dialect.ts';
import type { Store } from '#cloud/db/store.ts';
import { Feed, type FeedNews } from '#cloud/live/feed.ts';
import { appendOutbox, type OutboxRow } from '#cloud/live/outbox.ts';
import type { Announcement } from '#cloud/live/announcements.ts';
import { utf8 } from '#protocol/bytes.ts';
import { silentLog } from '#protocol/ports/log.ts';
import { aCloud, aCloudFolder, MovableClock, type TestCloud } from './cloud-fixture.ts';
import { aHouse, invite } from './house.ts';
import { postgresForTests } from './postgres/databases.ts';

const DEAF: WakeUps = { send: () => Promise.resolve(), listen: () => ({ stop: () => Promise.resolve() }) };

const aDataFolder = async (): Promise<string> => join(await aCloudFolder(), 'data');

async function aStore(dataFolder: string, clock = new MovableClock()): Promise<Store> {
  const store = await openDataFolder(dataFolder, clock);
  onTestFinished(() => store.close());
  return store;
}

async function aFeed(store: Store, wakeUps: WakeUps | undefined = store.dialect.wakeUps): Promise<Feed> {
  const feed = await Feed.start({ store, clock: new MovableClock(), log: silentLog, wakeUps });
  onTestFinished(() => feed.stop());
  return feed;
}

/** What a subscriber hears, and a wait for the row that makes it enough. */
class Ear {
  readonly rows: OutboxRow[] = [];
  readonly anew: number[] = [];
  #onNews = (): void => {};

  readonly hear = (news: FeedNews): void => {
    if (news.type === 'rows') this.rows.push(...news.rows);
    else this.anew.push(news.after);
    this.#onNews();
  };

  async until(isEnough: (ear: Ear) => boolean): Promise<this> {
    while (!isEnough(this)) {
      await new Promise<void>((resolve) => {
        this.#onNews = resolve;
      });
    }
    return this;
  }

  numbers(): number[] {
    return this.rows.map(({ number }) => number);
  }
}

const append = (store: Store, announcements: readonly Announcement[], atS = 1_000_000) =>
  store.write((trx) => appendOutbox(trx, atS, null, announcements));

const about = (subject: string): Announcement[] => [{ kind: 'activity', subject }];

const upTo = (last: number, from = 1): number[] =>
  Array.from({ length: last - from + 1 }, (_, i) => from + i);

/** A second process on the same database, as far as the outbox goes. */
const elsewhere = async (cloud: TestCloud, wakeUps?: WakeUps): Promise<Feed> =>
  aFeed(await aStore(cloud.dataFolder), wakeUps);

test('a transaction that raises doors announces each of them once, with its tenant', async () => {
  const cloud = await aCloud();
  const house = await aHouse(cloud.manager);
  const feed = await elsewhere(cloud);
  const ear = new Ear();
  feed.subscribe('now', ear.hear);
  await invite(cloud.manager, house);
  await ear.until(({ rows }) => rows.filter(({ kind }) => kind === 'door-target').length >= 2);
  const targets = ear.rows.filter(({ kind }) => kind === 'door-target');
  const session = await cloud.manager.call('session');
  expect(targets.map(({ doorId }) => doorId).sort()).toEqual(
    [house.door('4B'), house.door('Entrance')].sort(),
  );
  for (const row of targets) {
    expect(row).toMatchObject({ portfolioId: session.portfolioId, propertyId: house.propertyId });
  }
});

test('numbers have no gap and follow the commits, whatever is rolled back between them', async () => {
  const store = await aStore(await aDataFolder());
  const feed = await aFeed(store);
  const ear = new Ear();
  feed.subscribe(0, ear.hear);
  const refused = (i: number) =>
    store.write(async (trx) => {
      await appendOutbox(trx, 1, null, about(`taken back ${i}`));
      throw new Error('no');
    });
  const done = await Promise.allSettled(
    upTo(60).map((i) => (i % 3 === 0 ? refused(i) : append(store, [...about(`a${i}`), ...about(`b${i}`)]))),
  );
  expect(done.filter(({ status }) => status === 'rejected')).toHaveLength(20);
  feed.wake();
  await ear.until(({ rows }) => rows.length >= 80);
  expect(ear.numbers()).toEqual(upTo(80));
  expect(ear.rows.filter(({ subject }) => subject?.startsWith('taken'))).toEqual([]);
});

test('polling finds what no wake-up told', async () => {
  const folder = await aDataFolder();
  const feed = await aFeed(await aStore(folder), DEAF);
  const ear = new Ear();
  feed.subscribe('now', ear.hear);
  await append(await aStore(folder), about('x'));
  await ear.until(({ rows }) => rows.length === 1);
});

test('a subscriber that was away gets what it missed in order, then what comes, each once', async () => {
  const store = await aStore(await aDataFolder());
  for (let i = 0; i < 3; i++)
    await append(
      store,
      upTo(400).flatMap((n) => about(`${i}/${n}`)),
    );
  const feed = await aFeed(store);
  const [away, here] = [new Ear(), new Ear()];
  feed.subscribe(7, away.hear);
  feed.subscribe('now', here.hear);
  for (let i = 0; i < 20; i++) {
    await append(store, about(`late ${i}`));
    feed.wake();
  }
  await away.until(({ rows }) => rows.at(-1)?.number === 1_220);
  await here.until(({ rows }) => rows.at(-1)?.number === 1_220);
  expect(away.numbers()).toEqual(upTo(1_220, 8));
  expect(here.numbers()).toEqual(upTo(1_220, 1_201));
});

test('rows go after a day, and a subscriber that is behind them is told to start anew', async () => {
  const store = await aStore(await aDataFolder());
  const startS = 1_000_000;
  for (let i = 0; i < 5; i++) await append(store, about(`old ${i}`), startS);
  await append(store, about('new'), startS + 86_400);
  const kept = await store.read((trx) => trx.selectFrom('outbox').select('number').execute());
  expect(kept).toEqual([{ number: 6 }]);
  const feed = await aFeed(store);
  const [behind, justThere] = [new Ear(), new Ear()];
  feed.subscribe(3, behind.hear);
  feed.subscribe(5, justThere.hear);
  await behind.until(({ anew }) => anew.length === 1);
  await justThere.until(({ rows }) => rows.length === 1);
  expect(behind).toMatchObject({ anew: [6], rows: [] });
  expect(justThere.anew).toEqual([]);
  await append(store, about('newer'), startS + 86_400);
  feed.wake();
  await behind.until(({ rows }) => rows.length === 1);
  expect(behind.numbers()).toEqual([7]);
});

test('a number that this database never gave starts anew', async () => {
  const store = await aStore(await aDataFolder());
  await append(store, about('x'));
  const feed = await aFeed(store);
  const ear = new Ear();
  feed.subscribe(500, ear.hear);
  await ear.until(({ anew }) => anew.length === 1);
  expect(ear.anew).toEqual([1]);
});

test('a clock that was ahead for a while makes no hole in the outbox', async () => {
  const store = await aStore(await aDataFolder());
  await append(store, about('before'), 1_000_000);
  await append(store, about('ahead'), 9_000_000);
  await append(store, about('again'), 1_000_001);
  await append(store, about('a day later'), 1_000_000 + 2 * 86_400);
  const kept = await store.read((trx) =>
    trx.selectFrom('outbox').select('number').orderBy('number').execute(),
  );
  expect(kept.map(({ number }) => number)).toEqual([2, 3, 4]);
});

test('a subscriber that throws or has left does not disturb the others', async () => {
  const store = await aStore(await aDataFolder());
  const feed = await aFeed(store);
  const [left, stays] = [new Ear(), new Ear()];
  feed.subscribe('now', () => {
    throw new Error('broken');
  });
  const leave = feed.subscribe('now', left.hear);
  feed.subscribe('now', stays.hear);
  leave();
  await append(store, about('x'));
  await append(store, about('y'));
  feed.wake();
  await stays.until(({ rows }) => rows.length === 2);
  expect(left.rows).toEqual([]);
});

test('the preview of an upload announces nothing', async () => {
  const cloud = await aCloud();
  const house = await aHouse(cloud.manager);
  const feed = await elsewhere(cloud);
  const before = feed.head;
  const file = `first name,last name,email,keys\nAda,Example,ada@example.com,Unit\n`;
  await cloud.manager.call('previewImport', { params: { propertyId: house.propertyId }, body: utf8(file) });
  const store = await aStore(cloud.dataFolder);
  const kinds = await store.read((trx) =>
    trx.selectFrom('outbox').select('kind').where('number', '>', before).execute(),
  );
  expect(kinds.filter(({ kind }) => kind === 'door-target')).toEqual([]);
});

if (postgresForTests() !== undefined) {
  test('LISTEN that breaks off is taken up again, and nothing is lost', async () => {
    const folder = await aDataFolder();
    const url = databaseUrlOf(folder) ?? '';
    const store = await aStore(folder);
    const feed = await aFeed(store);
    const ear = new Ear();
    feed.subscribe('now', ear.hear);
    const admin = new Client({ connectionString: url });
    await admin.connect();
    onTestFinished(() => admin.end());
    const ears = async (): Promise<number[]> =>
      (
        await admin.query<{ pid: number }>(
          `select pid from pg_stat_activity where datname = current_database() and query like 'listen%'`,
        )
      ).rows.map(({ pid }) => pid);
    const heardFrom = async (isNew: (pids: number[]) => boolean): Promise<number[]> => {
      for (;;) {
        const pids = await ears();
        if (isNew(pids)) return pids;
      }
    };
    const first = await heardFrom((pids) => pids.length === 1);
    await admin.query('select pg_terminate_backend($1)', first);
    await append(store, about('while deaf'));
    await heardFrom((pids) => pids.length === 1 && pids[0] !== first[0]);
    await append(store, about('again'));
    await ear.until(({ rows }) => rows.length === 2);
    expect(ear.numbers()).toEqual([1, 2]);
  });
}
