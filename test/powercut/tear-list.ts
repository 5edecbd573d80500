// Every way in which a cut can tear one operation, to the full length of the proof: each byte prefix of a program
// and at least so many tears in all. A write to the secure element is whole or not there, by its contract.
import type { DurableOperation } from '#lock-sim/flash/durable-operation.ts';
import { mix32 } from '#lock-sim/flash/seeded-bits.ts';
import { enumerateTears, type Tear } from '#lock-sim/flash/tears.ts';

export const TEARS_MIN = 300;
const BIT_TEARS_MIN = 32;
const DISTURB_TEARS_MIN = 16;

/** Where left out, the whole list; otherwise a fair share of each kind, so many at most. */
export type TearLimit = number | undefined;

export function tearsOf(
  operation: DurableOperation,
  seed: number,
  sectorBytes: number,
  limit: TearLimit,
): Tear[] {
  if (limit !== undefined) return enumerateTears(operation, sectorBytes, { seed, limit });
  switch (operation.kind) {
    case 'program':
      return [...ENDS, ...prefixes(operation.bytes.length), ...programTears(operation.bytes.length, seed)];
    case 'erase':
      return [...ENDS, ...eraseTears(sectorBytes, seed)];
    case 'secure':
      return [...ENDS];
  }
}

const ENDS: readonly Tear[] = [{ kind: 'before' }, { kind: 'after' }];

const prefixes = (length: number): Tear[] =>
  Array.from({ length: length - 1 }, (_, i) => ({ kind: 'prefix', bytes: i + 1 }));

/** Two in three a subset of the bits, one in three with another page of the sector disturbed. */
function programTears(length: number, seed: number): Tear[] {
  const room = TEARS_MIN - ENDS.length - (length - 1);
  const disturbs = Math.max(DISTURB_TEARS_MIN, Math.ceil(room / 3));
  const bits = Math.max(BIT_TEARS_MIN, room - disturbs);
  return [...seeded('bits', bits, seed), ...seeded('disturb', disturbs, seed + 1)];
}

function eraseTears(sectorBytes: number, seed: number): Tear[] {
  const share = Math.ceil((TEARS_MIN - ENDS.length) / 3);
  const some = Array.from({ length: share }, (_, i): Tear => {
    return { kind: 'prefix', bytes: Math.max(1, Math.round(((i + 1) * (sectorBytes - 1)) / share)) };
  });
  return [...some, ...seeded('bits', share, seed), ...seeded('unstable', share, seed + 1)];
}

const seeded = (kind: 'bits' | 'disturb' | 'unstable', count: number, seed: number): Tear[] =>
  Array.from({ length: count }, (_, i) => ({ kind, seed: mix32(Math.imul(seed + 1, 0x9e37_79b9) + i) }));
