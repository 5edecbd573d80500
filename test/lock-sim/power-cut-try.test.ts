import { test } from 'vitest';
import { aSignedSet } from '#test/builders/signed-set.ts';
import { aMachine, copyOf, cutEverywhere, powerUp, takeSet, type Facts, type Story } from '#test/lock-sim/power-cut-rig.ts';
test('try', () => {
  const one = aSignedSet({ tableVersion: 1, rows: 200 });
  const two = aSignedSet({ tableVersion: 2, rows: 190 });
  const machine = aMachine(one, { capacityChunks: 3, eventBlocks: 4 });
  const facts = (oldSet: any, newSet: any): Facts => ({ oldSet, newSet, isCommitted: false, settings: {}, settingsUnderWay: {}, events: [] });
  const first: Story = { name: 'first', start: machine, facts: facts(undefined, one), play: (r, f) => { takeSet(r, one); f.isCommitted = true; r.storage.settings.write({ bootCount: 1 }); } };
  const run = powerUp(copyOf(machine)); takeSet(run, one);
  const second: Story = { name: 'second', start: run.machine(), facts: facts(one, two), play: (r, f) => { takeSet(r, two); f.isCommitted = true; r.storage.settings.write({ bootCount: 1 });} };
  for (const s of [first, second]) {
    const t0 = performance.now();
    const t = cutEverywhere(s, 300);
    const s1 = (performance.now() - t0) / 1000;
    console.log(s.name, t.cases, t.images.size, t.violations.length, t.violations.slice(0, 8), (t.cases / s1).toFixed(0) + '/s');
  }
});
