// The model lock on a radio: fragments in and out, answers held back until the courier listens.
import { advertManufacturerData } from '#protocol/sync/advert.ts';
import { FragmentReader, FragmentWriter, type ControlMessage } from '#protocol/sync/fragments.ts';
import {
  DOOR_SYNC_SERVICE,
  LOCK_STATUS,
  lockServices,
  SYNC_CONTROL,
  SYNC_DATA,
} from '#protocol/sync/gatt.ts';
import { ATT_SUCCESS, ATT_UNLIKELY_ERROR } from '#radio/ports/gatt.ts';
import type { Peripheral, PeripheralHandler, PeripheralLink } from '#radio/ports/peripheral.ts';
import type { ModelLock } from './model-lock.ts';

export async function putOnAir(
  peripheral: Peripheral,
  lock: ModelLock,
  options: { isHidden?: boolean } = {},
): Promise<void> {
  const show = (): Promise<void> =>
    peripheral.advertise({
      serviceUuids: [DOOR_SYNC_SERVICE],
      localName: 'lock',
      ...(options.isHidden === true ? {} : { manufacturerData: advertManufacturerData(lock.advert()) }),
    });
  lock.onChanged = () => void show();
  await peripheral.open(lockServices, handlerOf(lock));
  await show();
}

function handlerOf(lock: ModelLock): PeripheralHandler {
  let reader = new FragmentReader();
  let writer = new FragmentWriter();
  let held: ControlMessage[] = [];
  const say = (link: PeripheralLink, messages: readonly ControlMessage[]): void => {
    held.push(...messages);
    if (!link.isSubscribed(SYNC_CONTROL)) return;
    for (const message of held) {
      for (const value of writer.write(message, Math.min(244, link.mtu - 3)))
        link.notify(SYNC_CONTROL, value);
    }
    held = [];
  };
  return {
    onConnect() {
      lock.connect();
      reader = new FragmentReader();
      writer = new FragmentWriter();
      held = [];
    },
    onDisconnect() {},
    onRead: (_link, characteristic) => (characteristic === LOCK_STATUS ? lock.status() : ATT_UNLIKELY_ERROR),
    onWrite(link, characteristic, value) {
      if (characteristic === SYNC_DATA) say(link, lock.hearFrame(value));
      if (characteristic === SYNC_CONTROL) {
        const message = reader.read(value);
        if (message !== undefined) say(link, lock.hear(message));
      }
      return ATT_SUCCESS;
    },
    onSubscribe: (link, characteristic) => {
      if (characteristic === SYNC_CONTROL) say(link, []);
    },
    onUnsubscribe() {},
  };
}
