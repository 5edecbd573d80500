// The power cut at every durable operation of a deactivation, a reset, a release, an activation by the same owner, a
// key set and a setting of the clock: before it, torn, and after it. Afterwards the lock is what it was or what it was
// to become, nothing that has gone opens, and the same message brings it to its end.
import { describe, expect, it } from 'vitest';
import { decodeEvent } from '#protocol/log/event-fields.ts';
import { EVENT_TYPES } from '#protocol/log/event-types.ts';
import { FIRMWARE_RESTART_MS } from '#protocol/limits.ts';
import { MESSAGE } from '#protocol/sync/messages.ts';
import { decodeTimeChallenge } from '#protocol/sync/time-messages.ts';
import { compareTriples } from '#protocol/triple.ts';
import { SELF_TEST_MS } from '#lock-sim/firmware-image/firmware-update.ts';
import type { Tear } from '#lock-sim/flash/tears.ts';
import type { SecureContents } from '#lock-sim/secure-element/secure-contents.ts';
import type { EventRow } from '#lock-sim/storage/event-row.ts';
import { aFirmware } from '#test/builders/firmware.ts';
import { aKeySet } from '#test/builders/key-set.ts';
import { aRelease, aTime } from '#test/builders/life.ts';
import { HandCourier } from './hand-courier.ts';
import { aBench, eventsOf, type Bench } from './lock-bench.ts';
import { built, CODE, deactivate, keySet, reboot, withTable } from './owned-bench.ts';
import { activate, byLabel } from './owner-hand.ts';

const NOTHING = new Uint8Array(0);
const START_S = 1_772_355_600;
const LATER_S = START_S + 86_400;
const TEARS: readonly Tear[] = [
  { kind: 'before' },
  { kind: 'prefix', bytes: 5 },
  { kind: 'prefix', bytes: 60 },
  { kind: 'bits', seed: 1 },
  { kind: 'disturb', seed: 2 },
  { kind: 'unstable', seed: 3 },
  { kind: 'after' },
];

type End = 'before' | 'done';

interface Story {
  readonly name: string;
  readonly prepare?: (bench: Bench) => void;
  readonly act: (bench: Bench) => unknown;
  /** Where the lock stands: what it was, or what it was to become; anything else in words. */
  readonly judge: (bench: Bench, contents: SecureContents) => End | { readonly wrong: string };
  /** What a cut can leave: both, but where the last step is no durable operation. */
  readonly ends?: readonly End[];
  /** The row that is there however the cut fell, once it is done. */
  readonly row?: EventRow['type'];
}

/** Whoever of the two the lock still knows. */
const greeted = (bench: Bench): HandCourier =>
  bench.lock.report().activated === true ? HandCourier.greeted(bench) : byLabel(bench);

const opens = (bench: Bench): boolean => bench.lock.press(CODE)?.outcome === 'open';

const wiped =
  (epoch: number, isOwned: boolean) =>
  (bench: Bench, { lockSecrets, owner, floor }: SecureContents): ReturnType<Story['judge']> => {
    const isOpen = opens(bench);
    if (lockSecrets !== null) return isOpen ? 'before' : { wrong: 'secrets, and nothing opens' };
    if (isOpen) return { wrong: 'it opens without secrets' };
    if (floor.triple.ownershipEpoch !== epoch) return { wrong: 'another epoch' };
    return (owner !== null) === isOwned ? 'done' : { wrong: 'the owner' };
  };

function giveTime(bench: Bench): void {
  const courier = HandCourier.greeted(bench);
  courier.say(MESSAGE.timeRequest, NOTHING);
  const [challenge] = courier.bodies(MESSAGE.timeChallenge).map(decodeTimeChallenge);
  if (challenge === undefined) return;
  courier.say(MESSAGE.time, aTime(challenge.nonce, LATER_S, { lock: built, keySet }));
}

const second = aKeySet({ number: 2 });

const STORIES: readonly Story[] = [
  {
    name: 'a deactivation',
    act: (bench) => deactivate(bench, 2, greeted(bench)),
    judge: wiped(2, true),
  },
  { name: 'a reset', row: 'reset', act: (bench) => bench.lock.reset(), judge: wiped(1, true) },
  {
    name: 'a release',
    act: (bench) => greeted(bench).say(MESSAGE.release, aRelease(2, { lock: built, keySet })),
    judge: wiped(2, false),
  },
  {
    name: 'an activation after a reset',
    prepare: (bench) => void bench.lock.reset(),
    act: (bench) => bench.lock.report().activated === true || activate(bench, keySet, 2),
    judge: (bench, { lockSecrets, owner, floor }) => {
      if (opens(bench)) return { wrong: 'the table of before' };
      if (owner === null) return { wrong: 'no owner' };
      if ((lockSecrets !== null) !== (floor.triple.ownershipEpoch === 2))
        return { wrong: 'half an activation' };
      return lockSecrets === null ? 'before' : 'done';
    },
  },
  {
    name: 'a key set',
    row: 'keySetAdopted',
    act: (bench) => {
      const courier = HandCourier.greeted(bench);
      if (courier.helloAnswer?.keySetNumber === 1) courier.say(MESSAGE.keySet, second.bytes);
    },
    judge: (bench) => {
      if (!opens(bench)) return { wrong: 'the table went with the key' };
      const { helloAnswer } = HandCourier.greeted(bench);
      return helloAnswer?.keySetNumber === 2 ? 'done' : 'before';
    },
  },
  {
    name: 'a setting of the clock',
    // The part is set last: a row that tells of it is there before.
    ends: ['before'],
    prepare: (bench) => bench.lock.clockPart.lose(),
    act: giveTime,
    judge: (bench) => {
      const { nowS, trust } = bench.lock.time()!;
      const { clockFloorS } = bench.lock.firmware!.storage.settings.values;
      if (clockFloorS < START_S) return { wrong: 'the floor fell' };
      if (trust === 'trusted') return nowS >= LATER_S ? 'done' : { wrong: 'trusted, at another time' };
      return 'before';
    },
  },
];

/** A number without a row, which no gap row covers. */
function hasHole(rows: readonly EventRow[]): boolean {
  const gaps = rows
    .map(({ type, data }) => decodeEvent(EVENT_TYPES[type], data))
    .filter((event) => event?.type === 'gap');
  return rows.some(({ sequence }, at) => {
    const from = (rows[at - 1]?.sequence ?? 0) + 1;
    return from < sequence && !gaps.some((gap) => gap.from <= from && sequence - 1 <= gap.to);
  });
}

async function prepared(story: Story): Promise<Bench> {
  const bench = await withTable();
  story.prepare?.(bench);
  bench.clock.advance(1_000);
  return bench;
}

describe('A power cut anywhere in the life of an ownership', { timeout: 60_000 }, () => {
  it.each(STORIES)('leaves it as it was or done, and it can be ended: $name', async (story) => {
    const whole = await prepared(story);
    const before = whole.lock.flashOperations;
    story.act(whole);
    const operations = whole.lock.flashOperations - before;
    expect(operations).toBeGreaterThanOrEqual(2);
    expect(story.judge(whole, whole.secure.load())).toBe('done');
    const ends = new Set<End>();
    const violations: string[] = [];
    for (let index = 0; index < operations; index++) {
      for (const tear of TEARS) {
        const bench = await prepared(story);
        const { floor } = bench.secure.load();
        bench.lock.planCut(index, tear);
        story.act(bench);
        const wrong = (what: string): void => {
          violations.push(`operation ${index}, ${JSON.stringify(tear)}: ${what}`);
        };
        if (bench.lock.isPowered) wrong('no cut');
        else bench.lock.restorePower();
        bench.clock.advance(1);
        if (compareTriples(bench.secure.load().floor.triple, floor.triple) < 0) wrong('the floor fell');
        const end = story.judge(bench, bench.secure.load());
        if (typeof end === 'object') wrong(end.wrong);
        else ends.add(end);
        const isTold = story.row === undefined || eventsOf(bench, story.row).length > 0;
        if (end === 'done' && !isTold) wrong(`no row tells of it: ${story.row}`);
        bench.clock.advance(1);
        story.act(bench);
        bench.clock.advance(1);
        const after = story.judge(bench, bench.secure.load());
        if (after !== 'done') wrong(`not done when it was done again: ${JSON.stringify(after)}`);
        const rows = bench.events();
        if (hasHole(rows)) wrong('a gap in the log that no row explains');
        reboot(bench);
        if (story.judge(bench, bench.secure.load()) !== 'done') wrong('undone by the next boot');
      }
    }
    expect(violations.slice(0, 5)).toEqual([]);
    expect([...ends].sort()).toEqual(story.ends ?? ['before', 'done']);
  });

  it('in the confirmation of a firmware image leaves no image that runs without its row', async () => {
    const image = aFirmware({ firmware: 2, keySet });
    for (let index = 0; ; index++) {
      const bench = await withTable();
      HandCourier.greeted(bench).deliverImage(image);
      bench.clock.advance(FIRMWARE_RESTART_MS + 1);
      expect(eventsOf(bench, 'firmwareTrial')).toHaveLength(1);
      bench.lock.planCut(index, { kind: 'after' });
      bench.clock.advance(SELF_TEST_MS);
      const isWhole = bench.lock.isPowered;
      if (!isWhole) bench.lock.restorePower();
      bench.clock.advance(1);
      const isConfirmed = bench.lock.report().firmware === 2;
      expect(eventsOf(bench, 'firmwareConfirmed').length > 0, `cut ${index}`).toBe(isConfirmed);
      expect(bench.secure.load().firmwareFloor).toBe(isConfirmed ? 2 : 0);
      if (isWhole) {
        expect(index).toBeGreaterThan(4);
        return;
      }
    }
  });

  it('between the row of a set clock and the clock itself leaves a lock that is mended by the next answer', async () => {
    const bench = await aBench({ built, keySet });
    bench.lock.clockPart.lose();
    let cuts = 0;
    for (; ; cuts++) {
      bench.lock.planCut(cuts, { kind: 'after' });
      giveTime(bench);
      if (bench.lock.isPowered) break;
      bench.lock.restorePower();
      bench.clock.advance(1);
      expect(bench.lock.time()?.trust).toBe('lost');
    }
    expect(cuts).toBeGreaterThan(1);
    expect(bench.lock.time()).toMatchObject({ trust: 'trusted' });
    expect(eventsOf(bench, 'clockSet').length).toBeGreaterThan(0);
  });
});
