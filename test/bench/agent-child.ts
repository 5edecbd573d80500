// The agent that agent.bench.ts measures: all of it, with journal, HTTP client and live channel, on the in-memory radio. The locks
// stand in this process too, so the processor time in their handlers is left out; their memory is not.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeEngine as engine } from '#protocol/node/node-engine.ts';
import { systemClock as clock } from '#protocol/node/system-clock.ts';
import { systemRandom as random } from '#protocol/node/system-random.ts';
import { decodeHex } from '#protocol/bytes.ts';
import type { Hash } from '#protocol/ids.ts';
import { silentLog as log } from '#protocol/ports/log.ts';
import { CloudClient } from '#gateway/cloud-client.ts';
import { Journal } from '#gateway/journal.ts';
import { openLiveChannel } from '#gateway/live-channel.ts';
import { PackageCache } from '#gateway/package-cache.ts';
import { RunningAgent } from '#gateway/agent/running-agent.ts';
import { openMemoryRadio } from '#radio/memory/memory-radio.ts';
import type { Central } from '#radio/ports/central.ts';
import type { Peripheral, PeripheralHandler } from '#radio/ports/peripheral.ts';
import { aLock } from '#test/builders/lock.ts';
import { ModelLock } from '../gateway/model-lock.ts';
import { putOnAir } from '../gateway/model-peripheral.ts';

const [folder = '.', baseUrl = ''] = process.argv.slice(2);
const STAND_MS = 40_000;
/** Prime to any number of doors that is asked for. */
const STRIDE = 617;
const MIB = 1_048_576;
const bases = JSON.parse(readFileSync(join(folder, 'tables.json'), 'utf8')) as string[];

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

/** Processor time within calls that are apart from what is measured. They wait for nothing. */
const apart = { locksMs: 0, reportsMs: 0, reports: 0 };
function timed<A extends unknown[], R>(
  add: (ms: number) => void,
  call: (...args: A) => R,
): (...args: A) => R {
  return (...args) => {
    const fromMs = cpuMs();
    try {
      return call(...args);
    } finally {
      add(cpuMs() - fromMs);
    }
  };
}
const lockTime = (ms: number): void => void (apart.locksMs += ms);

function timedHandler(handler: PeripheralHandler): PeripheralHandler {
  return {
    onConnect: timed(lockTime, (link) => handler.onConnect(link)),
    onDisconnect: timed(lockTime, (link) => handler.onDisconnect(link)),
    onRead: timed(lockTime, (...args) => handler.onRead(...args)),
    onWrite: timed(lockTime, (...args) => handler.onWrite(...args)),
    onSubscribe: timed(lockTime, (...args) => handler.onSubscribe(...args)),
    onUnsubscribe: timed(lockTime, (...args) => handler.onUnsubscribe(...args)),
  };
}

const timedPeripheral = (peripheral: Peripheral): Peripheral => ({
  open: (services, handler) => peripheral.open(services, timedHandler(handler)),
  advertise: (advert) => peripheral.advertise(advert),
  stopAdvertising: () => peripheral.stopAdvertising(),
  close: () => peripheral.close(),
});

/** The air's own work for a report, copies included, is scanning; what the agent does with it is not. */
const timedCentral = (central: Central): Central => ({
  scan: ({ serviceUuids, onReport }) =>
    central.scan({
      serviceUuids,
      onReport: timed((ms) => {
        apart.reportsMs += ms;
        apart.reports++;
      }, onReport),
    }),
  connect: (...args) => central.connect(...args),
  close: () => central.close(),
});

const radio = openMemoryRadio({ clock });
for (let i = 0; i < bases.length; i++) {
  // In no order that the cloud's list has: each is looked for among all that are left.
  const n = (i * STRIDE) % bases.length;
  const base = bases[n] ?? '';
  const lock = new ModelLock(aLock({ name: `lock ${n}` }));
  const tableHash = decodeHex(base) as Hash;
  lock.active = { triple: { ownershipEpoch: 1, keyEpoch: 1, tableVersion: 1 }, tableHash };
  await putOnAir(timedPeripheral(await radio.peripheral()), lock);
}

const journal = await Journal.open(join(folder, 'gateway'));
const cache = new PackageCache(join(folder, 'gateway', 'packages'), engine);
const address = { baseUrl, token: 'dlt_bench' };
let done = 0;
let finish!: () => void;
const finished = new Promise<void>((resolve) => (finish = resolve));
let peakMiB = 0;
const agent = new RunningAgent({
  engine,
  clock,
  random,
  log,
  journal,
  cloud: new CloudClient({ address, engine, clock, cache }),
  openRadio: async () => {
    const central = timedCentral(await radio.central());
    return { central, close: () => central.close() };
  },
  openChannel: (listener) => openLiveChannel(baseUrl, address.token, clock, listener),
  cloudTimeMs: async () => undefined,
  onRefused: () => undefined,
  onEvent: (event) => {
    if (event.type === 'cloud' && event.state !== 'there') throw new Error(`the cloud: ${event.detail}`);
    if (event.type !== 'visited') return;
    if (event.end.result !== 'applied') throw new Error(`a visit ended with ${event.end.result}`);
    if (++done % 10 === 0) peakMiB = Math.max(peakMiB, process.memoryUsage.rss() / MIB);
    if (done === bases.length) finish();
  },
});
agent.failed.catch((error: unknown) => {
  throw error;
});
const pause = (ms: number): Promise<void> => new Promise((resolve) => clock.after(ms, () => resolve()));

/** The air alone, without an agent: what a report costs before anybody hears it. */
async function airAlone(): Promise<number> {
  const central = await radio.central();
  let heard = 0;
  const fromMs = cpuMs();
  const scan = await central.scan({ serviceUuids: [], onReport: () => heard++ });
  await pause(5_500);
  await scan.stop();
  await central.close();
  return (cpuMs() - fromMs) / heard;
}
const airMs = await airAlone();

const startedCpuMs = cpuMs();
agent.start();
await finished;
const { locksMs, reportsMs, reports } = apart;
const syncCpuMs = cpuMs() - startedCpuMs - locksMs - reportsMs - reports * airMs;

// All are up to date by now, and known: what standing and listening costs.
await pause(3_000);
const standing = { reportsMs: apart.reportsMs, reports: apart.reports };
await pause(STAND_MS);
peakMiB = Math.max(peakMiB, process.memoryUsage.rss() / MIB);
process.stdout.write(
  JSON.stringify({
    cpuPerSyncMs: syncCpuMs / done,
    reportUs: (apart.reportsMs / apart.reports) * 1_000,
    knownReportUs: ((apart.reportsMs - standing.reportsMs) / (apart.reports - standing.reports)) * 1_000,
    reports: apart.reports,
    locksMsPerSync: locksMs / done,
    airUs: airMs * 1_000,
    peakMiB,
    done,
  }),
);
process.exit(0);
