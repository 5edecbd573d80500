// The order of all versions everywhere: ownership epoch, then key epoch, then table version. WIRE 1.3.
import { tuple, u32, type Codec } from './cbor/codec.ts';
import { u32 as u32Bytes, concat } from './bytes.ts';
import { VERSION_JUMP_MAX } from './limits.ts';

export interface Triple {
  /** Raised by each activation and deactivation. */
  readonly ownershipEpoch: number;
  /** The number of the key set that signed. */
  readonly keyEpoch: number;
  /** 0 before the first table. */
  readonly tableVersion: number;
}

const numbersCodec = tuple<[number, number, number]>(u32, u32, u32);

/** In that order: it is in every manifest, receipt and greeting. */
export const tripleCodec: Codec<Triple> = {
  toCbor: ({ ownershipEpoch, keyEpoch, tableVersion }) =>
    numbersCodec.toCbor([ownershipEpoch, keyEpoch, tableVersion]),
  fromCbor(value, at) {
    const [ownershipEpoch, keyEpoch, tableVersion] = numbersCodec.fromCbor(value, at);
    return { ownershipEpoch, keyEpoch, tableVersion };
  },
};

/** Negative where `a` is older. */
export function compareTriples(a: Triple, b: Triple): number {
  return a.ownershipEpoch - b.ownershipEpoch || a.keyEpoch - b.keyEpoch || a.tableVersion - b.tableVersion;
}

export type TripleVerdict = 'newer' | 'equal' | 'older' | 'too-far' | 'wrong-epoch';

/**
 * What an offered triple is to the one in force. Within a key epoch a version rises by at most
 * VERSION_JUMP_MAX; under a higher key epoch it starts anywhere, which mends a fast-forward.
 */
export function judgeTriple(offered: Triple, floor: Triple): TripleVerdict {
  if (offered.ownershipEpoch !== floor.ownershipEpoch) return 'wrong-epoch';
  const order = compareTriples(offered, floor);
  if (order === 0) return 'equal';
  if (order < 0) return 'older';
  const jumps =
    offered.keyEpoch === floor.keyEpoch && offered.tableVersion - floor.tableVersion > VERSION_JUMP_MAX;
  return jumps ? 'too-far' : 'newer';
}

/** 12 bytes, big-endian, for key derivation and MACs. */
export const tripleBytes = (t: Triple): Uint8Array =>
  concat(u32Bytes(t.ownershipEpoch), u32Bytes(t.keyEpoch), u32Bytes(t.tableVersion));

export const formatTriple = (t: Triple): string => `${t.ownershipEpoch}.${t.keyEpoch}.${t.tableVersion}`;
