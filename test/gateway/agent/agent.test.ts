// The agent's machine: whom it has visited, when, and who goes first.
import { describe, expect, test } from 'vitest';
import * as limits from '#gateway/agent/agent-limits.ts';
import type { ListedDoor } from '#gateway/agent/agent-state.ts';
import { advert, AgentScript, doorId, done, failed, listed, START_S, version } from './agent-script.ts';

const up = (...doors: readonly ListedDoor[]): AgentScript => AgentScript.up(...doors);
const proven = { wish: { target: version(2), isProven: true } };

describe('an agent', () => {
  test('begins with the channel, the list and the radio, all at once', () => {
    const script = new AgentScript().feed({ type: 'start' });
    expect(script.types()).toEqual(['open-channel', 'list', 'open-radio']);
  });

  test('has a door in range visited where the cloud wants something', () => {
    expect(up(listed(1)).sight(1).visits()).toEqual([doorId(1)]);
  });

  test('does not try a door that is out of range', () => {
    expect(up(listed(1), listed(2)).sight(2).visits()).toEqual([doorId(2)]);
    const gone = up(listed(1)).sight(1);
    gone
      .end(1, failed())
      .sight(1)
      .feed({ type: 'lost', doorIds: [doorId(1)] });
    gone.take();
    expect(gone.pass(3_600_000).visits()).toEqual([]);
  });

  test('listens before it visits anybody: who is heard first need not be who waits longest', () => {
    const script = new AgentScript().feed({ type: 'start' }).feed({ type: 'listed', doors: [listed(1)] });
    script.feed({ type: 'radio-open' }).sight(1);
    expect(script.visits()).toEqual([]);
    expect(script.pass(limits.LISTEN_LEAST_MS).visits()).toEqual([doorId(1)]);
  });

  test('visits one door at a time, and the next without listening in between', () => {
    const script = up(listed(1), listed(2), listed(3)).sight(1).sight(2).sight(3);
    expect(script.visits()).toEqual([doorId(1)]);
    expect(script.end(1, done(1)).types()).toEqual(['visit']);
    expect(script.end(2, done(2)).visits()).toEqual([doorId(3)]);
    expect(script.end(3, done(3)).types()).toEqual(['listen']);
  });

  test('listens again after a while, however many wait: they may have gone', () => {
    const script = up(...[1, 2, 3].map((n) => listed(n)));
    for (const n of [1, 2, 3]) script.sight(n);
    script.pass(limits.BLIND_MAX_MS).take();
    expect(script.end(1, done(1)).types()).toEqual(['listen']);
    expect(script.pass(limits.LISTEN_LEAST_MS).visits()).toEqual([doorId(2)]);
  });

  test('makes no connection where there is nothing to do', () => {
    const script = up(listed(1, proven)).sight(1, { versionBits: 2 });
    expect(script.pass(86_400_000).visits()).toEqual([]);
  });

  test('has a lock visited that shows another table than it has proven', () => {
    expect(up(listed(1, proven)).sight(1, { versionBits: 1 }).visits()).toEqual([doorId(1)]);
  });

  test('asks the cloud first where a lock shows what is wanted: another courier may have been there', () => {
    const script = up(listed(1)).pass(limits.LIST_REST_MS).sight(1, { versionBits: 2 });
    expect(script.visits()).toEqual([]);
    expect(script.pass(limits.LIST_REST_MS).types()).toContain('list');
    script.feed({ type: 'listed', doors: [listed(1, proven)] });
    expect(script.pass(60_000).visits()).toEqual([]);
  });

  test('gets the receipt that the cloud lacks, where nobody else brought it', () => {
    const script = up(listed(1)).sight(1, { versionBits: 2 }).pass(limits.LIST_REST_MS);
    script.feed({ type: 'listed', doors: [listed(1)] });
    expect(script.visits()).toEqual([doorId(1)]);
  });

  test('leaves a lock that is not bound any more, and a door that left the list, alone', () => {
    expect(
      up(listed(1, { wish: undefined }))
        .sight(1)
        .visits(),
    ).toEqual([]);
    const script = up(listed(1));
    script.pass(limits.LIST_EVERY_MS).feed({ type: 'listed', doors: [] }).sight(1);
    expect(script.visits()).toEqual([]);
  });
});

describe('due times', () => {
  test('a change that begins later is carried shortly before it is due', () => {
    const dueS = START_S + 86_400;
    const script = up(listed(1, { dueS })).sight(1);
    const leftS = dueS - limits.DUE_LEAD_S - START_S;
    script.pass(leftS * 1_000 - script.nowMs - 2_000);
    expect(script.visits()).toEqual([]);
    expect(script.pass(4_000).visits()).toEqual([doorId(1)]);
  });

  test('one that is due already goes at once', () => {
    expect(
      up(listed(1, { dueS: START_S - 5 }))
        .sight(1)
        .visits(),
    ).toEqual([doorId(1)]);
  });

  test('what has begun waits for the lock, not the lock for the time: a lost table is mended before it is due', () => {
    const due = { ...proven, dueS: START_S + 86_400 };
    expect(up(listed(1, due)).sight(1, { versionBits: 7 }).visits()).toEqual([doorId(1)]);
  });
});

describe('Sync now', () => {
  test('goes first, and also where nothing is due', () => {
    const script = up(listed(1), listed(2, proven)).sight(2, { versionBits: 2 }).sight(1);
    script.ask(2).end(1, done(1));
    expect(script.visits()).toEqual([doorId(1), doorId(2)]);
  });

  test('is not held up by what failed before', () => {
    const script = up(listed(1)).sight(1).end(1, failed()).end(1, failed()).sight(1);
    script.take();
    expect(script.ask(1).visits()).toEqual([]);
    expect(script.pass(limits.LISTEN_LEAST_MS).visits()).toEqual([doorId(1)]);
  });

  test('that came twice is one', () => {
    const script = up(listed(1, proven)).sight(1, { versionBits: 2 }).ask(1).ask(1).end(1, done(1));
    script.sight(1, { versionBits: 2 });
    expect(script.pass(60_000).visits()).toEqual([doorId(1)]);
  });

  test('waits for a door that is out of range, and no longer than the cloud waits', () => {
    const script = up(listed(1, proven)).ask(1).pass(60_000).sight(1, { versionBits: 2 });
    expect(script.visits()).toEqual([doorId(1)]);
    const late = up(listed(1, proven)).ask(1);
    late.pass(limits.ASK_LIFE_MS).feed({ type: 'listed', doors: [listed(1, proven)] });
    late.take();
    expect(late.sight(1, { versionBits: 2 }).pass(5_000).visits()).toEqual([]);
  });

  test('for many doors does not keep one waiting for which nobody presses', () => {
    const many = [2, 3, 4, 5, 6, 7, 8, 9];
    const script = up(listed(1), ...many.map((n) => listed(n, proven)));
    for (const n of many) script.ask(n);
    const doors = [1, ...many].map((n) => ({
      doorId: doorId(n),
      advert: advert({ versionBits: n === 1 ? 1 : 2 }),
    }));
    script.feed({ type: 'sighted', doors });
    const order: number[] = [];
    for (let [visited] = script.visits(); visited !== undefined; [visited] = script.visits()) {
      const n = Number(visited.slice(5));
      order.push(n);
      script.end(n, done(n));
    }
    expect(order).toEqual([2, 3, 4, 1, 5, 6, 7, 8, 9]);
  });
});

describe('a door whose visit fails', () => {
  test('waits longer each time, and the others do not', () => {
    const script = up(listed(1), listed(2)).sight(1);
    const waits: number[] = [];
    for (let i = 0; i < 14; i++) {
      script.end(1, failed()).sight(1);
      const fromMs = script.nowMs;
      while (script.visits().length === 0) script.pass(500);
      waits.push(script.nowMs - fromMs);
    }
    expect(waits.every((wait, i) => i === 0 || wait >= waits[i - 1]! - 1_000)).toBe(true);
    expect(waits[0]).toBeLessThanOrEqual(limits.DOOR_RETRY_FIRST_MS + 1_000);
    expect(waits.at(-1)).toBeLessThanOrEqual(limits.DOOR_RETRY_MOST_MS + 1_000);
    expect(waits.at(-1)).toBeGreaterThanOrEqual(limits.DOOR_RETRY_MOST_MS / 2);
    script.end(1, failed()).sight(2).sight(1);
    expect(script.pass(limits.LISTEN_LEAST_MS).visits()).toEqual([doorId(2)]);
  });

  test('is drawn from a range, so that two agents do not meet at one lock again and again', () => {
    const waitWith = (chance: number): number => {
      const script = up(listed(1)).sight(1);
      script.chance = () => chance;
      script.end(1, failed());
      return script.state.doors.get(doorId(1))!.notBeforeMs - script.nowMs;
    };
    expect([waitWith(0), waitWith(0.999_999)]).toEqual([
      limits.DOOR_RETRY_FIRST_MS / 2,
      expect.closeTo(limits.DOOR_RETRY_FIRST_MS, 0),
    ]);
  });

  test('goes behind one that was never tried, once both have their turn', () => {
    const script = up(listed(1), listed(2)).sight(1).end(1, failed());
    script.pass(10_000).take();
    const doors = [1, 2].map((n) => ({ doorId: doorId(n), advert: advert() }));
    expect(script.feed({ type: 'sighted', doors }).visits()).toEqual([doorId(2)]);
  });

  test('is forgiven once it is done', () => {
    const script = up(listed(1)).sight(1).end(1, failed()).ask(1).sight(1);
    script.pass(limits.LISTEN_LEAST_MS).end(1, done(1));
    expect(script.state.doors.get(doorId(1))).toMatchObject({ failures: 0, notBeforeMs: 0 });
  });

  test('a lock that proves something else than is wanted is not met over and over', () => {
    const script = up(listed(1)).sight(1);
    script.end(1, done(1, { wish: { target: version(3), isProven: false } })).sight(1);
    script.take();
    expect(script.pass(limits.DOOR_RETRY_FIRST_MS / 2 - 100).visits()).toEqual([]);
    expect(script.pass(limits.DOOR_RETRY_FIRST_MS).visits()).toEqual([doorId(1)]);
  });
});

describe('an event log that waits', () => {
  const shows = { versionBits: 2, logPending: true };

  test('is carried, once in a while, and no more often', () => {
    const script = up(listed(1, proven)).sight(1, shows);
    expect(script.visits()).toEqual([doorId(1)]);
    script.end(1, done(1)).sight(1, shows);
    expect(script.pass(limits.LOG_EVERY_MS - 1_000).visits()).toEqual([]);
    expect(script.pass(2_000).visits()).toEqual([doorId(1)]);
  });

  test('goes behind tables that wait, and not for ever', () => {
    const script = up(listed(1, proven), listed(2), listed(3)).sight(3).sight(1, shows).sight(2);
    expect(script.visits()).toEqual([doorId(3)]);
    expect(script.end(3, done(3)).visits()).toEqual([doorId(2)]);
    expect(script.end(2, done(2)).visits()).toEqual([doorId(1)]);
  });

  test('is left alone for long where the cloud takes none', () => {
    const script = up(listed(1, proven)).sight(1, shows);
    script.take();
    script.end(1, { ...done(1), tookLog: false } as never).sight(1, shows);
    expect(script.pass(limits.LOG_NOT_TAKEN_REST_MS - 1_000).visits()).toEqual([]);
  });
});
