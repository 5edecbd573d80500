// Several processes of the cloud on one PostgreSQL: they are one cloud, to whichever of them one comes, and they find
// their way back by themselves when the database was gone.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client as DatabaseClient } from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { createAccount } from '#cloud/bootstrap.ts';
import { openDataFolder } from '#cloud/data-folder.ts';
import { keygen } from '#cloud/keys/keygen.ts';
import { Feed, type FeedNews } from '#cloud/live/feed.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { systemClock } from '#protocol/node/system-clock.ts';
import { systemRandom } from '#protocol/node/system-random.ts';
import { silentLog } from '#protocol/ports/log.ts';
import { MANAGER, temporaryFolder } from './cloud-fixture.ts';
import { Cluster } from './cluster.ts';
import { aHouse, invite } from './house.ts';
import { listen } from './live-client.ts';
import { Load } from './load.ts';
import { activate, doorSync } from './paper-lock.ts';
import { postgresForTests } from './postgres/databases.ts';
import { databaseUrl, startPostgres } from './postgres/server.ts';

const LONG_MS = 180_000;

/** A cloud's folder on a PostgreSQL server of its own, which the test may kill. */
async function folderOnOwnServer() {
  const server = await startPostgres();
  if ('missing' in server) throw new Error(server.missing);
  onTestFinished(() => server.stop());
  const admin = new DatabaseClient({ connectionString: server.url });
  await admin.connect();
  await admin.query(`create database doors template template0 encoding 'UTF8'`);
  await admin.end();
  const folder = temporaryFolder();
  const dataFolder = join(folder, 'data');
  mkdirSync(dataFolder);
  writeFileSync(join(dataFolder, 'database.url'), databaseUrl(server.url, 'doors'), { mode: 0o600 });
  const parts = { engine: nodeEngine, clock: systemClock, random: systemRandom };
  keygen(join(folder, 'keys'), parts);
  await createAccount({ dataFolder, ...parts }, MANAGER);
  return { server, folder };
}

if (postgresForTests() !== undefined) {
  test(
    'three processes are one cloud: what one is told the others know and announce',
    { timeout: LONG_MS },
    async () => {
      const cluster = await Cluster.start(3);
      const clients = await Promise.all([0, 1, 2].map((place) => cluster.client(place)));
      const [first, second, third] = clients as [
        (typeof clients)[0],
        (typeof clients)[0],
        (typeof clients)[0],
      ];
      const house = await aHouse(first);
      // As a fourth process, for what is announced to all.
      const store = await openDataFolder(cluster.dataFolder, systemClock);
      onTestFinished(() => store.close());
      const feed = await Feed.start({
        store,
        clock: systemClock,
        log: silentLog,
        wakeUps: store.dialect.wakeUps,
      });
      onTestFinished(() => feed.stop());
      for (const [i, client] of clients.entries()) {
        const heard = new Promise<string>((resolve) => {
          const stop = feed.subscribe('now', (news: FeedNews) => {
            const row =
              news.type === 'rows' ? news.rows.find(({ kind }) => kind === 'door-target') : undefined;
            if (row === undefined) return;
            stop();
            resolve(row.propertyId ?? '');
          });
        });
        await invite(client, house, { email: `p${i}@example.com` });
        expect(await heard).toBe(house.propertyId);
      }
      const { items } = await second.call('listPeople', { params: { propertyId: house.propertyId } });
      expect(items).toHaveLength(3);
      const door = await third.call('door', { params: { doorId: house.door('4B') } });
      expect(door.sync).toBeDefined();
    },
  );

  test(
    'a change on one process is pushed by another, and both have the same package, byte for byte',
    { timeout: LONG_MS },
    async () => {
      const cluster = await Cluster.start(2);
      const [here, there] = [await cluster.client(0), await cluster.client(1)];
      const house = await aHouse(here);
      const doorId = house.door('4B');
      await doorSync(here, doorId, await activate(here, doorId));
      const listener = listen(cluster.urlOf(1), there.token);
      const { doors } = await listener.next('hello');
      const before = doors.find((door) => door.doorId === doorId)?.target?.tableVersion ?? 0;
      await invite(here, house);
      const pushed = await listener.next('target');
      expect([pushed.doorId, pushed.target.tableVersion]).toEqual([doorId, before + 1]);
      const packages = await Promise.all(
        [here, there].map((client) => client.call('package', { params: { doorId } })),
      );
      expect(packages[0]!.length).toBeGreaterThan(4_096);
      expect(packages[0]).toEqual(packages[1]);
    },
  );

  test('100 equal invites at once over three processes make one person', { timeout: LONG_MS }, async () => {
    const cluster = await Cluster.start(3);
    const client = await cluster.client();
    const house = await aHouse(client);
    const params = { propertyId: house.propertyId };
    const body = {
      email: 'ada@example.com',
      firstName: 'Ada',
      lastName: 'Example',
      keyIds: [house.key('Unit')],
    };
    const replies = await Promise.all(
      Array.from({ length: 100 }, () => client.fetch('invitePerson', { params, body })),
    );
    const statuses = replies.map(({ status }) => status).sort();
    expect(statuses).toEqual([201, ...Array.from({ length: 99 }, () => 409)]);
    expect((await client.call('listPeople', { params })).items).toHaveLength(1);
  });

  test(
    'a primary killed and started again under load: what was acknowledged is there, and both processes go on',
    { timeout: LONG_MS },
    async () => {
      const { server, folder } = await folderOnOwnServer();
      const cluster = await Cluster.start(2, folder);
      const load = await Load.start(cluster);
      for (let kill = 0; kill < 2; kill++) {
        await load.more(15);
        await server.kill();
        const ready = await fetch(`${cluster.urlOf(kill)}/readyz`);
        expect(ready.status).toBe(503);
        await server.start();
        await load.more(15);
      }
      await load.endAndCheck();
      // Refused by its code, not by an accident, and never left waiting.
      expect(load.failures.filter((text) => !text.includes('"NOT_READY"'))).toEqual([]);
      for (const place of [0, 1]) {
        await (await cluster.client(place)).call('listProperties');
        expect((await fetch(`${cluster.urlOf(place)}/readyz`)).status).toBe(200);
      }
    },
  );
}

if (postgresForTests() === undefined) {
  test('on SQLite one process serves, and its own commits reach its own subscribers', async () => {
    const cluster = await Cluster.start(1);
    const client = await cluster.client();
    const house = await aHouse(client);
    await invite(client, house);
    expect(
      (await client.call('listPeople', { params: { propertyId: house.propertyId } })).items,
    ).toHaveLength(1);
  });
}
