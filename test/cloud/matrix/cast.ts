// Everybody who calls: what kind of token each has, and what each is allowed at the property called home. At the other
// property of the same portfolio they were given nothing, at the foreign one nobody of them was.
import type { Scope } from '#protocol/api/contract.ts';
import type { PropertyRightsWish } from '#protocol/api/managers.ts';
import { appOf, lockTokenOf, managerOf, tokenOf, withStore } from '../callers.ts';
import { MANAGER, type Client, type TestCloud } from '../cloud-fixture.ts';
import type { Estate } from './estate.ts';
import type { Need } from './rules.ts';

export interface Role {
  readonly name: string;
  /** Undefined: no token in force. */
  readonly scopes: readonly Scope[] | undefined;
  /** What home gives; `all` with it every property of the portfolio. */
  readonly may: readonly Need[] | 'all' | 'none';
  readonly client: Client;
  /** Of these Keys alone. */
  readonly isSpecific?: true;
  readonly isHost?: true;
}

const KEY_LEVELS = {
  none: ['property'],
  limited: ['property', 'people'],
  specific: ['property', 'people', 'reports'],
  full: ['property', 'people', 'keys', 'reports'],
} as const satisfies Record<PropertyRightsWish['keyManagement'], readonly Need[]>;

export async function castOf(cloud: TestCloud, home: Estate): Promise<Role[]> {
  const roles: Role[] = [];
  const add = (
    name: string,
    client: Client,
    scopes: Role['scopes'],
    may: Role['may'],
    more: Partial<Role> = {},
  ): void => {
    roles.push({ name, client, scopes, may, ...more });
  };
  const { manager } = cloud;
  add('nobody', manager.withToken(undefined), undefined, 'none');
  add('a token that never was', manager.withToken(`dlt_${'a'.repeat(52)}`), undefined, 'none');
  add('a token of another form', manager.withToken('abc'), undefined, 'none');
  add('an expired token', await expired(cloud), undefined, 'none');
  add('a revoked token', await revoked(cloud), undefined, 'none');
  add('the portfolio manager', await cloud.clientOf(['manager']), ['manager'], 'all');
  add('the portfolio manager’s courier', await cloud.clientOf(['courier']), ['courier'], 'all');
  add('the portfolio manager’s activator', await cloud.clientOf(['activate']), ['activate'], 'all');
  add('a program for metrics', await cloud.clientOf(['metrics']), ['metrics'], 'all');
  for (const level of ['none', 'limited', 'specific', 'full'] as const) {
    for (const [isDevices, isActivate] of [
      [false, false],
      [true, false],
      [true, true],
    ] as const) {
      const email = `${level}-${isDevices}-${isActivate}@example.com`;
      const keyIds = level === 'specific' ? [home.keyId] : [];
      const rights = {
        keyManagement: level,
        deviceManagement: isDevices,
        activation: isActivate,
        keyIds,
      };
      const client = await managerOf(cloud, { email, at: { [home.propertyId]: rights } });
      const may: Need[] = [
        ...KEY_LEVELS[level],
        ...(isDevices ? (['devices', 'carry'] as const) : []),
        ...(isActivate ? (['activate'] as const) : []),
      ];
      const name = `${level} Keys${isDevices ? ', devices' : ''}${isActivate ? ', activation' : ''}`;
      add(name, client, ['manager'], may, level === 'specific' ? { isSpecific: true } : {});
      if (level !== 'none') continue;
      add(`courier of ${name}`, await tokenOf(cloud, { email, scopes: ['courier'] }), ['courier'], may);
      add(`activator of ${name}`, await tokenOf(cloud, { email, scopes: ['activate'] }), ['activate'], may);
    }
  }
  add('a manager who was removed', await removed(cloud, home), ['manager'], 'none');
  add('a resident', await appOf(cloud, home.hostEmail), ['app'], ['carry', 'residence'], { isHost: true });
  add('a guest', await appOf(cloud, home.guestEmail), ['app'], ['carry', 'residence']);
  add('somebody without a Key', await appOf(cloud, home.keylessEmail), ['app'], []);
  add('the door’s own lock', await lockTokenOf(cloud, home.doorId), ['lock'], ['carry']);
  add('the lock of another door', await lockTokenOf(cloud, home.otherDoorId), ['lock'], []);
  return roles;
}

const expired = (cloud: TestCloud): Promise<Client> =>
  tokenOf(cloud, { email: MANAGER.email, scopes: ['manager'], lifeS: -10 });

async function revoked(cloud: TestCloud): Promise<Client> {
  const client = await tokenOf(cloud, { email: MANAGER.email, scopes: ['manager'] });
  await client.call('signOut');
  return client;
}

/** With a token that nothing ended, as if the two had happened at the same moment. */
async function removed(cloud: TestCloud, home: Estate): Promise<Client> {
  const email = 'removed@example.com';
  const client = await managerOf(cloud, { email, at: { [home.propertyId]: { keyManagement: 'full' } } });
  await withStore(cloud, (store) =>
    store.write(async (trx) => {
      const { id } = await trx
        .selectFrom('accounts')
        .select('id')
        .where('email', '=', email)
        .executeTakeFirstOrThrow();
      await trx.deleteFrom('managers').where('account_id', '=', id).execute();
    }),
  );
  return client;
}
