// A day without a cloud beside hundreds of doors that come and go: the agent asks the cloud and meets nobody, keeps no more
// than it had, and then brings each door what it waited for, once.
import { expect, test } from 'vitest';
import { seededRandom } from '#protocol/ports/seeded-random.ts';
import { uniform } from '#protocol/ports/random.ts';
import * as limits from '#gateway/agent/agent-limits.ts';
import { AgentScript, done, doorId, listed } from './agent-script.ts';

const DOORS = 400;
const NEWS_A_MINUTE = 20;
const MINUTES = 24 * 60;
/** Of the version that all doors are to have. */
const NEW_BITS = 2;
const SEED = 'a day without a cloud';

test(`a day without a cloud beside ${DOORS} doors, by the seed "${SEED}"`, () => {
  const random = seededRandom(SEED);
  const all = Array.from({ length: DOORS }, (_, n) => n + 1);
  const doors = all.map((n) => listed(n));
  const script = AgentScript.up(...doors);
  for (const n of all) script.sight(n);
  const [first] = script.visits();
  expect(first).toBeDefined();
  script.end(Number(first!.slice('door_'.length)), { result: 'held', detail: 'CLOUD_UNREACHABLE' });
  script.feed({ type: 'channel-closed', isRefused: false, detail: 'gone' });

  let lists = 0;
  let others = 0;
  for (let minute = 0; minute < MINUTES; minute++) {
    for (let i = 0; i < NEWS_A_MINUTE; i++) {
      const n = 1 + uniform(random, DOORS);
      if (i % 2 === 0) script.feed({ type: 'lost', doorIds: [doorId(n)] });
      else script.sight(n).feed({ type: 'heard' });
    }
    for (const type of script.pass(60_000).types()) {
      expect(type).not.toBe('visit');
      if (type === 'list') {
        lists++;
        script.feed({ type: 'not-listed', isRefused: false, detail: 'gone' });
      } else {
        others++;
        if (type === 'open-channel')
          script.feed({ type: 'channel-closed', isRefused: false, detail: 'gone' });
      }
    }
  }
  // Each list is a line of the log at most: none a door.
  expect(lists).toBeLessThan(2 * MINUTES);
  expect(lists).toBeGreaterThan(MINUTES / 2);
  expect(others).toBeLessThan(3 * MINUTES);
  expect([script.state.asks.size, script.state.visit]).toEqual([0, undefined]);

  const isFirst = (n: number): boolean => doorId(n) === first;
  // The one that has its table shows it.
  for (const n of all) script.sight(n, { versionBits: isFirst(n) ? NEW_BITS : 1 });
  while (!script.types().includes('list')) script.pass(1_000);
  script.feed({
    type: 'listed',
    doors: all.map((n) => listed(n, { wish: { target: doors[n - 1]!.wish!.target, isProven: isFirst(n) } })),
  });
  const visited: string[] = [];
  for (let idle = 0; idle < 10; idle++) {
    for (const id of script.pass(limits.BLIND_MAX_MS).visits()) {
      idle = 0;
      visited.push(id);
      script.end(Number(id.slice('door_'.length)), done(Number(id.slice('door_'.length))));
    }
  }
  expect(new Set(visited).size).toBe(DOORS - 1);
  expect(visited).toHaveLength(DOORS - 1);
  expect(visited).not.toContain(first);
});
