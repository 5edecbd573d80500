// The rotating advert: 16 bytes that say "one of your locks, about this version" to who holds the advertising
// key, and nothing linkable to anybody else. WIRE 8.2.
import { concat, equalSecret, u16, utf8 } from '../bytes.ts';
import type { CryptoEngine } from '../crypto/engine.ts';

export const ADVERT_BYTES = 16;
export const ADVERT_NONCE_BYTES = 4;
export const ADVERT_ROTATION_MS = 15 * 60_000;
/** "No company" for tests and prototypes (Bluetooth Assigned Numbers, 7.1). */
export const ADVERT_COMPANY_ID = 0xffff;
const FORMAT = 1;
const MAC_BYTES = 8;
const MAC_LABEL = utf8('doorlab/advert-mac/1');
const FLAGS = { logPending: 1, batteryLow: 2, notActivated: 4 } as const;

export interface AdvertState {
  readonly tableVersion: number;
  readonly logPending: boolean;
  readonly batteryLow: boolean;
  readonly notActivated: boolean;
}

export interface RecognisedAdvert {
  /** The low 16 bits of the table version. */
  readonly versionBits: number;
  readonly logPending: boolean;
  readonly batteryLow: boolean;
  readonly notActivated: boolean;
  readonly nonce: Uint8Array;
}

/** format 1, nonce 4, MAC 8, masked version bits 2, masked flags 1. */
export function makeAdvert(
  engine: CryptoEngine,
  advertisingKey: Uint8Array,
  nonce: Uint8Array,
  state: AdvertState,
): Uint8Array {
  const flags =
    (state.logPending ? FLAGS.logPending : 0) |
    (state.batteryLow ? FLAGS.batteryLow : 0) |
    (state.notActivated ? FLAGS.notActivated : 0);
  const shown = concat(u16(state.tableVersion & 0xffff), Uint8Array.of(flags));
  const masked = xor(shown, maskOf(engine, advertisingKey, nonce));
  return concat(Uint8Array.of(FORMAT), nonce, macOf(engine, advertisingKey, nonce, masked), masked);
}

/** Of the 16 bytes. */
export const nonceOfAdvert = (advert: Uint8Array): Uint8Array => advert.slice(1, 1 + ADVERT_NONCE_BYTES);

/** Undefined where it is not the advert of the lock with that key. */
export const recogniseAdvert = (
  engine: CryptoEngine,
  advertisingKey: Uint8Array,
  advert: Uint8Array,
): RecognisedAdvert | undefined => advertReader(engine, advert)?.(advertisingKey);

export type AdvertReader = (advertisingKey: Uint8Array) => RecognisedAdvert | undefined;

/** One advert, to be tried with many keys. Undefined where it is no lock's. */
export function advertReader(engine: CryptoEngine, advert: Uint8Array): AdvertReader | undefined {
  if (advert.length !== ADVERT_BYTES || advert[0] !== FORMAT) return undefined;
  const nonce = nonceOfAdvert(advert);
  const masked = advert.subarray(13);
  const mac = advert.subarray(5, 13);
  const signed = concat(MAC_LABEL, nonce, masked);
  return (advertisingKey) => {
    if (!equalSecret(mac, engine.hmacSha256(advertisingKey, signed).subarray(0, MAC_BYTES))) return undefined;
    const [high = 0, low = 0, flags = 0] = xor(masked, maskOf(engine, advertisingKey, nonce));
    return {
      versionBits: high * 256 + low,
      logPending: (flags & FLAGS.logPending) !== 0,
      batteryLow: (flags & FLAGS.batteryLow) !== 0,
      notActivated: (flags & FLAGS.notActivated) !== 0,
      nonce,
    };
  };
}

/** Company id, little-endian, then the advert: the manufacturer data of the scan response. */
export const advertManufacturerData = (advert: Uint8Array): Uint8Array =>
  concat(Uint8Array.of(ADVERT_COMPANY_ID & 0xff, ADVERT_COMPANY_ID >> 8), advert);

/** The 16 bytes out of manufacturer data, or undefined where it is somebody else's. */
export const advertOfManufacturerData = (data: Uint8Array): Uint8Array | undefined =>
  data.length === 2 + ADVERT_BYTES && data[0] === 0xff && data[1] === 0xff ? data.slice(2) : undefined;

const macOf = (engine: CryptoEngine, key: Uint8Array, nonce: Uint8Array, masked: Uint8Array): Uint8Array =>
  engine.hmacSha256(key, concat(MAC_LABEL, nonce, masked)).slice(0, MAC_BYTES);

const maskOf = (engine: CryptoEngine, key: Uint8Array, nonce: Uint8Array): Uint8Array =>
  engine.hmacSha256(key, concat(utf8('doorlab/advert-mask/1'), nonce)).slice(0, 3);

const xor = (a: Uint8Array, b: Uint8Array): Uint8Array => a.map((byte, i) => byte ^ (b[i] ?? 0));
