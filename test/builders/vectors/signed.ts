// Vectors of what is signed: key sets, manifests, receipts, the activation and the label.
import { concat, encodeHex, utf8 } from '#protocol/bytes.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { formatLabel, labelAdvertisingKey } from '#protocol/label.ts';
import { keyId, parseSign1, type Role, type Signer } from '#protocol/signed/cose.ts';
import { keySetHash } from '#protocol/signed/key-set.ts';
import { signManifest, type Manifest } from '#protocol/signed/manifest.ts';
import { anActivation } from '../activation.ts';
import { aKeySet, type BuiltKeySet } from '../key-set.ts';
import { aLock } from '../lock.ts';
import { aReceipt } from '../receipt.ts';
import { aSignedSet } from '../signed-set.ts';
import type { VectorMaker } from './vector-file.ts';

const NOBODY = new Uint8Array(0);
const MAX_BYTES = 4_096;

export const signedVectors: VectorMaker = (engine) => ({
  'key-set': {
    about: 'Signed key sets: set 1 with one root, set 2 of two out of three roots signed by both sides.',
    wire: '4',
    cases: {
      first: keySetCase(engine, aKeySet({ engine })),
      rotated: keySetCase(
        engine,
        aKeySet({
          engine,
          number: 2,
          roots: ['b', 'c', 'd'],
          threshold: 2,
          signedBy: ['root', 'b', 'c'],
        }),
      ),
    },
  },
  manifest: {
    about: 'Manifests of a full set and of a delta, with what is signed and the hash that names them.',
    wire: '5',
    cases: { full: fullManifest(engine), delta: deltaManifest(engine) },
  },
  receipt: {
    about: 'A receipt of an active table and one of a lock without any.',
    wire: '9.7',
    cases: { active: receiptCase(engine, {}), none: receiptCase(engine, NO_TABLE) },
  },
  activation: {
    about: 'Request, statement and grant of one activation, with the secrets that the grant carries.',
    wire: '10',
    cases: { activation: activationCase(engine) },
  },
  label: {
    about: 'What follows from an identity key: lock id, label and the advertising key before activation.',
    wire: '10.1',
    cases: { label: labelCase(engine) },
  },
});

/** What a firmware engineer wants to see when a signature does not verify. */
function signedCase(
  engine: CryptoEngine,
  signer: Signer,
  role: Role,
  audience: Uint8Array,
  bytes: Uint8Array,
) {
  const { kid, payload, signature, toBeSigned } = parseSign1(bytes, MAX_BYTES, role, audience);
  return {
    signerSeed: signer.seed,
    signerPublicKey: signer.publicKey,
    kid,
    externalAad: concat(utf8(`doorlab/${role}/1`), Uint8Array.of(0), audience),
    payload,
    sigStructure: toBeSigned,
    signature,
    bytes,
    hash: engine.sha256(toBeSigned),
  };
}

function keySetCase(engine: CryptoEngine, built: BuiltKeySet) {
  return {
    rootSeeds: built.roots.map((root) => root.seed),
    rootKeyIds: built.roots.map((root) => keyId(engine, root.publicKey)),
    keySet: built.keySet,
    bytes: built.bytes,
    hash: keySetHash(engine, built.bytes),
  };
}

function fullManifest(engine: CryptoEngine) {
  const { lock, keySet, manifest, manifestBytes } = aSignedSet({ engine, tableVersion: 7, rows: 3 });
  const signed = signedCase(engine, keySet.table, 'manifest', lock.lockId, manifestBytes);
  return { lockId: lock.lockId, manifest, ...signed };
}

function deltaManifest(engine: CryptoEngine) {
  const base = aSignedSet({ engine, tableVersion: 7, rows: 3 });
  const target = aSignedSet({ engine, tableVersion: 8, rows: 4 });
  const { lock, keySet } = base;
  const manifest: Manifest = {
    ...target.manifest,
    kind: 'delta',
    baseHash: base.manifest.tableHash,
    chunkCount: 1,
    lastChunkBytes: 54,
    chunkDigests: engine.sha256(utf8('the sealed delta')),
  };
  const bytes = signManifest(engine, keySet.table, lock.lockId, manifest);
  const signed = signedCase(engine, keySet.table, 'manifest', lock.lockId, bytes);
  return { lockId: lock.lockId, manifest, ...signed };
}

const NO_TABLE = {
  triple: { ownershipEpoch: 1, keyEpoch: 1, tableVersion: 0 },
  tableHash: null,
  tableState: 'none',
  clockTrust: 'lost',
  clockUncertaintyS: 0xffff_ffff,
} as const;

function receiptCase(engine: CryptoEngine, over: Parameters<typeof aReceipt>[0]) {
  const { receipt, bytes, lock } = aReceipt({ engine, ...over });
  return { receipt, ...signedCase(engine, lock.identity, 'receipt', lock.lockId, bytes) };
}

function activationCase(engine: CryptoEngine) {
  const built = anActivation({ engine });
  const { lock, keySet, request, requestBytes, statementBytes, grantBytes, verified } = built;
  return {
    request,
    requestBytes,
    statement: verified.statement,
    statementSigned: signedCase(engine, lock.identity, 'activation-statement', NOBODY, statementBytes),
    sealingSecret: lock.sealingSecret,
    secrets: lock.secrets,
    grantSigned: signedCase(engine, keySet.table, 'activation-grant', lock.lockId, grantBytes),
  };
}

function labelCase(engine: CryptoEngine) {
  const { identity, lockId, labelHash } = aLock({ engine });
  return {
    identityKey: identity.publicKey,
    lockId,
    lockIdInClaims: encodeHex(lockId),
    labelHash,
    label: formatLabel(engine, labelHash),
    advertisingKey: labelAdvertisingKey(engine, labelHash),
  };
}
