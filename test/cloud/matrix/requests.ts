// A request for each route that its schemas take, about the objects of an estate: what is refused is then refused for who
// asks, and for nothing else.
import { encodeHex, utf8 } from '#protocol/bytes.ts';
import type { Contract } from '#protocol/api/contract.ts';
import { routes, type RouteName } from '#protocol/api/routes.ts';
import { document, sampleOf, type Schema } from '../bad-input/samples.ts';
import { PaperLock } from '../paper-lock.ts';
import { aFreshKey, freshCard, freshName, type Estate } from './estate.ts';

export interface MatrixRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly query?: Readonly<Record<string, string>>;
}

export const paramNames = (name: RouteName): string[] =>
  [...routes[name].path.matchAll(/\{(\w+)\}/g)].map(([, param = '']) => param);

/** Ids that no object of the estate has a name for are a mistake in the test. */
export function requestOf(
  name: RouteName,
  estate: Estate,
  of: (param: string) => Estate = () => estate,
): MatrixRequest {
  const params = Object.fromEntries(
    paramNames(name).map((param) => {
      const id = (of(param) as unknown as Readonly<Record<string, unknown>>)[param];
      if (typeof id !== 'string') throw new Error(`the estate has no ${param} for ${name}`);
      return [param, id];
    }),
  );
  const body = bodyOf(name, estate);
  return { params, ...(body === undefined ? {} : { body }) };
}

/** For one who may: fresh objects where the request would use them up. */
export async function allowedRequest(name: RouteName, estate: Estate): Promise<MatrixRequest> {
  switch (name) {
    case 'deleteKey':
    case 'removeKeyDoor':
    case 'putKeyDoor':
      return requestOf(name, { ...estate, keyId: await aFreshKey(estate) });
    case 'keycard':
    case 'endKeycard': {
      const { personId } = estate;
      const value = freshCard();
      await estate.manager.call('activateKeycard', { params: { personId }, body: { value } });
      return requestOf(name, estate);
    }
    case 'askDeactivation':
      // Its lock would be on its way out for the rest of the matrix.
      return requestOf(name, { ...estate, doorId: estate.doorWithoutLockId });
    default:
      return requestOf(name, estate);
  }
}

function bodyOf(name: RouteName, estate: Estate): unknown {
  const { body }: Contract = routes[name];
  if (body === undefined) return undefined;
  if (typeof body === 'string') return utf8('first name,last name,email,keys\nX,X,x@example.com,Unit\n');
  const written = writtenBodies(estate)[name];
  return written ?? sampleOf(schemaOf(name), name);
}

function schemaOf(name: RouteName): Schema {
  const { path, method } = routes[name];
  const operation = document.paths[path]?.[method.toLowerCase()] as unknown as {
    requestBody: { content: Readonly<Record<string, { schema: Schema }>> };
  };
  return operation.requestBody.content['application/json']!.schema;
}

/** Where a sample of the schema alone would name objects that are not there, or be used up by the first. */
function writtenBodies({ keyId, doorId, propertyId }: Estate): Partial<Record<RouteName, unknown>> {
  const name = freshName();
  const email = `${name.replace(' ', '').toLowerCase()}@example.com`;
  const person = { email, firstName: 'X', lastName: 'X' };
  return {
    createProperty: { name, zone: 'UTC' },
    editProperty: { name },
    createDoor: { name, type: 'service' },
    editDoor: {},
    createKey: { name, doors: [{ doorId }] },
    editKey: {},
    invitePerson: { ...person, keyIds: [keyId] },
    editPerson: { firstName: 'X' },
    grantKey: { keyId },
    editGrants: { expiresAtS: 4_000_000_000 },
    editGrant: { expiresAtS: 4_000_000_000 },
    confirmImport: {},
    inviteGuest: { ...person, keyId },
    addManager: {
      email,
      name,
      role: 'property',
      properties: [{ propertyId, rights: { keyManagement: 'none' } }],
    },
    putManagedProperty: { keyManagement: 'limited' },
    editManager: { name },
    createToken: { label: name, scopes: ['courier'] },
    activateKeycard: { value: freshCard() },
    appPhone: { publicKey: encodeHex(utf8(name.padEnd(32, '.').slice(-32))), label: name },
    finishActivation: { statement: '00'.repeat(64), label: new PaperLock().label },
    askDeactivation: {},
    setDailySlots: { dailySlots: 16, singleUseSlots: 16 },
    changePassword: { present: 'not the password', password: 'correct horse battery staple' },
  };
}
