// The cloud as one process: data folder, keys folder and a port in, a running DOOR OS out.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import type { Clock } from '#protocol/ports/clock.ts';
import type { Log } from '#protocol/ports/log.ts';
import type { Random } from '#protocol/ports/random.ts';
import { openDataFolder } from './data-folder.ts';
import { Desk } from './desk.ts';
import { serveHttp } from './http/server.ts';
import { KeyRing } from './keys/key-ring.ts';

export interface CloudOptions {
  readonly dataFolder: string;
  /** As `keygen` made it; the root key may be elsewhere by now. */
  readonly keysFolder: string;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly engine: CryptoEngine;
  readonly log: Log;
}

export interface RunningCloud {
  /** Without a slash at its end. */
  readonly url: string;
  readonly port: number;
  /** Finishes what is being answered, then closes the database. */
  stop(): Promise<void>;
}

/** Throws KeyFileError, DatabaseTooNewError, ListenError. */
export async function startCloud(options: CloudOptions): Promise<RunningCloud> {
  const { clock, engine, host, log, random } = options;
  const keyRing = new KeyRing({ keysFolder: options.keysFolder, engine, clock, log });
  const store = await openDataFolder(options.dataFolder, clock);
  try {
    const desk = new Desk({ store, clock, random, log, engine, keyRing });
    const server = await serveHttp(desk, host, options.port);
    const url = `http://${host.includes(':') ? `[${host}]` : host}:${server.port}`;
    log.info('cloud.serving', { url, keySet: keyRing.newest.keySet.number });
    return {
      url,
      port: server.port,
      async stop() {
        await server.stop();
        await store.close();
        log.info('cloud.stopped');
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}
