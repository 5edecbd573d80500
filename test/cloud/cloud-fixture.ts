// A real cloud on loopback in a folder of its own, and a client that checks every reply against the contract.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { atEndOfFile } from './each-file.ts';
import { createAccount, createToken } from '#cloud/bootstrap.ts';
import { keygen } from '#cloud/keys/keygen.ts';
import type { MailOptions } from '#cloud/mail/mail-config.ts';
import { startCloud, type RunningCloud } from '#cloud/serve.ts';
import {
  pathOf,
  type BodyInputOf,
  type Contract,
  type ParamsOf,
  type ReplyOf,
  type Scope,
} from '#protocol/api/contract.ts';
import { Problem, PROBLEM_MEDIA_TYPE } from '#protocol/api/problem.ts';
import { routes, type RouteName, type Routes } from '#protocol/api/routes.ts';
import { checkReply } from './openapi-check.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { systemClock } from '#protocol/node/system-clock.ts';
import { systemRandom } from '#protocol/node/system-random.ts';
import type { Clock } from '#protocol/ports/clock.ts';
import { silentLog, type Log } from '#protocol/ports/log.ts';
import { emptyDatabase, postgresForTests, templateDatabase } from './postgres/databases.ts';
import { MANAGER } from './postgres/manager.ts';

export { MANAGER };

/** The system's timers with a wall clock that a test moves. */
export class MovableClock implements Clock {
  offsetMs = 0;
  #stoodAtMs: number | undefined;
  nowMs = (): number => (this.#stoodAtMs ?? systemClock.nowMs()) + this.offsetMs;
  monotonicMs = (): number => systemClock.monotonicMs();
  after: Clock['after'] = (delayMs, run) => systemClock.after(delayMs, run);
  /** From now on the wall clock moves by `advanceS` alone, however slow the machine. */
  stand(): void {
    this.#stoodAtMs = systemClock.nowMs();
  }
  advanceS(seconds: number): void {
    this.offsetMs += seconds * 1000;
  }
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'doorlab-cloud-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * A data folder with an empty database: in it, or on the PostgreSQL server of this project. Its name is written
 * where every opener looks, so that tests do not have to hand it on.
 */
export async function emptyDataFolder(): Promise<string> {
  const folder = join(temporaryFolder(), 'data');
  const server = postgresForTests();
  if (server !== undefined) nameDatabase(folder, await emptyDatabase(server));
  return folder;
}

/** With `data`, migrated and with the manager, and the `keys` that go with it. */
export async function aCloudFolder(): Promise<string> {
  const folder = temporaryFolder();
  cpSync(await firstFolder(), folder, { recursive: true });
  const server = postgresForTests();
  if (server !== undefined) nameDatabase(join(folder, 'data'), await templateDatabase(server));
  return folder;
}

function nameDatabase(dataFolder: string, url: string): void {
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  writeFileSync(join(dataFolder, 'database.url'), `${url}\n`, { mode: 0o600 });
}

let made: Promise<string> | undefined;

/** Keys, a migrated database and its manager, made once a file and copied for each test. */
const firstFolder = (): Promise<string> => (made ??= makeFirstFolder());

async function makeFirstFolder(): Promise<string> {
  const server = postgresForTests();
  if (server !== undefined) return server.folder;
  const folder = mkdtempSync(join(tmpdir(), 'doorlab-cloud-first-'));
  const parts = { engine: nodeEngine, clock: systemClock, random: systemRandom };
  keygen(join(folder, 'keys'), parts);
  await createAccount({ dataFolder: join(folder, 'data'), ...parts }, MANAGER);
  return folder;
}

atEndOfFile(async () => {
  if (made !== undefined && postgresForTests() === undefined)
    rmSync(await made, { recursive: true, force: true });
  made = undefined;
});

export interface TestCloud {
  readonly url: string;
  readonly folder: string;
  readonly dataFolder: string;
  readonly keysFolder: string;
  readonly clock: MovableClock;
  readonly manager: Client;
  clientOf(scopes: readonly Scope[], email?: string): Promise<Client>;
  /** A manager of another portfolio. */
  strangerOf(portfolioName: string): Promise<Client>;
  /** What the cloud does by itself from time to time, now. */
  sweep(): Promise<void>;
  stop(): Promise<void>;
  /** The same folders with a new process's state. */
  restart(): Promise<void>;
}

export interface CloudWish {
  readonly log?: Log;
  readonly host?: string;
  readonly publicUrl?: string;
  readonly mail?: MailOptions;
}

export async function aCloud(options: CloudWish = {}): Promise<TestCloud> {
  const folder = await aCloudFolder();
  const [dataFolder, keysFolder] = [join(folder, 'data'), join(folder, 'keys')];
  const clock = new MovableClock();
  const parts = { engine: nodeEngine, clock, random: systemRandom };
  const start = (): Promise<RunningCloud> =>
    startCloud({
      dataFolder,
      keysFolder,
      host: '127.0.0.1',
      port: 0,
      ...parts,
      ...options,
      log: options.log ?? silentLog,
    });
  let running = await start();
  const clientOf = async (scopes: readonly Scope[], email = MANAGER.email): Promise<Client> => {
    const { token } = await createToken({ dataFolder, ...parts }, { email, label: 'test', scopes });
    return new Client(() => running.url, token);
  };
  const manager = await clientOf(['manager']);
  let isStopped = false;
  const stop = async (): Promise<void> => {
    if (!isStopped) await running.stop();
    isStopped = true;
  };
  onTestFinished(stop);
  return {
    get url() {
      return running.url;
    },
    folder,
    dataFolder,
    keysFolder,
    clock,
    manager,
    clientOf,
    async strangerOf(portfolioName) {
      const email = 'stranger@example.com';
      await createAccount({ dataFolder, ...parts }, { ...MANAGER, email, portfolioName });
      return await clientOf(['manager'], email);
    },
    sweep: () => running.sweep(),
    stop,
    async restart() {
      await running.stop();
      running = await start();
    },
  };
}

type Wish<C extends Contract> = (keyof ParamsOf<C> extends never ? unknown : { params: ParamsOf<C> }) &
  (undefined extends BodyInputOf<C> ? unknown : { body: BodyInputOf<C> }) & {
    query?: Readonly<Record<string, string>>;
    headers?: Readonly<Record<string, string>>;
  };

type Args<N extends RouteName> =
  object extends Wish<Routes[N]> ? [wish?: Wish<Routes[N]>] : [wish: Wish<Routes[N]>];

interface LooseWish {
  readonly params?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export class Client {
  readonly #url: () => string;
  readonly token: string | undefined;

  constructor(url: () => string, token: string | undefined) {
    this.#url = url;
    this.token = token;
  }

  withToken(token: string | undefined): Client {
    return new Client(this.#url, token);
  }

  /** The reply, which must have the contract's status and shape. */
  async call<N extends RouteName>(name: N, ...[wish]: Args<N>): Promise<ReplyOf<Routes[N]>> {
    const contract: Contract = routes[name];
    const response = await this.fetch(name, wish);
    if (response.status !== contract.status) {
      throw new Error(`${name}: ${response.status} ${await response.text()}`);
    }
    if (typeof contract.reply === 'string') {
      return new Uint8Array(await response.arrayBuffer()) as ReplyOf<Routes[N]>;
    }
    return contract.reply.parse(await response.json()) as ReplyOf<Routes[N]>;
  }

  /** The problem, where the request must be refused. */
  async refused(name: RouteName, wish?: LooseWish): Promise<Problem> {
    return problemIn(await this.fetch(name, wish));
  }

  /** Any reply, which must be one of the OpenAPI document. */
  async fetch(name: RouteName, wish: LooseWish = {}): Promise<Response> {
    const { method, path, body }: Contract = routes[name];
    const query = wish.query === undefined ? '' : `?${new URLSearchParams(wish.query).toString()}`;
    const media = typeof body === 'string' ? body : 'application/json';
    const isRaw = wish.body instanceof Uint8Array || typeof wish.body === 'string';
    const response = await fetch(this.#url() + pathOf(path, wish.params ?? {}) + query, {
      method,
      headers: {
        ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
        ...(wish.body === undefined ? {} : { 'content-type': media }),
        ...wish.headers,
      },
      ...(wish.body === undefined ? {} : { body: (isRaw ? wish.body : JSON.stringify(wish.body)) as string }),
    });
    await checkReply(name, response);
    return response;
  }
}

export async function problemIn(response: Response): Promise<Problem> {
  const text = await response.text();
  if (response.headers.get('content-type')?.startsWith(PROBLEM_MEDIA_TYPE) !== true) {
    throw new Error(`no problem but ${response.status} ${text}`);
  }
  const problem = Problem.parse(JSON.parse(text));
  if (problem.status !== response.status) throw new Error(`status ${response.status} with ${text}`);
  return problem;
}
