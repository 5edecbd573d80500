// What a benchmark gives. A ratio is taken within one run, so it means the same on every machine and may gate;
// an absolute figure is a fact about one machine, read beside the calibration loop, and never gates.

export interface Figure {
  /** Dotted, lasting: figures are compared by name over time. The unit comes last unless it is a ratio. */
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly kind: 'ratio' | 'absolute';
  readonly atLeast?: number;
  readonly atMost?: number;
  /** Why it can't be measured here; then the value says nothing, and nothing is missed. */
  readonly unknown?: string;
}

/** What each test/bench/*.bench.ts exports as `bench`. */
export interface Bench {
  readonly name: string;
  run(): Promise<readonly Figure[]>;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new Error('the median of nothing');
  return middle;
}
