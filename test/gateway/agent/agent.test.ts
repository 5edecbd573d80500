// The agent's machine: what wakes it, whom it has visited and when, and what it does where cloud, radio or disk are of no use.
import { describe, expect, test } from 'vitest';
import { LIVE_SILENCE_MS } from '#protocol/api/live.ts';
import * as limits from '#gateway/agent/agent-limits.ts';
import type { ListedDoor } from '#gateway/agent/agent-state.ts';
import { AgentScript, doorId, done, failed, listed, START_S, version } from './agent-script.ts';

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

  test('pressed over and over for some doors does not keep the others waiting', () => {
    const script = up(listed(1), ...[2, 3].map((n) => listed(n, proven))).sight(1);
    script.take();
    const order: string[] = [];
    script.end(1, failed()).pass(limits.DOOR_RETRY_FIRST_MS).sight(1);
    for (let i = 0; i < 8; i++) {
      for (const n of [2, 3]) script.sight(n, { versionBits: 2 }).ask(n, `r${i}`);
      const [visited] = script.pass(limits.LISTEN_LEAST_MS).visits();
      if (visited === undefined) break;
      order.push(visited);
      script.end(Number(visited.slice(5)), visited === doorId(1) ? failed() : done(2));
    }
    expect(order.indexOf(doorId(1))).toBeLessThanOrEqual(limits.ASKED_IN_A_ROW_MAX);
    expect(order).toContain(doorId(1));
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

describe('the cloud', () => {
  test('is asked for its list after each hello, and not for each message of one change', () => {
    const script = up(listed(1)).pass(limits.LIST_REST_MS);
    script.say({ type: 'hello', number: 2, doors: [], more: true });
    expect(script.types()).toEqual(['send', 'list']);
    script.say({ type: 'hello', number: 2, doors: [], more: false });
    script.feed({ type: 'listed', doors: [] }).take();
    for (let n = 0; n < 1_000; n++)
      script.say({ type: 'target', number: 3, doorId: doorId(n), target: version(3) });
    expect(
      script
        .pass(limits.LIST_REST_MS)
        .types()
        .filter((type) => type === 'list'),
    ).toEqual(['list']);
  });

  test('requests of an earlier hello are dropped: what is still open comes again', () => {
    const script = up(listed(1, proven)).ask(1);
    script.say({ type: 'hello', number: 2, doors: [], more: false });
    expect(script.state.asks.size).toBe(0);
    script.say({ type: 'hello', number: 2, doors: [], more: true }).ask(1);
    script.say({ type: 'hello', number: 2, doors: [], more: false });
    expect(script.state.asks.size).toBe(1);
  });

  test('away ends all visits, and is asked again after growing waits; the first list begins them anew', () => {
    const script = up(listed(1), listed(2)).sight(1).sight(2);
    script.end(1, failed('cloud'));
    expect(script.state.cloud.name).toBe('away');
    script.take();
    let lists = 0;
    for (let i = 0; i < 24 * 60; i++) {
      const types = script.pass(60_000).types();
      expect(types).not.toContain('visit');
      if (types.includes('list')) {
        lists++;
        script.feed({ type: 'not-listed', isRefused: false, detail: 'gone' });
      }
    }
    expect(lists).toBeGreaterThan(500);
    expect(lists).toBeLessThan(24 * 60 * 2);
    while (!script.types().includes('open-channel')) script.pass(1_000);
    script.say({ type: 'hello', number: 9, doors: [], more: false });
    script.feed({ type: 'listed', doors: [listed(1), listed(2)] });
    expect(script.pass(1_000).visits().length).toBe(1);
  });

  test('that could not be told of a receipt counts as away, and the door as done', () => {
    const script = up(listed(1)).ask(1).sight(1).end(1, { result: 'held', detail: 'CLOUD_UNREACHABLE' });
    expect([script.state.cloud.name, script.state.asks.size]).toEqual(['away', 0]);
  });

  test('that refuses the token is told from one that is away', () => {
    const script = up(listed(1)).sight(1).end(1, failed('token'));
    expect(script.state.cloud.name).toBe('refused');
    script
      .pass(limits.CLOUD_RETRY_MOST_MS)
      .feed({ type: 'listed', doors: [listed(1)] })
      .sight(1);
    expect(script.visits().length).toBeGreaterThan(0);
  });

  test('is asked more often while nothing can wake', () => {
    const script = up(listed(1)).feed({ type: 'channel-closed', isRefused: false, detail: 'gone' });
    script.take();
    let lists = 0;
    for (let i = 0; i < 20; i++) {
      const types = script.pass(30_000).types();
      lists += types.filter((type) => type === 'list').length;
      if (types.includes('list')) script.feed({ type: 'listed', doors: [] });
      if (types.includes('open-channel'))
        script.feed({ type: 'channel-closed', isRefused: false, detail: 'gone' });
    }
    expect(lists).toBeGreaterThanOrEqual(8);
  });

  test('fallen silent on the channel is called anew, a little later each time', () => {
    const script = up(listed(1));
    const types = (ms: number) => script.pass(ms).types();
    expect(types(LIVE_SILENCE_MS)).toEqual(['close-channel', 'open-channel']);
    expect(types(LIVE_SILENCE_MS)).toEqual(['close-channel', 'open-channel']);
    expect(script.state.channel.failures).toBe(2);
    script.say({ type: 'hello', number: 1, doors: [], more: false });
    expect(script.state.channel).toMatchObject({ name: 'connected', failures: 0 });
  });

  test('is answered when it pings', () => {
    expect(up().say({ type: 'ping' }).take()).toEqual([{ type: 'send', message: { type: 'pong' } }]);
  });
});

describe('the radio', () => {
  test('in which nobody is heard scans anew, and is opened anew when that does not help', () => {
    const script = up(listed(1));
    for (let i = 0; i < limits.SILENCES_MAX; i++)
      expect(script.feed({ type: 'silent' }).types()).toEqual(['listen']);
    expect(script.feed({ type: 'silent' }).types()).toEqual([]);
    expect(script.pass(limits.RADIO_RETRY_FIRST_MS).types()).toEqual(['open-radio']);
  });

  test('that is heard again is forgiven its silences', () => {
    const script = up(listed(1)).feed({ type: 'silent' }).feed({ type: 'heard' });
    expect(script.state.radio.silences).toBe(0);
  });

  test('that fails is opened again after growing waits, and knows nobody then', () => {
    const script = up(listed(1)).feed({ type: 'radio-failed', detail: 'gone' });
    const waits: number[] = [];
    for (let i = 0; i < 10; i++) {
      const fromMs = script.nowMs;
      while (!script.types().includes('open-radio')) script.pass(100);
      waits.push(script.nowMs - fromMs);
      script.feed({ type: 'radio-failed', detail: 'gone' });
    }
    expect(waits.at(0)).toBeLessThanOrEqual(limits.RADIO_RETRY_FIRST_MS);
    expect(waits.at(-1)).toBeLessThanOrEqual(limits.RADIO_RETRY_MOST_MS);
    expect(waits.at(-1)).toBeGreaterThan(waits.at(0)! * 8);
    expect(script.state.doors.get(doorId(1))?.shown).toBeUndefined();
  });

  test('pulled out in a visit is not opened before the visit has ended, and the door is not to blame', () => {
    const script = up(listed(1)).sight(1).feed({ type: 'radio-failed', detail: 'pulled' });
    script.take();
    expect(script.pass(60_000).types()).not.toContain('open-radio');
    expect(script.end(1, failed('radio')).types()).toContain('open-radio');
    expect(script.state.doors.get(doorId(1))?.failures).toBe(0);
  });
});

describe('the disk', () => {
  test('that takes no receipt any more holds up visits for a while, and no door is to blame', () => {
    const script = up(listed(1)).sight(1).end(1, failed('disk')).sight(1);
    script.take();
    expect(script.pass(limits.DISK_RETRY_MS - 1_000).visits()).toEqual([]);
    expect(script.pass(2_000).visits()).toEqual([doorId(1)]);
  });
});

describe('what is not expected changes nothing', () => {
  test.each([
    ['the end of a visit that was none', { type: 'visited', doorId: doorId(9), end: failed() }],
    ['a list that nobody asked for', { type: 'listed', doors: [listed(7)] }],
    ['a door that nobody knows', { type: 'sighted', doors: [{ doorId: doorId(8), advert: {} as never }] }],
    ['a radio that nobody opened', { type: 'radio-open' }],
  ] as const)('%s', (_, input) => {
    const script = up(listed(1));
    const before = script.state;
    expect(script.feed(input).state).toEqual(before);
    expect(script.take()).toEqual([]);
  });

  test('after the stop it asks for nothing more', () => {
    const script = up(listed(1)).feed({ type: 'stop' });
    expect(script.types()).toEqual(['close-channel']);
    script.sight(1).ask(1).feed({ type: 'woken' });
    expect([script.take(), script.wakeMs >= 0]).toEqual([[], true]);
  });
});
