// The checks on an offered firmware image, in their one order: size, strict CBOR, role, key, signature, number, trials
// that failed, room, battery. The first failure answers its code and nothing is written. WIRE 17.2.
import { equalBytes } from '#protocol/bytes.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { parseFirmware, verifyFirmware, type VerifiedFirmware } from '#protocol/signed/firmware.ts';
import type { RefusalCode } from '#protocol/sync/refusals.ts';
import { WireError } from '#protocol/wire-error.ts';
import { isEnoughForFirmware } from '../mechanics/battery.ts';
import type { LockFacts } from '../sync/facts.ts';

export type FirmwareVerdict =
  | {
      readonly verdict: 'refuse';
      readonly code: RefusalCode;
      readonly detail: string;
      readonly isAlarm: boolean;
    }
  /** That very image waits for the restart, or is being tried: the answer says so. */
  | { readonly verdict: 'there-already' }
  | { readonly verdict: 'take'; readonly verified: VerifiedFirmware };

type Known = Pick<LockFacts, 'keySet' | 'activated' | 'update' | 'batteryPercent' | 'stage'>;

export function judgeFirmware(
  engine: CryptoEngine,
  facts: Known,
  manifestBytes: Uint8Array,
): FirmwareVerdict {
  if (facts.keySet === undefined || !facts.activated)
    return refuse('NOT_ACTIVATED', 'there is no owner whose firmware could be taken');
  let verified: VerifiedFirmware;
  try {
    verified = verifyFirmware(engine, parseFirmware(manifestBytes), facts.keySet.firmwareKey);
  } catch (error) {
    if (error instanceof WireError) return refuse(error.code, error.message);
    throw error;
  }
  return judgeVerified(facts, verified);
}

function judgeVerified(
  { update, batteryPercent, stage }: Known,
  verified: VerifiedFirmware,
): FirmwareVerdict {
  const { firmware, imageHash, chunkCount } = verified.manifest;
  const { confirmed, trial, capacityChunks, heldBackUpTo } = update;
  if (firmware <= confirmed) {
    const detail = `firmware ${firmware} is not above ${confirmed}`;
    return refuse('FIRMWARE_NOT_NEWER', detail, firmware < confirmed);
  }
  if (trial !== undefined) {
    if (equalBytes(trial.imageHash, imageHash)) return { verdict: 'there-already' };
    return refuse('STAGE_BUSY', `firmware ${trial.firmware} has to stand its trial first`);
  }
  if (firmware <= heldBackUpTo)
    return refuse('WEAR_LIMIT', `firmware up to ${heldBackUpTo} failed its trial too often today`);
  if (chunkCount > capacityChunks)
    return refuse('CAPACITY', `an image of ${chunkCount} chunks; ${capacityChunks} fit`);
  if (!isEnoughForFirmware(batteryPercent))
    return refuse('BATTERY_LOW', `${batteryPercent} % of battery are left`);
  if (stage?.isMoving === true) return refuse('STAGE_BUSY', 'a credential set is being received');
  return { verdict: 'take', verified };
}

const refuse = (code: RefusalCode, detail: string, isAlarm = false): FirmwareVerdict => ({
  verdict: 'refuse',
  code,
  detail,
  isAlarm,
});
