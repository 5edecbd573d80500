// kill -9 of a real process around a mail: what was acknowledged is sent, and what was sent is sent again once at most,
// under the same Message-ID.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createToken } from '#cloud/bootstrap.ts';
import { LEASE_S } from '#cloud/mail/mail-queue.ts';
import { startCloud } from '#cloud/serve.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { systemRandom } from '#protocol/node/system-random.ts';
import { silentLog } from '#protocol/ports/log.ts';
import { aCloudFolder, Client, MANAGER, MovableClock } from './cloud-fixture.ts';
import { aHouse, invite } from './house.ts';
import { recipientsOf } from './mailbox.ts';
import { aMailServer } from './mail-server.ts';

const CHILD = new URL('cloud-process.ts', import.meta.url).pathname;

interface Victim {
  readonly manager: Client;
  readonly child: ChildProcess;
  /** Another process on the same folders, after the claims of the first have lapsed. */
  succeed(smtpUrl: string): Promise<void>;
}

async function aVictim(smtpUrl: string): Promise<Victim> {
  const folder = await aCloudFolder();
  const [dataFolder, keysFolder] = [join(folder, 'data'), join(folder, 'keys')];
  const clock = new MovableClock();
  const parts = { engine: nodeEngine, clock, random: systemRandom };
  const child = spawn(
    process.execPath,
    ['--conditions=source', '--import', 'tsx', CHILD, dataFolder, keysFolder, smtpUrl],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  const [url] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const wish = { email: MANAGER.email, label: 'test', scopes: ['manager' as const] };
  const { token } = await createToken({ dataFolder, ...parts }, wish);
  return {
    manager: new Client(() => url, token),
    child,
    async succeed(next) {
      clock.advanceS(LEASE_S);
      const mail = { smtpUrl: next, from: 'DOOR OS <doors@example.com>' };
      const heir = await startCloud({
        dataFolder,
        keysFolder,
        host: '127.0.0.1',
        port: 0,
        ...parts,
        log: silentLog,
        mail,
      });
      onTestFinished(() => heir.stop());
    },
  };
}

const kill = async (child: ChildProcess): Promise<void> => {
  child.kill('SIGKILL');
  await once(child, 'exit');
};

test('killed between the commit and the send: every mail of an acknowledged invite is sent by the next process', async () => {
  const gone = await aMailServer();
  await gone.close();
  const victim = await aVictim(gone.url);
  const house = await aHouse(victim.manager);
  const emails = Array.from({ length: 5 }, (_, i) => `p${i}@example.com`);
  for (const email of emails) await invite(victim.manager, house, { email });
  await kill(victim.child);
  const back = await aMailServer();
  await victim.succeed(back.url);
  await vi.waitFor(() => expect(back.mails).toHaveLength(5), { timeout: 30_000, interval: 100 });
  expect(back.mails.flatMap(recipientsOf).sort()).toEqual(emails);
});

test('killed between the send and its mark: the mail comes twice at most, and can be told by its Message-ID', async () => {
  let received = (): void => undefined;
  const arrived = new Promise<void>((resolve) => (received = resolve));
  // It has the mail, and its answer never comes.
  const server = await aMailServer({
    onMail: () => {
      received();
      return new Promise(() => undefined);
    },
  });
  const victim = await aVictim(server.url);
  await invite(victim.manager, await aHouse(victim.manager));
  await arrived;
  await kill(victim.child);
  const back = await aMailServer();
  await victim.succeed(back.url);
  await vi.waitFor(() => expect(back.mails).toHaveLength(1), { timeout: 30_000, interval: 100 });
  expect(server.mails).toHaveLength(1);
  expect(back.mails[0]?.messageId).toBe(server.mails[0]?.messageId);
});
