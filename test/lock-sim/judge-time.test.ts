// What a time statement may do, as a table: nonce, age, floor, key epoch; and over any run of statements that the
// floor rises by no more than 400 days at a time and never falls without a rotation.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLOCK_FLOOR_JUMP_MAX_S } from '#protocol/limits.ts';
import { judgeTime, type ClockFloor, type TimeVerdict } from '#lock-sim/clock/judge-time.ts';
import { holds } from '#test/builders/seeded-property.ts';

const nonce = new Uint8Array(16).fill(1);
const other = new Uint8Array(16).fill(2);
const floor: ClockFloor = { floorS: 1_000_000_000, keyEpoch: 2 };
const under = (number: number, issuedAtS = 0) => ({ number, issuedAtS });
const out = { nonce, drawnAtMs: 5_000 };
const FLOOR = floor.floorS;

describe('a time statement', () => {
  it.each<[string, Parameters<typeof judgeTime>, TimeVerdict]>([
    [
      'with the nonce, at once, sets the clock',
      [{ format: 1, nonce, utcS: FLOOR + 9 }, out, 5_000, under(2), floor],
      { verdict: 'set', utcS: FLOOR + 9, uncertaintyS: 1, floorS: FLOOR + 9 },
    ],
    [
      'is as uncertain as the answer is old, and a second',
      [{ format: 1, nonce, utcS: FLOOR }, out, 9_001, under(2), floor],
      { verdict: 'set', utcS: FLOOR, uncertaintyS: 6, floorS: FLOOR },
    ],
    [
      'counts to the very end of the 30 s',
      [{ format: 1, nonce, utcS: FLOOR }, out, 35_000, under(2), floor],
      { verdict: 'set', utcS: FLOOR, uncertaintyS: 31, floorS: FLOOR },
    ],
    [
      'after 30 s only raises the floor',
      [{ format: 1, nonce, utcS: FLOOR + 9 }, out, 35_001, under(2), floor],
      { verdict: 'raise-floor', floorS: FLOOR + 9 },
    ],
    [
      'with another nonce only raises the floor',
      [{ format: 1, nonce: other, utcS: FLOOR + 9 }, out, 5_000, under(2), floor],
      { verdict: 'raise-floor', floorS: FLOOR + 9 },
    ],
    [
      'without a challenge only raises the floor',
      [{ format: 1, nonce, utcS: FLOOR + 9 }, undefined, 5_000, under(2), floor],
      { verdict: 'raise-floor', floorS: FLOOR + 9 },
    ],
    [
      'raises it by 400 days at most',
      [{ format: 1, nonce: other, utcS: 0xffff_ffff }, out, 5_000, under(2), floor],
      { verdict: 'raise-floor', floorS: FLOOR + 34_560_000 },
    ],
    [
      'with the nonce sets the clock beyond, and raises the floor by 400 days',
      [{ format: 1, nonce, utcS: FLOOR + 99_000_000 }, out, 5_000, under(2), floor],
      { verdict: 'set', utcS: FLOOR + 99_000_000, uncertaintyS: 1, floorS: FLOOR + 34_560_000 },
    ],
    [
      'at the floor, without the nonce, does nothing',
      [{ format: 1, nonce: other, utcS: FLOOR }, out, 5_000, under(2), floor],
      { verdict: 'nothing' },
    ],
    [
      'below the floor is refused',
      [{ format: 1, nonce: other, utcS: FLOOR - 1 }, out, 5_000, under(3), floor],
      { verdict: 'before-floor', floorS: FLOOR },
    ],
    [
      'below the floor with the nonce is refused as well',
      [{ format: 1, nonce, utcS: FLOOR - 1 }, out, 5_000, under(2), floor],
      { verdict: 'before-floor', floorS: FLOOR },
    ],
    [
      'below the floor under an earlier key set is refused',
      [{ format: 1, nonce, utcS: FLOOR - 1 }, out, 5_000, under(1), floor],
      { verdict: 'before-floor', floorS: FLOOR },
    ],
    [
      'under a later key set, with the nonce, mends the floor',
      [{ format: 1, nonce, utcS: FLOOR - 500 }, out, 5_000, under(3, FLOOR - 500), floor],
      { verdict: 'set', utcS: FLOOR - 500, uncertaintyS: 1, floorS: FLOOR - 500 },
    ],
    [
      'and not to before that key set was issued',
      [{ format: 1, nonce, utcS: FLOOR - 501 }, out, 5_000, under(3, FLOOR - 500), floor],
      { verdict: 'before-floor', floorS: FLOOR },
    ],
    [
      'late under a later key set mends nothing',
      [{ format: 1, nonce, utcS: FLOOR - 500 }, out, 35_001, under(3), floor],
      { verdict: 'before-floor', floorS: FLOOR },
    ],
  ])('%s', (_, given, verdict) => {
    expect(judgeTime(...given)).toEqual(verdict);
  });

  it('moves the floor by 400 days at most whatever comes, and down only under a later key set', () => {
    const statement = fc.record({
      utcS: fc.integer({ min: 0, max: 0xffff_ffff }),
      isAnswer: fc.boolean(),
      ageMs: fc.integer({ min: 0, max: 60_000 }),
      rotates: fc.boolean(),
    });
    holds(
      fc.property(fc.array(statement, { maxLength: 40 }), (statements) => {
        let held: ClockFloor = { floorS: FLOOR, keyEpoch: 1 };
        let number = 1;
        for (const { utcS, isAnswer, ageMs, rotates } of statements) {
          if (rotates) number++;
          const given = { format: 1 as const, nonce: isAnswer ? nonce : other, utcS };
          const verdict = judgeTime(given, { nonce, drawnAtMs: 0 }, ageMs, under(number), held);
          if (verdict.verdict !== 'set' && verdict.verdict !== 'raise-floor') continue;
          expect(verdict.floorS - held.floorS).toBeLessThanOrEqual(CLOCK_FLOOR_JUMP_MAX_S);
          const mayFall = verdict.verdict === 'set' && number > held.keyEpoch;
          if (!mayFall) expect(verdict.floorS).toBeGreaterThanOrEqual(held.floorS);
          if (verdict.verdict === 'set') expect(ageMs).toBeLessThanOrEqual(30_000);
          held = { floorS: verdict.floorS, keyEpoch: number };
        }
      }),
      200,
    );
  });
});
