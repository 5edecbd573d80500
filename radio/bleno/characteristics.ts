// The port's services as bleno's objects, made per peripheral: bleno keeps a subscription in them. Requests go to
// the handler with the link of the connection they came on.
import { handled } from '../hci/defect.ts';
import type { ServiceSpec, Uuid } from '../ports/gatt.ts';
import { ATT_SUCCESS, ATT_UNLIKELY_ERROR, FULL_PACKET_VALUE_BYTES } from '../ports/gatt.ts';
import type { PeripheralHandler } from '../ports/peripheral.ts';
import type { BlenoLink } from './bleno-link.ts';
import type { Bleno, BlenoCharacteristicOptions } from './load.ts';

/** Invalid Offset (Vol 3 Part F, 3.4.1.1): prepared writes begin at the value's start here. */
const ATT_INVALID_OFFSET = 0x07;

export function blenoServices(
  bleno: Bleno,
  services: readonly ServiceSpec[],
  handler: PeripheralHandler,
  link: () => BlenoLink | undefined,
): object[] {
  return services.map(
    ({ uuid, characteristics }) =>
      new bleno.PrimaryService({
        uuid,
        characteristics: characteristics.map(
          (spec) => new bleno.Characteristic({ ...spec, ...callbacks(spec.uuid, handler, link) }),
        ),
      }),
  );
}

function callbacks(
  uuid: Uuid,
  handler: PeripheralHandler,
  linkNow: () => BlenoLink | undefined,
): Omit<BlenoCharacteristicOptions, 'uuid' | 'properties'> {
  /** What a read at offset 0 gave: a long read goes on in it. */
  let lastRead: { link: BlenoLink; value: Buffer } | undefined;

  const read = (link: BlenoLink, offset: number): Buffer | number => {
    if (offset === 0 || lastRead?.link !== link) {
      const value = handled(() => handler.onRead(link, uuid), ATT_UNLIKELY_ERROR);
      if (typeof value === 'number') return value === ATT_SUCCESS ? ATT_UNLIKELY_ERROR : value;
      if (value.length > FULL_PACKET_VALUE_BYTES) return ATT_UNLIKELY_ERROR;
      lastRead = { link, value: Buffer.from(value) };
    }
    return offset > lastRead.value.length ? ATT_INVALID_OFFSET : lastRead.value.subarray(offset);
  };

  return {
    onReadRequest(offset, callback) {
      const link = linkNow();
      const value = link === undefined ? ATT_UNLIKELY_ERROR : read(link, offset);
      if (typeof value === 'number') callback(value);
      else callback(ATT_SUCCESS, value);
    },
    onWriteRequest(data, offset, withoutResponse, callback) {
      const link = linkNow();
      const kind = withoutResponse ? 'command' : 'request';
      if (link === undefined) callback(ATT_UNLIKELY_ERROR);
      else if (offset > 0) callback(ATT_INVALID_OFFSET);
      else
        callback(handled(() => handler.onWrite(link, uuid, Uint8Array.from(data), kind), ATT_UNLIKELY_ERROR));
    },
    onSubscribe(_maxValueBytes, updateValueCallback) {
      const link = linkNow();
      if (link === undefined) return;
      link.subscribed(uuid, updateValueCallback);
      handled(() => handler.onSubscribe(link, uuid), undefined);
    },
    onUnsubscribe() {
      const link = linkNow();
      if (link === undefined) return;
      link.unsubscribed(uuid);
      // As the link ends bleno unsubscribes all: the handler hears of the end itself.
      if (link.connected) handled(() => handler.onUnsubscribe(link, uuid), undefined);
    },
  };
}
