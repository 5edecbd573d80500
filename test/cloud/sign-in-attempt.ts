// One attempt to sign in, for tests of guessing.
import { signIn, type AccountParts } from '#cloud/accounts/sign-in.ts';
import type { Store } from '#cloud/db/store.ts';
import type { Refusal } from '#cloud/domain/refusal.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { systemRandom } from '#protocol/node/system-random.ts';
import { withStore } from './callers.ts';
import { aCloud, MANAGER, type TestCloud } from './cloud-fixture.ts';

export const NOW_S = 1_800_000_000;

/** Signing in from a place of its own, as many networks would. */
export const attempt = async (
  store: Store,
  place: string,
  wish: { email?: string; password?: string; nowS?: number } = {},
): Promise<string> => {
  const parts: AccountParts = { store, engine: nodeEngine, random: systemRandom };
  const { email = MANAGER.email, password: word = 'wrong password', nowS = NOW_S } = wish;
  try {
    await signIn(
      parts,
      nowS,
      { place, sessions: new Map() },
      {
        email,
        password: word,
        surface: 'door-os',
        session: 'token',
      },
    );
    return 'in';
  } catch (error) {
    return (error as Refusal).code;
  }
};

export const inStore = async (run: (store: Store, cloud: TestCloud) => Promise<void>): Promise<void> => {
  const cloud = await aCloud();
  await withStore(cloud, (store) => run(store, cloud));
};
