// When links of mails end: with the password that one of them set, with a change of it, with the person's last business.
import { expect, test, vi } from 'vitest';
import { enqueueMail } from '#cloud/mail/enqueue.ts';
import { systemRandom } from '#protocol/node/system-random.ts';
import { aCloud, MANAGER, type TestCloud } from './cloud-fixture.ts';
import { withStore } from './callers.ts';
import { aHouse, invite } from './house.ts';
import { mailsTo, mailTo, tokenIn } from './mailbox.ts';

const PASSWORD = 'four unrelated words';
const ADA = 'ada@example.com';

const open = (cloud: TestCloud) => cloud.manager.withToken(undefined);

/** The tokens of so many links to set a password, in no order, once all were sent. */
async function resetTokensOf(cloud: TestCloud, email: string, count: number): Promise<string[]> {
  for (let i = 0; i < count; i++) await open(cloud).call('requestPasswordReset', { body: { email } });
  return await vi.waitFor(
    async () => {
      const mails = await mailsTo(cloud.dataFolder, email);
      const links = mails.filter(({ subject }) => subject?.startsWith('Set your password'));
      expect(links).toHaveLength(count);
      return links.map(tokenIn);
    },
    { timeout: 20_000, interval: 50 },
  );
}

const useOf = async (cloud: TestCloud, token: string): Promise<string> =>
  (await open(cloud).refused('setPassword', { body: { token, password: 'five quite unrelated words' } }))
    .code;

test('a link that sets a password ends every other link, session and token of the account', async () => {
  const cloud = await aCloud();
  const [first = '', ...others] = await resetTokensOf(cloud, MANAGER.email, 3);
  const courier = await cloud.clientOf(['courier']);
  const session = open(cloud).withToken((await open(cloud).call('signIn', { body: MANAGER })).token);
  await open(cloud).call('setPassword', { body: { token: first, password: PASSWORD } });
  for (const client of [cloud.manager, courier, session]) {
    expect((await client.refused('session')).code).toBe('NOT_SIGNED_IN');
  }
  expect(others).toHaveLength(2);
  for (const token of [first, ...others]) expect(await useOf(cloud, token)).toBe('LINK_ENDED');
  expect((await open(cloud).refused('signIn', { body: MANAGER })).code).toBe('SIGN_IN_REFUSED');
  const mail = await mailTo(cloud.dataFolder, MANAGER.email, 'was changed');
  expect(mail.text).toContain('couriers and gateways included');
});

/** As while the mail server is away. */
const aWaitingReset = (cloud: TestCloud, email: string) =>
  withStore(cloud, (store) =>
    store.write(async (trx) => {
      const nowS = Math.floor(cloud.clock.nowMs() / 1000);
      await enqueueMail({ trx, nowS, random: systemRandom }, { kind: 'password-reset', to: email });
      await trx
        .updateTable('mails')
        .set({ next_at_s: nowS + 600 })
        .where('kind', '=', 'password-reset')
        .where('state', '=', 'waiting')
        .execute();
    }),
  );

const resetStates = async (cloud: TestCloud) =>
  (
    await withStore(cloud, (store) =>
      store.read((trx) =>
        trx.selectFrom('mails').select('state').where('kind', '=', 'password-reset').execute(),
      ),
    )
  ).map(({ state }) => state);

test('a stolen mail: a password that was changed ends the links that were sent, and those on their way', async () => {
  const cloud = await aCloud();
  const tokens = await resetTokensOf(cloud, MANAGER.email, 2);
  await aWaitingReset(cloud, MANAGER.email);
  const body = { present: MANAGER.password, password: PASSWORD };
  await cloud.manager.call('changePassword', { body });
  for (const token of tokens) expect(await useOf(cloud, token)).toBe('LINK_ENDED');
  expect((await resetStates(cloud)).sort()).toEqual(['dropped', 'sent', 'sent']);
});

test('links of who is no resident and no manager any more end with that, and those of who still is one do not', async () => {
  const cloud = await aCloud();
  const { manager } = cloud;
  const house = await aHouse(manager);
  const person = await invite(manager, house);
  const added = await manager.call('addManager', {
    body: { email: 'pm@example.com', name: 'Pam', role: 'portfolio' },
  });
  await manager.call('addManager', { body: { email: 'both@example.com', name: 'Bo', role: 'portfolio' } });
  const both = await invite(manager, house, { email: 'both@example.com' });
  const [ada, pam, bo] = await Promise.all([
    mailTo(cloud.dataFolder, ADA, 'Welcome to House'),
    mailTo(cloud.dataFolder, 'pm@example.com', ''),
    mailTo(cloud.dataFolder, 'both@example.com', 'Welcome to House'),
  ]);
  await manager.call('deletePerson', { params: { personId: person.id } });
  await manager.call('removeManager', { params: { managerId: added.id } });
  await manager.call('deletePerson', { params: { personId: both.id } });
  expect(await useOf(cloud, tokenIn(ada))).toBe('LINK_ENDED');
  expect(await useOf(cloud, tokenIn(pam))).toBe('LINK_ENDED');
  const set = await open(cloud).call('setPassword', { body: { token: tokenIn(bo), password: PASSWORD } });
  expect(set.surfaces).toEqual(['door-os']);
});
