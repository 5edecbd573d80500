// A lock with a network of its own: the process has the lock, the hub in its housing, and the wire between them, which is
// a radio of their own that nobody else hears. Over the air the lock is met as before.
import { join } from 'node:path';
import type { Clock } from '#protocol/ports/clock.ts';
import { lockIdOf, type LockId } from '#protocol/ids.ts';
import { formatTriple } from '#protocol/triple.ts';
import { CloudClient } from '#gateway/cloud-client.ts';
import type { HubStatus } from '#gateway/hub/hub-state.ts';
import { openLiveChannel } from '#gateway/live-channel.ts';
import type { OwnLock } from '#gateway/hub/own-lock.ts';
import { RunningHub } from '#gateway/hub/running-hub.ts';
import { signInLock } from '#gateway/hub/sign-in.ts';
import { Journal } from '#gateway/journal.ts';
import { PackageCache } from '#gateway/package-cache.ts';
import type { DoorEnd } from '#gateway/sync-report.ts';
import type { Lock } from '#lock-sim/lock.ts';
import type { LockFolder } from '#lock-sim/lock-folder.ts';
import { openMemoryRadio } from '#radio/memory/memory-radio.ts';
import { PairedPeripheral } from '#radio/paired/paired-peripheral.ts';
import type { Peripheral } from '#radio/ports/peripheral.ts';
import type { Context } from './context.ts';
import { cloudUrl, engine } from './courier-session.ts';
import { lockFolder } from './data-folders.ts';

export interface Wire {
  /** Of the lock, on its own radio and on the wire. */
  readonly peripheral: Peripheral;
  readonly connect: OwnLock['connect'];
  close(): Promise<void>;
}

export async function openWire(clock: Clock, onAir: Peripheral): Promise<Wire> {
  const radio = openMemoryRadio({ clock });
  const [onWire, central] = [await radio.peripheral(), await radio.central()];
  return {
    peripheral: new PairedPeripheral(onAir, onWire),
    connect: (options) => central.connect(onWire.peripheralId, options),
    close: () => radio.close(),
  };
}

export interface Internet {
  /** Rejects with the first defect; never settles otherwise. */
  readonly failed: Promise<never>;
  close(): Promise<void>;
}

/** Throws JournalError. */
export async function startInternet(
  context: Context,
  name: string,
  folder: LockFolder,
  lock: Lock,
  wire: Wire,
): Promise<Internet> {
  const { clock, random, log, config, output } = context;
  const baseUrl = cloudUrl(config);
  const hubFolder = join(lockFolder(config, name), 'hub');
  const journal = await Journal.open(hubFolder);
  const cache = new PackageCache(join(hubFolder, 'packages'), engine);
  const own = ownLock(lock, lockIdIn(folder), wire);
  const hub = new RunningHub({
    engine,
    clock,
    random: random.fork('hub'),
    log,
    journal,
    lock: own,
    signIn: (signal) => signInLock(baseUrl, clock, own, signal),
    openChannel: ({ token }, listener) => openLiveChannel(baseUrl, token, clock, listener),
    cloudOf: ({ token }) => new CloudClient({ address: { baseUrl, token }, engine, clock, cache }),
    onStatus: (status) => output.data('internet', { ...status }, statusText(status)),
    onSynced: (end) => {
      output.data('synced', syncedJson(end), syncedText(end));
    },
  });
  hub.start();
  return {
    failed: hub.failed,
    async close() {
      await hub.close();
      await journal.close();
    },
  };
}

function ownLock(lock: Lock, lockId: LockId, { connect }: Wire): OwnLock {
  return {
    lockId,
    look() {
      const { firmware } = lock;
      if (firmware === undefined) return undefined;
      const { notActivated, logPending, advertisingKey } = firmware.advertState();
      const { ownershipEpoch } = firmware.storage.floor.triple;
      return { isActivated: !notActivated, ownershipEpoch, logPending, advertisingKey };
    },
    prove: (nonce) => lock.liveProof(nonce),
    connect,
  };
}

const lockIdIn = ({ secure }: LockFolder): LockId =>
  lockIdOf(engine, engine.ed25519PublicKey(secure.load().identitySeed));

function statusText(status: HubStatus): string {
  switch (status.state) {
    case 'no-owner':
      return 'Internet: off, the lock has no owner.';
    case 'no-power':
      return 'Internet: off, the lock has no power.';
    case 'connected':
      return `Internet: connected, as the lock of ${status.doorName}.`;
    case 'reconnecting':
      return `Internet: reconnecting; ${status.why}.`;
  }
}

function syncedJson(end: DoorEnd): Record<string, string> {
  if (end.result === 'failed') return { result: end.result, why: end.error.message };
  if (!('receipt' in end)) return { result: end.result };
  const { log, time } = end.delivery.upkeep ?? {};
  return {
    result: end.result,
    version: formatTriple(end.receipt.triple),
    ...(time === undefined ? {} : { time: time.result }),
    ...(log === undefined ? {} : { log: log.result }),
  };
}

function syncedText(end: DoorEnd): string {
  if (end.result === 'failed') return `Not synced: ${end.error.message}`;
  if (!('receipt' in end)) return 'Nothing to sync.';
  const version = formatTriple(end.receipt.triple);
  switch (end.result) {
    case 'applied':
      return `Table ${version} came and is in force; its receipt is at the cloud.`;
    case 'already-current':
      return `Table ${version} is in force; the cloud has a new receipt.`;
    case 'left':
      return 'It is deactivated: its door has no lock any more.';
    case 'receipt-held':
      if (end.receipt.tableState === 'none')
        return 'It is deactivated; its receipt waits here for the cloud.';
      return `Table ${version} is in force; its receipt waits here for the cloud.`;
  }
}
