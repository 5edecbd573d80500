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
import type { BatteryMeter } from './mechanics/battery-meter.ts';
import { StatusNotifier } from './status-notifier.ts';

/** Bluetooth ATT, 3.4.1.1. */
const ATT_REQUEST_NOT_SUPPORTED = 0x06;

/** How others reach the firmware, with power or without. */
export interface FirmwareReach {
  /** Undefined while the power is off. */
  readonly firmware: () => Firmware | undefined;
  /** Runs the work; a power cut within it is dealt with and gives undefined. */
  readonly guard: <T>(work: () => T) => T | undefined;
}

export class GattServer implements PeripheralHandler {
  readonly #clock: Clock;
  readonly #battery: BatteryMeter;
  readonly #reach: FirmwareReach;
  /** Each with the monotonic time at which it came up. Made with the first of them: most locks stand idle. */
  #links: Map<PeripheralLink, number> | undefined;
  #status: StatusNotifier | undefined;
  /** On the air and not yet drawn from the battery. */
  #unpaidMs = 0;

  constructor(clock: Clock, battery: BatteryMeter, reach: FirmwareReach) {
    this.#clock = clock;
    this.#battery = battery;
    this.#reach = reach;
  }

  onConnect(link: PeripheralLink): void {
    this.#links ??= new Map();
    this.#links.set(link, this.#clock.monotonicMs());
    // Met just as the power went: nobody would ever end it.
    if (this.#reach.firmware() === undefined) link.disconnect();
    else this.#withFirmware(({ conversation }) => conversation.connect(link));
  }

  onDisconnect(link: PeripheralLink): void {
    const nowMs = this.#clock.monotonicMs();
    this.#unpaidMs += nowMs - (this.#links?.get(link) ?? nowMs);
    this.#links?.delete(link);
    this.#status?.ended(link);
    this.#withFirmware(({ conversation, channel }) => {
      conversation.disconnect(link);
      channel.ended(link);
    });
    // Whole minutes of all links together: who comes and goes each second must not cost a minute each time.
    const minutes = Math.floor(this.#unpaidMs / 60_000);
    this.#unpaidMs -= minutes * 60_000;
    this.#reach.firmware()?.door.mechanics.draw('radioMinute', minutes);
  }

  onSubscribe(link: PeripheralLink, characteristic: Uuid): void {
    this.#status ??= new StatusNotifier({
      clock: this.#clock,
      read: (of, what) => this.onRead(of, what),
    });
    this.#status.subscribed(link, characteristic);
    this.#withFirmware(({ conversation, channel }) => {
      if (characteristic === CHANNEL) channel.subscribed(link);
      else conversation.subscribed(link);
    });
  }

  onUnsubscribe(link: PeripheralLink, characteristic: Uuid): void {
    this.#status?.unsubscribed(link, characteristic);
  }

  onRead(link: PeripheralLink, characteristic: Uuid): Uint8Array | number {
    return this.#withFirmware((firmware) => this.#read(firmware, link, characteristic)) ?? ATT_UNLIKELY_ERROR;
  }

  onWrite(link: PeripheralLink, characteristic: Uuid, value: Uint8Array): number {
    return (
      this.#withFirmware((firmware) => write(firmware, link, characteristic, value)) ?? ATT_UNLIKELY_ERROR
    );
  }

  /** The power is gone: no link outlives a boot. */
  dropLinks(): void {
    for (const link of this.#links?.keys() ?? []) link.disconnect();
  }

  #withFirmware<T>(work: (firmware: Firmware) => T): T | undefined {
    return this.#reach.guard(() => {
      const firmware = this.#reach.firmware();
      return firmware === undefined ? undefined : work(firmware);
    });
  }

  #read(firmware: Firmware, link: PeripheralLink, characteristic: Uuid): Uint8Array | number {
    switch (characteristic) {
      case MANUFACTURER_NAME:
        return utf8('Doorlab');
      case MODEL_NUMBER:
        return utf8('simulated lock');
      case FIRMWARE_REVISION:
        return utf8(String(firmware.facts().firmware));
      case BATTERY_LEVEL:
        return Uint8Array.of(this.#battery.reading.percent);
      case LOCK_STATUS:
        return firmware.conversation.lockStatus(link);
      case SYNC_CONTROL:
        return firmware.conversation.readControl(link);
      default:
        return ATT_REQUEST_NOT_SUPPORTED;
    }
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
      firmware.channel.write(link, value);
      return ATT_SUCCESS;
    default:
      return ATT_REQUEST_NOT_SUPPORTED;
  }
}
