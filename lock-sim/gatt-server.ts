// The lock's GATT server: which characteristic leads where. Everything behind it may find the power gone, which
// `guard` turns into a dark lock. WIRE 8.1.
import { utf8 } from '#protocol/bytes.ts';
import type { Clock } from '#protocol/ports/clock.ts';
import {
  BATTERY_LEVEL,
  CHANNEL,
  FIRMWARE_REVISION,
  LOCK_STATUS,
  MANUFACTURER_NAME,
  MODEL_NUMBER,
  SYNC_CONTROL,
  SYNC_DATA,
} from '#protocol/sync/gatt.ts';
import { ATT_SUCCESS, ATT_UNLIKELY_ERROR, type Uuid } from '#radio/ports/gatt.ts';
import type { PeripheralHandler, PeripheralLink } from '#radio/ports/peripheral.ts';
import type { Firmware } from './firmware.ts';
import { StatusNotifier } from './status-notifier.ts';

/** Bluetooth ATT, 3.4.1.1: there is nobody behind the channel yet. */
const ATT_REQUEST_NOT_SUPPORTED = 0x06;

export interface GattServerParts {
  /** Undefined while the power is off. */
  readonly firmware: () => Firmware | undefined;
  readonly batteryPercent: () => number;
  readonly clock: Clock;
  /** Runs the work; a power cut within it is dealt with and gives undefined. */
  readonly guard: <T>(work: () => T) => T | undefined;
}

export function gattServer(parts: GattServerParts): PeripheralHandler {
  const withFirmware = <T>(work: (firmware: Firmware) => T): T | undefined =>
    parts.guard(() => {
      const firmware = parts.firmware();
      return firmware === undefined ? undefined : work(firmware);
    });

  const readNow = (link: PeripheralLink, characteristic: Uuid): Uint8Array | number =>
    withFirmware((firmware) => read(parts, firmware, link, characteristic)) ?? ATT_UNLIKELY_ERROR;
  const status = new StatusNotifier({ clock: parts.clock, read: readNow });

  return {
    onConnect: (link) => withFirmware(({ conversation }) => conversation.connect(link)),
    onDisconnect: (link) => {
      status.ended(link);
      withFirmware(({ conversation }) => conversation.disconnect(link));
    },
    onSubscribe: (link, characteristic) => {
      status.subscribed(link, characteristic);
      withFirmware(({ conversation }) => conversation.subscribed(link));
    },
    onUnsubscribe: (link, characteristic) => status.unsubscribed(link, characteristic),
    onRead: readNow,
    onWrite: (link, characteristic, value) =>
      withFirmware((firmware) => write(firmware, link, characteristic, value)) ?? ATT_UNLIKELY_ERROR,
  };
}

function read(
  parts: GattServerParts,
  firmware: Firmware,
  link: PeripheralLink,
  characteristic: Uuid,
): Uint8Array | number {
  switch (characteristic) {
    case MANUFACTURER_NAME:
      return utf8('Doorlab');
    case MODEL_NUMBER:
      return utf8('simulated lock');
    case FIRMWARE_REVISION:
      return utf8(String(firmware.facts().firmware));
    case BATTERY_LEVEL:
      return Uint8Array.of(parts.batteryPercent());
    case LOCK_STATUS:
      return firmware.conversation.lockStatus(link);
    default:
      return ATT_REQUEST_NOT_SUPPORTED;
  }
}

function write(firmware: Firmware, link: PeripheralLink, characteristic: Uuid, value: Uint8Array): number {
  switch (characteristic) {
    case SYNC_CONTROL:
      firmware.conversation.control(link, value);
      return ATT_SUCCESS;
    case SYNC_DATA:
      firmware.conversation.frame(link, value);
      return ATT_SUCCESS;
    case CHANNEL:
    default:
      return ATT_REQUEST_NOT_SUPPORTED;
  }
}
