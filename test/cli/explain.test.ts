// `doorlab explain`: the lock's answer with all that it was made from, and a lock that has noticed nothing of it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aBenchLock, CARD, CODE, NAME, OFFICE_CODE, type BenchLock } from './bench-lock.ts';

let at: BenchLock;
beforeAll(async () => {
  at = await aBenchLock();
});
afterAll(() => at.close());

const explain = (flags: readonly string[], input: string) => at.told(['explain', NAME, ...flags], input);

/** 2026-03-01 is a Sunday. */
const MONDAY_NOON = '2026-03-02T12:00Z';
const MONDAY_NIGHT = '2026-03-02T18:01Z';

describe('explain', () => {
  it.each([
    ['a code that opens', ['--code'], CODE, 0, /^Would open: /, /reason +OPENED/],
    ['a code that nobody has', ['--code'], '0000000', 5, /^Would be refused: /, /reason +UNKNOWN_CREDENTIAL/],
    ['a card that opens', ['--card'], CARD, 0, /^Would open: /, /credential +keycard 2/],
    ['digits of no code', ['--code'], '12', 5, /^Would be refused: /, /reason +MALFORMED/],
    ['an office code on a Sunday', ['--code'], OFFICE_CODE, 5, /refused/, /reason +OUT_OF_SCHEDULE/],
    ['it on a Monday', ['--code', '--at', MONDAY_NOON], OFFICE_CODE, 0, /open/, /clock +2026-03-02 12:00:00/],
    ['it that evening', ['--code', '--at', MONDAY_NIGHT], OFFICE_CODE, 5, /refused/, /OUT_OF_SCHEDULE/],
  ] as const)('%s', async (_, flags, input, exit, sentence, part) => {
    const told = await explain(flags, `${input}\n`);
    expect([told.exit, told.err]).toEqual([exit, '']);
    expect(told.out).toMatch(sentence);
    expect(told.out).toMatch(part);
    if (input.length > 2) expect(told.out).not.toContain(input);
  });

  it('names each part: credential, table version, row, schedule, clock, lockout', async () => {
    const { out } = await explain(['--code'], OFFICE_CODE);
    expect(
      out
        .split('\n')
        .slice(1, -1)
        .map((line) => line.trim().split(/ +/)[0]),
    ).toEqual(['reason', 'credential', 'table', 'row', 'schedule', 'clock', 'lockout']);
    expect(out).toContain('1: Mon Tue Wed Thu Fri 08:00-18:00');
    const { result } = await at.json(['explain', NAME, '--code'], OFFICE_CODE);
    expect(result).toMatchObject({
      outcome: 'refused',
      reason: 'OUT_OF_SCHEDULE',
      credential: { kind: 'doorcode', id: 3 },
      tableVersion: 1,
      row: { credentialId: 3, isGuest: false },
      schedule: { number: 1, windows: [{ startMinute: 480, endMinute: 1_080 }] },
      clock: { trust: 'trusted' },
      lockout: { failures: 0, remainingS: 0 },
    });
  });

  it('leaves no trace, however often it is asked', async () => {
    const before = [at.bench.events().length, at.bench.lock.flashOperations, at.bench.lock.report().events];
    for (let i = 0; i < 10; i++) await explain(['--code'], '0000000');
    expect([at.bench.events().length, at.bench.lock.flashOperations, at.bench.lock.report().events]).toEqual(
      before,
    );
    expect((await explain(['--code'], CODE)).out).toMatch(/lockout +none, 0 wrong entries counted/);
  });

  it('takes no secret as an argument, and asks about one thing', async () => {
    for (const flags of [
      [],
      ['--code', '--card'],
      ['--code', CODE],
      ['--code', '--person', 'a@example.com'],
    ]) {
      expect((await explain(flags, CODE)).exit, flags.join(' ')).toBe(2);
    }
    expect((await explain(['--code', '--at', 'noon'], CODE)).exit).toBe(2);
    const wrong = await explain(['--code'], '12x4567');
    expect([wrong.exit, wrong.err]).toEqual([2, expect.not.stringContaining('12x') as string]);
  });

  it('of a lock that is dark, and of a name that is no lock where nobody can be asked for doors', async () => {
    expect(await at.told(['explain', 'Unit 1A', '--code'], CODE)).toMatchObject({
      exit: 2,
      err: expect.stringContaining('doorlab cloud token') as string,
    });
    expect(await at.told(['explain', NAME, '--person', 'a@example.com'])).toMatchObject({ exit: 2 });
    at.bench.lock.cutPower();
    expect((await explain(['--code'], CODE)).exit).toBe(4);
    at.bench.lock.restorePower();
  });
});
