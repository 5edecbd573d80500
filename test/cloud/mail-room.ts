// A database with mails that wait, a clock that is moved, and mailers on it.
import { onTestFinished } from 'vitest';
import { siteAt } from '#cloud/accounts/site.ts';
import { openDataFolder } from '#cloud/data-folder.ts';
import { enqueueMails } from '#cloud/mail/enqueue.ts';
import { Mailer, type MailerParts } from '#cloud/mail/mailer.ts';
import { smtpTransport } from '#cloud/mail/smtp-transport.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { systemClock } from '#protocol/node/system-clock.ts';
import { systemRandom } from '#protocol/node/system-random.ts';
import { nowS } from '#protocol/ports/clock.ts';
import { silentLog } from '#protocol/ports/log.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { emptyDataFolder } from './cloud-fixture.ts';

export async function aMailRoom() {
  const dataFolder = await emptyDataFolder();
  const clock = new VirtualClock();
  const open = async () => {
    // The database's own waits are real.
    const store = await openDataFolder(dataFolder, systemClock);
    onTestFinished(() => store.close());
    return store;
  };
  const store = await open();
  const parts = async (): Promise<Omit<MailerParts, 'transport'>> => ({
    store: await open(),
    clock,
    random: systemRandom,
    engine: nodeEngine,
    log: silentLog,
    site: siteAt('https://doors.example.com'),
    from: { name: 'DOOR OS', address: 'doors@example.com' },
  });
  return {
    clock,
    store,
    parts,
    mailer: async (smtpUrl: string) => new Mailer({ ...(await parts()), transport: smtpTransport(smtpUrl) }),
    /** Mails that nothing speaks against; `count` of them, each to an address of its own. */
    enqueue: (count = 1) =>
      store.write(async (trx) => {
        const at = { trx, nowS: nowS(clock), random: systemRandom };
        for (let i = 0; i < count; i++) {
          await trx
            .insertInto('accounts')
            .values({ id: `account_${i}`, email: `p${i}@example.com`, state: 'active', created_at_s: 1 })
            .execute();
        }
        return await enqueueMails(
          at,
          Array.from({ length: count }, (_, i) => ({
            kind: 'password-changed' as const,
            to: `p${i}@example.com`,
            accountId: `account_${i}`,
          })),
        );
      }),
    rows: () => store.read((trx) => trx.selectFrom('mails').selectAll().orderBy('to_address').execute()),
  };
}
