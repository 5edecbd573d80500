// The checks on an offer, in their one order: size, strict CBOR, audience, kid and key epoch, signature,
// triple, firmware, capacity. The first failure answers its code and nothing is written. WIRE 11.2.
import { equalBytes } from '#protocol/bytes.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { keyId } from '#protocol/signed/cose.ts';
import { parseManifest, verifyManifest, type VerifiedManifest } from '#protocol/signed/manifest.ts';
import type { RefusalCode } from '#protocol/sync/refusals.ts';
import { compareTriples, formatTriple, judgeTriple } from '#protocol/triple.ts';
import { WireError } from '#protocol/wire-error.ts';
import type { LockFacts } from './facts.ts';

export type OfferVerdict =
  | {
      readonly verdict: 'refuse';
      readonly code: RefusalCode;
      readonly detail: string;
      /** Worth a row in the event log: the cloud's own signature stands under it. */
      readonly isAlarm: boolean;
    }
  /** The table in force already: its receipt is the answer. */
  | { readonly verdict: 'already-active' }
  | { readonly verdict: 'take'; readonly verified: VerifiedManifest; readonly resumes: boolean };

export function judgeOffer(engine: CryptoEngine, facts: LockFacts, manifestBytes: Uint8Array): OfferVerdict {
  // An owner that is pinned and no more than that: a reset lock would take back the sets of before.
  if (facts.keySet === undefined || !facts.activated)
    return refuse('NOT_ACTIVATED', 'there is no owner whose sets could be taken');
  let verified: VerifiedManifest;
  try {
    const unverified = parseManifest(manifestBytes, facts.lockId);
    const { tableKey, number } = facts.keySet;
    const { keyEpoch } = unverified.manifest.triple;
    const isOurKey = equalBytes(unverified.parts.kid, keyId(engine, tableKey));
    if (!isOurKey && keyEpoch > number)
      return refuse('KEY_EPOCH', `signed under key set ${keyEpoch}, here is ${number}`);
    if (!isOurKey) return refuse('UNKNOWN_KEY', 'signed by a table key that is not in force');
    if (keyEpoch !== number) return refuse('KEY_EPOCH', `signed for key set ${keyEpoch}, here is ${number}`);
    verified = verifyManifest(engine, unverified, tableKey);
  } catch (error) {
    if (error instanceof WireError) return refuse(error.code, error.message);
    throw error;
  }
  return judgeVerified(facts, verified);
}

function judgeVerified(facts: LockFacts, verified: VerifiedManifest): OfferVerdict {
  const { manifest, hash } = verified;
  const offered = formatTriple(manifest.triple);
  switch (judgeTriple(manifest.triple, facts.floor)) {
    case 'wrong-epoch':
      return refuse('WRONG_OWNERSHIP', `${offered} is of another ownership`);
    case 'older':
      return refuse('STALE', `${offered} is older than ${formatTriple(facts.floor)}`);
    case 'too-far':
      return refuse('JUMP_TOO_FAR', `${offered} jumps too far from ${formatTriple(facts.floor)}`, true);
    case 'equal': {
      const isSameTable =
        facts.floorTableHash !== null && equalBytes(facts.floorTableHash, manifest.tableHash);
      if (!isSameTable) return refuse('CONFLICT', `${offered} comes with another table`, true);
      if (facts.active !== undefined) return { verdict: 'already-active' };
      break; // A degraded lock takes the very table of its floor again.
    }
    case 'newer':
      break;
  }
  if (manifest.minimumFirmware > facts.firmware) {
    return refuse(
      'FIRMWARE_TOO_OLD',
      `firmware ${manifest.minimumFirmware} is asked for, here is ${facts.firmware}`,
    );
  }
  if (manifest.rowCount > facts.capacityRows || manifest.chunkCount > facts.capacityChunks) {
    return refuse(
      'CAPACITY',
      `${manifest.rowCount} rows in ${manifest.chunkCount} chunks; ${facts.capacityRows} rows fit`,
    );
  }
  if (manifest.kind === 'delta' && !isFromTableInForce(facts, verified)) {
    return refuse('WRONG_BASE', 'the delta starts from a table that is not in force here');
  }
  return judgeStage(facts, verified, hash);
}

/** A degraded lock has none, and takes no delta. */
const isFromTableInForce = ({ active }: LockFacts, { manifest: { baseHash } }: VerifiedManifest): boolean =>
  baseHash !== null && active !== undefined && equalBytes(baseHash, active.tableHash);

/** A higher version replaces a stage; a lower one waits while the stage moves. */
function judgeStage(facts: LockFacts, verified: VerifiedManifest, hash: Uint8Array): OfferVerdict {
  const { stage } = facts;
  const resumes = stage !== undefined && equalBytes(stage.manifestHash, hash);
  const isLower = stage !== undefined && compareTriples(verified.manifest.triple, stage.triple) < 0;
  if (isLower && stage.isMoving) {
    return refuse('STAGE_BUSY', `${formatTriple(stage.triple)} is being received`);
  }
  return { verdict: 'take', verified, resumes };
}

const refuse = (code: RefusalCode, detail: string, isAlarm = false): OfferVerdict => ({
  verdict: 'refuse',
  code,
  detail,
  isAlarm,
});
