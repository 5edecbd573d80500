// A lockout at the door, in virtual time: what it holds and what it does not, how it ends, and what neither a boot nor
// a clock nor a sync takes away.
import { describe, expect, it } from 'vitest';
import { LOCKOUT_PROFILES } from '#lock-sim/access/lockout.ts';
import { again, anAccess, CARD, guess, machineOf, NOW_S, PHONE, RIGHT, setOf, WRONG } from './access-rig.ts';
import { takeSet } from './power-cut-rig.ts';

describe('a lockout', () => {
  it.each([
    ['exponential', 6, 30],
    ['matter', 3, 10],
    ['igloohome', 5, 300],
    ['schlage', 3, 30],
  ] as const)(
    'by the profile %s begins with the entry that is one too many, and ends by itself',
    (profile, entries, waitS) => {
      const rig = anAccess(machineOf(profile));
      expect(new Set(guess(rig, entries))).toEqual(new Set(['UNKNOWN_CREDENTIAL']));
      expect(rig.rows.at(-1)).toBe('lockedOut');
      expect(rig.access.enterCode(RIGHT)).toMatchObject({
        reason: 'LOCKED_OUT',
        lockout: { failures: entries, remainingS: waitS },
      });
      rig.clock.advance(waitS * 1_000 - 1);
      expect(rig.access.enterCode(RIGHT).reason).toBe('LOCKED_OUT');
      expect(rig.settings()).toMatchObject({ lockoutFailures: entries, lockoutWaitS: waitS });
      rig.clock.advance(1);
      expect(rig.rows.at(-1)).toBe('lockoutEnded');
      expect(rig.settings().lockoutWaitS).toBe(0);
      expect(rig.access.enterCode(RIGHT).outcome).toBe('open');
    },
  );

  it('takes its limit and its seconds from the lock where the profile is matter', () => {
    const rig = anAccess(machineOf('matter'), { matterLockout: { limit: 2, waitS: 60 } });
    guess(rig, 2);
    expect(rig.access.enterCode(RIGHT).lockout).toEqual({ failures: 2, remainingS: 60 });
  });

  it('neither counts nor compares, and writes one row however long the keypad is mashed', () => {
    const rig = anAccess(machineOf());
    guess(rig, 6);
    const { table } = rig.running.storage;
    rig.access.enterCode(WRONG);
    const { operations } = rig.running.power;
    const opened = table!.chunksOpened;
    for (let n = 0; n < 1_000; n++) rig.access.enterCode(n % 2 === 0 ? WRONG : RIGHT);
    expect(rig.running.power.operations).toBe(operations);
    expect(table!.chunksOpened).toBe(opened);
    expect(rig.settings().lockoutFailures).toBe(6);
  });

  it('never holds a card or the app, which end it in igloohome alone, the app alone', () => {
    for (const profile of LOCKOUT_PROFILES) {
      const rig = anAccess(machineOf(profile));
      guess(rig, 6);
      expect(rig.access.presentCard(CARD).outcome).toBe('open');
      expect(rig.access.enterCode(RIGHT).reason).toBe('LOCKED_OUT');
      expect(rig.access.appUnlock(new Uint8Array(32)).outcome).toBe('refused');
      expect(rig.access.enterCode(RIGHT).reason).toBe('LOCKED_OUT');
      expect(rig.access.appUnlock(PHONE).outcome).toBe('open');
      expect(rig.access.enterCode(RIGHT).outcome).toBe(profile === 'igloohome' ? 'open' : 'refused');
    }
  });

  it('does not count cards and phones that nobody knows', () => {
    const rig = anAccess(machineOf());
    for (let n = 0; n < 50; n++) {
      rig.access.presentCard(Uint8Array.of(n));
      rig.access.appUnlock(new Uint8Array(32).fill(n + 8));
    }
    expect(rig.settings().lockoutFailures).toBe(0);
  });

  it('begins anew with a boot, whatever the clock says', () => {
    const rig = anAccess(machineOf());
    guess(rig, 6);
    rig.clock.advance(29_000);
    for (const nowS of [0, NOW_S + 1_000_000, 0xffff_ffff]) {
      const rebooted = again(rig);
      rebooted.lockClock.nowS = nowS;
      rebooted.lockClock.trust = nowS === 0 ? 'lost' : 'trusted';
      expect(rebooted.access.enterCode(RIGHT)).toMatchObject({
        reason: 'LOCKED_OUT',
        lockout: { remainingS: 30 },
      });
      rebooted.clock.advance(30_000);
      expect(rebooted.access.explain({ kind: 'code', digits: RIGHT }).outcome).toBe('open');
    }
  });

  it('is not shortened by a clock that is set, nor served twice', () => {
    const rig = anAccess(machineOf());
    guess(rig, 6);
    rig.lockClock.nowS += 1_000_000;
    rig.clock.advance(29_999);
    expect(rig.access.enterCode(RIGHT).reason).toBe('LOCKED_OUT');
    rig.lockClock.nowS -= 2_000_000;
    rig.clock.advance(1);
    expect(again(rig).access.enterCode(RIGHT).outcome).toBe('open');
  });

  it('is not ended by a sync, which may bring another profile', () => {
    const rig = anAccess(machineOf());
    guess(rig, 6);
    takeSet(rig.running, setOf('matter', 2));
    expect(rig.access.enterCode(RIGHT)).toMatchObject({ reason: 'LOCKED_OUT', tableVersion: 2 });
    expect(again(rig).access.enterCode(RIGHT).reason).toBe('LOCKED_OUT');
    rig.clock.advance(30_000);
    expect(guess(rig, 3)).toEqual(['UNKNOWN_CREDENTIAL', 'UNKNOWN_CREDENTIAL', 'UNKNOWN_CREDENTIAL']);
    expect(rig.access.enterCode(RIGHT).lockout).toEqual({ failures: 9, remainingS: 10 });
  });

  it('keeps its count over boots: five free entries are five, not five a boot', () => {
    let rig = anAccess(machineOf());
    for (let n = 0; n < 6; n++) {
      guess(rig, 1);
      rig = again(rig);
    }
    expect(rig.access.enterCode(RIGHT).reason).toBe('LOCKED_OUT');
  });
});
