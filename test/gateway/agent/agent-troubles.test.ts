// The agent's machine where cloud, radio or disk are of no use, and what wakes it.
import { describe, expect, test } from 'vitest';
import { LIVE_SILENCE_MS } from '#protocol/api/live.ts';
import { healthOf } from '#gateway/agent/agent-health.ts';
import * as limits from '#gateway/agent/agent-limits.ts';
import type { ListedDoor, VisitEnd } from '#gateway/agent/agent-state.ts';
import { AgentScript, done, doorId, failed, listed, version } from './agent-script.ts';

const up = (...doors: readonly ListedDoor[]): AgentScript => AgentScript.up(...doors);
const proven = { wish: { target: version(2), isProven: true } };

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

  test.each<[string, VisitEnd]>([
    ['takes no receipt', { result: 'held', detail: 'INTERNAL' }],
    ['refuses the token', failed('token')],
    ['fails', failed('cloud')],
  ])('that lists doors well and %s of one has that one met ever more seldom', (_, end) => {
    const script = up(listed(1)).sight(1);
    let visits = script.visits().length;
    script.end(1, end);
    const untilMs = script.nowMs + 3_600_000;
    while (script.nowMs < untilMs) {
      for (const type of script.pass(500).types()) {
        if (type === 'visit') {
          visits++;
          script.end(1, end);
        }
        if (type === 'list') script.feed({ type: 'listed', doors: [listed(1)] });
        if (type === 'listen') script.sight(1);
      }
    }
    expect(visits).toBeGreaterThan(5);
    expect(visits).toBeLessThan(16);
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

  test('is asked soon once its channel is gone, not when the list of before would have been due', () => {
    const script = up(listed(1));
    script.say({ type: 'hello', number: 2, doors: [], more: false });
    script.feed({ type: 'listed', doors: [listed(1)] }).take();
    script.feed({ type: 'channel-closed', isRefused: false, detail: 'gone' });
    expect(script.pass(limits.LIST_EVERY_UNWOKEN_MS).types()).toContain('list');
  });

  test('fallen silent on the channel is called anew, a little later each time', () => {
    const script = up(listed(1));
    const types = (ms: number) => script.pass(ms).types();
    expect(types(LIVE_SILENCE_MS)).toEqual(['close-channel', 'open-channel']);
    // Without the channel nobody tells of news: the list is asked for.
    expect(types(LIVE_SILENCE_MS)).toEqual(['list', 'close-channel', 'open-channel']);
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
    expect(script.feed({ type: 'silent' }).types()).toEqual(['open-radio']);
  });

  test('in a house where nobody shows himself is healthy all day', () => {
    const script = up(listed(1));
    const health = () => healthOf(script.state, undefined, { nowMs: script.nowMs, startedMs: 0 }, 0);
    for (let i = 0; i < 1_440; i++) {
      script.pass(limits.SCAN_SILENCE_MS / 2).feed({ type: 'silent' });
      // The channel has nothing to do with it, nor the list.
      script.say({ type: 'ping' }).feed({ type: 'listed', doors: [listed(1)] });
      expect(health()).toMatchObject({ status: 'ok', radio: 'nobody-heard' });
      script.feed({ type: 'radio-open' }).pass(limits.SCAN_SILENCE_MS / 2);
    }
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

  test('by which each visit fails is opened anew after growing waits, though it hears', () => {
    const script = up(listed(1));
    const waits: number[] = [];
    for (let i = 0; i < 6; i++) {
      script.sight(1);
      while (script.visits().length === 0) script.pass(100).sight(1);
      script.end(1, failed('radio')).take();
      const fromMs = script.nowMs;
      while (!script.types().includes('open-radio')) script.pass(100);
      waits.push(script.nowMs - fromMs);
      script.feed({ type: 'radio-open' }).feed({ type: 'heard' });
    }
    expect(waits.at(-1)).toBeGreaterThan(waits.at(0)! * 8);
    script.sight(1);
    while (script.visits().length === 0) script.pass(100).sight(1);
    script.end(1, done(1)).take();
    expect(script.state.radio).toMatchObject({ failures: 0, failsVisits: false });
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
