// The power goes at each operation of writing, overflowing and acknowledging the log: whatever is left, the cloud can
// go on from what it holds, no row goes without its word, and no number is missing without a gap row.
import { describe, expect, it } from 'vitest';
import { joinLog, unexplainedLosses, type LostRows } from '#protocol/log/join.ts';
import type { LogHead, LogRow } from '#protocol/log/row.ts';
import { nodeEngine as engine } from '#protocol/node/node-engine.ts';
import { logBatches } from '#lock-sim/log/batch-maker.ts';
import { enumerateTears, type Tear } from '#lock-sim/flash/tears.ts';
import type { EventRow } from '#lock-sim/storage/event-row.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';
import {
  aMachine,
  anEvent,
  copyOf,
  machineAfter,
  powerUp,
  recordStory,
  someFacts,
  type Facts,
  type Moment,
  type Running,
  type Story,
} from './power-cut-rig.ts';

const set = aSignedSet();
const BLOCKS = 3;
const ROWS_PER_BLOCK = 30;
const TEARS = 16;

/** What the world outside knows as the story goes on. */
interface LogStoryFacts extends Facts {
  /** Whose append has returned. */
  durable: readonly EventRow[];
  /** What the cloud has pulled. */
  cloud: LogHead | undefined;
  acknowledged: number;
  acknowledgedUnderWay: number;
}

function append(running: Running, facts: LogStoryFacts, count: number): void {
  for (let i = 0; i < count; i++) {
    facts.durable = [...facts.durable, running.storage.events.append(anEvent({ data: Uint8Array.of(i) }))];
  }
}

function pull({ storage }: Running, facts: LogStoryFacts): void {
  facts.cloud = storage.events.head;
}

function acknowledge({ storage }: Running, facts: LogStoryFacts, upTo: number): void {
  facts.acknowledgedUnderWay = upTo;
  storage.events.acknowledge(upTo);
  facts.acknowledged = upTo;
}

/** A ring that is full up to its last two rows. */
function aFullLog(): { machine: Story['start']; rows: readonly EventRow[] } {
  const running = powerUp(aMachine(set, { capacityChunks: 2, eventBlocks: BLOCKS }));
  const rows = Array.from({ length: BLOCKS * ROWS_PER_BLOCK - 2 }, () =>
    running.storage.events.append(anEvent()),
  );
  return { machine: running.machine(), rows };
}

const full = aFullLog();
const aStory = (name: string, play: (running: Running, facts: LogStoryFacts) => void): Story => {
  const facts: LogStoryFacts = {
    ...someFacts({ newSet: set }),
    durable: full.rows,
    cloud: undefined,
    acknowledged: 0,
    acknowledgedUnderWay: 0,
  };
  return { name, start: full.machine, facts, play: (running, kept) => play(running, kept as LogStoryFacts) };
};

const STORIES = [
  aStory('overflow of a log that nobody fetched', (running, facts) => append(running, facts, 5)),
  aStory('overflow right behind an acknowledgement of everything', (running, facts) => {
    pull(running, facts);
    acknowledge(running, facts, running.storage.events.lastSequence);
    append(running, facts, 5);
  }),
  aStory('overflow behind an acknowledgement in the middle of a block', (running, facts) => {
    pull(running, facts);
    append(running, facts, 2);
    acknowledge(running, facts, 14);
    append(running, facts, 3);
    acknowledge(running, facts, 70);
    append(running, facts, 2);
  }),
];

/** What is wrong with the log that is left, in words. */
function brokenLog(moment: Moment, tear: Tear): string | undefined {
  const facts = moment.facts as LogStoryFacts;
  const running = powerUp(copyOf(machineAfter(moment, tear)));
  const { events } = running.storage;
  const { acknowledged } = events;
  if (acknowledged !== facts.acknowledged && acknowledged !== facts.acknowledgedUnderWay) {
    return `acknowledged up to ${acknowledged}`;
  }
  events.append(anEvent({ type: 'booted' }));
  const rows: LogRow[] = [];
  const lost: LostRows[] = [];
  let known = facts.cloud ?? { sequence: acknowledged, chain: new Uint8Array(32) };
  for (const batch of logBatches(engine, events, known.sequence + 1, 100)) {
    const to = batch.rows.at(-1)?.sequence ?? batch.from - 1;
    const verdict = joinLog(engine, facts.cloud && known, { ...batch, to });
    if (verdict.verdict !== 'continues') return `a batch from ${batch.from} ${verdict.verdict}`;
    rows.push(...verdict.rows);
    lost.push(...verdict.lost);
    known = verdict.head;
  }
  const [hole] = unexplainedLosses(lost, rows);
  if (hole !== undefined) return `rows ${hole.from} to ${hole.to} are missing without a word`;
  return changedOrGone(facts, events.read(1), acknowledged);
}

/**
 * Only a ring that is full of rows which nobody acknowledged drops some: its oldest block, and one more where the tear
 * has closed the newest. A tear can take a page.
 */
function changedOrGone(
  facts: LogStoryFacts,
  left: Iterable<EventRow>,
  acknowledged: number,
): string | undefined {
  const found = new Map([...left].map((row) => [row.sequence, row]));
  const oldest = Math.min(...found.keys());
  const gone = facts.durable.filter(({ sequence }) => sequence > acknowledged && !found.has(sequence));
  const behindTheOldest = gone.filter(({ sequence }) => sequence > oldest);
  if (behindTheOldest.length > 2) return `${behindTheOldest.length} rows went at once`;
  if (gone.length > 2 * ROWS_PER_BLOCK + 2) return `${gone.length} rows went`;
  const changed = facts.durable.find(({ sequence, chain }) => {
    const now = found.get(sequence);
    return now !== undefined && now.chain.join() !== chain.join();
  });
  return changed && `row ${changed.sequence} has another chain`;
}

describe('a power cut at each operation of', () => {
  it.each(STORIES)('$name', (story) => {
    const recorded = recordStory(story);
    expect(recorded.length).toBeGreaterThan(5);
    const { sectorBytes } = story.start.layout.geometry;
    const violations = recorded.flatMap((moment) =>
      enumerateTears(moment.operation, sectorBytes, { seed: moment.index, limit: TEARS }).flatMap((tear) => {
        const broken = brokenLog(moment, tear);
        if (broken === undefined) return [];
        return [`${moment.index} (${moment.operation.kind}), ${JSON.stringify(tear)}: ${broken}`];
      }),
    );
    expect(violations).toEqual([]);
  });
});
