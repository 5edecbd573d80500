// A PostgreSQL server for tests, held by scripts/postgres.mjs: it goes with this process, however that ends, and
// can be killed as by a power cut and started again on what its disk holds.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('../../../scripts/postgres.mjs', import.meta.url));

export interface PostgresServer {
  /** Of a superuser, to the database `postgres`. */
  readonly url: string;
  /** Every process of it at once. */
  kill(): Promise<void>;
  /** Again, at the same address. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Why there is none on this machine, and what to do. */
export interface MissingPostgres {
  readonly missing: string;
}

/** Of another database on the same server. */
export const databaseUrl = (serverUrl: string, name: string): string => {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.toString();
};

type Said =
  | { readonly event: 'ready'; readonly url: string }
  | { readonly event: 'killed' }
  | { readonly event: 'failed'; readonly reason: string }
  | { readonly event: 'missing'; readonly reason: string; readonly next: string };

export async function startPostgres(): Promise<PostgresServer | MissingPostgres> {
  const child = spawn(process.execPath, [SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] });
  // Writing to one that has gone is no concern of a test that ends.
  child.stdin.on('error', () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<Said> => {
    const line = await lines.next();
    if (line.done === true) throw new Error('the PostgreSQL of the tests ended by itself');
    const said = JSON.parse(line.value) as Said;
    if (said.event === 'failed') throw new Error(said.reason);
    return said;
  };
  const order = async (word: string): Promise<void> => {
    child.stdin.write(`${word}\n`);
    await next();
  };
  const first = await next();
  if (first.event === 'missing') return { missing: `${first.reason}. ${first.next}` };
  if (first.event !== 'ready') throw new Error(`unexpected: ${first.event}`);
  return {
    url: first.url,
    kill: () => order('kill'),
    start: () => order('start'),
    async stop() {
      if (child.exitCode !== null) return;
      const exited = once(child, 'exit');
      child.stdin.end('stop\n');
      await exited;
    },
  };
}
