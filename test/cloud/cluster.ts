// Real `doorlab cloud serve` processes on one data folder, to be killed and started again, and a client that goes
// round them.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { createToken } from '#cloud/bootstrap.ts';
import { databaseUrlOf } from '#cloud/data-folder.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { systemClock } from '#protocol/node/system-clock.ts';
import { systemRandom } from '#protocol/node/system-random.ts';
import { aCloudFolder, Client, MANAGER } from './cloud-fixture.ts';

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

interface Serving {
  readonly child: ChildProcess;
  readonly url: string;
}

export class Cluster {
  /** Where the database is, or is named. */
  readonly dataFolder: string;
  readonly #args: readonly string[];
  readonly #env: NodeJS.ProcessEnv;
  /** A place for each process; empty while it is down. */
  readonly #places: (Serving | undefined)[];
  #turn = 0;
  #onUp: (() => void)[] = [];

  private constructor(folder: string, count: number) {
    // Where the command looks for it.
    this.dataFolder = join(folder, 'cloud');
    renameSync(join(folder, 'data'), this.dataFolder);
    const url = databaseUrlOf(this.dataFolder);
    this.#args = ['--data', folder];
    this.#env = { ...process.env, ...(url === undefined ? {} : { DATABASE_URL: url }) };
    this.#places = Array.from({ length: count }, () => undefined);
  }

  /** On the database of this project, or of the folder with `data` and `keys`. Several need PostgreSQL. */
  static async start(count: number, given?: string): Promise<Cluster> {
    const folder = given ?? (await aCloudFolder());
    const cluster = new Cluster(folder, count);
    onTestFinished(() => cluster.stop());
    await Promise.all(cluster.#places.map((_, place) => cluster.up(place)));
    return cluster;
  }

  /** A client of the managers' token that goes to another process each time; or to one, by its place. */
  async client(place?: number): Promise<Client> {
    const parts = { engine: nodeEngine, clock: systemClock, random: systemRandom };
    const { token } = await createToken(
      { dataFolder: this.dataFolder, ...parts },
      { email: MANAGER.email, label: 'test', scopes: ['manager'] },
    );
    return new Client(() => (place === undefined ? this.#next() : this.#at(place).url), token);
  }

  urlOf(place: number): string {
    return this.#at(place).url;
  }

  /** kill -9, and gone when it resolves. */
  async kill(place: number): Promise<void> {
    const { child } = this.#at(place);
    this.#places[place] = undefined;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  async up(place: number): Promise<void> {
    const imports = ['--conditions=source', '--import', 'tsx'];
    const command = ['cloud', 'serve', '--json', '--port', '0', ...this.#args];
    const child = spawn(process.execPath, [...imports, MAIN, ...command], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: this.#env,
    });
    for await (const line of createInterface({ input: child.stdout })) {
      const { event, url } = JSON.parse(line) as { event?: string; url?: string };
      if (event !== 'serving' || url === undefined) continue;
      this.#places[place] = { child, url };
      // What is said from now on goes nowhere, and must not fill the pipe.
      child.stdout.resume();
      for (const tell of this.#onUp.splice(0)) tell();
      return;
    }
    throw new Error('a process of the cluster ended before it served');
  }

  /** At once where some process serves. */
  async someUp(): Promise<void> {
    if (this.#places.some((serving) => serving !== undefined)) return;
    await new Promise<void>((resolve) => {
      this.#onUp.push(resolve);
    });
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.#places.map(async (serving, place) => {
        if (serving !== undefined) await this.kill(place);
      }),
    );
  }

  #next(): string {
    const serving = this.#places.filter((place) => place !== undefined);
    const found = serving[this.#turn++ % serving.length];
    if (found === undefined) throw new Error('no process of the cluster serves');
    return found.url;
  }

  #at(place: number): Serving {
    const serving = this.#places[place];
    if (serving === undefined) throw new Error(`process ${place} of the cluster is down`);
    return serving;
  }
}
