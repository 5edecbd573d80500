// The door sensor of a reader through days in virtual time: forced and ajar, by every setting there is.
import { describe, expect, it } from 'vitest';
import { AJAR_AFTER_S, ALARM_REPEAT_MIN } from '#lock-sim/mechanics/profile.ts';
import { LOCKED_BODY } from '#lock-sim/mechanics/body.ts';
import { aMechanicsBench, type MechanicsBench } from './mechanics-bench.ts';

const settings = AJAR_AFTER_S.flatMap((ajarAfterS) =>
  ALARM_REPEAT_MIN.map((repeatEveryMin) => ({ ajarAfterS, repeatEveryMin })),
);

/** Advances second by second, and says at which seconds a row of that type came. */
function secondsOf(bench: MechanicsBench, type: string, forS: number): number[] {
  const seconds: number[] = [];
  for (let second = 1; second <= forS; second++) {
    const before = bench.rows.length;
    bench.clock.advance(1_000);
    if (bench.rows.slice(before).some((row) => row.type === type)) seconds.push(second);
  }
  return seconds;
}

describe('a door left open after a grant', () => {
  it.each(settings)('alarms after $ajarAfterS s, then every $repeatEveryMin min', (alarmTimes) => {
    const bench = aMechanicsBench('reader', { alarmTimes });
    bench.mechanics.grant();
    bench.mechanics.door('open');
    const { ajarAfterS, repeatEveryMin } = alarmTimes;
    const expected = [0, 1, 2].map((n) => ajarAfterS + n * repeatEveryMin * 60);
    expect(secondsOf(bench, 'doorAjar', expected[2]! + 1)).toEqual(expected);
    expect(bench.rows).toEqual(expected.map((openSeconds) => ({ type: 'doorAjar', openSeconds })));
    expect(bench.mechanics.state().alarm).toBe('ajar');
    bench.mechanics.door('closed');
    expect(bench.rows.at(-1)).toEqual({ type: 'ajarEnded', openSeconds: expected[2]! + 1 });
    expect(bench.mechanics.state().alarm).toBe('none');
    expect(secondsOf(bench, 'doorAjar', 2_000)).toEqual([]);
  });

  it('is nothing to tell of where it closes in time', () => {
    const bench = aMechanicsBench('reader');
    bench.mechanics.grant();
    bench.mechanics.door('open');
    bench.clock.advance(29_999);
    bench.mechanics.door('closed');
    bench.clock.advance(86_400_000);
    expect(bench.told()).toEqual([]);
  });
});

describe('a forced door', () => {
  it.each(settings)('alarms at once, after $ajarAfterS s, then every $repeatEveryMin min', (alarmTimes) => {
    const bench = aMechanicsBench('reader', { alarmTimes });
    bench.mechanics.door('open');
    expect(bench.told()).toEqual(['doorForced']);
    expect(bench.mechanics.state().alarm).toBe('forced');
    const { ajarAfterS, repeatEveryMin } = alarmTimes;
    const expected = [0, 1].map((n) => ajarAfterS + n * repeatEveryMin * 60);
    expect(secondsOf(bench, 'doorForced', expected[1]! + 1)).toEqual(expected);
    bench.mechanics.door('closed');
    expect(bench.rows.at(-1)).toEqual({ type: 'ajarEnded', openSeconds: expected[1]! + 1 });
    expect(secondsOf(bench, 'doorForced', 2_000)).toEqual([]);
  });

  it('is not made good by a grant that comes after', () => {
    const bench = aMechanicsBench('reader');
    bench.mechanics.door('open');
    bench.mechanics.grant();
    bench.clock.advance(30_000);
    expect(bench.told()).toEqual(['doorForced', 'doorForced']);
  });
});

describe('a door is not forced', () => {
  it.each<[string, (bench: MechanicsBench) => void, string[]]>([
    ['after a grant', ({ mechanics }) => mechanics.grant(), []],
    ['by somebody who leaves', ({ mechanics }) => mechanics.exit(), []],
    ['by a key', ({ mechanics }) => mechanics.turnKey(), ['manualUnlock']],
  ])('%s, for as long as that lasts', (_, allow, told) => {
    const bench = aMechanicsBench('reader');
    allow(bench);
    bench.clock.advance(9_999);
    bench.mechanics.door('open');
    bench.mechanics.door('closed');
    expect(bench.told()).toEqual(told);
    bench.clock.advance(1);
    bench.mechanics.door('open');
    expect(bench.told()).toEqual([...told, 'doorForced']);
  });

  it('where it was open when the lock booted: it is watched from then on', () => {
    const bench = aMechanicsBench('reader', { body: { ...LOCKED_BODY, door: 'open' } });
    expect(bench.told()).toEqual([]);
    bench.clock.advance(30_000);
    expect(bench.rows).toEqual([{ type: 'doorAjar', openSeconds: 30 }]);
  });
});

describe('the sensor', () => {
  it('tells a door that is said to open or close twice once', () => {
    const bench = aMechanicsBench('reader');
    for (let i = 0; i < 10; i++) bench.mechanics.door('open');
    for (let i = 0; i < 10; i++) bench.mechanics.door('closed');
    expect(bench.told()).toEqual(['doorForced', 'ajarEnded']);
  });

  it.each(['motor-deadbolt', 'thumbturn-deadbolt', 'mortise'] as const)('%s has none', (profile) => {
    const bench = aMechanicsBench(profile, { body: { ...LOCKED_BODY, bolt: 'retracted' } });
    bench.mechanics.door('open');
    bench.clock.advance(86_400_000);
    bench.mechanics.door('closed');
    expect(bench.told()).toEqual([]);
  });
});
