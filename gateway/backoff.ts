// How waits grow: doubled with each failure in a row, and drawn from a range, so that many programs that lost one cloud
// do not come back as one.

export interface WaitRange {
  readonly leastMs: number;
  readonly mostMs: number;
}

const DOUBLINGS_MAX = 16;

export function backoff(failures: number, firstMs: number, mostMs: number): WaitRange {
  const doublings = Math.min(Math.max(failures, 1) - 1, DOUBLINGS_MAX);
  const full = Math.min(mostMs, firstMs * 2 ** doublings);
  return { leastMs: full / 2, mostMs: full };
}
