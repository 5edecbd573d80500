// The demo's DOOR OS: a real one in its own folder, with keys, a manager who can sign in, and a courier's token.
import { join } from 'node:path';
import type { routes } from '#protocol/api/routes.ts';
import { createAccount, createToken } from '#cloud/bootstrap.ts';
import { keygen } from '#cloud/keys/keygen.ts';
import { startCloud, type RunningCloud } from '#cloud/serve.ts';
import { callCloud, type CallInput, type CloudAddress } from '#gateway/cloud-call.ts';
import type { BodyInputOf, Contract, ReplyOf } from '#protocol/api/contract.ts';
import { demoPassword, type DemoParts } from './demo-parts.ts';

export interface DemoCloud {
  readonly running: RunningCloud;
  readonly login: { readonly email: string; readonly password: string };
  /** As the manager. */
  call<C extends Contract>(contract: C, input?: CallInput<C>): Promise<ReplyOf<C>>;
  readonly courier: CloudAddress;
}

export type PropertyDefinition = BodyInputOf<typeof routes.createProperty>;

const MANAGER = 'manager@example.com';

export async function openDemoCloud(parts: DemoParts): Promise<DemoCloud> {
  const { folder, engine, clock, random, log } = parts;
  const dataFolder = join(folder, 'cloud');
  const keysFolder = join(folder, 'keys');
  keygen(keysFolder, { engine, clock, random });
  const running = await startCloud({
    dataFolder,
    keysFolder,
    host: '127.0.0.1',
    port: 0,
    clock,
    random,
    engine,
    log,
    // Its people are made up, and their mails are part of what it shows.
    mail: { isShown: true },
  });
  const password = demoPassword(random);
  const bootstrap = { dataFolder, clock, random, engine };
  await createAccount(bootstrap, { email: MANAGER, password, portfolioName: 'Demo portfolio' });
  const tokenFor = async (label: string, scope: 'manager' | 'courier'): Promise<string> =>
    (
      await createToken(bootstrap, {
        email: MANAGER,
        label,
        scopes: scope === 'courier' ? ['courier', 'activate'] : ['manager'],
      })
    ).token;
  const manager = { baseUrl: running.url, token: await tokenFor('demo story', 'manager') };
  return {
    running,
    login: { email: MANAGER, password },
    call: (contract, input) => callCloud(manager, clock, contract, input),
    courier: { baseUrl: running.url, token: await tokenFor('demo gateway', 'courier') },
  };
}
