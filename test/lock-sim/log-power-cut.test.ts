// The power goes at each operation of writing, overflowing and acknowledging the log: whatever is left, the cloud can
// go on from what it holds, no row goes without its word, and no number is missing without a gap row.
import { describe, expect, it } from 'vitest';
import { joinLog, unexplainedLosses, type LostRows } from '#protocol/log/join.ts';
import type { LogHead, LogRow } from '#protocol/log/row.ts';
import { nodeEngine as engine } from '#protocol/node/node-engine.ts';
import { logBatches } from '#lock-sim/log/batch-maker.ts';
import { PowerSupply } from '#lock-sim/flash/power-supply.ts';
import { enumerateTears, type Tear } from '#lock-sim/flash/tears.ts';
import type { EventRow } from '#lock-sim/storage/event-row.ts';
import { aSignedSet } from '#test/builders/signed-set.ts';
import {
  aMachine,
  anEvent,
  copyOf,
  machineAfter,
  powerUp,
  type Machine,
  type Running,
} from './power-cut-rig.ts';

const set = aSignedSet();
const BLOCKS = 3;
const ROWS_PER_BLOCK = 30;
const TEARS = 16;

/** What the world outside knows as the story goes on. */
interface Facts {
  /** Whose append has returned. */
  durable: readonly EventRow[];
  /** What the cloud has pulled. */
  cloud: LogHead | undefined;
  acknowledged: number;
  acknowledgedUnderWay: number;
}

function append(running: Running, facts: Facts, count: number): void {
  for (let i = 0; i < count; i++) {
    facts.durable = [...facts.durable, running.storage.events.append(anEvent({ data: Uint8Array.of(i) }))];
  }
}

function pull({ storage }: Running, facts: Facts): void {
  facts.cloud = storage.events.head;
}

function acknowledge({ storage }: Running, facts: Facts, upTo: number): void {
  facts.acknowledgedUnderWay = upTo;
  storage.events.acknowledge(upTo);
  facts.acknowledged = upTo;
}

/** A ring that is full up to its last two rows. */
function aFullLog(): { machine: Machine; rows: readonly EventRow[] } {
  const running = powerUp(aMachine(set, { capacityChunks: 2, eventBlocks: BLOCKS }));
  const rows = Array.from({ length: BLOCKS * ROWS_PER_BLOCK - 2 }, () =>
    running.storage.events.append(anEvent()),
  );
  return { machine: running.machine(), rows };
}

const full = aFullLog();
interface Story {
  readonly name: string;
  play(running: Running, facts: Facts): void;
}
type Moment = Parameters<typeof machineAfter>[0] & { readonly index: number; readonly facts: Facts };

/** Plays the story once and keeps the moment before each of its operations. */
function record({ play }: Story): Moment[] {
  const facts: Facts = { durable: full.rows, cloud: undefined, acknowledged: 0, acknowledgedUnderWay: 0 };
  const moments: Omit<Moment, 'contentsAfter'>[] = [];
  const power = new PowerSupply();
  const running = powerUp(copyOf(full.machine), power);
  power.observe((operation, index) => {
    // The bytes are lent for this call only.
    const kept = operation.kind === 'program' ? { ...operation, bytes: operation.bytes.slice() } : operation;
    moments.push({ index, operation: kept, before: running.machine(), facts: { ...facts } });
  });
  play(running, facts);
  const last = running.machine();
  return moments.map((moment, at) => ({
    ...moment,
    contentsAfter: (moments[at + 1]?.before ?? last).contents,
  }));
}

const story = (name: string, play: Story['play']): Story => ({ name, play });

const STORIES = [
  story('rows that the cloud pulls one by one', (running, facts) => {
    for (let i = 0; i < 5; i++) {
      pull(running, facts);
      append(running, facts, 1);
    }
  }),
  story('overflow of a log that nobody fetched', (running, facts) => append(running, facts, 5)),
  story('overflow right behind an acknowledgement of everything', (running, facts) => {
    pull(running, facts);
    acknowledge(running, facts, running.storage.events.lastSequence);
    append(running, facts, 5);
  }),
  story('overflow behind an acknowledgement in the middle of a block', (running, facts) => {
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
  const { facts } = moment;
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
function changedOrGone(facts: Facts, left: Iterable<EventRow>, acknowledged: number): string | undefined {
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

/** With many that spoil another page of the sector: one of them holds the row that was written last. */
function tearsOf({ operation, index }: Moment): Tear[] {
  const { sectorBytes } = full.machine.layout.geometry;
  const listed = enumerateTears(operation, sectorBytes, { seed: index, limit: TEARS });
  if (operation.kind !== 'program') return listed;
  return [...listed, ...Array.from({ length: TEARS }, (_, seed): Tear => ({ kind: 'disturb', seed }))];
}

describe('a power cut at each operation of', () => {
  it.each(STORIES)('$name', (told) => {
    const recorded = record(told);
    expect(recorded.length).toBeGreaterThan(5);
    const violations = recorded.flatMap((moment) =>
      tearsOf(moment).flatMap((tear) => {
        const broken = brokenLog(moment, tear);
        if (broken === undefined) return [];
        return [`${moment.index} (${moment.operation.kind}), ${JSON.stringify(tear)}: ${broken}`];
      }),
    );
    expect(violations).toEqual([]);
  });
});
