// The whole lock as people at the door meet it: what opens moves the metal, what is refused does not, and a dark lock
// still has hands on it.
import { describe, expect, it } from 'vitest';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { decodeEvent } from '#protocol/log/event-fields.ts';
import { EVENT_TYPES } from '#protocol/log/event-types.ts';
import { utf8 } from '#protocol/bytes.ts';
import { MESSAGE } from '#protocol/sync/messages.ts';
import { appVerifier, keyedVerifier } from '#protocol/table/verifier.ts';
import type { Digit } from '#lock-sim/mechanics/keypad.ts';
import { PROFILES, type Profile } from '#lock-sim/mechanics/profile.ts';
import { aDeactivation, aRelease } from '#test/builders/life.ts';
import { aDoorcodeRow, aSignedSet } from '#test/builders/signed-set.ts';
import { HandCourier } from './hand-courier.ts';
import { aBench, type Bench } from './lock-bench.ts';

const CARD = utf8('card of somebody');
const PHONE = new Uint8Array(32).fill(6);
const CODE = '1234567';

async function atTheDoor(profile: Profile, head: object = {}): Promise<Bench> {
  const bench = await aBench({ profile });
  const { built } = bench;
  const row = aDoorcodeRow(built, CODE, 1);
  const card = keyedVerifier(nodeEngine, built.secrets.credentialKey, 'keycard', built.doorId, CARD);
  const set = aSignedSet({
    lock: built,
    tableVersion: 1,
    head,
    rows: [
      row,
      { ...row, credentialId: 2, kind: 'keycard', verifier: card },
      { ...row, credentialId: 3, kind: 'app', verifier: appVerifier(nodeEngine, PHONE) },
    ],
  });
  expect(HandCourier.greeted(bench).deliver(set)?.triple).toEqual(set.triple);
  return bench;
}

const opensNow = ({ lock }: Bench): boolean | undefined => lock.hands.state()?.opensFromOutside;

const told = (bench: Bench): string[] => bench.events().map(({ type }) => type);

describe.each(PROFILES)('a door with a %s', (profile) => {
  it.each<[string, (bench: Bench) => string | undefined]>([
    ['a doorcode', ({ lock }) => lock.press(CODE)?.outcome],
    ['a keycard', ({ lock }) => lock.hands.tap(CARD)?.outcome],
    ['a phone', ({ lock }) => lock.hands.appUnlock(PHONE)?.outcome],
  ])('opens from the outside by %s of the table, and by nothing else', async (_, present) => {
    const bench = await atTheDoor(profile);
    expect(opensNow(bench)).toBe(false);
    expect(bench.lock.press('7654321')?.outcome).toBe('refused');
    expect(bench.lock.hands.tap(utf8('another card'))?.outcome).toBe('refused');
    expect(bench.lock.hands.appUnlock(new Uint8Array(32).fill(7))?.outcome).toBe('refused');
    bench.clock.advance(2_000);
    expect(opensNow(bench)).toBe(false);
    expect(present(bench)).toBe('open');
    bench.clock.advance(1_500);
    expect(opensNow(bench)).toBe(true);
  });

  it('opens from the inside, also without power', async () => {
    const bench = await atTheDoor(profile);
    bench.lock.cutPower();
    bench.lock.hands.exit();
    bench.lock.hands.door('open');
    expect(bench.lock.hardware.body.door).toBe('open');
    expect(bench.lock.press(CODE)).toBeUndefined();
    expect(bench.lock.restorePower()).toBe(true);
    expect(bench.lock.hands.state()?.body.door).toBe('open');
  });
});

describe('the row of an opening', () => {
  it('stands in the log before the bolt moves, and the move has its own', async () => {
    const bench = await atTheDoor('motor-deadbolt');
    bench.lock.press(CODE);
    expect(told(bench).at(-1)).toBe('opened');
    bench.clock.advance(1_000);
    const row = bench.events().at(-1)!;
    expect(decodeEvent(EVENT_TYPES[row.type], row.data)).toEqual({
      type: 'boltUnlocked',
      cause: 'credential',
    });
  });
});

describe('a keypad that is pressed key by key', () => {
  it('sleeps until it is touched, and opens at the check key', async () => {
    const { lock, clock } = await atTheDoor('motor-deadbolt');
    const press = (): void => {
      for (const digit of CODE) lock.hands.key(digit as Digit);
      lock.hands.key('check');
    };
    press();
    clock.advance(2_000);
    expect(lock.hands.state()?.bolt).toBe('locked');
    lock.hands.touch();
    press();
    clock.advance(2_000);
    expect(lock.hands.state()?.bolt).toBe('unlocked');
  });
});

describe('a thrown privacy bolt', () => {
  it('keeps a permanent code working', async () => {
    const bench = await atTheDoor('mortise');
    bench.lock.hands.privacy('thrown');
    expect(bench.lock.press(CODE)?.outcome).toBe('open');
    expect(told(bench)).toContain('privacyThrown');
  });
});

describe('a battery', () => {
  it('is drawn on by moves, by the keypad and by the flash', async () => {
    const { lock, clock } = await atTheDoor('motor-deadbolt');
    // 1,080 moves are 6 %, 540 times the keypad 0.9 %, and each row of the log takes its share.
    for (let n = 0; n < 540; n++) {
      lock.press(CODE);
      clock.advance(2_000);
      lock.hands.lockCommand();
      clock.advance(2_000);
    }
    expect(lock.report().batteryPercent).toBeLessThanOrEqual(93);
    expect(lock.report().batteryPercent).toBeGreaterThan(85);
  });
});

describe('an empty battery', () => {
  it('reads no code and no card, writes no opening, and the key still turns', async () => {
    const bench = await atTheDoor('motor-deadbolt');
    bench.lock.hands.setBattery(0);
    expect(bench.lock.press(CODE)).toBeUndefined();
    expect(bench.lock.hands.tap(CARD)).toBeUndefined();
    expect(told(bench)).not.toContain('opened');
    bench.lock.hands.turnKey();
    expect(bench.lock.hands.state()?.bolt).toBe('unlocked');
    bench.lock.hands.setBattery(100);
    expect(bench.lock.press(CODE)?.outcome).toBe('open');
  });
});

describe('a battery that runs empty within an entry', () => {
  it('ends it: no digit is read by a keypad that was still awake', async () => {
    const bench = await atTheDoor('motor-deadbolt');
    expect(bench.lock.press('7654321')?.outcome).toBe('refused');
    bench.lock.hands.setBattery(0);
    expect(bench.lock.press(CODE)).toBeUndefined();
    expect(told(bench)).not.toContain('opened');
  });

  it('between the last digit and the check key decides nothing: no row says that it opened', async () => {
    const bench = await atTheDoor('motor-deadbolt');
    bench.lock.hands.touch();
    for (const digit of CODE) bench.lock.hands.key(digit as Digit);
    bench.lock.hands.setBattery(0);
    expect(bench.lock.hands.key('check')).toBeUndefined();
    expect(opensNow(bench)).toBe(false);
    expect(told(bench)).not.toContain('opened');
  });
});

describe('a jam', () => {
  it('is told, and leaves the bolt retracted after the last try', async () => {
    const bench = await atTheDoor('motor-deadbolt');
    bench.lock.press(CODE);
    bench.clock.advance(2_000);
    bench.lock.hands.jam(true);
    expect(bench.lock.hands.lockCommand()).toBe(true);
    bench.clock.advance(60_000);
    expect(told(bench)).toContain('boltJammed');
    expect(opensNow(bench)).toBe(true);
  });
});

describe('a cover that is taken off', () => {
  it('is a row of the log, where there is power', async () => {
    const bench = await atTheDoor('reader');
    bench.lock.hands.tamper();
    expect(told(bench).at(-1)).toBe('tampered');
    bench.lock.cutPower();
    bench.lock.hands.tamper();
    bench.lock.restorePower();
    expect(told(bench).filter((type) => type === 'tampered')).toHaveLength(1);
  });
});

describe('the hold-open schedule of a signed set', () => {
  const head = {
    schedules: [[{ days: 0xff, startMinute: 0, endMinute: 1_439 }]],
    policies: {
      lockoutProfile: 0,
      unlockSeconds: 5,
      holdOpen: { schedule: 1, needsFirstUnlock: true, exceptHolidays: false },
    },
  };

  it('holds a reader open from the first credential on, and no other hardware', async () => {
    const reader = await atTheDoor('reader', head);
    reader.clock.advance(60_000);
    expect(opensNow(reader)).toBe(false);
    reader.lock.press(CODE);
    reader.clock.advance(600_000);
    expect(opensNow(reader)).toBe(true);
    expect(told(reader)).toContain('holdOpenStarted');
    const mortise = await atTheDoor('mortise', head);
    mortise.lock.press(CODE);
    mortise.clock.advance(600_000);
    expect(opensNow(mortise)).toBe(false);
  });

  it('leaves a holiday its night, and takes none from the evening before', async () => {
    // From 09:00 on 2026-03-01; the holiday is the day after, local day 20,514.
    const { clock, lock } = await atTheDoor('reader', {
      schedules: [[{ days: 0xff, startMinute: 18 * 60, endMinute: 6 * 60 - 1 }]],
      holidays: [20_514],
      policies: {
        lockoutProfile: 0,
        unlockSeconds: 5,
        holdOpen: { schedule: 1, needsFirstUnlock: false, exceptHolidays: true },
      },
    });
    const held: number[] = [];
    for (let hour = 9; hour < 24 * 3; hour++) {
      if (lock.hands.state()?.opensFromOutside === true) held.push(hour);
      clock.advance(3_600_000);
    }
    const hours = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at);
    expect(held).toEqual([...hours(18, 30), ...hours(66, 72)]);
  });

  it.each<[string, (bench: Bench) => unknown]>([
    ['a reset', ({ lock }) => lock.reset()],
    [
      'a deactivation',
      (bench) =>
        HandCourier.greeted(bench).say(
          MESSAGE.deactivate,
          aDeactivation(2, { lock: bench.built, keySet: bench.keySet }),
        ),
    ],
    [
      'a release',
      (bench) =>
        HandCourier.greeted(bench).say(
          MESSAGE.release,
          aRelease(2, { lock: bench.built, keySet: bench.keySet }),
        ),
    ],
  ])('ends with %s, at once', async (_, end) => {
    const bench = await atTheDoor('reader', head);
    bench.lock.press(CODE);
    bench.clock.advance(121_000);
    expect(opensNow(bench)).toBe(true);
    end(bench);
    expect(opensNow(bench)).toBe(false);
    expect(told(bench)).toContain('holdOpenEnded');
  });

  it('ends where the clock is lost: nobody knows whether it is time', async () => {
    const { lock, clock } = await atTheDoor('reader', head);
    lock.press(CODE);
    clock.advance(120_000);
    expect(lock.hands.state()?.opensFromOutside).toBe(true);
    lock.clockPart.lose();
    clock.advance(120_000);
    expect(lock.hands.state()?.opensFromOutside).toBe(false);
  });
});
