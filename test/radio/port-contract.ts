// What every radio keeps of the ports Central and Peripheral, whatever is under it.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { advertContract } from './advert-contract.ts';
import { connectionContract } from './connection-contract.ts';
import { gattContract } from './gatt-contract.ts';
import { hostHabitContract } from './host-habit-contract.ts';
import type { InTime, RadioRig } from './radio-rig.ts';
import { aLock, anAdvert, SERVICE, STATUS } from './radio-rig.ts';

const FLEET_LOCKS = 100;
const FLEET_COURIERS = 4;

export function portContract(name: string, open: () => Promise<RadioRig>): void {
  describe(name, () => {
    let rig: RadioRig;
    beforeEach(async () => {
      rig = await open();
    });
    afterEach(() => rig.close());

    const promise: InTime = (sentence, body) => {
      it(sentence, () => rig.run(body));
    };

    describe('adverts', () => advertContract(() => rig, promise));
    describe('connections', () => connectionContract(() => rig, promise));
    describe('GATT', () => gattContract(() => rig, promise));
    describe('habits of the hosts', () => hostHabitContract(() => rig, promise));

    promise(`${FLEET_LOCKS} peripherals are served by ${FLEET_COURIERS} centrals`, async () => {
      const locks = await Promise.all(
        Array.from({ length: FLEET_LOCKS }, (_, n) =>
          aLock(rig, anAdvert({ manufacturerData: Uint8Array.of(0xff, 0xff, n) })),
        ),
      );
      locks.forEach(({ handler }, n) => {
        handler.read = () => Uint8Array.of(n);
      });
      const couriers = await Promise.all(Array.from({ length: FLEET_COURIERS }, () => rig.central()));
      const served = await Promise.all(
        couriers.map(async (central, courier) => {
          const seen = new Map<number, string>();
          let all!: () => void;
          const complete = new Promise<void>((resolve) => {
            all = resolve;
          });
          const scan = await central.scan({
            serviceUuids: [SERVICE],
            onReport: ({ manufacturerData, peripheralId }) => {
              seen.set(manufacturerData?.[2] ?? -1, peripheralId);
              if (seen.size === FLEET_LOCKS) all();
            },
          });
          await complete;
          await scan.stop();
          let right = 0;
          for (let n = courier; n < FLEET_LOCKS; n += FLEET_COURIERS) {
            const link = await central.connect(seen.get(n) ?? '', { deadlineMs: 60_000 });
            if ((await link.read(STATUS))[0] === n) right++;
            await link.disconnect();
          }
          return right;
        }),
      );
      expect(served.reduce((sum, right) => sum + right)).toBe(FLEET_LOCKS);
    });
  });
}
