// Faults of the flash by a hand at the bench: bits that rot, sectors that go bad, slowness; and the dump that shows them.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ControlError } from '#lock-sim/control/control-error.ts';
import { aControlRig, type ControlRig } from './control-rig.ts';
import type { Bench } from './lock-bench.ts';

let rig: ControlRig;
let bench: Bench;
let ask: ControlRig['ask'];
beforeEach(async () => {
  rig = await aControlRig();
  ({ bench, ask } = rig);
});
afterEach(() => rig.close());

describe('faults at the bench', () => {
  it('flips the bits that the seed says, in written cells alone, and the lock boots on', async () => {
    const image = async () => Buffer.from((await ask({ do: 'dump' })).dump.image, 'base64');
    const before = await image();
    const { sectors } = await ask({ do: 'rot', region: 'slot-a', bits: 40, seed: 7 });
    const after = await image();
    expect(sectors.length).toBeGreaterThan(0);
    const changed = [...before.keys()].filter((at) => before[at] !== after[at]);
    expect(changed.every((at) => before[at] !== 0xff)).toBe(true);
    expect(new Set(changed.map((at) => Math.floor(at / 4_096)))).toEqual(new Set(sectors));
    // The slot that is not in force has nothing written: nothing rots there.
    const empty = (['slot-a', 'slot-b', 'images'] as const).at(-1)!;
    await expect(ask({ do: 'rot', region: empty, bits: 3, seed: 7 })).resolves.toEqual({
      bits: 0,
      sectors: [],
    });
    await ask({ do: 'cut-power' });
    await ask({ do: 'restore-power' });
    await expect(ask({ do: 'report' })).resolves.toMatchObject({ report: { powered: true } });
  });

  it.each(['settings', 'event-log', 'slot-a', 'slot-b'] as const)(
    'rot in %s at work and over boots, seed after seed: never a crash, never a wrong code that opens',
    async (region) => {
      const act = async (request: Parameters<typeof ask>[0], seed: number): Promise<unknown> => {
        try {
          return await ask(request);
        } catch (error) {
          // Nothing else: an invariant that breaks would come as CONTROL_REFUSED.
          expect(['LOCK_DARK', 'LOCK_STORAGE_FAILED'], `seed ${seed}: ${String(error)}`).toContain(
            (error as ControlError).code,
          );
          return undefined;
        }
      };
      for (let seed = 1; seed <= 60; seed++) {
        await act({ do: 'rot', region, bits: 1 + (seed % 5), seed }, seed);
        const wrong = await act({ do: 'press', digits: '7777777' }, seed);
        expect(wrong, `seed ${seed}`).not.toMatchObject({ decided: { outcome: 'open' } });
        await act({ do: 'tamper' }, seed);
        if (seed % 3 === 0) await act({ do: 'cut-power' }, seed);
        await act({ do: 'restore-power' }, seed);
        bench.clock.advance(4_000_000);
      }
      await expect(ask({ do: 'report' })).resolves.toMatchObject({ report: {} });
    },
  );

  it('makes a sector bad, shows it so, and makes it sound again; no sector beyond the last', async () => {
    const stateOf = async (sector: number) =>
      (await ask({ do: 'dump' })).dump.sectors.find((one) => one.sector === sector);
    await ask({ do: 'bad-sector', sector: 3, fault: 'stuck-bits' });
    expect(await stateOf(3)).toMatchObject({ state: 'bad' });
    await ask({ do: 'bad-sector', sector: 3, fault: 'sound' });
    expect((await stateOf(3))?.state).not.toBe('bad');
    await expect(
      ask({ do: 'bad-sector', sector: bench.layout.sectors, fault: 'sound' }),
    ).rejects.toMatchObject({ code: 'CONTROL_REFUSED' });
  });

  it('slows the flash while it works, and back', async () => {
    await ask({ do: 'slow-flash', factor: 10 });
    expect([rig.timing.eraseMs, rig.timing.programMs]).toEqual([450, 8]);
    await ask({ do: 'slow-flash', factor: 1 });
    expect([rig.timing.eraseMs, rig.timing.programMs]).toEqual([0, 0]);
  });

  it('lists every sector once in its dump', async () => {
    const { dump } = await ask({ do: 'dump' });
    expect(dump.sectors.map(({ sector }) => sector)).toEqual([...Array(bench.layout.sectors).keys()]);
    expect(dump.regions.reduce((sum, { sectors }) => sum + sectors, 0)).toBe(bench.layout.sectors);
  });
});
