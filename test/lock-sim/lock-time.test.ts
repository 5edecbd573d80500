// Signed time at a lock, by a courier that delays, repeats, reorders and lies.
import { describe, expect, it } from 'vitest';
import { labelAdvertisingKey } from '#protocol/label.ts';
import { nodeEngine } from '#protocol/node/node-engine.ts';
import { signTime } from '#protocol/signed/time.ts';
import { MESSAGE } from '#protocol/sync/messages.ts';
import { aKeySet } from '#test/builders/key-set.ts';
import { aTime } from '#test/builders/life.ts';
import { aLock } from '#test/builders/lock.ts';
import { HandCourier } from './hand-courier.ts';
import { aBench, type Bench } from './lock-bench.ts';
import {
  answers,
  bounded,
  built,
  challenge,
  DAY_S,
  floorOf,
  keySet,
  longCut,
  lostBench,
  NOTHING,
  say,
  set,
  START_S,
} from './time-hand.ts';

describe('a courier that lies about the time', () => {
  const LATE_S = START_S + 50_000;

  it.each<[string, (bench: Bench) => HandCourier]>([
    [
      'delays the answer beyond 30 s',
      (bench) => {
        const courier = HandCourier.greeted(bench);
        const nonce = challenge(courier);
        // Something else keeps the connection alive.
        for (let n = 0; n < 4; n++) {
          bench.clock.advance(7_600);
          courier.offer(set);
        }
        say(courier, nonce, LATE_S);
        return courier;
      },
    ],
    [
      'replays an answer that was used',
      (bench) => {
        const courier = HandCourier.greeted(bench);
        const nonce = challenge(courier);
        say(courier, nonce, START_S);
        bench.lock.clockPart.lose();
        say(courier, nonce, LATE_S);
        return courier;
      },
    ],
    [
      'answers on the next connection',
      (bench) => {
        const first = HandCourier.greeted(bench);
        const nonce = challenge(first);
        first.leave();
        const second = HandCourier.greeted(bench);
        say(second, nonce, LATE_S);
        return second;
      },
    ],
    [
      'answers the first of two challenges',
      (bench) => {
        const courier = HandCourier.greeted(bench);
        const nonce = challenge(courier);
        expect(challenge(courier)).not.toEqual(nonce);
        say(courier, nonce, LATE_S);
        return courier;
      },
    ],
    [
      'makes up a nonce',
      (bench) => {
        const courier = HandCourier.greeted(bench);
        challenge(courier);
        say(courier, new Uint8Array(16), LATE_S);
        return courier;
      },
    ],
    [
      'was never given a nonce',
      (bench) => {
        const courier = HandCourier.greeted(bench);
        say(courier, new Uint8Array(16).fill(6), LATE_S);
        return courier;
      },
    ],
  ])('and %s does not set the clock: only the floor rises', async (_, act) => {
    const bench = await lostBench();
    const courier = act(bench);
    expect(courier.refusals).toEqual([]);
    expect(answers(courier).at(-1)?.trust).toBe('lost');
    expect(bench.lock.time()?.trust).toBe('lost');
    expect(floorOf(bench)).toBe(LATE_S);
    expect(bench.lock.press(bounded)?.reason).toBe('CLOCK_UNTRUSTED');
  });

  it('by keeping the answer back makes the lock less sure, and never wrong by more than it says', async () => {
    for (const delayMs of [0, 1, 999, 1_000, 9_999]) {
      const bench = await lostBench();
      const courier = HandCourier.greeted(bench);
      const nonce = challenge(courier);
      const signedAtMs = bench.clock.nowMs();
      bench.clock.advance(delayMs);
      say(courier, nonce, Math.floor(signedAtMs / 1000));
      const time = bench.lock.time()!;
      const wrongMs = bench.clock.nowMs() - time.nowS * 1000;
      expect(wrongMs).toBeLessThanOrEqual(time.uncertaintyS * 1000);
    }
  });

  it('brings statements out of order: the older one is refused and changes nothing', async () => {
    const bench = await lostBench();
    const courier = HandCourier.greeted(bench);
    say(courier, new Uint8Array(16), START_S + 9_000);
    say(courier, challenge(courier), START_S + 8_000);
    expect(courier.refusals).toEqual(['TIME_BEFORE_FLOOR']);
    expect(bench.lock.time()?.trust).toBe('lost');
    expect(floorOf(bench)).toBe(START_S + 9_000);
  });

  it.each<[string, (nonce: Uint8Array) => Uint8Array, string]>([
    [
      'signed by the table key',
      (nonce) => signTime(nodeEngine, keySet.table, built.lockId, { format: 1, nonce, utcS: START_S }),
      'UNKNOWN_KEY',
    ],
    [
      "of another cloud's time key",
      (nonce) => aTime(nonce, START_S, { lock: built, keySet: aKeySet({ seed: 'thief' }) }),
      'UNKNOWN_KEY',
    ],
    [
      'for another lock',
      (nonce) => aTime(nonce, START_S, { lock: aLock({ name: 'back' }), keySet }),
      'WRONG_AUDIENCE',
    ],
    [
      'with a flipped bit',
      (nonce) => {
        const bytes = aTime(nonce, START_S, { lock: built, keySet });
        bytes[bytes.length - 1]! ^= 1;
        return bytes;
      },
      'BAD_SIGNATURE',
    ],
    ['that is a manifest', () => set.manifestBytes, 'WRONG_ROLE'],
  ])('brings time %s: refused, and the challenge is still out', async (_, make, code) => {
    const bench = await lostBench();
    const courier = HandCourier.greeted(bench);
    const nonce = challenge(courier);
    const before = floorOf(bench);
    courier.say(MESSAGE.time, make(nonce));
    expect(courier.refusals).toEqual([code]);
    expect(floorOf(bench)).toBe(before);
    say(courier, nonce, START_S + 9_000);
    expect(bench.lock.time()?.trust).toBe('trusted');
  });

  it('asks with a body, or asks a lock without an owner: refused', async () => {
    const bench = await aBench({ built, keySet });
    const courier = HandCourier.greeted(bench);
    courier.say(MESSAGE.timeRequest, Uint8Array.of(0));
    expect(courier.refusals).toEqual(['TRAILING_BYTES']);
    const unowned = await aBench({ activated: false, built });
    const stranger = HandCourier.greeted(unowned, { key: labelAdvertisingKey(nodeEngine, built.labelHash) });
    stranger.say(MESSAGE.timeRequest, NOTHING);
    stranger.say(MESSAGE.time, aTime(new Uint8Array(16), START_S, { lock: built, keySet }));
    expect(stranger.refusals).toEqual(['NOT_ACTIVATED', 'NOT_ACTIVATED']);
  });

  it.each<[string, (courier: HandCourier, utcS: number) => void]>([
    ['with nonces', (courier, utcS) => say(courier, challenge(courier), utcS)],
    ['without', (courier, utcS) => say(courier, new Uint8Array(16), utcS)],
  ])('and brings it every minute, %s, wears the flash by one write and one row an hour', async (_, bring) => {
    const bench = await aBench({ built, keySet });
    const { settings } = bench.lock.firmware!.storage;
    const writesBefore = settings.count;
    const rowsBefore = bench.events().length;
    for (let minute = 1; minute <= 600; minute++) {
      bench.clock.advance(60_000);
      const courier = HandCourier.greeted(bench);
      bring(courier, START_S + minute * 60);
      expect(answers(courier)).toHaveLength(1);
      courier.leave();
    }
    expect(settings.count - writesBefore).toBeLessThanOrEqual(11);
    expect(bench.events().length - rowsBefore).toBeLessThanOrEqual(11);
    expect(bench.lock.time()).toMatchObject({ trust: 'trusted', nowS: START_S + 36_000 });
    expect(floorOf(bench)).toBeGreaterThan(START_S + 36_000 - 3_600 - 60);
  });

  it('with a stolen time key moves the floor by 400 days a statement, and a rotation mends it', async () => {
    const bench = await aBench({ built, keySet });
    const thief = HandCourier.greeted(bench);
    say(thief, challenge(thief), 0xffff_0000);
    expect(bench.lock.time()?.nowS).toBe(0xffff_0000);
    expect(floorOf(bench)).toBe(START_S + 400 * DAY_S);
    for (let n = 2; n <= 4; n++) {
      say(thief, new Uint8Array(16), 0xffff_0000);
      expect(floorOf(bench)).toBe(START_S + n * 400 * DAY_S);
    }
    thief.leave();
    const owner = HandCourier.greeted(bench);
    say(owner, challenge(owner), START_S + DAY_S);
    expect(owner.refusals, 'the same key can not mend it').toEqual(['TIME_BEFORE_FLOOR']);
    const second = aKeySet({ number: 2, issuedAtS: START_S + DAY_S });
    owner.say(MESSAGE.keySet, second.bytes);
    say(owner, challenge(owner), START_S + DAY_S - 1, second);
    expect(owner.refusals, 'not to before the rotation').toHaveLength(2);
    say(owner, challenge(owner), START_S + DAY_S + 60, second);
    expect(bench.lock.time()).toMatchObject({ nowS: START_S + DAY_S + 60, trust: 'trusted' });
    expect(floorOf(bench)).toBe(START_S + DAY_S + 60);
    longCut(bench);
    expect(bench.lock.time()?.nowS, 'nothing of the false time is left').toBe(START_S + DAY_S + 60);
    const after = HandCourier.greeted(bench);
    say(after, challenge(after), START_S + DAY_S, second);
    expect(after.refusals, 'mended once, the floor holds').toEqual(['TIME_BEFORE_FLOOR']);
  });
});

describe('a floor that one statement could not raise far enough', () => {
  it('is raised by the next one, also where the clock is right already', async () => {
    const bench = await aBench({ built, keySet });
    const courier = HandCourier.greeted(bench);
    const first = floorOf(bench);
    for (const days of [400, 500]) {
      say(courier, challenge(courier), START_S + 500 * DAY_S);
      expect(floorOf(bench)).toBe(Math.min(first + days * DAY_S, START_S + 500 * DAY_S));
    }
  });
});
