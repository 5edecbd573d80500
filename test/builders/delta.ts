// A delta package between two signed sets of one lock: by default as an honest cloud makes it; a test may spoil the
// rows that it carries while the manifest signs the target's table.
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { concat } from '#protocol/bytes.ts';
import { manifestHash, parseManifest, signManifest, type Manifest } from '#protocol/signed/manifest.ts';
import { encodeDelta, type Delta } from '#protocol/table/delta.ts';
import { encodePackage, makeDeltaPackage, type Package } from '#protocol/table/package.ts';
import { sealChunk, sealingKey } from '#protocol/table/seal.ts';
import { formatTriple } from '#protocol/triple.ts';
import type { BuiltSet } from './signed-set.ts';

/** Rows, head and codes are the target's: what opens once the delta is applied. */
export function aDelta(base: BuiltSet, target: BuiltSet): BuiltSet {
  const made = makeDeltaPackage(nodeEngine, target.keySet.table, ephemeralOf(base, target), {
    lockId: target.lock.lockId,
    lockSealingKey: target.lock.sealingKey,
    triple: target.triple,
    headBytes: target.headBytes,
    rows: target.rows,
    minimumFirmware: target.manifest.minimumFirmware,
    base: { headBytes: base.headBytes, rows: base.rows },
  });
  return built(target, made);
}

/** The signed result is the target's, the content is whatever the test says: bytes, or a delta. */
export function aSpoiltDelta(
  base: BuiltSet,
  target: BuiltSet,
  content: Delta | Uint8Array,
  over: Partial<Manifest> = {},
): BuiltSet {
  const { manifest } = aDelta(base, target);
  const secret = ephemeralOf(base, target);
  const key = sealingKey(nodeEngine, secret, target.lock.sealingKey, {
    lockId: target.lock.lockId,
    triple: target.triple,
    kind: 'delta',
    baseHash: base.manifest.tableHash,
    tableHash: over.tableHash ?? manifest.tableHash,
  });
  const plaintext = content instanceof Uint8Array ? content : encodeDelta(content);
  const sealed = sealChunk(nodeEngine, key, 0, plaintext);
  const spoilt: Manifest = {
    ...manifest,
    lastChunkBytes: sealed.length,
    chunkDigests: nodeEngine.sha256(sealed),
    ...over,
  };
  const manifestBytes = signManifest(nodeEngine, target.keySet.table, target.lock.lockId, spoilt);
  return built(target, { manifest: spoilt, manifestBytes, chunks: [sealed] });
}

function built(target: BuiltSet, made: Package): BuiltSet {
  return {
    ...target,
    ...made,
    packageBytes: encodePackage(made),
    manifestHash: manifestHash(nodeEngine, parseManifest(made.manifestBytes, target.lock.lockId)),
  };
}

function ephemeralOf(base: BuiltSet, target: BuiltSet): Uint8Array {
  const tables = nodeEngine.sha256(concat(base.manifest.tableHash, target.manifest.tableHash));
  const label = `delta/${target.lock.lockId.join('.')}/${formatTriple(target.triple)}/${tables.join('.')}`;
  return seededRandom(1).fork(label).bytes(32);
}
