// Daily doorcodes: cloud and lock derive the same seven digits for a door, a local day and a slot, so that none
// of them is a row of the table and none needs a sync. WIRE 6.5.
import { concat, readU32, u16, u32, utf8 } from '../bytes.ts';
import type { CryptoEngine } from '../crypto/engine.ts';
import type { DoorId } from '../ids.ts';

export const DAILY_CODE_DIGITS = 7;
const DAILY_KEY_BYTES = 32;
const CODES = 10 ** DAILY_CODE_DIGITS;
const NO_SALT = new Uint8Array(0);

/** The key of one epoch: raising the epoch in the head ends all codes of the one before. 32 bytes. */
export const dailyEpochKey = (engine: CryptoEngine, dailyKey: Uint8Array, epoch: number): Uint8Array =>
  engine.hkdfSha256(dailyKey, NO_SALT, concat(utf8('doorlab/daily/1'), u32(epoch)), DAILY_KEY_BYTES);

/** Seven digits, leading zeros kept. `localDay`: local days since 1970-01-01; `slot`: daily ones first. */
export function dailyCode(
  engine: CryptoEngine,
  epochKey: Uint8Array,
  doorId: DoorId,
  localDay: number,
  slot: number,
): string {
  const mac = engine.hmacSha256(epochKey, concat(utf8('daily'), doorId, u32(localDay), u16(slot)));
  return String(remainderOfU64(mac, CODES)).padStart(DAILY_CODE_DIGITS, '0');
}

/** The first 8 bytes as one big-endian integer, modulo `modulus` (at most 10^7: all steps stay exact). */
function remainderOfU64(bytes: Uint8Array, modulus: number): number {
  const high = readU32(bytes, 0) % modulus;
  return (high * (0x1_0000_0000 % modulus) + readU32(bytes, 4)) % modulus;
}
