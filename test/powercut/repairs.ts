// A second cut, in the boot that mends what the first one left: at each of its operations, torn in a few ways.
import type { Tear } from '#lock-sim/flash/tears.ts';
import { type Machine, bootCutAt, copyOf } from '#test/lock-sim/power-cut-rig.ts';

export interface RepairCut {
  /** Counted from the boot's first. */
  readonly operation: number;
  readonly tear: Tear;
}

/** What the operation is does not matter here: a tear of the wrong kind does what comes nearest. */
export function* cutRepairs(
  torn: Machine,
  operations: number,
  tears: number,
): Generator<{ readonly repair: RepairCut; readonly left: Machine }> {
  for (let operation = 0; operation < operations; operation++) {
    for (const tear of repairTears(operation).slice(0, tears)) {
      const left = bootCutAt(copyOf(torn), operation, tear);
      if (left !== undefined) yield { repair: { operation, tear }, left };
    }
  }
}

const repairTears = (seed: number): Tear[] => [
  { kind: 'after' },
  { kind: 'unstable', seed },
  { kind: 'disturb', seed },
  { kind: 'prefix', bytes: 9 },
  { kind: 'bits', seed },
  { kind: 'before' },
  { kind: 'prefix', bytes: 40 },
];
