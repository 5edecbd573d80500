// When a reader holds its door open: the machine as a table.
import { describe, expect, it } from 'vitest';
import { stepHoldOpen, type HoldOpen, type HoldOpenInput } from '#lock-sim/mechanics/hold-open.ts';

const during: HoldOpenInput = { type: 'holdWindow', isIn: true, needsFirstUnlock: false };
const duringFirst: HoldOpenInput = { type: 'holdWindow', isIn: true, needsFirstUnlock: true };
const outside: HoldOpenInput = { type: 'holdWindow', isIn: false, needsFirstUnlock: true };
const grant: HoldOpenInput = { type: 'grant' };
const lock: HoldOpenInput = { type: 'lockCommand' };

describe('hold-open', () => {
  it.each<[string, HoldOpen, HoldOpenInput, HoldOpen]>([
    ['begins with its window', 'idle', during, 'holding'],
    ['by first-unlock waits for the first grant', 'idle', duringFirst, 'waiting'],
    ['begins by that grant', 'waiting', grant, 'holding'],
    ['goes on through its window', 'holding', during, 'holding'],
    ['with first-unlock goes on through its window', 'holding', duringFirst, 'holding'],
    ['waits on through its window', 'waiting', duringFirst, 'waiting'],
    ['ends with its window', 'holding', outside, 'idle'],
    ['never begins where nobody came', 'waiting', outside, 'idle'],
    ['ends by a lock command', 'holding', lock, 'suspended'],
    ['stays ended until the window is over', 'suspended', during, 'suspended'],
    ['is not begun again by a grant', 'suspended', grant, 'suspended'],
    ['may begin again in the next window', 'suspended', outside, 'idle'],
    ['is nothing outside its window', 'idle', outside, 'idle'],
    ['does not begin by a grant outside its window', 'idle', grant, 'idle'],
    ['is not ended before it began', 'idle', lock, 'idle'],
    ['still waits after a lock command', 'waiting', lock, 'waiting'],
    ['is not suspended twice', 'suspended', lock, 'suspended'],
    ['is not begun twice', 'holding', grant, 'holding'],
  ])('%s', (_, from, input, to) => {
    expect(stepHoldOpen(from, input)).toBe(to);
  });
});
