// The shell at the door: what is counted, burned and written in which order, what a boot keeps of it, and that to
// explain changes nothing.
import { describe, expect, it, vi } from 'vitest';
import { StorageError } from '#lock-sim/storage/storage-error.ts';
import { UNKNOWN_DAY } from '#lock-sim/access/judge-daily.ts';
import { failuresBeforeWait, LOCKOUT_PROFILES, MATTER_LOCKOUT, waitAfter } from '#lock-sim/access/lockout.ts';
import {
  again,
  anAccess,
  CARD,
  codeOf,
  DAILY,
  EXPIRED,
  guess,
  machineOf,
  machineWith,
  NOW_S,
  PHONE,
  RIGHT,
  setOf,
  SINGLE,
  TODAY,
  WRONG,
} from './access-rig.ts';
import { takeSet } from './power-cut-rig.ts';

describe('an entry at the keypad', () => {
  it('counts while it is compared, and is forgotten, taken back or kept by what it was', () => {
    const rig = anAccess(machineOf());
    const failures = () => rig.settings().lockoutFailures;
    guess(rig, 3);
    expect(failures()).toBe(3);
    expect(rig.access.enterCode(EXPIRED).reason).toBe('EXPIRED');
    expect(failures()).toBe(3);
    expect(rig.access.enterCode(RIGHT).outcome).toBe('open');
    expect(failures()).toBe(0);
    expect(rig.rows).toEqual(['refused', 'refused', 'refused', 'refused', 'opened']);
  });

  it.each(['', '1', '123', '12345678', '0000000000000000', 'abcd', '12 4'])(
    'of "%s" is no code: nothing is counted, compared or written',
    (digits) => {
      const rig = anAccess(machineOf());
      const { operations } = anAccess(machineOf()).running.power;
      expect(rig.access.enterCode(digits).reason).toBe('MALFORMED');
      expect(rig.running.power.operations).toBe(operations);
    },
  );

  it('opens exactly one chunk, and the head once a table', () => {
    const rig = anAccess(machineOf());
    const { table } = rig.running.storage;
    expect(rig.access.head?.policies.unlockSeconds).toBe(10);
    for (const digits of [RIGHT, EXPIRED, WRONG, DAILY]) {
      const before = table!.chunksOpened;
      rig.access.enterCode(digits);
      expect(table!.chunksOpened - before).toBeLessThanOrEqual(1);
    }
    expect(table!.chunksOpened).toBeLessThanOrEqual(5);
  });

  it('without a table is refused, and counts for nothing: nothing is compared', () => {
    const set = setOf('exponential');
    const machine = { ...machineWith(set) };
    const { contents } = machine;
    const unowned = anAccess({ ...machine, contents: { ...contents, owner: null, lockSecrets: null } });
    expect(guess(unowned, 20)).toEqual(Array.from({ length: 20 }, () => 'NO_TABLE'));
    expect(unowned.access.enterCode(RIGHT).reason).toBe('NO_TABLE');
    expect(unowned.access.appUnlock(PHONE).reason).toBe('NO_TABLE');
    expect(unowned.settings().lockoutFailures).toBe(0);
  });

  it('that is known is no guess, however often it is tried: expired, barred, used, private', () => {
    const rig = anAccess(machineOf(), { privacyThrown: true });
    for (let n = 0; n < 20; n++) {
      for (const digits of [EXPIRED, DAILY]) expect(rig.access.enterCode(digits).outcome).toBe('refused');
    }
    expect(rig.access.enterCode(RIGHT).outcome).toBe('open');
  });

  it('of a daily code counts as a guess while the clock is lost: it could be any', () => {
    const rig = anAccess(machineOf(), { trust: 'lost' });
    for (let n = 0; n < 6; n++) expect(rig.access.enterCode(DAILY).reason).toBe('CLOCK_UNTRUSTED');
    expect(rig.access.enterCode(RIGHT).reason).toBe('LOCKED_OUT');
  });

  it('that the flash fails under counts, and opens nothing', () => {
    const rig = anAccess(machineOf('schlage'));
    guess(rig, 1);
    const { settings } = rig.running.storage;
    const write = settings.write.bind(settings);
    const spy = vi
      .spyOn(settings, 'write')
      .mockImplementationOnce(write)
      .mockImplementationOnce(() => {
        throw new StorageError('FLASH_WORN', 'worn');
      });
    expect(() => rig.access.enterCode(RIGHT)).toThrow(StorageError);
    spy.mockRestore();
    expect(rig.rows).toEqual(['refused']);
    guess(rig, 1);
    expect(rig.access.enterCode(RIGHT).reason).toBe('LOCKED_OUT');
  });
});

describe('a single-use code', () => {
  it('opens once, also over a boot, a sync, and in the log by its slot', () => {
    const rig = anAccess(machineOf());
    expect(rig.access.enterCode(SINGLE).credential).toEqual({ kind: 'dailySingleUse', id: 1 });
    expect(rig.access.enterCode(SINGLE).reason).toBe('CODE_USED');
    const rebooted = again(rig);
    expect(rebooted.access.enterCode(SINGLE).reason).toBe('CODE_USED');
    takeSet(rebooted.running, setOf('exponential', 2));
    expect(rebooted.access.enterCode(SINGLE).reason).toBe('CODE_USED');
    expect(rebooted.access.enterCode(codeOf(2)).outcome).toBe('open');
    expect(rebooted.access.enterCode(DAILY).outcome).toBe('open');
  });
});

describe('a flash of an earlier day', () => {
  it('takes neither the guesses back nor the codes that were used', () => {
    const rig = anAccess(machineOf());
    const old = rig.running.machine();
    rig.access.enterCode(SINGLE);
    guess(rig, 5);
    const restored = anAccess({ ...old, contents: rig.running.machine().contents });
    expect(restored.running.settings).toBe('older');
    expect(restored.settings()).toMatchObject({ lockoutFailures: 14, burnedDay: UNKNOWN_DAY });
    takeSet(restored.running, setOf('exponential'));
    expect(restored.access.enterCode(RIGHT).outcome).toBe('open');
    expect(restored.access.enterCode(SINGLE).reason).toBe('CODE_USED');
    expect(restored.access.enterCode(DAILY).outcome).toBe('open');
    expect(restored.settings()).toMatchObject({ burnedDay: TODAY, lockoutFailures: 0 });
    expect(again(restored).access.enterCode(SINGLE).reason).toBe('CODE_USED');
  });

  it('leaves no free entry in any profile', () => {
    for (const profile of LOCKOUT_PROFILES) {
      const rig = anAccess(machineOf(profile));
      const old = rig.running.machine();
      guess(rig, 2);
      const restored = anAccess({ ...old, contents: rig.running.machine().contents });
      takeSet(restored.running, setOf(profile));
      guess(restored, 1);
      expect(restored.access.enterCode(RIGHT).reason).toBe('LOCKED_OUT');
    }
  });

  it('leaves no free entry either where many were counted, whatever their number', () => {
    for (const profile of LOCKOUT_PROFILES) {
      for (let counted = 14; counted <= 31; counted++) {
        const rig = anAccess(machineOf(profile));
        rig.running.storage.settings.write({ lockoutFailures: counted });
        const old = rig.running.machine();
        rig.running.storage.settings.write({ lockoutFailures: counted + 1 });
        const restored = anAccess({ ...old, contents: rig.running.machine().contents });
        expect(restored.settings().lockoutFailures).toBeGreaterThanOrEqual(counted);
        takeSet(restored.running, setOf(profile));
        guess(restored, 1);
        expect(restored.access.enterCode(RIGHT).reason, `${profile} after ${counted}`).toBe('LOCKED_OUT');
      }
    }
  });

  it('takes so many wrong entries for granted that the next waits in every profile, up to the most there are', () => {
    for (const matter of [MATTER_LOCKOUT, { limit: 4, waitS: 10 }, { limit: 1, waitS: 10 }]) {
      for (const least of [0, 13, 14, 15, 19, 300, 0xffff_fff0, 0xffff_ffff]) {
        const failures = failuresBeforeWait(least, matter);
        expect(failures).toBeLessThan(0xffff_ffff);
        for (const profile of LOCKOUT_PROFILES)
          expect(waitAfter({ profile, matter }, failures + 1), `${profile} after ${failures}`).toBeDefined();
      }
    }
  });
});

describe('explain', () => {
  it('says what would be, now and at another time, and changes nothing', () => {
    const rig = anAccess(machineOf());
    guess(rig, 6);
    const [{ operations }, written] = [{ operations: rig.running.power.operations }, rig.rows.length];
    const right = { kind: 'code', digits: RIGHT } as const;
    const reasons = {
      locked: rig.access.explain(right),
      later: rig.access.explain(right, NOW_S + 30),
      wrong: rig.access.explain({ kind: 'code', digits: WRONG }, NOW_S + 30),
      single: rig.access.explain({ kind: 'code', digits: SINGLE }, NOW_S + 30),
      card: rig.access.explain({ kind: 'card', cardBytes: CARD }),
      phone: rig.access.explain({ kind: 'phone', phoneKey: PHONE }),
      credential: rig.access.explain({ kind: 'credential', id: 2 }, NOW_S + 30),
      before: rig.access.explain({ kind: 'code', digits: EXPIRED }, NOW_S - 1),
      nobody: rig.access.explain({ kind: 'credential', id: 99 }),
      malformed: rig.access.explain({ kind: 'code', digits: '12' }),
    };
    const said = Object.fromEntries(Object.entries(reasons).map(([name, { reason }]) => [name, reason]));
    expect(said).toEqual({
      locked: 'LOCKED_OUT',
      later: 'OPENED',
      wrong: 'UNKNOWN_CREDENTIAL',
      single: 'OPENED',
      card: 'OPENED',
      phone: 'OPENED',
      credential: 'EXPIRED',
      before: 'LOCKED_OUT',
      nobody: 'UNKNOWN_CREDENTIAL',
      malformed: 'MALFORMED',
    });
    expect([rig.running.power.operations, rig.rows.length]).toEqual([operations, written]);
    expect(rig.settings().lockoutFailures).toBe(6);
  });

  it('of a guess or a single-use code that nobody holds up costs nothing either', () => {
    const rig = anAccess(machineOf());
    const { operations } = rig.running.power;
    for (const digits of [WRONG, RIGHT, SINGLE]) rig.access.explain({ kind: 'code', digits });
    expect(rig.running.power.operations).toBe(operations);
    expect(rig.access.enterCode(SINGLE).outcome).toBe('open');
  });
});
