// Keypad, bolts and latches through the shell in virtual time: what a person at the door, a hand and a power cut see.
import { describe, expect, it } from 'vitest';
import { LOCKED_BODY } from '#lock-sim/mechanics/body.ts';
import { PROFILES } from '#lock-sim/mechanics/profile.ts';
import { aMechanicsBench, RIGHT_CODE } from './mechanics-bench.ts';

const DAY_MS = 86_400_000;
const UNLOCKED = { ...LOCKED_BODY, bolt: 'retracted' } as const;

describe('a code on the keypad', () => {
  it('opens a motor deadbolt, which stays unlocked until it is told to lock', () => {
    const bench = aMechanicsBench('motor-deadbolt');
    bench.enter(RIGHT_CODE);
    expect(bench.leds).toEqual([{ pattern: 'spin', times: 1 }]);
    bench.clock.advance(999);
    expect(bench.mechanics.state()).toMatchObject({ isMoving: true });
    bench.clock.advance(1);
    expect(bench.mechanics.state()).toMatchObject({ bolt: 'unlocked', isMoving: false, keypad: 'asleep' });
    bench.clock.advance(30 * DAY_MS);
    expect(bench.mechanics.state().bolt).toBe('unlocked');
    bench.mechanics.lockCommand();
    bench.clock.advance(1_000);
    expect(bench.mechanics.state().bolt).toBe('locked');
    expect(bench.rows).toEqual([
      { type: 'boltUnlocked', cause: 'credential' },
      { type: 'boltLocked', cause: 'command' },
    ]);
  });

  it('that is refused blinks, opens nothing, and may be tried again without another touch', () => {
    const bench = aMechanicsBench('motor-deadbolt');
    bench.enter('1111');
    bench.clock.advance(5_000);
    expect(bench.mechanics.state()).toMatchObject({ bolt: 'locked', keypad: 'awake' });
    bench.keys(RIGHT_CODE);
    bench.mechanics.key('check');
    expect(bench.leds.map(({ pattern }) => pattern)).toEqual(['blink', 'spin']);
  });

  it('is nothing without a touch first', () => {
    const bench = aMechanicsBench('motor-deadbolt');
    bench.keys(RIGHT_CODE);
    bench.mechanics.key('check');
    expect(bench.entries).toEqual([]);
    expect(bench.leds).toEqual([]);
  });

  it('may pause for 5 s between two keys', () => {
    const bench = aMechanicsBench('motor-deadbolt');
    bench.mechanics.touch();
    for (const digit of RIGHT_CODE) {
      bench.clock.advance(5_000);
      bench.keys(digit);
    }
    bench.clock.advance(5_000);
    bench.mechanics.key('check');
    expect(bench.entries).toEqual([RIGHT_CODE]);
  });

  it('is discarded by a longer pause, and never asked for', () => {
    const bench = aMechanicsBench('motor-deadbolt');
    bench.mechanics.touch();
    bench.keys('25');
    bench.clock.advance(5_001);
    expect(bench.mechanics.state().keypad).toBe('asleep');
    bench.keys('80');
    bench.mechanics.key('check');
    expect(bench.entries).toEqual([]);
    expect(bench.leds).toEqual([]);
    expect(bench.told()).toEqual([]);
  });

  it('of 17 digits is refused without being asked for', () => {
    const bench = aMechanicsBench('motor-deadbolt');
    bench.enter('1'.repeat(17));
    expect(bench.entries).toEqual([]);
    expect(bench.leds.map(({ pattern }) => pattern)).toEqual(['blink']);
  });

  it('whose decision fails blinks, opens nothing, and leaves a keypad that works', () => {
    let fails = true;
    const bench = aMechanicsBench('motor-deadbolt', {
      onEntry: () => {
        if (fails) throw new Error('worn out');
        return 'open';
      },
    });
    expect(() => bench.enter(RIGHT_CODE)).toThrow('worn out');
    expect(bench.mechanics.state()).toMatchObject({ bolt: 'locked', isMoving: false, keypad: 'awake' });
    fails = false;
    bench.enter(RIGHT_CODE);
    bench.clock.advance(1_000);
    expect(bench.mechanics.state().bolt).toBe('unlocked');
  });

  it('is still taken after a hundred thousand keys were mashed', () => {
    const bench = aMechanicsBench('motor-deadbolt');
    for (let i = 0; i < 100_000; i++) {
      bench.mechanics.touch();
      bench.mechanics.key(i % 23 === 0 ? 'check' : '7');
    }
    expect(bench.entries).toEqual([]);
    bench.clock.advance(5_001);
    bench.enter(RIGHT_CODE);
    bench.clock.advance(1_000);
    expect(bench.mechanics.state().bolt).toBe('unlocked');
  });
});

describe('a bolt that jams', () => {
  it('on its way out is tried three more times, then stays retracted', () => {
    const bench = aMechanicsBench('motor-deadbolt', { body: UNLOCKED });
    bench.door.jams = 'extending';
    bench.mechanics.lockCommand();
    // Out it meets the strike, back it runs freely.
    const tryMs = 1_500 + 1_000;
    bench.clock.advance(3 * tryMs + 1_499);
    expect(bench.told()).toEqual([]);
    bench.clock.advance(1);
    expect(bench.told()).toEqual(['boltJammed']);
    bench.clock.advance(1_000);
    expect(bench.mechanics.state()).toMatchObject({ bolt: 'jammed', isMoving: false });
    expect(bench.door.body.bolt).toBe('retracted');
    bench.clock.advance(DAY_MS);
    expect(bench.rows).toEqual([{ type: 'boltJammed', tries: 3 }]);

    bench.door.jams = 'never';
    bench.mechanics.lockCommand();
    bench.clock.advance(1_000);
    expect(bench.mechanics.state().bolt).toBe('locked');
  });

  it('once locks at the next try', () => {
    const bench = aMechanicsBench('motor-deadbolt', { body: UNLOCKED });
    bench.door.jams = 'extending';
    bench.mechanics.lockCommand();
    bench.clock.advance(1_500);
    bench.door.jams = 'never';
    bench.clock.advance(2_000);
    expect(bench.mechanics.state().bolt).toBe('locked');
    expect(bench.told()).toEqual(['boltLocked']);
  });

  it('on its way back is given up after three more tries, and a key still opens', () => {
    const bench = aMechanicsBench('motor-deadbolt');
    bench.door.jams = 'always';
    bench.mechanics.grant();
    bench.clock.advance(4 * 1_500);
    expect(bench.mechanics.state()).toMatchObject({ bolt: 'jammed', isMoving: false });
    expect(bench.door.body.bolt).toBe('between');
    bench.mechanics.turnKey();
    expect(bench.mechanics.state().bolt).toBe('unlocked');
    expect(bench.rows).toEqual([
      { type: 'boltJammed', tries: 3 },
      { type: 'manualUnlock', cause: 'key' },
    ]);
  });
});

describe('a power cut', () => {
  it('while the bolt moves leaves it between, and the next boot moves nothing by itself', () => {
    const bench = aMechanicsBench('motor-deadbolt');
    bench.mechanics.grant();
    bench.clock.advance(500);
    bench.reboot();
    bench.clock.advance(DAY_MS);
    expect(bench.mechanics.state()).toMatchObject({ bolt: 'jammed', isMoving: false });
    expect(bench.told()).toEqual([]);
    bench.mechanics.grant();
    bench.clock.advance(1_000);
    expect(bench.mechanics.state().bolt).toBe('unlocked');
  });

  it.each(PROFILES)('ends everything that a %s had going', (profile) => {
    const bench = aMechanicsBench(profile);
    const before = bench.mechanics;
    bench.mechanics.grant();
    bench.mechanics.touch();
    bench.mechanics.stop();
    expect(bench.clock.nextDueMs()).toBeUndefined();
    expect(before.grant()).toBe(false);
    before.exit();
    before.touch();
    before.door('open');
    before.setBattery(3);
    expect(bench.clock.nextDueMs()).toBeUndefined();
    expect(bench.told()).toEqual([]);
    expect(bench.door.body.door).toBe('closed');
  });

  it.each(['thumbturn-deadbolt', 'mortise', 'reader'] as const)(
    'takes back what a grant gave at a %s',
    (profile) => {
      const bench = aMechanicsBench(profile);
      bench.mechanics.grant();
      expect(bench.mechanics.state().opensFromOutside).toBe(true);
      bench.reboot();
      expect(bench.mechanics.state().opensFromOutside).toBe(false);
      expect(bench.mechanics.state().keypad).toBe('asleep');
    },
  );
});

describe('a thumbturn deadbolt', () => {
  it('lets its outside thumbturn move the bolt for 10 s after a code', () => {
    const bench = aMechanicsBench('thumbturn-deadbolt');
    bench.mechanics.turnThumbturn('outside');
    expect(bench.mechanics.state().bolt).toBe('locked');
    bench.enter(RIGHT_CODE);
    bench.clock.advance(9_999);
    bench.mechanics.turnThumbturn('outside');
    expect(bench.mechanics.state()).toMatchObject({ bolt: 'unlocked', thumbturn: 'engaged' });
    bench.clock.advance(1);
    bench.mechanics.turnThumbturn('outside');
    expect(bench.mechanics.state()).toMatchObject({ bolt: 'unlocked', thumbturn: 'free' });
    bench.mechanics.turnThumbturn('inside');
    expect(bench.mechanics.state().bolt).toBe('locked');
    expect(bench.rows).toEqual([
      { type: 'boltUnlocked', cause: 'hand' },
      { type: 'boltLocked', cause: 'inside' },
    ]);
  });

  it('counts the 10 s from the newest code', () => {
    const bench = aMechanicsBench('thumbturn-deadbolt');
    bench.mechanics.grant();
    bench.clock.advance(9_000);
    bench.mechanics.grant();
    bench.clock.advance(9_999);
    expect(bench.mechanics.state().thumbturn).toBe('engaged');
    bench.clock.advance(1);
    expect(bench.mechanics.state().thumbturn).toBe('free');
  });

  it('has no cylinder', () => {
    const bench = aMechanicsBench('thumbturn-deadbolt');
    bench.mechanics.turnKey();
    expect(bench.mechanics.state().bolt).toBe('locked');
    expect(bench.told()).toEqual([]);
  });
});

describe('a latch or relay', () => {
  it.each([
    ['mortise', 10, 10_000],
    ['mortise', 30, 30_000],
    ['reader', 5, 5_000],
    ['reader', 10, 10_000],
  ] as const)('of a %s by a policy of %i s is released for %i ms', (profile, unlockSeconds, ms) => {
    const bench = aMechanicsBench(profile, { unlockSeconds: () => unlockSeconds });
    bench.enter(RIGHT_CODE);
    bench.clock.advance(ms - 1);
    expect(bench.mechanics.state()).toMatchObject({ bolt: 'unlocked', latch: 'released' });
    bench.clock.advance(1);
    expect(bench.mechanics.state()).toMatchObject({ bolt: 'locked', latch: 'secured' });
  });

  it('is secured at once by a lock command', () => {
    const bench = aMechanicsBench('mortise');
    bench.mechanics.grant();
    bench.mechanics.lockCommand();
    expect(bench.mechanics.state().latch).toBe('secured');
  });
});

describe('a privacy deadbolt', () => {
  it('is seen while it is thrown, is told both ways, and never keeps anybody in', () => {
    const bench = aMechanicsBench('mortise');
    bench.mechanics.turnThumbturn('inside');
    expect(bench.mechanics.state().body.privacy).toBe('thrown');
    bench.reboot();
    expect(bench.mechanics.state().body.privacy).toBe('thrown');
    bench.mechanics.exit();
    bench.mechanics.door('open');
    bench.mechanics.privacy('thrown');
    expect(bench.mechanics.state().body).toMatchObject({ door: 'open', privacy: 'released' });
    expect(bench.told()).toEqual(['privacyThrown', 'privacyReleased']);
  });
});
