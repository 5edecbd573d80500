// What those who run a cloud look at: whether it can serve, and why not, and its figures, for them alone.
import type { Kysely } from 'kysely';
import { expect, test } from 'vitest';
import { networkInterfaces } from 'node:os';
import { problems } from '#protocol/api/problem.ts';
import { routes } from '#protocol/api/routes.ts';
import { withStore } from './callers.ts';
import { aCloud, problemIn } from './cloud-fixture.ts';
import { aHouse, invite } from './house.ts';

const readiness = async (url: string) => {
  const response = await fetch(`${url}/readyz`);
  if (response.ok) return { status: response.status, reasons: {} };
  const { code, errors = [] } = await problemIn(response);
  expect(code).toBe('NOT_READY');
  return {
    status: response.status,
    reasons: Object.fromEntries(errors.map(({ path, message }) => [path, message])),
  };
};

test('a cloud is ready with each thing that it needs, and says which one is missing', async () => {
  const cloud = await aCloud();
  const ready = (await (await fetch(`${cloud.url}/readyz`)).json()) as { checks: object };
  expect(Object.keys(ready.checks)).toEqual(['serving', 'database', 'room', 'migrations', 'clock', 'keys']);
  cloud.clock.advanceS(-3_600);
  expect(await readiness(cloud.url)).toMatchObject({
    status: 503,
    reasons: { clock: expect.stringContaining('clock') as string },
  });
  cloud.clock.advanceS(-40 * 365 * 86_400);
  expect((await readiness(cloud.url)).reasons).toHaveProperty('clock');
  cloud.clock.advanceS(40 * 365 * 86_400 + 3_600);
  await withStore(cloud, async (store) => {
    const db = store.untyped as unknown as Kysely<{
      migrations: { number: number; name: string; applied_at_s: number };
    }>;
    await db.insertInto('migrations').values({ number: 900, name: 'newer', applied_at_s: 0 }).execute();
    try {
      expect((await readiness(cloud.url)).reasons).toHaveProperty('migrations');
    } finally {
      await db.deleteFrom('migrations').where('number', '=', 900).execute();
    }
  });
  expect((await fetch(`${cloud.url}/healthz`)).status).toBe(200);
});

test('a database that is broken makes the cloud not ready, and neither reply nor reasons quote it', async () => {
  const cloud = await aCloud();
  await withStore(cloud, async ({ untyped: { schema } }) => {
    await schema.alterTable('migrations').renameTo('elsewhere').execute();
    try {
      expect(await readiness(cloud.url)).toMatchObject({
        status: 503,
        reasons: { database: 'the database does not answer' },
      });
    } finally {
      await schema.alterTable('elsewhere').renameTo('migrations').execute();
    }
  });
});

const figures = (text: string): Map<string, number> =>
  new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => {
        const at = line.lastIndexOf(' ');
        return [line.slice(0, at), Number(line.slice(at + 1))];
      }),
  );

test('the figures count requests by route and status, and what is open, and name nothing of a tenant', async () => {
  const cloud = await aCloud();
  const house = await aHouse(cloud.manager, { name: 'Zaphod Towers' });
  const person = await invite(cloud.manager, house);
  await cloud.manager.refused('door', { params: { doorId: `door_${'a'.repeat(26)}` } });
  const text = await (await fetch(`${cloud.url}/metrics`)).text();
  const all = figures(text);
  expect(all.get('doorlab_http_requests_total{route="invitePerson",status="201"}')).toBe(1);
  expect(all.get('doorlab_http_requests_total{route="door",status="404"}')).toBe(1);
  expect(all.get('doorlab_http_request_duration_seconds_count{route="invitePerson"}')).toBe(1);
  for (const name of [
    'doorlab_sync_tasks_open',
    'doorlab_packages',
    'doorlab_mails_waiting',
    'doorlab_outbox_lag',
    'doorlab_live_connections',
  ]) {
    expect([name, all.has(name)]).toEqual([name, true]);
  }
  expect(all.get('process_resident_memory_bytes')).toBeGreaterThan(10_000_000);
  for (const secret of ['Zaphod', person.id, house.propertyId, 'example.com', cloud.manager.token ?? '']) {
    expect(text).not.toContain(secret);
  }
  const labels = new Set(
    [...text.matchAll(/(\w+)="([^"]*)"/g)].map(
      ([, label, value]) => `${label ?? ''}=${label === 'route' ? '' : (value ?? '')}`,
    ),
  );
  const statuses = new Set([
    '200',
    '201',
    '404',
    ...Object.values(problems).map(([status]) => String(status)),
  ]);
  expect(
    [...labels].filter(
      (one) => !/^(route=|le=[\d.+Inf]+)$/.test(one) && !statuses.has(one.replace('status=', '')),
    ),
  ).toEqual([]);
  const named = [...text.matchAll(/route="([^"]*)"/g)].map(([, route]) => route ?? '');
  expect(
    named.filter((route) => !(route in routes) && !['healthz', 'readyz', 'metrics', 'none'].includes(route)),
  ).toEqual([]);
});

test('paths that nobody serves do not add a figure each', async () => {
  const cloud = await aCloud();
  for (let i = 0; i < 20; i++) await (await fetch(`${cloud.url}/scan/${i}`)).text();
  const all = figures(await (await fetch(`${cloud.url}/metrics`)).text());
  expect(all.get('doorlab_http_requests_total{route="none",status="401"}')).toBe(20);
});

test('figures are for this machine and for tokens with their scope: a proxy, another machine and other tokens are refused', async () => {
  const cloud = await aCloud();
  const path = `${cloud.url}/metrics`;
  const status = async (headers: Record<string, string>): Promise<number> => {
    const response = await fetch(path, { headers });
    await response.arrayBuffer();
    return response.status;
  };
  const bearer = async (scope: 'metrics' | 'manager' | 'courier'): Promise<Record<string, string>> => ({
    authorization: `Bearer ${(await cloud.clientOf([scope])).token ?? ''}`,
  });
  expect(await status({})).toBe(200);
  for (const name of ['x-forwarded-for', 'forwarded', 'via', 'x-real-ip']) {
    expect([name, await status({ [name]: '203.0.113.7' })]).toEqual([name, 401]);
  }
  expect(await status({ 'x-forwarded-for': '127.0.0.1' })).toBe(401);
  expect(await status({ 'x-forwarded-for': '203.0.113.7', ...(await bearer('metrics')) })).toBe(200);
  expect(await status(await bearer('metrics'))).toBe(200);
  expect(await status(await bearer('manager'))).toBe(403);
  expect(await status(await bearer('courier'))).toBe(403);
  expect(await status({ authorization: 'Bearer nonsense' })).toBe(401);
  const metrics = await cloud.clientOf(['metrics']);
  expect((await metrics.refused('listProperties')).code).toBe('SCOPE_MISSING');
  expect((await metrics.refused('courierDoors')).code).toBe('SCOPE_MISSING');
});

const elsewhere = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address;

test.skipIf(elsewhere === undefined)('figures are refused to an address of the network', async () => {
  const cloud = await aCloud({ host: '0.0.0.0' });
  const response = await fetch(`http://${elsewhere ?? ''}:${new URL(cloud.url).port}/metrics`);
  expect(response.status).toBe(401);
});
