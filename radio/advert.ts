// An advert as bytes and back: AD structures of length, type and data. Flags and service UUIDs stand in the
// advertising data, manufacturer data and name in the scan response; each holds at most 31 bytes.
// Core Specification Supplement, Part A, 1.1, 1.2, 1.3, 1.4; Core Specification 5.4, Vol 3 Part C, 11.
import { RadioError } from './ports/errors.ts';
import type { Advert, Uuid } from './ports/gatt.ts';

export const ADVERT_BYTES_MAX = 31;
/** Longer names break bleno on macOS. */
export const NAME_BYTES_MAX = 8;

/** Assigned Numbers, 2.3. */
const AD_TYPE = {
  flags: 0x01,
  uuids16Incomplete: 0x02,
  uuids16: 0x03,
  uuids128Incomplete: 0x06,
  uuids128: 0x07,
  nameShortened: 0x08,
  name: 0x09,
  manufacturer: 0xff,
} as const;

/** LE General Discoverable, BR/EDR not supported. */
const FLAGS = 0x06;

export interface AdvertBytes {
  readonly data: Uint8Array;
  readonly scanResponse: Uint8Array;
}

/** Throws ADVERT_INVALID where a part is too long or a UUID is none. */
export function encodeAdvert(advert: Advert): AdvertBytes {
  const uuids16 = advert.serviceUuids.filter((uuid) => uuid.length === 4);
  const uuids128 = advert.serviceUuids.filter((uuid) => uuid.length !== 4);
  const data = [
    structure(AD_TYPE.flags, Uint8Array.of(FLAGS)),
    ...(uuids16.length > 0 ? [structure(AD_TYPE.uuids16, uuidList(uuids16))] : []),
    ...(uuids128.length > 0 ? [structure(AD_TYPE.uuids128, uuidList(uuids128))] : []),
  ];
  const name = new TextEncoder().encode(advert.localName ?? '');
  if (name.length > NAME_BYTES_MAX) invalid(`a name of ${name.length} bytes; at most ${NAME_BYTES_MAX} fit`);
  const scanResponse = [
    ...(advert.manufacturerData ? [structure(AD_TYPE.manufacturer, advert.manufacturerData)] : []),
    ...(name.length > 0 ? [structure(AD_TYPE.name, name)] : []),
  ];
  return { data: limited('advert', data), scanResponse: limited('scan response', scanResponse) };
}

/** What is known of the two parts; structures that are not whole or not known are passed over. */
export function decodeAdvert(data: Uint8Array, scanResponse: Uint8Array): Advert {
  const serviceUuids: Uuid[] = [];
  let localName: string | undefined;
  let manufacturerData: Uint8Array | undefined;
  for (const { type, value } of [...structures(data), ...structures(scanResponse)]) {
    switch (type) {
      case AD_TYPE.uuids16Incomplete:
      case AD_TYPE.uuids16:
        serviceUuids.push(...uuidsOf(value, 2));
        break;
      case AD_TYPE.uuids128Incomplete:
      case AD_TYPE.uuids128:
        serviceUuids.push(...uuidsOf(value, 16));
        break;
      case AD_TYPE.nameShortened:
      case AD_TYPE.name:
        localName = new TextDecoder().decode(value);
        break;
      case AD_TYPE.manufacturer:
        manufacturerData = value.slice();
        break;
      default:
    }
  }
  return {
    serviceUuids,
    ...(localName === undefined ? {} : { localName }),
    ...(manufacturerData === undefined ? {} : { manufacturerData }),
  };
}

function structure(type: number, value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(2 + value.length);
  bytes.set([1 + value.length, type]);
  bytes.set(value, 2);
  return bytes;
}

function limited(part: string, structuresOfPart: readonly Uint8Array[]): Uint8Array {
  const length = structuresOfPart.reduce((sum, { length: bytes }) => sum + bytes, 0);
  if (length > ADVERT_BYTES_MAX) invalid(`${part} of ${length} bytes; at most ${ADVERT_BYTES_MAX} fit`);
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part_ of structuresOfPart) {
    bytes.set(part_, at);
    at += part_.length;
  }
  return bytes;
}

function invalid(what: string): never {
  throw new RadioError('ADVERT_INVALID', what, { next: 'Shorten the name or the manufacturer data.' });
}

function* structures(bytes: Uint8Array): Generator<{ type: number; value: Uint8Array }> {
  for (let at = 0; at + 1 < bytes.length;) {
    const length = bytes[at] ?? 0;
    if (length === 0 || at + 1 + length > bytes.length) return;
    yield { type: bytes[at + 1] ?? 0, value: bytes.subarray(at + 2, at + 1 + length) };
    at += 1 + length;
  }
}

function uuidList(uuids: readonly Uuid[]): Uint8Array {
  return Uint8Array.from(uuids.flatMap((uuid) => [...uuidBytes(uuid)]));
}

/** Last byte first, as everywhere on the air. */
function uuidBytes(uuid: Uuid): Uint8Array {
  if (!/^(?:[0-9a-f]{4}|[0-9a-f]{32})$/.test(uuid)) invalid(`'${uuid}' is no UUID of 4 or 32 hex digits`);
  const bytes = new Uint8Array(uuid.length / 2);
  for (let at = 0; at < bytes.length; at++) {
    bytes[bytes.length - 1 - at] = Number.parseInt(uuid.slice(2 * at, 2 * at + 2), 16);
  }
  return bytes;
}

function* uuidsOf(value: Uint8Array, bytesEach: 2 | 16): Generator<Uuid> {
  for (let at = 0; at + bytesEach <= value.length; at += bytesEach) {
    const bytes = value.slice(at, at + bytesEach).reverse();
    yield [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  }
}
