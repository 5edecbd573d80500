// What a refused sign-in costs the server, counted: nothing of it tells who has an account.
import { hash, verify } from '@node-rs/argon2';
import { expect, test, vi } from 'vitest';
import { withStore } from '../callers.ts';
import { MANAGER } from '../cloud-fixture.ts';
import { attempt, inStore } from '../sign-in-attempt.ts';

vi.mock('@node-rs/argon2', async (original) => {
  const real = await original<{ hash: typeof hash; verify: typeof verify }>();
  return { ...real, hash: vi.fn(real.hash), verify: vi.fn(real.verify) };
});

const argon2Calls = (): number => vi.mocked(hash).mock.calls.length + vi.mocked(verify).mock.calls.length;

test('enumeration: an unknown address, a wrong password and an account without one cost the same queries and one argon2id', () =>
  inStore(async (store, cloud) => {
    await withStore(cloud, (other) =>
      other.write((trx) =>
        trx
          .insertInto('accounts')
          .values({ id: 'account_x', email: 'pending@example.com', state: 'pending', created_at_s: 1 })
          .execute(),
      ),
    );
    const work = async (email: string): Promise<unknown> => {
      const transactions = [vi.spyOn(store, 'read'), vi.spyOn(store, 'write')];
      const argon2Before = argon2Calls();
      const code = await attempt(store, `place of ${email}`, { email });
      const counts = transactions.map((spy) => spy.mock.calls.length);
      transactions.forEach((spy) => spy.mockRestore());
      return { code, counts, argon2: argon2Calls() - argon2Before };
    };
    const [wrong, unknown, pending] = [
      await work(MANAGER.email),
      await work('nobody@example.com'),
      await work('pending@example.com'),
    ];
    expect(wrong).toEqual({ code: 'SIGN_IN_REFUSED', counts: [0, 1], argon2: 1 });
    expect(unknown).toEqual(wrong);
    expect(pending).toEqual(wrong);
  }));
