// Two portfolios in one cloud, alike in everything: what one of them has does not exist for the other. Generated from
// the table of routes: every id in a path, every id in a query, every list, by managers, couriers and activators.
import { expect, test } from 'vitest';
import { encodeHex, utf8 } from '#protocol/bytes.ts';
import { grantableScopes as scopes, type Contract, type Scope } from '#protocol/api/contract.ts';
import { routes, type RouteName } from '#protocol/api/routes.ts';
import { systemRandom } from '#protocol/node/system-random.ts';
import { aCloud, problemIn, type Client } from './cloud-fixture.ts';
import { aHouse, invite } from './house.ts';
import { activate, doorSync, PaperLock } from './paper-lock.ts';

const names = Object.keys(routes) as RouteName[];

/** One object of each kind that a path can name. */
type Estate = Readonly<Record<ParamName, string>>;
const PARAM_NAMES = [
  'propertyId',
  'doorId',
  'keyId',
  'personId',
  'grantId',
  'importId',
  'activationId',
  'tokenId',
] as const;
type ParamName = (typeof PARAM_NAMES)[number];

/** Everything of `mark`'s, with a synced lock, a waiting one, an upload done and an activation under way. */
async function anEstate(client: Client, mark: string): Promise<Estate> {
  const house = await aHouse(client, { name: `House ${mark}` });
  const doorId = house.door('4B');
  const lock = await activate(client, doorId);
  await doorSync(client, doorId, lock);
  const person = await invite(client, house, { email: `${mark}@example.com` });
  const upload = await client.call('previewImport', {
    params: { propertyId: house.propertyId },
    body: utf8('first name,last name,email\nU,U,u@example.com\n'),
  });
  // Done, so that its result is kept and told again.
  await client.call('confirmImport', { params: { importId: upload.id }, body: {} });
  const start = await client.call('startActivation', { params: { doorId: house.door('Entrance') } });
  const token = await client.call('createToken', { body: { label: mark, scopes: ['courier'] } });
  return {
    propertyId: house.propertyId,
    doorId,
    keyId: house.key('Unit'),
    personId: person.id,
    grantId: person.grants[0]!.id,
    importId: upload.id,
    activationId: start.id,
    tokenId: token.id,
  };
}

const paramsOf = (path: string): ParamName[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as ParamName);

/** A body that each writing route takes, so that a refusal is about the object alone. */
function bodiesOf(theirs: Estate): Partial<Record<RouteName, unknown>> {
  const lock = new PaperLock();
  const name = 'Mine now';
  return {
    createDoor: { name, type: 'service' },
    editDoor: { name },
    createKey: { name, doors: [] },
    editKey: { name },
    putKeyDoor: { provideDoorcodes: true },
    invitePerson: { email: 'x@example.com', firstName: 'X', lastName: 'X' },
    editPerson: { firstName: name },
    grantKey: { keyId: theirs.keyId },
    editGrant: { expiresAtS: 4_000_000_000 },
    previewImport: utf8('first name,last name,email\nX,X,x@example.com\n'),
    confirmImport: {},
    postReceipt: { receipt: encodeHex(systemRandom.bytes(64)) },
    finishActivation: { statement: encodeHex(systemRandom.bytes(64)), label: lock.label },
  };
}

async function twoPortfolios() {
  const cloud = await aCloud();
  const stranger = await cloud.strangerOf('Other');
  const [mine, theirs] = [await anEstate(cloud.manager, 'mine'), await anEstate(stranger, 'theirs')];
  return { cloud, stranger, mine, theirs };
}

const accessTo = ({ access }: Contract): readonly Scope[] => (typeof access === 'string' ? scopes : access);

test('no route knows an id of another portfolio, whoever asks', async () => {
  const { cloud, stranger, mine, theirs } = await twoPortfolios();
  const before = await everythingOf(stranger, theirs);
  const clients = new Map(
    await Promise.all(scopes.map(async (scope) => [scope, await cloud.clientOf([scope])] as const)),
  );
  const bodies = bodiesOf(theirs);
  const wrong: unknown[] = [];
  const covered = new Set<ParamName>();
  let asked = 0;
  for (const name of names) {
    const contract: Contract = routes[name];
    const own = paramsOf(contract.path);
    for (const foreign of own) {
      covered.add(foreign);
      const params = Object.fromEntries(
        own.map((param) => [param, (param === foreign ? theirs : mine)[param]]),
      );
      for (const scope of accessTo(contract)) {
        const body = bodies[name];
        if (contract.body !== undefined && body === undefined) throw new Error(`no body for ${name}`);
        const response = await clients
          .get(scope)!
          .fetch(name, { params, ...(body === undefined ? {} : { body }) });
        asked++;
        const code = response.status < 400 ? response.status : (await problemIn(response)).code;
        if (code !== 'NOT_FOUND') wrong.push([name, foreign, scope, code]);
      }
    }
  }
  expect(wrong).toEqual([]);
  expect(covered).toEqual(new Set(PARAM_NAMES));
  expect(asked).toBeGreaterThan(30);
  expect(await everythingOf(stranger, theirs)).toEqual(before);
});

test('a body or a query that names an object of another portfolio is refused like one of nothing', async () => {
  const { cloud, mine, theirs } = await twoPortfolios();
  const { manager } = cloud;
  const { propertyId, personId } = mine;
  const { id: importId } = await manager.call('previewImport', {
    params: { propertyId },
    body: utf8('first name,last name,email\nV,V,v@example.com\n'),
  });
  const invited = { email: 'x@example.com', firstName: 'X', lastName: 'X', keyIds: [theirs.keyId] };
  const refusals = [
    await manager.refused('grantKey', { params: { personId }, body: { keyId: theirs.keyId } }),
    await manager.refused('invitePerson', { params: { propertyId }, body: invited }),
    await manager.refused('createKey', {
      params: { propertyId },
      body: { name: 'K', doors: [{ doorId: theirs.doorId, provideDoorcodes: true }] },
    }),
    await manager.refused('confirmImport', { params: { importId }, body: { keyIds: [theirs.keyId] } }),
    await manager.refused('listSyncTasks', { query: { doorId: theirs.doorId } }),
  ];
  expect(refusals.map(({ code }) => code)).toEqual(refusals.map(() => 'NOT_FOUND'));
});

test('no list and no view holds anything of another portfolio', async () => {
  const { cloud, stranger, mine, theirs } = await twoPortfolios();
  const foreign = idsIn(await everythingOf(stranger, theirs));
  const own = await everythingOf(cloud.manager, mine);
  expect(foreign.size).toBeGreaterThan(12);
  expect([...idsIn(own)].filter((id) => foreign.has(id))).toEqual([]);
  for (const scope of scopes) {
    const client = await cloud.clientOf([scope]);
    for (const name of names.filter((one) => accessTo(routes[one]).includes(scope))) {
      const contract: Contract = routes[name];
      if (contract.method !== 'GET' || typeof contract.reply === 'string') continue;
      for (const query of queriesOf(name)) {
        const params = Object.fromEntries(paramsOf(contract.path).map((param) => [param, mine[param]]));
        const text = await (await client.fetch(name, { params, query })).text();
        const seen = [...foreign].filter((id) => text.includes(id));
        expect([name, scope, seen]).toEqual([name, scope, []]);
        if (name in MUST_SHOW) expect(text, name).toContain(mine[MUST_SHOW[name]!]);
      }
    }
  }
});

/** Lists that would prove nothing if they were empty. */
const MUST_SHOW: Partial<Record<RouteName, ParamName>> = {
  listProperties: 'propertyId',
  listDoors: 'doorId',
  listKeys: 'keyId',
  listPeople: 'personId',
  courierDoors: 'doorId',
  listSyncTasks: 'doorId',
  listTokens: 'tokenId',
};

const queriesOf = (name: RouteName): Record<string, string>[] =>
  name === 'listSyncTasks'
    ? [{}, { closed: 'true' }]
    : name === 'listPeople'
      ? [{}, { showExpired: 'true' }]
      : [{}];

/** All that a manager is shown of an estate by reading. */
async function everythingOf(client: Client, estate: Estate): Promise<Record<string, unknown>> {
  const shown: Record<string, unknown> = {};
  for (const name of names) {
    const contract: Contract = routes[name];
    if (contract.method !== 'GET' || typeof contract.reply === 'string') continue;
    if (name === 'keySets' || name === 'session') continue;
    for (const query of queriesOf(name)) {
      const params = Object.fromEntries(paramsOf(contract.path).map((param) => [param, estate[param]]));
      const response = await client.fetch(name, { params, query });
      shown[`${name} ${JSON.stringify(query)}`] = await response.json();
    }
  }
  // The use of a token is noted with each request.
  delete shown['listTokens {}'];
  return shown;
}

const idsIn = (shown: unknown): Set<string> =>
  new Set(
    [...JSON.stringify(shown).matchAll(/"([a-z]+_[a-z2-7]{26}|[0-9a-f]{32,})"/g)].map(([, id]) => id ?? ''),
  );
