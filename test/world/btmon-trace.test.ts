// The traces of a whole Door Sync, the courier's and the lock's, as btmon reads them: every packet decoded, none with a
// complaint.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { systemClock } from '#protocol/node/system-clock.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { DOOR_SYNC_SERVICE } from '#protocol/sync/gatt.ts';
import { TraceFile } from '#radio/trace/trace-file.ts';
import { h4Traces } from '#radio/trace/traced-transport.ts';
import { serveAir } from '#radio/virtual/air-server.ts';
import { openWsRadio } from '#radio/virtual/ws-radio.ts';
import { deliver } from '#gateway/courier/delivery.ts';
import { aRunningLock } from '#test/builders/running-lock.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';
import { debianProgram } from '#test/radio/debian-program.ts';
import { withKernelShim } from '#test/radio/kernel-shim.ts';
import { sight } from '#test/radio/radio-rig.ts';

const btmon = debianProgram('btmon', 'bluez');
const ROWS = 300;
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;
/** What btmon says of what it can't read. */
const COMPLAINT =
  /invalid|malformed|too short|truncated|unknown|unable|not enough|unexpected|reserved \(|error|wrong/i;

/** ATT's way to end a discovery, an event in a mask, a version of the Core newer than this btmon. */
const NO_COMPLAINT = /Error Response|Error: Attribute Not Found|Hardware Error$|version: Reserved \(0x0d\)/;

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'doorlab-btmon-'));
  await tracedSync();
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const inFolder = (name: string): string => path.join(folder, name);

/** The courier's trace, the lock's, and that of the air between them. */
async function tracedSync(): Promise<void> {
  const onTrouble = (message: string): never => expect.fail(message);
  const options = { clock: systemClock, onTrouble };
  const air = new TraceFile(inFolder('air.btsnoop'), { ...options, format: 'monitor' });
  const traces = [
    h4Traces(inFolder('lock.btsnoop'), options),
    h4Traces(inFolder('courier.btsnoop'), options),
  ];
  const server = await serveAir({ clock: systemClock, port: 0, link: 'unpaced', trace: air });
  const [atLock, atCourier] = traces.map(({ tap }) => openWsRadio(server.url, { clock: systemClock, tap }));
  try {
    const { lock, built } = await aRunningLock({
      peripheral: await atLock!.peripheral(),
      clock: systemClock,
    });
    const central = await atCourier!.central();
    const { peripheralId } = await sight(
      central,
      ({ localName }) => localName !== undefined,
      DOOR_SYNC_SERVICE,
    );
    const random = seededRandom('btmon');
    const outcome = await deliver(
      { engine: nodeEngine, clock: systemClock, random },
      {
        lockId: built.lockId,
        advertisingKey: built.secrets.advertisingKey,
        cloudNonce: random.bytes(16),
        package: aSignedSet({ lock: built, rows: ROWS }),
      },
      {
        connect: (connectOptions) => central.connect(peripheralId, connectOptions),
        keySetsAfter: () => Promise.resolve([]),
      },
    );
    expect(outcome.result).toBe('applied');
    await lock.close();
  } finally {
    await Promise.all([atLock?.close(), atCourier?.close()]);
    await server.close();
    for (const one of [...traces, air]) one.close();
  }
}

async function decoded(name: string): Promise<string[]> {
  const { stdout, stderr } = await run(process.env, name).catch((error: unknown) => {
    // Of btmon 5.66, where the kernel has no Bluetooth.
    if ((error as { signal?: unknown }).signal !== 'SIGSEGV') throw error;
    return run(withKernelShim(folder), name);
  });
  expect(stderr).toBe('');
  return stdout.split('\n');
}

const run = (env: NodeJS.ProcessEnv, name: string): Promise<{ stdout: string; stderr: string }> =>
  promisify(execFile)(btmon.path ?? '', ['-T', '-r', inFolder(name)], {
    maxBuffer: OUTPUT_BYTES_MAX,
    timeout: 60_000,
    env: { ...env, LC_ALL: 'C', TZ: 'UTC' },
  });

const complaints = (lines: readonly string[]): string[] =>
  lines.filter((line) => COMPLAINT.test(line) && !NO_COMPLAINT.test(line));

const counted = (lines: readonly string[], what: RegExp): number =>
  lines.filter((line) => what.test(line)).length;

describe.skipIf(btmon.path === undefined)(`btmon (${btmon.path ?? btmon.missing})`, () => {
  it.each(['courier', 'lock'])('decodes the trace of the %s without a complaint', async (who) => {
    const lines = await decoded(`${who}.btsnoop`);
    expect(complaints(lines)).toEqual([]);
    expect(counted(lines, /HCI Command: Reset|LE Set Event Mask/)).toBeGreaterThan(0);
    expect(counted(lines, /LE Connection Complete \(0x01\)/)).toBe(1);
    // The whole set passed: in 17 frames a chunk, each a write command.
    const frames = counted(lines, /ATT: Write Command/);
    expect(frames).toBeGreaterThan(4 * 16);
    expect(counted(lines, who === 'courier' ? /^< ACL Data TX/ : /^> ACL Data RX/)).toBeGreaterThanOrEqual(
      frames,
    );
    // Of now, not of 1970.
    const today = new Date(systemClock.nowMs()).getUTCFullYear();
    expect(counted(lines, new RegExp(`^[<>] HCI .*${today}-`))).toBeGreaterThan(0);
  });

  it('tells the two controllers of a served air apart', async () => {
    const lines = await decoded('air.btsnoop');
    expect(complaints(lines)).toEqual([]);
    expect(counted(lines, /New Index.*Virtual,doorlab.*hci[01]/)).toBe(2);
    expect(counted(lines, /LE Connection Complete \(0x01\)/)).toBe(2);
    expect(counted(lines, /\[hci0\]/)).toBeGreaterThan(20);
    expect(counted(lines, /\[hci1\]/)).toBeGreaterThan(20);
  });
});
