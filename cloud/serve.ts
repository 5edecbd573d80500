// The cloud as one process: data folder, keys folder and a port in, a running DOOR OS out.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import type { Clock } from '#protocol/ports/clock.ts';
import type { Log } from '#protocol/ports/log.ts';
import type { Random } from '#protocol/ports/random.ts';
import { LateSite } from './accounts/site.ts';
import { openDataFolder } from './data-folder.ts';
import { Desk, type DeskParts } from './desk.ts';
import { serveHttp, type RunningServer } from './http/server.ts';
import { KeyRing } from './keys/key-ring.ts';
import { KeyWatch } from './keys/key-watch.ts';
import { CapturedMailbox } from './mail/captured-mailbox.ts';
import { mailPartsOf, type MailOptions } from './mail/mail-config.ts';
import { Mailer } from './mail/mailer.ts';
import { Feed } from './live/feed.ts';
import { Sweeps } from './sweeps.ts';
import { adoptKeySet } from './locks/key-epoch.ts';
import { ImportRunner } from './people-csv/import-runner.ts';

export interface CloudOptions {
  readonly dataFolder: string;
  /** A PostgreSQL database instead of the one in the data folder: several processes may serve it. */
  readonly databaseUrl?: string | undefined;
  /** As `keygen` made it; the root key may be elsewhere by now. */
  readonly keysFolder: string;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Where people reach it: in links of mails and for origin checks. By default where it listens. */
  readonly publicUrl?: string | undefined;
  /** Addresses of proxies whose word on who asks is taken; nobody's by default. */
  readonly trustedProxies?: readonly string[] | undefined;
  /** By default mails go into a folder of the data folder. */
  readonly mail?: MailOptions;
  readonly clock: Clock;
  readonly random: Random;
  readonly engine: CryptoEngine;
  readonly log: Log;
}

export interface RunningCloud {
  /** Without a slash at its end. */
  readonly url: string;
  readonly port: number;
  /** Where mails stay, unless an SMTP server takes them. */
  readonly mailFolder: string | undefined;
  /** Does now what it does by itself from time to time: raises alarms that are due, forgets what is over. */
  sweep(): Promise<void>;
  /** Finishes what is being answered, then closes the database. */
  stop(): Promise<void>;
}

/**
 * Throws KeyFileError, DatabaseTooNewError, DatabaseUrlError, DatabaseUnavailableError, ListenError,
 * PublicUrlError, SmtpUrlError, MailFromError.
 */
export async function startCloud(options: CloudOptions): Promise<RunningCloud> {
  const { clock, engine, host, log, random } = options;
  const site = new LateSite(options.publicUrl);
  const mail = mailPartsOf(options.dataFolder, options.mail);
  const keyRing = new KeyRing({ keysFolder: options.keysFolder, engine, clock, log });
  const store = await openDataFolder(options.dataFolder, clock, options.databaseUrl);
  let feed: Feed | undefined;
  let server: RunningServer | undefined;
  let keyWatch: KeyWatch | undefined;
  let imports: ImportRunner | undefined;
  let sweeps: Sweeps | undefined;
  const mailer = new Mailer({ store, clock, random, engine, log, site, ...mail });
  const stop = async (): Promise<void> => {
    await server?.stop();
    await sweeps?.stop();
    await imports?.stop();
    await mailer.stop();
    await keyWatch?.stop();
    await feed?.stop();
    await store.close();
  };
  try {
    await adoptKeySet({ store, clock, random }, keyRing.newest);
    feed = await Feed.start({ store, clock, log, wakeUps: store.dialect.wakeUps });
    const { trustedProxies } = options;
    const mailbox = mail.shown;
    const desk = new Desk({
      store,
      clock,
      random,
      log,
      engine,
      keyRing,
      feed,
      site,
      mailbox,
      trustedProxies,
    });
    server = await serveHttp(desk, host, options.port);
    keyWatch = watchKeys(desk.parts);
    imports = new ImportRunner(desk);
    // Also where a server takes mails by now.
    sweeps = new Sweeps(desk, new CapturedMailbox(options.dataFolder));
    const url = `http://${host.includes(':') ? `[${host}]` : host}:${server.port}`;
    site.settle(url);
    mailer.start();
    log.info('cloud.serving', { url, keySet: keyRing.newest.keySet.number });
    return {
      url,
      port: server.port,
      mailFolder: mail.folder,
      sweep: () => sweeps?.runAll() ?? Promise.resolve(),
      async stop() {
        await stop();
        log.info('cloud.stopped');
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

const watchKeys = ({ store, clock, random, log, keyRing: ring, feed }: DeskParts): KeyWatch =>
  new KeyWatch(
    {
      ring,
      clock,
      log,
      async adopt(keys) {
        const doors = await adoptKeySet({ store, clock, random }, keys);
        feed.wake();
        return doors;
      },
    },
    ring.newest.keySet.number,
  );
