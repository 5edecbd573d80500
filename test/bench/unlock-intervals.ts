// How many connection intervals go by from the first connection event of a phone to the one in which the lock has its
// command, on which the bolt moves: the real noble on the real bleno, the modelled link, virtual time, no firmware time.
import { CHANNEL_MESSAGE } from '#protocol/channel/channel-messages.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { DOOR_SYNC_SERVICE } from '#protocol/sync/gatt.ts';
import { commandLock, type AppCommandOptions } from '#gateway/courier/app-unlock.ts';
import { deliver } from '#gateway/courier/delivery.ts';
import type { ChannelJob } from '#gateway/courier/phone-channel.ts';
import { ATT_VALUE_AT, type AttRecord } from '#radio/air/att-tap.ts';
import { USUAL_LINK, type LinkSettings } from '#radio/air/link-model.ts';
import type { Central, CentralLink, ConnectOptions } from '#radio/ports/central.ts';
import { openVirtualRadio } from '#radio/virtual/virtual-radio.ts';
import { aLock } from '#test/builders/lock.ts';
import { aRunningLock } from '#test/builders/running-lock.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';
import { inVirtualTime } from '#test/builders/virtual-time.ts';
import { anAppRow, phoneSecret } from '#test/lock-sim/hand-phone.ts';

export interface UnlockIntervals {
  /** Nothing known of the lock's attributes. */
  readonly first: number;
  /** With the handles of an earlier meeting. */
  readonly cached: number;
}

/** Virtual time, many times what it takes. */
const LIMIT_MS = 120_000;
const ATT_WRITE_COMMAND = 0x52;
const TYPE_MASK = 0x7f;

export async function unlockIntervals(link: LinkSettings = USUAL_LINK): Promise<UnlockIntervals> {
  const clock = new VirtualClock();
  const radio = openVirtualRadio({ clock, link });
  let records: AttRecord[] = [];
  radio.air.onAtt((record) => records.push(record));
  const running = <T>(work: Promise<T>): Promise<T> => inVirtualTime(clock, work, radio.settle, LIMIT_MS);
  const built = aLock();
  await running(aRunningLock({ peripheral: await radio.peripheral(), clock, lock: built }));
  const central = await running(radio.central());
  const random = seededRandom('unlock-intervals');
  const ports = { engine: nodeEngine, clock, random };
  const connect = (options: ConnectOptions): Promise<CentralLink> => meet(central, options);
  const synced = await running(
    deliver(
      ports,
      {
        lockId: built.lockId,
        advertisingKey: built.secrets.advertisingKey,
        cloudNonce: random.bytes(16),
        package: aSignedSet({ lock: built, rows: [anAppRow(built, 'own', 1)] }),
      },
      { connect, keySetsAfter: () => Promise.resolve([]) },
    ),
  );
  if (synced.result !== 'applied') throw new Error(`the sync ended as ${synced.result}`);
  const job: ChannelJob = {
    engine: nodeEngine,
    lockId: built.lockId,
    ownershipEpoch: 1,
    channelKey: built.channelKey,
    phoneSecret: phoneSecret('own'),
  };
  const unlock = async (gattTable?: AppCommandOptions['gattTable']) => {
    records = [];
    const signal = new AbortController().signal;
    const end = await running(commandLock(job, 'unlock', { ...ports, signal, connect, gattTable }));
    if (end.result !== 'answered' || end.answer.outcome !== 'done')
      throw new Error(`the unlock ended as ${end.result}`);
    return { gattTable: end.gattTable, intervals: commandEvent(records) };
  };
  const first = await unlock();
  const cached = await unlock(first.gattTable);
  await running(radio.close());
  return { first: first.intervals, cached: cached.intervals };
}

/** The event in which the lock has the whole command, counted from 0. */
function commandEvent(records: readonly AttRecord[]): number {
  const found = records.findLast(
    ({ from, pdu }) =>
      from === 'central' &&
      pdu[0] === ATT_WRITE_COMMAND &&
      ((pdu[ATT_VALUE_AT] ?? 0) & TYPE_MASK) === CHANNEL_MESSAGE.command,
  );
  if (found === undefined) throw new Error('no command was sent');
  return found.event;
}

async function meet(central: Central, options: ConnectOptions): Promise<CentralLink> {
  const id = await new Promise<string>((resolve, reject) => {
    const onReport = (report: { readonly peripheralId: string }): void => {
      scan.then((open) => open.stop()).then(() => resolve(report.peripheralId), reject);
    };
    const scan = central.scan({ serviceUuids: [DOOR_SYNC_SERVICE], onReport });
    scan.catch(reject);
  });
  return central.connect(id, options);
}
