// A person who held 200 doors is revoked: the answer does not wait for the packages, and these cost little more than
// their cryptography. And what a package costs by rows.
import { bundledChild } from './bundled-child.ts';
import type { Bench } from './figure.ts';

const VS_FLOOR_MAX = 5;
/** Ten times the rows: n log n from 150 to 1,500 and on to 14,000, with what is the same for each package left in. */
const GROWTH_MAX = 15;

interface Revoked {
  readonly answerMs: number;
  readonly publishMs: number;
  readonly vsFloor: number;
}

export const bench: Bench = {
  name: 'publish',
  async run() {
    const child = await bundledChild('publish-child');
    const { answerMs, publishMs, vsFloor } = child('revoke') as Revoked;
    const byRows = child('grow') as Record<string, number>;
    const growth = (from: number, to: number): number => (byRows[to] ?? Infinity) / (byRows[from] ?? 0);
    return [
      {
        name: 'publish.vs_floor',
        value: vsFloor,
        unit: 'x',
        kind: 'ratio',
        atMost: VS_FLOOR_MAX,
      },
      {
        name: 'publish.answer_vs_packages',
        value: answerMs / publishMs,
        unit: 'x',
        kind: 'ratio',
        atMost: 1,
      },
      {
        name: 'publish.growth_1500',
        value: growth(150, 1_500),
        unit: 'x',
        kind: 'ratio',
        atMost: GROWTH_MAX,
      },
      {
        name: 'publish.growth_14000',
        value: growth(1_500, 14_000),
        unit: 'x',
        kind: 'ratio',
        atMost: GROWTH_MAX,
      },
      { name: 'publish.200_packages_ms', value: publishMs, unit: 'ms', kind: 'absolute' },
      { name: 'publish.answer_ms', value: answerMs, unit: 'ms', kind: 'absolute' },
    ];
  },
};
