// An app unlock to the bolt, in connection intervals, the worst of five links: with the handles of an earlier meeting, and
// at a first one.
import type { Bench } from './figure.ts';
import { LINKS } from './sync-rig.ts';
import { unlockIntervals, type UnlockIntervals } from './unlock-intervals.ts';

export const bench: Bench = {
  name: 'unlock',
  async run() {
    const each: UnlockIntervals[] = [];
    for (const link of Object.values(LINKS)) each.push(await unlockIntervals(link));
    const figure = { unit: '', kind: 'ratio' } as const;
    const worst = (of: keyof UnlockIntervals): number => Math.max(...each.map((one) => one[of]));
    return [
      { ...figure, name: 'unlock.intervals.cached', value: worst('cached'), atMost: 4 },
      { ...figure, name: 'unlock.intervals.first', value: worst('first'), atMost: 14 },
    ];
  },
};
