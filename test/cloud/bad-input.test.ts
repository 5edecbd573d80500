// Bad input for every route, generated from the table of routes and its schemas, so that a new route is taken in by
// itself: all of it is refused with a problem that names the field where there is one, and nothing changes.
import { expect, onTestFinished, test } from 'vitest';
import { openDataFolder } from '#cloud/data-folder.ts';
import { JSON_MAX_BYTES } from '#cloud/http/request-input.ts';
import type { Contract, Scope } from '#protocol/api/contract.ts';
import { grantableScopes, pathOf } from '#protocol/api/contract.ts';
import { CSV_MAX_BYTES } from '#protocol/api/imports.ts';
import { Problem } from '#protocol/api/problem.ts';
import { routes, type RouteName } from '#protocol/api/routes.ts';
import { BAD_CURSORS, BAD_IDS, CURSORS_OF_OTHERS, NO_SUCH_ID } from './bad-input/bad-texts.ts';
import { digestOf } from './bad-input/digest.ts';
import { badBodies, brokenBodies } from './bad-input/mutations.ts';
import { send, type RawRequest } from './bad-input/raw-request.ts';
import { document, sampleOf, type Schema } from './bad-input/samples.ts';
import { appOf, lockTokenOf } from './callers.ts';
import { aCloud, type Client, type TestCloud } from './cloud-fixture.ts';
import { aHouse, invite } from './house.ts';
import { postgresForTests } from './postgres/databases.ts';

const AT_ONCE = 8;
/** Thousands of requests. */
const DEADLINE_MS = 240_000;
const TOO_LARGE: Readonly<Record<string, Uint8Array>> = {
  'application/json': new Uint8Array(JSON_MAX_BYTES + 1),
  'application/octet-stream': new Uint8Array(JSON_MAX_BYTES + 1),
  'text/csv': new Uint8Array(CSV_MAX_BYTES + 1),
};
const GUEST = 'ada@example.com';

interface Case extends RawRequest {
  readonly what: string;
  /** The field that must be named; undefined where there is none. */
  readonly field?: string;
  /** Good for some lists. */
  readonly mayBeTaken?: true;
}

/** Ids of what is there, by the names of parameters. */
type Ids = Readonly<Record<string, string>>;

interface Described {
  readonly parameters?: readonly { readonly name?: string; readonly in?: string; readonly schema?: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

const describedOf = ({ path, method }: Contract): Described =>
  document.paths[path]?.[method.toLowerCase()] ?? {};

const paramsOf = (path: string): string[] => [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');

test(
  'every route refuses every bad body, names the field, and changes nothing',
  { timeout: DEADLINE_MS },
  async () => {
    await holds((contract, ids) => {
      const { requestBody } = describedOf(contract);
      const path = pathOf(contract.path, paramsWith(ids, contract));
      const [[media, { schema }] = ['', { schema: {} }]] = Object.entries(requestBody?.content ?? {});
      if (contract.method === 'GET') return [];
      if (media === '') return bodiesWhereNoneIs(path);
      const good = media === 'application/json' ? JSON.stringify(sampleOf(schema, contract.path)) : 'a,b\n';
      const cases: Case[] = [
        { what: 'no body', path },
        { what: 'another media type', path, body: good, headers: { 'content-type': 'text/plain' } },
        {
          what: 'a form',
          path,
          body: 'a=1',
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
        },
        { what: 'no media type', path, body: good, headers: { 'content-type': '' } },
        {
          what: 'compressed',
          path,
          body: good,
          headers: { 'content-type': media, 'content-encoding': 'gzip' },
        },
        { what: 'too large', path, body: TOO_LARGE[media] ?? '', headers: { 'content-type': media } },
      ];
      if (media !== 'application/json') return cases;
      const headers = { 'content-type': media };
      for (const [what, body] of brokenBodies(good)) cases.push({ what, path, headers, body });
      for (const { what, field, text } of badBodies(schema)) {
        cases.push({ what, path, headers, body: text, ...(field === '' ? {} : { field }) });
      }
      return cases;
    });
  },
);

const bodiesWhereNoneIs = (path: string): Case[] =>
  ['{"a":1}', '[]', 'null', '{', '{"a":1}'.repeat(200_000)].map((body) => ({
    what: `a body of ${body.slice(0, 10)}`,
    path,
    headers: { 'content-type': 'application/json' },
    body,
  }));

test(
  'every route refuses every bad id, query and idempotency key, and changes nothing',
  { timeout: DEADLINE_MS },
  async () => {
    await holds((contract, ids) => {
      const cases: Case[] = [];
      const params = paramsWith(ids, contract);
      for (const name of paramsOf(contract.path)) {
        for (const bad of BAD_IDS) {
          // As it stands in the path: some can't be spelled otherwise.
          const path = contract.path.replace(`{${name}}`, bad).replace(/\{(\w+)\}/g, NO_SUCH_ID);
          cases.push({ what: `${name}=${bad.slice(0, 20)}`, path, ...goodBody(contract) });
        }
      }
      const base = pathOf(contract.path, params);
      const query = (what: string, text: string, field?: string): void =>
        void cases.push({
          what,
          path: `${base}?${text}`,
          ...goodBody(contract),
          ...(field === undefined ? {} : { field }),
        });
      query('an unknown query', 'unknown=1', 'unknown');
      query('a query twice', 'unknown=1&unknown=2', 'unknown');
      query('a query of a prototype', '__proto__[a]=1');
      query('a query with NUL', 'unknown=%00');
      query('a query that is no UTF-8', 'unknown=%ff');
      query('a query that is half an escape', 'unknown=%');
      for (const { name = '', in: where, schema = {} } of describedOf(contract).parameters ?? []) {
        if (where !== 'query') continue;
        for (const bad of [
          '',
          '%00',
          'a%00b',
          '-1',
          '1e999',
          '0.5',
          'x'.repeat(600),
          '%ED%A0%80',
          '[]',
          '{}',
        ]) {
          if (isTakenInQuery(schema, bad)) continue;
          const isDecodable = !bad.startsWith('%ED');
          query(`${name}=${bad.slice(0, 20)}`, `${name}=${bad}`, isDecodable ? name : undefined);
        }
        query(`${name} twice`, `${name}=1&${name}=2`, name);
        if (name !== 'after') continue;
        for (const cursor of BAD_CURSORS) query(`cursor ${cursor}`, `after=${cursor}`, name);
        for (const cursor of CURSORS_OF_OTHERS) {
          cases.push({ what: `cursor ${cursor}`, path: `${base}?after=${cursor}`, mayBeTaken: true });
        }
      }
      if (contract.method !== 'GET' && contract.access !== 'open') {
        for (const key of ['', ' ', 'a b', 'x'.repeat(129), 'é']) {
          const { headers, ...body } = goodBody(contract);
          cases.push({
            what: `idempotency key ${key.slice(0, 5)}`,
            path: base,
            ...body,
            headers: { ...headers, 'idempotency-key': key },
          });
        }
      }
      return cases;
    });
  },
);

/** Text of any kind takes any text that is not too long. */
const isTakenInQuery = (schema: Schema, text: string): boolean => {
  const { type, maxLength = 0 } = schema;
  const isFree = type === 'string' && !('pattern' in schema) && !('enum' in schema) && !('format' in schema);
  return isFree && text.length <= maxLength && !text.includes('%');
};

function goodBody(contract: Contract): { headers?: Record<string, string>; body?: string } {
  const [entry] = Object.entries(describedOf(contract).requestBody?.content ?? {});
  if (entry === undefined) return {};
  const [media, { schema }] = entry;
  const body = media === 'application/json' ? JSON.stringify(sampleOf(schema)) : 'a,b\n';
  return { headers: { 'content-type': media }, body };
}

const paramsWith = (ids: Ids, { path }: Contract): Record<string, string> =>
  Object.fromEntries(paramsOf(path).map((name) => [name, ids[name] ?? NO_SUCH_ID]));

async function somethingToLose(client: Client): Promise<Ids> {
  const house = await aHouse(client);
  const person = await invite(client, house, { email: GUEST });
  const { items } = await client.call('listTokens');
  return {
    propertyId: house.propertyId,
    doorId: house.door('Entrance'),
    keyId: house.key('Unit'),
    personId: person.id,
    grantId: person.grants[0]?.id ?? NO_SUCH_ID,
    tokenId: items[0]?.id ?? NO_SUCH_ID,
  };
}

/** Runs every case of every route against a cloud that has something to lose. */
async function holds(casesOf: (contract: Contract, ids: Ids) => Case[]): Promise<void> {
  const cloud = await aCloud();
  const ids = await somethingToLose(cloud.manager);
  const store = await openDataFolder(cloud.dataFolder, cloud.clock);
  onTestFinished(() => store.close());
  const callers = await callersOf(cloud, ids);
  await mailsAreOut(store);
  const before = await digestOf(store);
  const wrong: unknown[] = [];
  let asked = 0;
  for (const name of Object.keys(routes) as RouteName[]) {
    const contract: Contract = routes[name];
    const queue = casesOf(contract, ids).filter(isRunHere);
    asked += queue.length;
    const work = async (): Promise<void> => {
      for (let one = queue.shift(); one !== undefined; one = queue.shift()) {
        const said = await judge(cloud, contract, callers, ids, one);
        if (said !== undefined) wrong.push([name, one.what, one.field, said]);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    const after = await digestOf(store);
    const changed = Object.keys(after).filter((table) => after[table] !== before[table]);
    if (changed.length > 0) {
      wrong.push([name, 'changed', changed]);
      Object.assign(before, after);
    }
  }
  expect(wrong).toEqual([]);
  expect(asked).toBeGreaterThan(Object.keys(routes).length * 5);
}

/** They are sent by a loop of the cloud's own, which would change tables meanwhile. */
async function mailsAreOut(store: Awaited<ReturnType<typeof openDataFolder>>): Promise<void> {
  const waiting = () =>
    store.read((trx) => trx.selectFrom('mails').select('id').where('state', '=', 'waiting').execute());
  while ((await waiting()).length > 0) await new Promise((resolve) => setImmediate(resolve));
}

/** Most is refused before the database is asked, so that on the slower one a part says as much. */
const isRunHere = ({ what }: Case, at: number): boolean =>
  postgresForTests() === undefined || at % 4 === 0 || /NUL|half a character|cursor|=/.test(what);

type Callers = ReadonlyMap<Scope, Client>;

async function callersOf(cloud: TestCloud, ids: Ids): Promise<Callers> {
  const callers = new Map<Scope, Client>();
  for (const scope of grantableScopes) callers.set(scope, await cloud.clientOf([scope]));
  callers.set('app', await appOf(cloud, GUEST));
  callers.set('lock', await lockTokenOf(cloud, ids['doorId'] ?? ''));
  return callers;
}

/** Undefined where the case was refused as it must be; otherwise what came. */
async function judge(
  cloud: TestCloud,
  contract: Contract,
  callers: Callers,
  ids: Ids,
  one: Case,
): Promise<string | undefined> {
  const { access, method } = contract;
  const client =
    typeof access === 'string' ? cloud.manager : access.map((scope) => callers.get(scope)).find(Boolean);
  const token = access === 'open' ? undefined : (client ?? cloud.manager).token;
  const { status, text } = await send(cloud.url, method, one, token);
  const problem = parsed(text);
  if (one.mayBeTaken === true && status < 500) return undefined;
  if (problem === undefined) return `${status} ${text.slice(0, 200)}`;
  if (status < 400 || status > 499) return `${status} ${problem.code}`;
  if (one.field === undefined || MAY_COME_FIRST.has(problem.code)) return undefined;
  const mayLack = contract.refusals?.includes('NOT_FOUND') === true;
  const isThere = !mayLack && paramsOf(contract.path).every((name) => name in ids);
  if (problem.code === 'NOT_FOUND' && !isThere) return undefined;
  const names = (problem.errors ?? []).map(({ path }) => path);
  return names.some((path) => isAbout(path, one.field ?? ''))
    ? undefined
    : `${status} ${problem.code}: ${problem.detail} [${names.join()}]`;
}

/** Where a machine has one loopback address alone, its limit is soon used up. */
const MAY_COME_FIRST = new Set(['TOO_MANY_ATTEMPTS']);

/** A field within is a field of it, and where two alternatives fail the whole of them is named. */
const isAbout = (path: string, field: string): boolean =>
  path === field || path.startsWith(`${field}.`) || (path !== '' && field.startsWith(`${path}.`));

function parsed(text: string): Problem | undefined {
  try {
    const problem = Problem.safeParse(JSON.parse(text));
    return problem.success ? problem.data : undefined;
  } catch {
    return undefined;
  }
}
