// A PostgreSQL of one's own for as long as this process has its stdin: the machine's binaries as an unprivileged
// user, on a free port of loopback, in a temporary folder, as durable as a real one. Uses Node built-ins alone.
//
// Out, a JSON object a line: {event:'ready',url} after each start, {event:'killed'}, {event:'missing',reason,next} or
// {event:'failed',reason}.
// In, a word a line: `kill` (every process of it at once, as by a power cut), `start` (again on what the disk
// holds), `stop`. When stdin ends, for whatever reason, the server stops and its folder is removed.
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/** Debian's place, a folder a major version. */
const DEBIAN = '/usr/lib/postgresql';
const INSTALL = 'apt-get install -y postgresql';
const INSTALL_DEADLINE_MS = 300_000;
const INITDB_DEADLINE_MS = 120_000;
const START_DEADLINE_MS = 60_000;
const STOP_DEADLINE_MS = 10_000;
const LOOK_EVERY_MS = 50;
const PORT_ATTEMPTS = 5;
/** An account that every Linux has, where the package made none of its own. */
const USERS = ['postgres', 'nobody'];
const LOG_TAIL_CHARACTERS = 2_000;

const isRoot = process.getuid?.() === 0;
const inCi = !['', '0', 'false', undefined].includes(process.env.CI);

/** The folder with `initdb` and `postgres`, the newest where there are several. */
function findBinaries() {
  const debian = existsSync(DEBIAN)
    ? readdirSync(DEBIAN)
        .sort((a, b) => Number(b) - Number(a))
        .map((version) => path.join(DEBIAN, version, 'bin'))
    : [];
  const onPath = (process.env.PATH ?? '')
    .split(path.delimiter)
    .map((folder) => path.join(folder, 'postgres'))
    .filter((file) => existsSync(file))
    .map((file) => path.dirname(realpathSync(file)));
  return [...debian, ...onPath].find((folder) =>
    ['initdb', 'postgres'].every((name) => existsSync(path.join(folder, name))),
  );
}

/** As root in CI missing binaries are installed; a person is told the command. */
function requireBinaries() {
  const found = findBinaries();
  if (found !== undefined) return found;
  if (isRoot && inCi) {
    const [command, ...args] = INSTALL.split(' ');
    const options = { stdio: ['ignore', 2, 2], timeout: INSTALL_DEADLINE_MS };
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    if (spawnSync(command, args, { ...options, env }).status !== 0) {
      spawnSync(command, ['update'], { ...options, env });
      spawnSync(command, args, { ...options, env });
    }
  }
  return findBinaries();
}

/** PostgreSQL refuses to run as root. */
function unprivileged() {
  if (!isRoot) return {};
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of USERS) {
    const fields = lines.map((line) => line.split(':')).find(([user]) => user === name);
    if (fields !== undefined) return { uid: Number(fields[2]), gid: Number(fields[3]) };
  }
  throw new Error(`none of the users ${USERS.join(', ')} exists, and PostgreSQL does not run as root`);
}

class Server {
  #binaries;
  #folder;
  #data;
  #log;
  #user;
  #password;
  #port = 0;
  #child;

  constructor(binaries) {
    this.#binaries = binaries;
    this.#user = unprivileged();
    this.#password = randomBytes(18).toString('hex');
    this.#folder = mkdtempSync(path.join(tmpdir(), 'doorlab-postgres-'));
    this.#data = path.join(this.#folder, 'data');
    this.#log = '';
  }

  get url() {
    return `postgresql://postgres:${this.#password}@127.0.0.1:${this.#port}/postgres`;
  }

  create() {
    const passwordFile = path.join(this.#folder, 'password');
    writeFileSync(passwordFile, this.#password, { mode: 0o600 });
    if (this.#user.uid !== undefined) {
      for (const file of [this.#folder, passwordFile]) chownSync(file, this.#user.uid, this.#user.gid);
    }
    const made = spawnSync(
      path.join(this.#binaries, 'initdb'),
      [
        ...['--pgdata', this.#data, '--username', 'postgres', '--pwfile', passwordFile],
        ...['--auth', 'scram-sha-256', '--encoding', 'UTF8', '--locale', 'C'],
      ],
      { ...this.#user, cwd: this.#folder, env: this.#env(), timeout: INITDB_DEADLINE_MS, encoding: 'utf8' },
    );
    rmSync(passwordFile, { force: true });
    if (made.status !== 0) throw new Error(`initdb failed: ${made.error?.message ?? made.stderr}`);
  }

  /** Again after a kill: on the same port, once the processes of the one before have let go. */
  async start() {
    for (let attempt = 1; ; attempt++) {
      if (this.#port === 0) this.#port = await freePort();
      if (await this.#tryStart()) return;
      const tail = this.#log.slice(-LOG_TAIL_CHARACTERS);
      if (attempt >= PORT_ATTEMPTS) throw new Error(`postgres did not start: ${tail}`);
      if (/could not bind/.test(tail) && this.#child === undefined) this.#port = 0;
      await sleep(LOOK_EVERY_MS * attempt);
    }
  }

  async #tryStart() {
    this.#log = '';
    const settings = {
      port: this.#port,
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      max_connections: 200,
      // A test's databases are small and many.
      shared_buffers: '64MB',
      autovacuum: 'off',
      timezone: 'UTC',
    };
    const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    // A process group of its own: a kill takes every process of the server at once.
    const child = spawn(path.join(this.#binaries, 'postgres'), ['-D', this.#data, ...args], {
      ...this.#user,
      cwd: this.#folder,
      env: this.#env(),
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    let hasEnded = false;
    child.once('exit', () => {
      hasEnded = true;
    });
    let isReady = false;
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => {
        this.#log = (this.#log + text).slice(-2 * LOG_TAIL_CHARACTERS);
        isReady ||= /database system is ready to accept connections/.test(this.#log);
      });
    for (let waitedMs = 0; waitedMs < START_DEADLINE_MS; waitedMs += LOOK_EVERY_MS) {
      if (isReady) return true;
      if (hasEnded) break;
      await sleep(LOOK_EVERY_MS);
    }
    await this.kill();
    this.#child = undefined;
    return false;
  }

  async kill() {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    // Negative: the whole group.
    process.kill(-child.pid, 'SIGKILL');
    await exited;
  }

  async stop() {
    const child = this.#child;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      // "Immediate": nothing of it is needed any more.
      child.kill('SIGQUIT');
      await Promise.race([exited, sleep(STOP_DEADLINE_MS)]);
      await this.kill();
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #env() {
    return { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' };
  }
}

async function freePort() {
  const probe = createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

async function main() {
  const binaries = requireBinaries();
  if (binaries === undefined) {
    const reason = `there is no PostgreSQL on this machine (looked in ${DEBIAN} and on the PATH)`;
    say({ event: 'missing', reason, next: `Run: ${isRoot ? '' : 'sudo '}${INSTALL}` });
    return 3;
  }
  const server = new Server(binaries);
  // Whoever started this may be gone: then there is nobody to write to.
  process.stdout.on('error', () => {});
  const orders = createInterface({ input: process.stdin });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => orders.close());
  try {
    server.create();
    await server.start();
    say({ event: 'ready', url: server.url });
    for await (const line of orders) {
      if (line === 'stop') break;
      if (line === 'kill') {
        await server.kill();
        say({ event: 'killed' });
      } else if (line === 'start') {
        await server.start();
        say({ event: 'ready', url: server.url });
      }
    }
    return 0;
  } catch (error) {
    say({ event: 'failed', reason: error.message });
    return 1;
  } finally {
    await server.stop();
  }
}

process.exit(await main());
