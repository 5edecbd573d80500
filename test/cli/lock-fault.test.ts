// `doorlab lock fault` against a running lock: each kind, and arguments that do not go together.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aBenchLock, CODE, NAME, type BenchLock } from './bench-lock.ts';

let at: BenchLock;
beforeEach(async () => {
  at = await aBenchLock();
});
afterEach(() => at.close());

const lock = (...args: readonly string[]) => at.told(['lock', ...args]);
const lockJson = (...args: readonly string[]) => at.json(['lock', ...args]);

describe('fault', () => {
  it('cuts the power and gives it back', async () => {
    await lock('fault', NAME, 'power-cut');
    expect(at.bench.lock.isPowered).toBe(false);
    expect((await lock('press', NAME, CODE)).exit).toBe(4);
    expect((await lock('fault', NAME, 'power-on')).exit).toBe(0);
    expect(at.bench.lock.isPowered).toBe(true);
  });

  it('jams the bolt, empties the battery, slows the flash', async () => {
    await lock('fault', NAME, 'jam');
    expect(at.bench.lock.hardware.isJammed).toBe(true);
    await lock('fault', NAME, 'unjam');
    expect(at.bench.lock.hardware.isJammed).toBe(false);
    expect((await lock('fault', NAME, 'battery', '12')).out).toContain('12 %');
    expect(at.bench.lock.report().batteryPercent).toBe(12);
    await lock('fault', NAME, 'battery', '0');
    expect(await lock('press', NAME, CODE)).toMatchObject({
      exit: 4,
      err: expect.stringContaining('battery') as string,
    });
    await lock('fault', NAME, 'slow-flash', '20');
    expect(at.timing.eraseMs).toBe(900);
  });

  it('makes sectors bad, and rots bits: the same ones for the same seed', async () => {
    await lock('fault', NAME, 'bad-sector', '7', '--how', 'stuck-bits');
    const sectors = (await lockJson('dump', NAME, '--sectors')).objects.filter(
      ({ event }) => event === 'sector',
    );
    expect(sectors.find(({ sector }) => sector === 7)).toMatchObject({ state: 'bad' });
    expect(await lockJson('fault', NAME, 'bad-sector', '99999')).toMatchObject({ exit: 1 });
    const rot = await lockJson('fault', NAME, 'bit-rot', 'event-log', '--bits', '3', '--seed', '5');
    expect(rot.result).toMatchObject({ bits: 3, seed: 5 });
    expect((await lock('fault', NAME, 'bit-rot', 'images')).out).toContain('nothing is written');
  });

  it.each([
    ['burn'],
    ['battery'],
    ['battery', '101'],
    ['jam', '3'],
    ['power-on', '--at-flash-op', '3'],
    ['power-cut', '--torn', '3'],
    ['power-cut', '--bits', '3'],
    ['bad-sector', '1', '--how', 'badly'],
    ['bit-rot', 'heap'],
    ['bit-rot', 'settings', '--bits', '0'],
    ['slow-flash', '0'],
  ])('%s %s %s is wrong usage, and nothing happens', async (...args) => {
    const before = at.bench.lock.flashOperations;
    const told = await lock('fault', NAME, ...args.filter((arg) => typeof arg === 'string'));
    expect([told.exit, told.err]).toEqual([2, expect.stringMatching(/^error: .*\.\n {2}next: /s) as string]);
    expect([at.bench.lock.isPowered, at.bench.lock.flashOperations]).toEqual([true, before]);
  });
});
