// Every route, times everybody who may come, times whose property it is: at home, at another property of the portfolio,
// in another portfolio. What is expected stands in matrix/rules.ts by hand; a route that is not in there fails.
import { expect, onTestFinished, test } from 'vitest';
import { openDataFolder } from '#cloud/data-folder.ts';
import { scopes as allScopes, type Scope } from '#protocol/api/contract.ts';
import { routes, type RouteName } from '#protocol/api/routes.ts';
import { digestOf } from './bad-input/digest.ts';
import { aCloud, problemIn, type Client, type TestCloud } from './cloud-fixture.ts';
import { castOf, type Role } from './matrix/cast.ts';
import { anEstate, refreshed, type Estate } from './matrix/estate.ts';
import { allowedRequest, paramNames, requestOf, type MatrixRequest } from './matrix/requests.ts';
import { RULES, type Rule } from './matrix/rules.ts';

const names = Object.keys(routes) as RouteName[];
const places = ['home', 'sibling', 'foreign'] as const;
type Place = (typeof places)[number];

/** Thousands of requests in each, on whatever machine. */
const TIMEOUT_MS = 300_000;

/** The answers that say no to who asks; everything else is about what was asked. */
const NO = new Set(['NOT_SIGNED_IN', 'SCOPE_MISSING', 'PERMISSION_MISSING', 'NOT_FOUND']);
/** What they do would end the tokens that the matrix runs on. */
const ENDS_THE_TOKEN = new Set<RouteName>(['signOut', 'signOutEverywhere']);
/** Nothing of the kind may be there, for anybody. */
const MAY_BE_ABSENT = new Set<RouteName>(['deactivation', 'demoMails']);

const LETTERS: Readonly<Record<string, Scope>> = {
  M: 'manager',
  C: 'courier',
  A: 'activate',
  P: 'app',
  L: 'lock',
  X: 'metrics',
};

async function aWorld() {
  const cloud = await aCloud();
  const stranger = await cloud.strangerOf('Other');
  const estates: Record<Place, Estate> = {
    home: await anEstate(cloud, cloud.manager, 'home'),
    sibling: await anEstate(cloud, cloud.manager, 'sibling'),
    foreign: await anEstate(cloud, stranger, 'foreign'),
  };
  return { cloud, stranger, estates, roles: await castOf(cloud, estates.home) };
}

/** Undefined: allowed. */
function refusalOf(name: RouteName, rule: Rule, role: Role, place: Place): string | undefined {
  if (role.scopes === undefined) return 'NOT_SIGNED_IN';
  // Whoever was removed as a manager, as if the token had gone with it.
  if (role.may === 'none') return 'NOT_SIGNED_IN';
  const taken = typeof rule.scopes === 'string' ? allScopes : rule.scopes.map((letter) => LETTERS[letter]);
  if (!role.scopes.some((scope) => taken.includes(scope))) return 'SCOPE_MISSING';
  const isOther = place !== 'home';
  const isNamed = paramNames(name).length > 0;
  switch (rule.need) {
    case 'nobody':
      return undefined;
    case 'list':
      // A lock’s list is of its own door.
      if (rule.over === undefined || role.may === 'all' || role.scopes.includes('lock')) return undefined;
      return role.may.includes(rule.over) ? undefined : 'PERMISSION_MISSING';
    case 'portfolio':
      if (role.may !== 'all') return 'PERMISSION_MISSING';
      return place === 'foreign' && isNamed ? 'NOT_FOUND' : undefined;
    case 'own': {
      const isOwner = name === 'revokeToken' ? role.may === 'all' : role.isHost === true;
      // Tokens are of accounts: the portfolio manager's are the same at both properties.
      const isFar = name === 'revokeToken' ? place === 'foreign' : isOther;
      return isOwner && !isFar ? undefined : 'NOT_FOUND';
    }
    default:
      break;
  }
  if (place === 'foreign') return 'NOT_FOUND';
  if (role.may === 'all') return undefined;
  if (isOther) return 'NOT_FOUND';
  // Somebody else's upload.
  if (role.isSpecific === true && paramNames(name).includes('importId')) return 'NOT_FOUND';
  if (role.may.includes(rule.need)) return undefined;
  return role.scopes.includes('app') || role.scopes.includes('lock') ? 'NOT_FOUND' : 'PERMISSION_MISSING';
}

async function answerOf(client: Client, name: RouteName, request: MatrixRequest): Promise<string> {
  try {
    const response = await client.fetch(name, request);
    if (response.status >= 400) return (await problemIn(response)).code;
    await response.body?.cancel();
    return 'done';
  } catch (error) {
    return String(error);
  }
}

/** Whether nobody of the same kind of token who may less may do it too: more rights take nothing away. */
function isLeast(name: RouteName, rule: Rule, role: Role, roles: readonly Role[]): boolean {
  const { may } = role;
  if (may === 'all' || may === 'none') return true;
  return !roles.some(
    (other) =>
      other.may !== 'all' &&
      other.may !== 'none' &&
      other.may.length < may.length &&
      other.may.every((need) => may.includes(need)) &&
      other.isSpecific === role.isSpecific &&
      JSON.stringify(other.scopes) === JSON.stringify(role.scopes) &&
      refusalOf(name, rule, other, 'home') === undefined,
  );
}

/** Whether the place can make a difference to that answer. */
function isTold(name: RouteName, rule: Rule, role: Role, place: Place, expected: string): boolean {
  if (place === 'home') return true;
  // Neither looks at any object.
  if (expected === 'NOT_SIGNED_IN' || expected === 'SCOPE_MISSING') return false;
  if (paramNames(name).length === 0 && rule.need !== 'own') return false;
  // Rights at home mean nothing elsewhere, the most of them as little as fewer.
  return !role.name.includes(' Keys') || role.name === 'full Keys, devices, activation';
}

async function storeOf(cloud: TestCloud) {
  const store = await openDataFolder(cloud.dataFolder, cloud.clock);
  onTestFinished(() => store.close());
  return async () => {
    const { mails: _mails, password_links: _links, ...rest } = await digestOf(store);
    return rest;
  };
}

test(
  'everybody is refused what is not theirs, with the right word, and nothing is changed by it',
  { timeout: TIMEOUT_MS },
  async () => {
    const { cloud, estates, roles } = await aWorld();
    // The first use of a token is written down.
    for (const { client } of roles) await client.fetch('session');
    const digest = await storeOf(cloud);
    const wrong: unknown[] = [];
    let asked = 0;
    let before = await digest();
    for (const name of names) {
      const rule = RULES[name];
      if (rule === undefined) {
        wrong.push([name, 'has no rule']);
        continue;
      }
      if (rule.scopes === 'open') continue;
      const cells = roles.flatMap((role) => places.map((place) => ({ role, place })));
      const answers = cells.map(async ({ role, place }) => {
        const expected = refusalOf(name, rule, role, place);
        if (expected === undefined || !isTold(name, rule, role, place, expected)) return;
        const code = await answerOf(role.client, name, requestOf(name, estates[place]));
        asked++;
        if (code !== expected) wrong.push([name, role.name, place, code, 'instead of', expected]);
      });
      await Promise.all(answers);
      const after = await digest();
      const changed = Object.keys(after).filter((table) => after[table] !== before[table]);
      if (changed.length > 0) wrong.push([name, 'changed', changed]);
      before = after;
    }
    expect(wrong).toEqual([]);
    expect(asked).toBeGreaterThan(1_000);
  },
);

test('everybody may do what is theirs, at every property where it is', { timeout: TIMEOUT_MS }, async () => {
  const { cloud, estates, roles } = await aWorld();
  const wrong: unknown[] = [];
  for (const role of roles) {
    for (const place of places) {
      for (const name of names) {
        const rule = RULES[name];
        if (rule === undefined || rule.scopes === 'open' || ENDS_THE_TOKEN.has(name)) continue;
        if (refusalOf(name, rule, role, place) !== undefined) continue;
        if (!isLeast(name, rule, role, roles)) continue;
        const isNamed = paramNames(name).length > 0;
        if (!isNamed && place !== 'home') continue;
        const isUsedUp = isNamed && routes[name].method !== 'GET';
        const estate = isUsedUp ? await refreshed(cloud, estates[place], paramNames(name)) : estates[place];
        const code = await answerOf(role.client, name, await allowedRequest(name, estate));
        const isAbsent = code === 'NOT_FOUND' && MAY_BE_ABSENT.has(name);
        const isUnfit = code === 'INPUT_INVALID' || code === 'INTERNAL' || code.includes('Error');
        if ((NO.has(code) || isUnfit) && !isAbsent) {
          wrong.push([name, role.name, place, code]);
        }
      }
    }
  }
  expect(wrong).toEqual([]);
});

test(
  'one id of another portfolio among own ones is as if it were not there',
  { timeout: TIMEOUT_MS },
  async () => {
    const { estates, roles } = await aWorld();
    const { home, foreign } = estates;
    const wrong: unknown[] = [];
    for (const name of names.filter((one) => paramNames(one).length > 1)) {
      for (const role of roles) {
        const rule = RULES[name];
        if (rule === undefined || refusalOf(name, rule, role, 'home') !== undefined) continue;
        for (const strange of paramNames(name)) {
          const request = requestOf(name, home, (param) => (param === strange ? foreign : home));
          const code = await answerOf(role.client, name, request);
          if (code !== 'NOT_FOUND') wrong.push([name, role.name, strange, code]);
        }
      }
    }
    expect(wrong).toEqual([]);
  },
);
