// What both radio ports say about GATT: UUIDs, characteristics, adverts. Plain data, safe in a browser.

/** Lower-case hex without dashes: 4 digits for a Bluetooth SIG number, else 32. */
export type Uuid = string;

/** A characteristic's properties (Core Specification, Vol 3 Part G, 3.3.1.1). */
export type Property = 'read' | 'write' | 'writeWithoutResponse' | 'notify';

export interface CharacteristicSpec {
  readonly uuid: Uuid;
  readonly properties: readonly Property[];
}

export interface ServiceSpec {
  readonly uuid: Uuid;
  readonly characteristics: readonly CharacteristicSpec[];
}

/** What a peripheral shows. Flags and service UUIDs go into the advert, the rest into the scan response. */
export interface Advert {
  readonly serviceUuids: readonly Uuid[];
  /** At most 8 bytes of UTF-8: longer names break bleno on macOS. */
  readonly localName?: string;
  /** Company id (2 bytes, little-endian) and data. */
  readonly manufacturerData?: Uint8Array;
}

export interface AdvertReport extends Advert {
  /** Stable within one scan on one central; what `connect` takes. Not an identity of a lock. */
  readonly peripheralId: string;
  readonly rssi: number;
  readonly connectable: boolean;
}

/** Attribute handles as one discovery found them, kept to reconnect without discovery. Plain JSON. */
export interface GattTable {
  readonly services: readonly {
    readonly uuid: Uuid;
    readonly startHandle: number;
    readonly endHandle: number;
    readonly characteristics: readonly {
      readonly uuid: Uuid;
      /** The bit field of Vol 3 Part G, 3.3.1.1. */
      readonly properties: number;
      readonly startHandle: number;
      readonly endHandle: number;
      readonly valueHandle: number;
    }[];
  }[];
}

/** The bits of a characteristic's properties. */
export const PROPERTY_BITS = {
  read: 0x02,
  writeWithoutResponse: 0x04,
  write: 0x08,
  notify: 0x10,
} as const satisfies Record<Property, number>;

/** False where the table says that the characteristic is there and can't notify: what it would tell has to be read. */
export function canNotify({ services }: GattTable, characteristic: Uuid): boolean {
  const found = services.flatMap(({ characteristics }) =>
    characteristics.filter(({ uuid }) => uuid === characteristic),
  );
  return found.every(({ properties }) => (properties & PROPERTY_BITS.notify) !== 0);
}

/** ATT error codes that a peripheral may answer (Vol 3 Part F, 3.4.1.1, and the application range). */
export const ATT_SUCCESS = 0x00;
export const ATT_INVALID_ATTRIBUTE_LENGTH = 0x0d;
export const ATT_UNLIKELY_ERROR = 0x0e;

/** The ATT MTU before an exchange (Vol 3 Part G, 5.2.1). */
export const ATT_DEFAULT_MTU = 23;
/**
 * What may be hoped for where a platform does not tell the MTU, from the most to what is sure: a full packet, what
 * Apple's phones and computers take at least, less than half of that.
 */
export const MTU_GUESSES: readonly number[] = [247, 185, 80, ATT_DEFAULT_MTU];
/** Not available (Core Specification, Vol 4 Part E, 7.7.65.2). */
export const RSSI_UNKNOWN = 127;
/** A value that fills one 251-byte link-layer packet: 251 - 4 (L2CAP) - 3 (ATT). */
export const FULL_PACKET_VALUE_BYTES = 244;
