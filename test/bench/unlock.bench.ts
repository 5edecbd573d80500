// An app unlock to the bolt, in connection intervals: with the handles of an earlier meeting, and at a first one.
import type { Bench } from './figure.ts';
import { unlockIntervals } from './unlock-intervals.ts';

export const bench: Bench = {
  name: 'unlock',
  async run() {
    const { cached, first } = await unlockIntervals();
    const figure = { unit: '', kind: 'ratio' } as const;
    return [
      { ...figure, name: 'unlock.intervals.cached', value: cached, atMost: 4 },
      { ...figure, name: 'unlock.intervals.first', value: first, atMost: 14 },
    ];
  },
};
