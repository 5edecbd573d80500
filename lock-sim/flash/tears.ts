// What a power cut leaves of one operation, as data. A tear names everything that happened, so a failing case
// is replayed from its few fields. The model tears cells; it knows nothing of what firmware keeps in them.
import type { FlashStore } from './flash-store.ts';
import type { DurableOperation } from './durable-operation.ts';
import { type SeededBits, mix32, seededBits } from './seeded-bits.ts';

export type Tear =
  /** Nothing was done. */
  | { readonly kind: 'before' }
  /** All was done, and the caller never learned it. */
  | { readonly kind: 'after' }
  /** The first `bytes` of the program or of the sector being erased are done. */
  | { readonly kind: 'prefix'; readonly bytes: number }
  /** A random subset of the bits that were to change has changed. */
  | { readonly kind: 'bits'; readonly seed: number }
  /** Program only: as `bits`, and some bits of any one page of the sector are cleared, its own one included. */
  | { readonly kind: 'disturb'; readonly seed: number }
  /** Erase only: the sector's bits read differently from read to read until it is erased again. */
  | { readonly kind: 'unstable'; readonly seed: number };

export interface TearChoice {
  readonly seed: number;
  /** At most so many; prefixes are thinned first, evenly. */
  readonly limit: number;
}

const MIN_LIMIT = 2;
/** Of a full list, beside the prefixes. */
const BIT_TEARS = 32;
const DISTURB_TEARS = 16;
const UNSTABLE_TEARS = 16;
const DISTURBED_BITS_MAX = 8;

/** The tears of one operation: before, after, then a fair share of each kind that can befall it. */
export function enumerateTears(
  operation: DurableOperation,
  sectorBytes: number,
  { seed, limit }: TearChoice,
): Tear[] {
  const tears: Tear[] = [{ kind: 'before' }, { kind: 'after' }];
  if (operation.kind === 'secure') return tears;
  const isProgram = operation.kind === 'program';
  const room = Math.max(MIN_LIMIT, limit) - tears.length;
  const seeded = Math.min(BIT_TEARS, Math.ceil(room / 4));
  const harsh = Math.min(isProgram ? DISTURB_TEARS : UNSTABLE_TEARS, Math.ceil(room / 8));
  const longest = (isProgram ? operation.bytes.length : sectorBytes) - 1;
  const prefixes = Math.max(0, Math.min(longest, room - seeded - harsh));
  for (let i = 1; i <= prefixes; i++) {
    tears.push({ kind: 'prefix', bytes: Math.max(1, Math.round((i * longest) / prefixes)) });
  }
  for (let i = 0; i < seeded; i++) tears.push({ kind: 'bits', seed: tearSeed(seed, i) });
  for (let i = 0; i < harsh; i++) {
    tears.push({ kind: isProgram ? 'disturb' : 'unstable', seed: tearSeed(seed, BIT_TEARS + i) });
  }
  return tears.slice(0, Math.max(MIN_LIMIT, limit));
}

/** Leaves in `store` what the torn operation leaves. `prefix` longer than the operation is the whole of it. */
export function applyTear(store: FlashStore, operation: DurableOperation, tear: Tear): void {
  switch (operation.kind) {
    case 'program':
      tearProgram(store, operation.address, operation.bytes, tear);
      return;
    case 'erase':
      tearErase(store, operation.sector, tear);
      return;
    case 'secure':
      return;
  }
}

function tearProgram(store: FlashStore, address: number, bytes: Uint8Array, tear: Tear): void {
  const cells = new Uint8Array(bytes.length);
  store.read(address, cells);
  switch (tear.kind) {
    case 'before':
    case 'unstable':
      return;
    case 'after':
      and(cells, bytes);
      break;
    case 'prefix':
      and(cells, bytes.subarray(0, tear.bytes));
      break;
    case 'bits':
      clearSome(cells, bytes, seededBits(tear.seed));
      break;
    case 'disturb': {
      const random = seededBits(tear.seed);
      clearSome(cells, bytes, random);
      store.write(address, cells);
      disturbPage(store, address, random);
      return;
    }
  }
  store.write(address, cells);
}

function tearErase(store: FlashStore, sector: number, tear: Tear): void {
  const { sectorBytes, pageBytes } = store.geometry;
  if (tear.kind === 'before') return;
  store.setEraseCount(sector, store.eraseCount(sector) + 1);
  const cells = new Uint8Array(sectorBytes);
  store.read(sector * sectorBytes, cells);
  switch (tear.kind) {
    case 'after':
      store.clear(sector);
      store.setUnstableSeed(sector, 0);
      return;
    case 'prefix':
      cells.fill(0xff, 0, tear.bytes);
      break;
    case 'bits':
    case 'disturb':
      setSome(cells, seededBits(tear.seed));
      break;
    case 'unstable':
      // The stored cells lie between the old content and blank; which way a cell reads is drawn at each read.
      setSome(cells, seededBits(tear.seed));
      store.setUnstableSeed(sector, tear.seed >>> 0 || 1);
      break;
  }
  for (let at = 0; at < sectorBytes; at += pageBytes) {
    store.write(sector * sectorBytes + at, cells.subarray(at, at + pageBytes));
  }
}

/** Flips the unstable bits of `cells`, as the `reading`-th read of the flash sees them. */
export function drawUnstable(cells: Uint8Array, seed: number, offsetInSector: number, reading: number): void {
  // Which cells are unstable is fixed by the seed and their place; from one in two to one in 256 of the bits.
  const density = seed % 8;
  for (let i = 0; i < cells.length; i++) {
    let mask = mix32(seed ^ Math.imul(offsetInSector + i + 1, 0x9e37_79b1)) & 0xff;
    for (let k = 0; k < density; k++) {
      mask &= mix32(seed + k * 0x51ed_270b + Math.imul(offsetInSector + i + 1, 0x85eb_ca77)) & 0xff;
    }
    if (mask === 0) continue;
    const drawn = mix32(Math.imul(reading + 1, 0xc2b2_ae3d) ^ (offsetInSector + i)) & 0xff;
    cells[i] = ((cells[i] ?? 0) & ~mask) | (drawn & mask);
  }
}

function and(cells: Uint8Array, bytes: Uint8Array): void {
  for (let i = 0; i < bytes.length; i++) cells[i] = (cells[i] ?? 0) & (bytes[i] ?? 0);
}

/** Clears a random part of the bits that the program clears; how large a part is drawn too. */
function clearSome(cells: Uint8Array, bytes: Uint8Array, random: SeededBits): void {
  const mask = maskDrawer(random);
  for (let i = 0; i < bytes.length; i++) cells[i] = (cells[i] ?? 0) & ((bytes[i] ?? 0) | (mask() & 0xff));
}

function setSome(cells: Uint8Array, random: SeededBits): void {
  const mask = maskDrawer(random);
  for (let i = 0; i < cells.length; i++) cells[i] = (cells[i] ?? 0) | (mask() & 0xff);
}

/** Bytes whose bits are set with one probability for the whole tear, from 1 in 16 to 15 in 16. */
function maskDrawer(random: SeededBits): () => number {
  const inSixteen = 1 + random.below(15);
  return () => {
    let mask = 0;
    for (let half = 0; half < 2; half++) {
      const bits = random.next();
      for (let bit = 0; bit < 4; bit++) {
        mask = (mask << 1) | (((bits >>> (bit * 8)) & 15) < inSixteen ? 1 : 0);
      }
    }
    return mask;
  };
}

function disturbPage(store: FlashStore, address: number, random: SeededBits): void {
  const { sectorBytes, pageBytes } = store.geometry;
  const sectorStart = address - (address % sectorBytes);
  const victim = random.below(sectorBytes / pageBytes);
  const cells = new Uint8Array(pageBytes);
  const at = sectorStart + victim * pageBytes;
  store.read(at, cells);
  for (let n = 1 + random.below(DISTURBED_BITS_MAX); n > 0; n--) {
    const i = random.below(pageBytes);
    cells[i] = (cells[i] ?? 0) & ~(1 << random.below(8));
  }
  store.write(at, cells);
}

const tearSeed = (seed: number, index: number): number => mix32(seed + Math.imul(index + 1, 0x9e37_79b9));
