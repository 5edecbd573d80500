// One property with one object of each kind that a path can name, and the ways to make a fresh one for what would use it
// up.
import { newId } from '#cloud/domain/ids.ts';
import { utf8 } from '#protocol/bytes.ts';
import { systemRandom } from '#protocol/node/system-random.ts';
import { appOf, withStore } from '../callers.ts';
import type { Client, TestCloud } from '../cloud-fixture.ts';
import { aHouse, invite } from '../house.ts';
import { activate, doorSync } from '../paper-lock.ts';

export interface Estate {
  readonly manager: Client;
  readonly propertyId: string;
  /** The residence, with a synced lock; of the Key. */
  readonly doorId: string;
  /** With a lock, and of no Key that the people here hold. */
  readonly otherDoorId: string;
  readonly doorWithoutLockId: string;
  readonly keyId: string;
  readonly personId: string;
  readonly grantId: string;
  readonly importId: string;
  readonly activationId: string;
  readonly tokenId: string;
  readonly managerId: string;
  readonly guestId: string;
  readonly alarmId: string;
  readonly hostEmail: string;
  readonly guestEmail: string;
  readonly keylessEmail: string;
}

const CSV = utf8('first name,last name,email,keys\nU,U,u@example.com,Unit\n');

export async function anEstate(cloud: TestCloud, manager: Client, mark: string): Promise<Estate> {
  const house = await aHouse(manager, { name: `House ${mark}` });
  const [doorId, otherDoorId, doorWithoutLockId] = [
    house.door('4B'),
    house.door('Pool'),
    house.door('Entrance'),
  ];
  const { propertyId } = house;
  for (const id of [doorId, otherDoorId]) await doorSync(manager, id, await activate(manager, id));
  const keyId = house.key('Unit');
  await manager.call('editKey', { params: { keyId }, body: { mayShare: true } });
  const emailOf = (who: string): string => `${who}-${mark}@example.com`;
  const host = await manager.call('invitePerson', {
    params: { propertyId },
    body: { email: emailOf('host'), firstName: 'H', lastName: 'H', mayShare: true, keyIds: [keyId] },
  });
  await manager.call('activateKeycard', { params: { personId: host.id }, body: { value: '04aabbcc' } });
  await invite(manager, house, { email: emailOf('keyless'), keys: [] });
  const app = await appOf(cloud, emailOf('host'));
  const guest = await app.call('inviteGuest', {
    body: { keyId, email: emailOf('guest'), firstName: 'G', lastName: 'G' },
  });
  const upload = await manager.call('previewImport', { params: { propertyId }, body: CSV });
  const start = await manager.call('startActivation', { params: { doorId: doorWithoutLockId } });
  const token = await manager.call('createToken', { body: { label: mark, scopes: ['courier'] } });
  const pm = await manager.call('addManager', {
    body: {
      email: emailOf('pm'),
      name: mark,
      role: 'property',
      properties: [{ propertyId, rights: { keyManagement: 'none' } }],
    },
  });
  return {
    manager,
    propertyId,
    doorId,
    otherDoorId,
    doorWithoutLockId,
    keyId,
    personId: host.id,
    grantId: host.grants[0]!.id,
    importId: upload.id,
    activationId: start.id,
    tokenId: token.id,
    managerId: pm.id,
    guestId: guest.id,
    alarmId: await anAlarm(cloud, propertyId, doorId),
    hostEmail: emailOf('host'),
    guestEmail: emailOf('guest'),
    keylessEmail: emailOf('keyless'),
  };
}

let fresh = 0;
export const freshName = (): string => `Fresh ${++fresh}`;
const freshEmail = (): string => `fresh${++fresh}@example.com`;

export const freshCard = (): string => (0x04_aa_00_00_00_00 + ++fresh).toString(16).padStart(14, '0');

/** The estate with new ones of all that is named: an allowed request may use them up. */
export async function refreshed(
  cloud: TestCloud,
  estate: Estate,
  params: readonly string[],
): Promise<Estate> {
  const { manager, propertyId, keyId, doorId } = estate;
  const made: Partial<Record<Exclude<keyof Estate, 'manager'>, string>> = {};
  for (const param of params) {
    switch (param) {
      case 'personId':
      case 'grantId': {
        const body = { email: freshEmail(), firstName: 'F', lastName: 'F', keyIds: [keyId] };
        const person = await manager.call('invitePerson', { params: { propertyId }, body });
        Object.assign(made, { personId: person.id, grantId: person.grants[0]!.id });
        break;
      }
      case 'importId':
        made.importId = (await manager.call('previewImport', { params: { propertyId }, body: CSV })).id;
        break;
      case 'managerId': {
        const properties = [{ propertyId, rights: { keyManagement: 'none' as const } }];
        const body = { email: freshEmail(), name: 'Fresh', role: 'property' as const, properties };
        made.managerId = (await manager.call('addManager', { body })).id;
        break;
      }
      case 'tokenId':
        made.tokenId = (
          await manager.call('createToken', { body: { label: 'fresh', scopes: ['courier'] } })
        ).id;
        break;
      case 'guestId': {
        const app = await appOf(cloud, estate.hostEmail);
        const body = { keyId, email: freshEmail(), firstName: 'G', lastName: 'G' };
        made.guestId = (await app.call('inviteGuest', { body })).id;
        break;
      }
      case 'alarmId':
        made.alarmId = await anAlarm(cloud, propertyId, doorId);
        break;
      default:
        // Nothing that a request of the matrix uses up.
        break;
    }
  }
  return { ...estate, ...made };
}

/** A Key that nobody holds, with the door. */
export async function aFreshKey({ manager, propertyId, doorId }: Estate): Promise<string> {
  const body = { name: freshName(), doors: [{ doorId }] };
  return (await manager.call('createKey', { params: { propertyId }, body })).id;
}

const anAlarm = (cloud: TestCloud, propertyId: string, doorId: string): Promise<string> =>
  withStore(cloud, (store) =>
    store.write(async (trx) => {
      const id = newId(systemRandom, 'alarm');
      await trx
        .insertInto('alarms')
        .values({
          id,
          property_id: propertyId,
          door_id: doorId,
          kind: 'log-lost',
          detail: 'Rows are missing.',
          person_id: null,
          raised_at_s: 1,
          seen_at_s: null,
          ended_at_s: null,
        })
        .execute();
      return id;
    }),
  );
