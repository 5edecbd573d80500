// What happens in the guest: a cloud, a lock on hci1, couriers on hci0, each the program as it ships. One JSON object a
// line on stdout for each test of `../tests.mjs`.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, openSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

const { DOORLAB_NODE, DOORLAB_MAIN, DOORLAB_DOOR, DOORLAB_PERSON, DOORLAB_NEIGHBOUR, DOORLAB_CODE } =
  process.env;
/** Where the household was made; the commands read it themselves. */
const { DOORLAB_CLOUD } = process.env;
const WIRE_CENTRAL = new URL('wire-central.py', import.meta.url).pathname;
const BLUEZ =
  'mkdir -p /run/dbus && dbus-daemon --system --fork && (/usr/sbin/bluetoothd -n > /run/out/bluetoothd.log 2>&1 &)';
const DOORLAB = [DOORLAB_NODE, DOORLAB_MAIN];
const HOME = '/run/guest';
const DATA = `${HOME}/data`;
const LOCK = 'front';
const CLOUD = ['--data', DATA, '--no-input', '--json'];
const COURIER = [...CLOUD, '--radio', 'adapter', '--adapter', '0', '--timeout', '180'];
/** Emulation is tens of times slower than a machine. */
const COMMAND_DEADLINE_MS = 200_000;
const READY_DEADLINE_MS = 90_000;
const SEALED_CHUNK_BYTES = 4_096;

const started = [];
let failures = 0;

await tell('the kernel shows two LE controllers', () => {
  for (const name of ['hci0', 'hci1'])
    assert(existsSync(`/sys/class/bluetooth/${name}`), `there is no ${name}`);
});
await tell('a cloud serves in the guest', async () => {
  const cloud = start('cloud', ['cloud', 'serve', '--port', new URL(DOORLAB_CLOUD).port, ...CLOUD]);
  await cloud.said((line) => line.event === 'serving');
});
let lock;
await tell('a lock runs on an adapter', async () => {
  lock = start('lock', ['lock', 'run', LOCK, '--radio', 'adapter', '--adapter', '1', ...CLOUD]);
  await lock.said((line) => line.event === 'running');
});
await tell('activation brings the first table, over noble and bleno on the kernel', async () => {
  await done(['lock', 'press', LOCK, '--button', ...CLOUD]);
  const label = readFileSync(`${DATA}/locks/${LOCK}/label.txt`, 'utf8').trim();
  const { result } = await done(['activate', DOORLAB_DOOR, '--label', label, ...COURIER]);
  assert(result.firstSync === 'applied', `the first sync: ${result.firstSync}`);
});
await tell('a code of the table opens', async () => {
  await done(['lock', 'press', LOCK, DOORLAB_CODE, ...CLOUD]);
});
await tell('the app of a resident opens over the secured channel', async () => {
  const { lines } = await done(['app', 'unlock', DOORLAB_DOOR, ...COURIER]);
  assert(
    lines.some(({ event }) => event === 'opened'),
    said(lines),
  );
});
await tell('a sync with nothing to do says so', async () => {
  const { lines } = await done(['sync', DOORLAB_DOOR, ...COURIER]);
  const results = resultsOf(lines);
  assert(results.includes('nothing-to-do'), said(lines));
});
await tell('after a revocation the old code opens until the Door Sync', async () => {
  await done(['people', 'revoke', DOORLAB_PERSON, ...CLOUD]);
  await done(['lock', 'press', LOCK, DOORLAB_CODE, ...CLOUD]);
});
await tell('the Door Sync of a revocation is a delta, and applied', async () => {
  const { lines } = await done(['sync', DOORLAB_DOOR, ...COURIER]);
  const totals = lines.flatMap(({ total }) => (typeof total === 'number' ? [total] : []));
  assert(resultsOf(lines).includes('applied'), said(lines));
  assert(
    totals.length > 0 && totals.every((total) => total < SEALED_CHUNK_BYTES),
    `it carried ${totals.join(', ')} bytes`,
  );
});
await tell('the code of who was revoked is refused', async () => {
  const { code, lines } = await command(['lock', 'press', LOCK, DOORLAB_CODE, ...CLOUD]);
  assert(code === 5, `exit code ${code}: ${said(lines)}`);
});
await tell(
  "BlueZ as a central reads the lock and carries a signed set by the wire format's own steps",
  async () => {
    // The kernel of hci1 answers as well once bluetoothd is there: the lock moves to a controller past the kernel.
    await lock?.stop();
    await done(['people', 'revoke', DOORLAB_NEIGHBOUR, ...CLOUD]);
    spawnSync('hciconfig', ['hci1', 'down']);
    lock = start('lock-again', ['lock', 'run', LOCK, '--radio', 'h4:unix:/tmp/bt-server-le', ...CLOUD]);
    await lock.said((line) => line.event === 'running');
    spawnSync('sh', ['-c', BLUEZ]);
    const { code, lines } = await command(
      [WIRE_CENTRAL, DOORLAB_CLOUD, `${DATA}/gateway/token`, DOORLAB_DOOR],
      ['/usr/bin/python3'],
    );
    assert(code === 0, `exit code ${code}: ${said(lines)}`);
    assert(
      lines.some(({ outcome, frames }) => outcome === 'applied' && frames > 0),
      said(lines),
    );
    assert(lines.at(-1)?.model !== undefined && lines.at(-1)?.firmware !== undefined, said(lines));
  },
);
for (const { child } of started) child.kill('SIGTERM');
process.exit(failures === 0 ? 0 : 1);

/** One result; what goes wrong ends that test alone, those that build on it fail by themselves. */
async function tell(test, run) {
  const startedMs = performance.now();
  let why;
  try {
    await run();
  } catch (error) {
    why = error.message;
    failures++;
  }
  const seconds = Math.round((performance.now() - startedMs) / 100) / 10;
  process.stdout.write(`${JSON.stringify({ test, ok: why === undefined, why, seconds })}\n`);
}

function assert(holds, why) {
  if (!holds) throw new Error(why);
}

function said(lines) {
  const text = lines.map((line) => JSON.stringify(line)).join(' ');
  return text.slice(-1_500);
}

/** What came of each door. */
function resultsOf(lines) {
  return lines.flatMap(({ event, result }) => (event === 'door' ? [result] : []));
}

/** The lines of a command, and its exit code. */
async function command(args, program = DOORLAB) {
  const { lines, ended } = run(args, program);
  const late = sleep(COMMAND_DEADLINE_MS, 'late', { ref: false });
  const code = await Promise.race([ended, late]);
  return { code, lines };
}

/** As `command`; throws where the exit code is not 0. */
async function done(args) {
  const { code, lines } = await command(args);
  assert(code === 0, `${args.slice(0, 2).join(' ')}: exit code ${code}: ${said(lines)}`);
  return { lines, result: lines.at(-1)?.result ?? {} };
}

/** A program that stays. */
function start(name, args) {
  const program = run(args, DOORLAB, openSync(`/run/out/${name}.log`, 'w'));
  started.push(program);
  return {
    async said(matches) {
      const late = sleep(READY_DEADLINE_MS, 'late', { ref: false });
      const came = await Promise.race([program.ended, late, program.line(matches)]);
      assert(typeof came === 'object', `${name}: ${came}: ${said(program.lines)}`);
    },
    async stop() {
      program.child.kill('SIGTERM');
      await program.ended;
    },
  };
}

function run(args, [file, ...first], errors = openSync('/run/out/commands.log', 'a')) {
  const child = spawn(file, [...first, ...args], {
    stdio: ['ignore', 'pipe', errors],
    cwd: HOME,
  });
  const lines = [];
  const waiting = [];
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = parsed(text);
    lines.push(line);
    for (const { matches, resolve } of waiting) if (matches(line)) resolve(line);
  });
  const ended = new Promise((resolve) => child.on('close', (code, signal) => resolve(code ?? signal)));
  const line = (matches) =>
    new Promise((resolve) => {
      const found = lines.find(matches);
      if (found === undefined) waiting.push({ matches, resolve });
      else resolve(found);
    });
  return { child, lines, ended, line };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return { text };
  }
}
