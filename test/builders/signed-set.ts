// A full package for one lock: rows of doorcodes, sealed and signed. `aSignedSet({ tableVersion: 7, rows: 3 })`
// opens for the doorcodes in `codes` at any time; the same options give the same bytes.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import type { Hash } from '#protocol/ids.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { manifestHash, parseManifest, signManifest, type Manifest } from '#protocol/signed/manifest.ts';
import { encodeHead, plainHead, SALT_BYTES, type Head } from '#protocol/table/head.ts';
import { encodePackage, makeFullPackage, type Package } from '#protocol/table/package.ts';
import { ALWAYS, encodeRow, NO_END, sortRows, type Row } from '#protocol/table/rows.ts';
import { doorcodeVerifier } from '#protocol/table/verifier.ts';
import { formatTriple, type Triple } from '#protocol/triple.ts';
import { aKeySet, type BuiltKeySet } from './key-set.ts';
import { aLock, type BuiltLock } from './lock.ts';

export interface BuiltSet extends Package {
  /** As a file and over HTTP. */
  readonly packageBytes: Uint8Array;
  readonly manifestHash: Hash;
  readonly headBytes: Uint8Array;
  /** Encoded, in the order of the table. */
  readonly rows: readonly Uint8Array[];
  /** The doorcodes that open, where the rows were counted and not given. */
  readonly codes: readonly string[];
  readonly triple: Triple;
  readonly lock: BuiltLock;
  readonly keySet: BuiltKeySet;
}

export interface SetOptions {
  readonly lock?: BuiltLock;
  readonly keySet?: BuiltKeySet;
  readonly ownershipEpoch?: number;
  readonly tableVersion?: number;
  /** How many doorcodes, or the rows themselves in any order. */
  readonly rows?: number | readonly Row[];
  readonly head?: Partial<Head>;
  readonly minimumFirmware?: number;
  readonly seed?: number | string;
  readonly engine?: CryptoEngine;
}

export function aSignedSet(options: SetOptions = {}): BuiltSet {
  const {
    seed = 1,
    engine = nodeEngine,
    ownershipEpoch = 1,
    tableVersion = 1,
    minimumFirmware = 0,
  } = options;
  const { lock = aLock({ seed }), keySet = aKeySet({ seed }), rows: asked = 3 } = options;
  const triple = { ownershipEpoch, keyEpoch: keySet.keySet.number, tableVersion };
  const random = seededRandom(seed).fork('set');
  const headBytes = encodeHead({ ...plainHead(random.fork('salt').bytes(SALT_BYTES)), ...options.head });
  const codes = typeof asked === 'number' ? doorcodes(asked) : [];
  const given = typeof asked === 'number' ? codes.map((code, i) => aDoorcodeRow(lock, code, i + 1)) : asked;
  const rows = sortRows(given.map(encodeRow));
  // Two packages of one version must not share a key: what differs between them is in the label.
  const tables = engine.sha256(Uint8Array.from([...headBytes, ...rows.flatMap((row) => [...row])]));
  const ephemeral = random.fork(`${lock.lockId.join('.')}/${formatTriple(triple)}/${tables.join('.')}`);
  const made = makeFullPackage(engine, keySet.table, ephemeral.bytes(32), {
    lockId: lock.lockId,
    lockSealingKey: lock.sealingKey,
    triple,
    headBytes,
    rows,
    minimumFirmware,
  });
  return {
    ...made,
    packageBytes: encodePackage(made),
    manifestHash: manifestHash(engine, parseManifest(made.manifestBytes, lock.lockId)),
    headBytes,
    rows,
    codes,
    triple,
    lock,
    keySet,
  };
}

/** A row that a doorcode opens, live for ever unless `over` says otherwise. */
export function aDoorcodeRow(
  lock: BuiltLock,
  digits: string,
  credentialId: number,
  over: Partial<Row> = {},
): Row {
  return {
    verifier: doorcodeVerifier(nodeEngine, lock.secrets.credentialKey, lock.doorId, digits),
    credentialId,
    kind: 'doorcode',
    isGuest: false,
    schedule: ALWAYS,
    startS: 0,
    endS: NO_END,
    ...over,
  };
}

/** '1000001', '1000002', ... */
export const doorcodes = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => String(1_000_001 + i));

/** The set's manifest with fields changed, signed again by the same key: what a broken cloud would send. */
export const reSigned = (set: BuiltSet, over: Partial<Manifest>): Uint8Array =>
  signManifest(nodeEngine, set.keySet.table, set.lock.lockId, { ...set.manifest, ...over });
