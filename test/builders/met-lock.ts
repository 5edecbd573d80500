// A running lock met over each radio of one process, in virtual time: for what has to be the same on all of them.
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { DOOR_SYNC_SERVICE } from '#protocol/sync/gatt.ts';
import type { Lock } from '#lock-sim/lock.ts';
import { openMemoryRadio } from '#radio/memory/memory-radio.ts';
import type { Central, CentralLink } from '#radio/ports/central.ts';
import type { Radio } from '#radio/ports/radio.ts';
import { openVirtualRadio } from '#radio/virtual/virtual-radio.ts';
import { stepped } from '../radio/radio-rig.ts';
import { aRunningLock } from './running-lock.ts';
import { turn } from './virtual-time.ts';

type OpenRadio = (clock: VirtualClock) => Radio & { settle?(): Promise<void> };

export const RADIOS: Readonly<Record<string, OpenRadio>> = {
  'in memory': (clock) => openMemoryRadio({ clock }),
  'noble on bleno': (clock) => openVirtualRadio({ clock }),
};

export interface MetLock {
  readonly clock: VirtualClock;
  readonly lock: Lock;
  readonly link: CentralLink;
}

export async function withMetLock(open: OpenRadio, body: (met: MetLock) => Promise<void>): Promise<void> {
  const clock = new VirtualClock();
  const radio = open(clock);
  const settle = (): Promise<void> => radio.settle?.() ?? turn();
  await stepped(clock, settle, async () => {
    const { lock } = await aRunningLock({ peripheral: await radio.peripheral(), clock });
    await body({ clock, lock, link: await meet(await radio.central()) });
    await lock.close();
    await radio.close();
  });
}

async function meet(central: Central): Promise<CentralLink> {
  const id = await new Promise<string>((resolve) => {
    const scan = central.scan({
      serviceUuids: [DOOR_SYNC_SERVICE],
      onReport: ({ peripheralId }) => void scan.then((on) => on.stop()).then(() => resolve(peripheralId)),
    });
  });
  return central.connect(id);
}
