// What is listed, and what a body or a query may name: nothing of another portfolio, and to a property manager nothing of
// a property that was not given. Paths are the matrix's.
import { expect, test } from 'vitest';
import { utf8 } from '#protocol/bytes.ts';
import type { Contract } from '#protocol/api/contract.ts';
import { routes, type RouteName } from '#protocol/api/routes.ts';
import { aCloud, type Client } from './cloud-fixture.ts';
import { managerOf, tokenOf } from './callers.ts';
import { castOf } from './matrix/cast.ts';
import { anEstate, type Estate } from './matrix/estate.ts';
import { paramNames, requestOf } from './matrix/requests.ts';

const TIMEOUT_MS = 300_000;
const names = Object.keys(routes) as RouteName[];
/** Streams, and what is the same for everybody. */
const NOT_LISTS = new Set<RouteName>(['events', 'keySets', 'peopleTemplate', 'package']);

const isRead = (name: RouteName): boolean => routes[name].method === 'GET' && !NOT_LISTS.has(name);

async function threeEstates() {
  const cloud = await aCloud();
  const stranger = await cloud.strangerOf('Other');
  return {
    cloud,
    stranger,
    home: await anEstate(cloud, cloud.manager, 'home'),
    sibling: await anEstate(cloud, cloud.manager, 'sibling'),
    foreign: await anEstate(cloud, stranger, 'foreign'),
  };
}

test('a body or a query that names an object of another portfolio is refused like one of nothing', async () => {
  const { cloud, home, foreign } = await threeEstates();
  const { manager } = cloud;
  const { propertyId, personId } = home;
  const { id: importId } = await manager.call('previewImport', {
    params: { propertyId },
    body: utf8('first name,last name,email\nV,V,v@example.com\n'),
  });
  const invited = { email: 'x@example.com', firstName: 'X', lastName: 'X', keyIds: [foreign.keyId] };
  const rights = { keyManagement: 'specific', keyIds: [foreign.keyId] };
  const pm = { email: 'y@example.com', name: 'Y', role: 'property' };
  const app = await tokenOf(cloud, { email: home.hostEmail, scopes: ['app'], portfolioId: null });
  const refusals = [
    await manager.refused('grantKey', { params: { personId }, body: { keyId: foreign.keyId } }),
    await manager.refused('invitePerson', { params: { propertyId }, body: invited }),
    await manager.refused('createKey', {
      params: { propertyId },
      body: { name: 'K', doors: [{ doorId: foreign.doorId, provideDoorcodes: true }] },
    }),
    await manager.refused('confirmImport', { params: { importId }, body: { keyIds: [foreign.keyId] } }),
    await manager.refused('listSyncTasks', { query: { doorId: foreign.doorId } }),
    await manager.refused('listPeople', { params: { propertyId }, query: { keyId: foreign.keyId } }),
    await manager.refused('editGrants', {
      params: { personId },
      body: { keyIds: [foreign.keyId], expiresAtS: null },
    }),
    await manager.refused('addManager', {
      body: { ...pm, properties: [{ propertyId: foreign.propertyId, rights: { keyManagement: 'full' } }] },
    }),
    await manager.refused('addManager', { body: { ...pm, properties: [{ propertyId, rights }] } }),
    await manager.refused('putManagedProperty', {
      params: { managerId: home.managerId, propertyId },
      body: rights,
    }),
    await app.refused('inviteGuest', {
      body: { keyId: foreign.keyId, email: 'z@example.com', firstName: 'Z', lastName: 'Z' },
    }),
  ];
  expect(refusals.map(({ code }) => code)).toEqual(refusals.map(() => 'NOT_FOUND'));
});

test(
  'no list and no view holds anything of another portfolio, or of a property that was not given',
  { timeout: TIMEOUT_MS },
  async () => {
    const { cloud, stranger, home, sibling, foreign } = await threeEstates();
    // So that there is somebody to see at the other property, too.
    await managerOf(cloud, {
      email: 'sibling-pm@example.com',
      at: { [sibling.propertyId]: { keyManagement: 'full' } },
    });
    const roles = await castOf(cloud, home);
    const ofForeign = idsIn(await everythingOf(stranger, foreign));
    const ofHome = idsIn(await everythingOf(cloud.manager, home));
    const ofSibling = new Set(
      [...idsIn(await everythingOf(cloud.manager, sibling, true))].filter((id) => !ofHome.has(id)),
    );
    expect(ofForeign.size).toBeGreaterThan(12);
    expect([...ofForeign].filter((id) => ofHome.has(id))).toEqual([]);
    const wrong: unknown[] = [];
    for (const { name: who, client, scopes, may } of roles) {
      if (scopes === undefined) continue;
      const hidden = may === 'all' ? ofForeign : new Set([...ofForeign, ...ofSibling]);
      for (const name of names.filter(isRead)) {
        const text = await (await client.fetch(name, requestOf(name, home))).text();
        const seen = [...hidden].filter((id) => text.includes(id));
        if (seen.length > 0) wrong.push([name, who, seen]);
        const shown = MUST_SHOW[name];
        if (
          may === 'all' &&
          scopes.includes('manager') &&
          shown !== undefined &&
          !text.includes(home[shown] as string)
        ) {
          wrong.push([name, who, 'does not show', shown]);
        }
      }
    }
    expect(wrong).toEqual([]);
  },
);

/** Lists that would prove nothing if they were empty. */
const MUST_SHOW: Partial<Record<RouteName, keyof Estate>> = {
  listProperties: 'propertyId',
  listDoors: 'doorId',
  listKeys: 'keyId',
  listPeople: 'personId',
  listImports: 'importId',
  listManagers: 'managerId',
  courierDoors: 'doorId',
  listTokens: 'tokenId',
  listManagerTokens: 'tokenId',
  alarms: 'alarmId',
};

/** All that a manager is shown of an estate by reading; of it alone where lists hold more. */
async function everythingOf(client: Client, estate: Estate, isAlone = false): Promise<string> {
  const shown: string[] = [];
  for (const name of names.filter(isRead)) {
    const contract: Contract = routes[name];
    if (name === 'session' || (isAlone && paramNames(name).length === 0)) continue;
    const response = await client.fetch(name, requestOf(name, estate));
    if (response.ok && typeof contract.reply !== 'string') shown.push(await response.text());
    else await response.body?.cancel();
  }
  return shown.join('\n');
}

const idsIn = (text: string): Set<string> =>
  new Set([...text.matchAll(/"([a-z]+_[a-z2-7]{26}|[0-9a-f]{32,})"/g)].map(([, id]) => id ?? ''));
