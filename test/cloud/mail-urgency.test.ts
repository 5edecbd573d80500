// Which mail goes next: what somebody waits for at a screen before what was written for many, and nobody's behind one
// that hangs.
import { expect, test, vi } from 'vitest';
import { enqueueMails } from '#cloud/mail/enqueue.ts';
import { claimMails, LEASE_S, settleMail } from '#cloud/mail/mail-queue.ts';
import { Mailer } from '#cloud/mail/mailer.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { systemRandom } from '#protocol/node/system-random.ts';
import { nowS } from '#protocol/ports/clock.ts';
import type { OutgoingMail } from '#cloud/mail/transport.ts';
import { aCloud } from './cloud-fixture.ts';
import { withStore } from './callers.ts';
import { aHouse, invite } from './house.ts';
import { aMailRoom } from './mail-room.ts';
import { aMailServer } from './mail-server.ts';

const WELCOMES = 1_000;

test('a reset requested behind 1,000 waiting welcomes is the next mail sent', async () => {
  let release = (): void => undefined;
  const held = new Promise<undefined>((resolve) => (release = () => resolve(undefined)));
  const server = await aMailServer({ onMail: () => held });
  const cloud = await aCloud({ mail: { smtpUrl: server.url, from: 'DOOR OS <doors@example.com>' } });
  const { id: personId } = await invite(cloud.manager, await aHouse(cloud.manager));
  await withStore(cloud, (store) =>
    store.write(async (trx) => {
      const person = await trx
        .selectFrom('people')
        .innerJoin('properties', 'properties.id', 'people.property_id')
        .select(['people.account_id', 'properties.portfolio_id'])
        .where('people.id', '=', personId)
        .executeTakeFirstOrThrow();
      await enqueueMails(
        { trx, nowS: nowS(cloud.clock), random: systemRandom },
        Array.from({ length: WELCOMES }, (_, i) => ({
          kind: 'welcome' as const,
          to: `p${i}@example.com`,
          accountId: person.account_id,
          personId,
          portfolioId: person.portfolio_id,
          data: { firstName: 'Ada', propertyName: 'House', startsAtS: null, zone: 'UTC' },
        })),
      );
    }),
  );
  const arrived = (): string[] => server.mails.map(({ subject }) => subject ?? '');
  await vi.waitFor(() => expect(arrived().length).toBeGreaterThan(1), { timeout: 20_000, interval: 20 });
  await cloud.manager
    .withToken(undefined)
    .call('requestPasswordReset', { body: { email: 'ada@example.com' } });
  // None of the welcomes before it has come to its end.
  await vi.waitFor(() => expect(arrived()).toContain('Set your password for DOOR OS'), {
    timeout: 20_000,
    interval: 20,
  });
  expect(arrived().length).toBeLessThan(11);
  release();
});

test('a failure that is written down late takes no claim from whoever sends the mail by then', async () => {
  const room = await aMailRoom();
  await room.enqueue();
  const parts = { engine: nodeEngine, random: systemRandom };
  const claim = (atS: number) =>
    room.store.write((trx) => claimMails(trx, parts, atS, { slots: 1, bulk: 1 }));
  const startS = nowS(room.clock);
  const [first] = (await claim(startS)).mails;
  const [second] = (await claim(startS + LEASE_S)).mails;
  const result = { kind: 'failed', error: 'late', isPermanent: false } as const;
  const settle = (mail: typeof first) =>
    room.store.write((trx) => settleMail(trx, startS + LEASE_S + 1, { mail: mail!, result }));
  await settle(first);
  expect((await claim(startS + LEASE_S + 2)).mails).toEqual([]);
  await settle(second);
  expect((await room.rows())[0]).toMatchObject({ claimed_until_s: null, last_error: 'late', attempts: 2 });
});

test('one recipient that hangs does not hold the others', async () => {
  const room = await aMailRoom();
  const sent: string[] = [];
  const transport = {
    async send({ to }: OutgoingMail, signal: AbortSignal): Promise<void> {
      if (to !== 'p0@example.com') sent.push(to);
      else
        await new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(new Error('cut off'))),
        );
    },
  };
  await room.enqueue(40);
  const mailer = new Mailer({ ...(await room.parts()), transport });
  mailer.start();
  await vi.waitFor(
    () => {
      // Far from the deadline of a send.
      room.clock.advance(1);
      expect(sent).toHaveLength(39);
    },
    { timeout: 20_000, interval: 10 },
  );
  expect((await room.rows()).find(({ to_address: to }) => to === 'p0@example.com')?.state).toBe('waiting');
  const stopped = mailer.stop();
  room.clock.advance(10_000);
  await stopped;
  expect((await room.rows()).filter(({ state }) => state === 'sent')).toHaveLength(39);
});
