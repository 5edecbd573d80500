// The lock commands against a running lock: what they print, what they exit with, and what the lock did.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aBenchLock, CARD, CODE, NAME, type BenchLock } from './bench-lock.ts';
import { run } from './surroundings.ts';

let at: BenchLock;
beforeEach(async () => {
  at = await aBenchLock();
});
afterEach(() => at.close());

const lock = (...args: readonly string[]) => at.told(['lock', ...args]);
const lockJson = (...args: readonly string[]) => at.json(['lock', ...args]);

describe('press and tap', () => {
  it('open with 0, refuse with 5, and say why', async () => {
    expect(await lock('press', NAME, CODE)).toMatchObject({
      exit: 0,
      out: expect.stringMatching(/^Opened: /) as string,
    });
    const refused = await lockJson('press', NAME, '0000000');
    expect(refused.exit).toBe(5);
    expect(refused.result).toMatchObject({
      outcome: 'refused',
      reason: 'UNKNOWN_CREDENTIAL',
      tableVersion: 1,
      lockout: { failures: 0 },
    });
  });

  it('press key by key, as a person does', async () => {
    const stage = at.stage({
      stderr: {
        write: () => {
          queueMicrotask(() => stage.clock.advance(500));
          return true;
        },
      },
    });
    expect(await run(stage, ['lock', 'press', NAME, CODE, '--slowly'])).toBe(0);
    expect(stage.out()).toMatch(/^Opened: /);
    expect(stage.clock.monotonicMs()).toBeGreaterThanOrEqual(8 * 500);
  });

  it('take a card from stdin alone, and never show it', async () => {
    const opened = await at.told(['lock', 'tap', NAME], `${CARD.toUpperCase()}\n`);
    expect([opened.exit, opened.out]).toEqual([0, expect.stringContaining('Opened')]);
    const strange = await at.told(['lock', 'tap', NAME], '04 a1:b2\n');
    expect([strange.exit, strange.out]).toEqual([5, expect.stringContaining('UNKNOWN_CREDENTIAL')]);
    const wrong = await at.told(['lock', 'tap', NAME], 'beef0X\n');
    expect([wrong.exit, wrong.err]).toEqual([2, expect.not.stringContaining('beef0') as string]);
    expect((await at.told(['lock', 'tap', NAME])).err).toContain('stdin');
    expect((await at.told(['lock', 'tap', NAME, CARD])).exit).toBe(2);
  });

  it('press the button inside', async () => {
    expect((await lock('press', NAME, '--button')).exit).toBe(0);
    expect(at.bench.lock.report().activationWindowOpen).toBe(true);
    expect((await lock('press', NAME, CODE, '--button')).exit).toBe(2);
  });
});

describe('touch', () => {
  it.each<[readonly string[], object]>([
    [[], { keypad: 'awake' }],
    [['--privacy', 'on'], { body: { privacy: 'thrown', bolt: 'extended', door: 'closed' } }],
    [['--thumbturn', 'inside'], { body: { privacy: 'thrown', bolt: 'extended', door: 'closed' } }],
    [['--door', 'open'], { body: { door: 'open', bolt: 'extended', privacy: 'released' } }],
  ])('%j does it', async (args, door) => {
    const told = await lockJson('touch', NAME, ...args);
    expect([told.exit, told.result]).toEqual([0, expect.objectContaining(door)]);
  });

  it('lets somebody out by the handle, and in by the key, past the privacy deadbolt', async () => {
    for (const way of [['--handle'], ['--key', '--to', 'unlock'], ['--privacy', 'off']]) {
      await lock('touch', NAME, '--privacy', 'on');
      expect(at.bench.lock.hardware.body.privacy).toBe('thrown');
      await lock('touch', NAME, ...way);
      expect(at.bench.lock.hardware.body.privacy, way.join(' ')).toBe('released');
    }
  });

  it.each([
    ['--door', 'ajar'],
    ['--door', 'open', '--handle'],
    ['--to', 'lock'],
    ['--handle', '--to', 'lock'],
  ])('%s %s %s is wrong usage, and moves nothing', async (...args) => {
    expect((await lock('touch', NAME, ...args.filter((arg) => typeof arg === 'string'))).exit).toBe(2);
    expect(at.bench.lock.hardware.body).toEqual({ bolt: 'extended', door: 'closed', privacy: 'released' });
  });
});

describe('tamper and log', () => {
  it('the cover comes off, and the log says so in a sentence', async () => {
    expect((await lock('tamper', NAME)).exit).toBe(0);
    const { exit, out } = await lock('log', NAME);
    expect(exit).toBe(0);
    expect(out.trim().split('\n').at(-1)).toMatch(
      /^ +\d+ {2}boot 1 {2}2026-03-01 .* UTC {2}The lock was tampered with\.$/,
    );
  });

  it('begins where it is told to, as objects too', async () => {
    await lock('press', NAME, '0000000');
    const all = await lockJson('log', NAME);
    const rows = all.objects.filter(({ event }) => event === 'row');
    expect(rows.map(({ sequence }) => sequence)).toEqual(at.bench.events().map(({ sequence }) => sequence));
    expect(rows.at(-1)).toMatchObject({ eventType: 'refused', date: { by: 'clock' } });
    const last = at.bench.events().length;
    const some = await lockJson('log', NAME, '--from', `${last}`);
    expect([some.objects.filter(({ event }) => event === 'row').length, some.result]).toEqual([
      1,
      { rows: 1, next: last + 1 },
    ]);
    expect((await lock('log', NAME, '--from', '0')).exit).toBe(2);
    expect((await lock('log', NAME, '--from', '9999')).out).toBe('No rows from 9999 on.\n');
  });

  it('dates what was written without a clock once the clock was set', async () => {
    at.bench.lock.clockPart.lose();
    await lock('tamper', NAME);
    expect((await lock('log', NAME)).out).toMatch(/clock lost\) {2}The lock was tampered with/);
  });

  it('follows: rows as they come, until it is stopped', async () => {
    let isStopped = false;
    const stage = at.stage({
      stdout: {
        write(text: string) {
          if (text.includes('tampered')) {
            isStopped = true;
            stage.interrupt();
          } else if (!isStopped) {
            queueMicrotask(() => {
              at.bench.lock.hands.tamper();
              stage.clock.advance(500);
            });
          }
          return true;
        },
      },
    });
    const from = `${at.bench.events().length}`;
    expect(await run(stage, ['lock', 'log', NAME, '--from', from, '--follow'])).toBe(0);
    expect(isStopped).toBe(true);
  });
});

describe('clock', () => {
  it('is shown beside true time', async () => {
    const { exit, out } = await lock('clock', NAME);
    expect(exit).toBe(0);
    expect(out).toMatch(/lock +2026-03-01 09:00:0\d UTC, trusted/);
    expect(out).toMatch(/off by +0 s/);
    expect(out).toMatch(/drift +0 ppm/);
  });

  it('drifts, is turned, is lost', async () => {
    expect((await lockJson('clock', NAME, '--drift', '-200')).result).toMatchObject({ driftPpm: -200 });
    expect((await lockJson('clock', NAME, '--set', '2027-01-01T00:00Z')).result).toMatchObject({
      lock: { trust: 'lost' },
    });
    await lock('fault', NAME, 'power-cut');
    await lock('clock', NAME, '--set', '2026-03-01T10:00+01:00');
    await lock('fault', NAME, 'power-on');
    expect((await lockJson('clock', NAME)).result).toMatchObject({ lock: { trust: 'trusted' } });
    expect((await lock('clock', NAME, '--lose')).out).toMatch(/lock +lost/);
    await lock('fault', NAME, 'power-cut');
    expect((await lock('clock', NAME)).out).toContain('no power');
  });

  it.each([
    ['--set', 'tomorrow'],
    ['--set', '2026-12-24T18:00'],
    ['--set', '2026-02-30T00:00Z'],
    ['--set', '1969-12-31T00:00Z'],
    ['--set', '2107-01-01T00:00Z'],
    ['--drift', 'fast'],
    ['--drift', '20001'],
    ['--drift', '1.5'],
  ])('%s %s is wrong usage', async (flag, text) => {
    const { exit, err } = await lock('clock', NAME, flag, text);
    expect([exit, err]).toEqual([2, expect.stringContaining(flag) as string]);
    expect(at.bench.lock.clockPart.driftPpm).toBe(0);
  });
});

describe('dump, status and ls', () => {
  it('show regions, sectors with their erases, and write the cells', async () => {
    const { exit, out } = await lock('dump', NAME, '--out', 'flash.img');
    expect([exit, out]).toEqual([0, expect.stringMatching(/slot B chunks .* erases/) as string]);
    expect(readFileSync(join(at.data, 'flash.img'))).toHaveLength(at.bench.layout.sectors * 4_096);
    const sectors = (await lockJson('dump', NAME, '--sectors')).objects.filter(
      ({ event }) => event === 'sector',
    );
    expect(sectors).toHaveLength(at.bench.layout.sectors);
    expect((await lockJson('status', NAME)).result).toMatchObject({
      profile: 'mortise',
      clockTrust: 'trusted',
    });
    expect((await lock('ls')).out).toContain(`${NAME}  running, table 1.1.1`);
  });
});

describe('reset', () => {
  it('asks first: where nobody can be asked it is not done', async () => {
    const { exit, err } = await lock('reset', NAME);
    expect([exit, err]).toEqual([2, expect.stringContaining('--yes') as string]);
    expect((await lock('press', NAME, CODE)).exit).toBe(0);
  });

  it.each([
    ['back', 2],
    [NAME, 0],
  ])('on a terminal, the answer %s ends with %i', async (answer, exit) => {
    const stage = at.stage();
    stage.stdin.isTTY = true;
    stage.stdin.write(`${answer}\r`);
    expect(await run(stage, ['lock', 'reset', NAME])).toBe(exit);
    expect(at.bench.lock.report().tableState).toBe(exit === 0 ? 'none' : 'active');
  });

  it('wipes all access, once', async () => {
    expect((await lockJson('reset', NAME, '--yes')).result).toEqual({ isWiped: true });
    expect((await lock('press', NAME, CODE)).exit).toBe(5);
    expect((await lockJson('reset', NAME, '--yes')).result).toEqual({ isWiped: false });
  });
});

it.each([
  ['tap'],
  ['touch'],
  ['tamper'],
  ['clock'],
  ['log'],
  ['dump'],
  ['status'],
  ['reset', '--yes'],
  ['press', '1'],
  ['fault', 'jam'],
])('lock %s of a lock that is not there makes none', async (command, ...rest) => {
  const words = rest.filter((word) => typeof word === 'string');
  const missing = await at.told(['lock', command, 'nolock', ...words], CARD);
  expect([missing.exit, missing.err]).toEqual([
    2,
    expect.stringContaining('There is no lock nolock') as string,
  ]);
  expect(existsSync(join(at.data, 'locks', 'nolock'))).toBe(false);
});
