// The event log: a ring of blocks. Rows are numbered without a break and go only when acknowledged; where the
// ring overflows or a cut tore rows, the first row of the next block says which numbers may be missing.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { invariant } from '#protocol/errors.ts';
import { encodeEventData } from '#protocol/log/event-fields.ts';
import { EVENT_GAP_REASONS } from '#protocol/log/event-types.ts';
import type { Hash } from '#protocol/ids.ts';
import { NO_LOG, type LogHead } from '#protocol/log/row.ts';
import type { NorFlash } from '../flash/nor-flash.ts';
import type { SecureElement } from '../secure-element/secure-element.ts';
import {
  type BlockScan,
  type EventBlock,
  findBlock,
  formatBlock,
  placesOf,
  programPlace,
  readPlace,
  scanBlock,
} from './event-block.ts';
import {
  EVENT_NUMBERS_PER_RESERVATION,
  type EventEntry,
  type EventRow,
  eventKey,
  openRow,
  sealRow,
} from './event-row.ts';
import type { Region } from './layout.ts';
import type { SettingsLog } from './settings-log.ts';
import { flashWorn, isKeptWithRetry, programWithRetry } from './storage-error.ts';

export interface EventRingParts {
  readonly flash: NorFlash;
  readonly secure: SecureElement;
  readonly engine: CryptoEngine;
  readonly regions: readonly Region[];
  readonly settings: SettingsLog;
}

const NONE_BAD: ReadonlySet<number> = new Set();

interface Gap {
  readonly from: number;
  readonly to: number;
  readonly reasons: number;
}

export class EventRing {
  readonly #parts: EventRingParts;
  /** In the order of their numbers. */
  #blocks: EventBlock[];
  #used = 0;
  #isClosed = false;
  /** Positions that keep no block: passed over until the next boot. */
  #bad: ReadonlySet<number> = NONE_BAD;
  #key: Uint8Array | undefined;
  #head: LogHead | undefined;

  /** Writes nothing. */
  constructor(parts: EventRingParts) {
    this.#parts = parts;
    this.#blocks = parts.regions
      .map((region, index) => findBlock(parts.flash, region, index))
      .filter((block) => block !== undefined)
      .sort((a, b) => a.firstSequence - b.firstSequence || a.generation - b.generation)
      // Cut to size: V8 leaves room in what `filter` makes.
      .slice();
    const newest = this.#blocks.at(-1);
    if (newest === undefined) return;
    const scan = scanBlock(parts.flash, newest);
    this.#used = scan.used;
    this.#isClosed = scan.damaged !== undefined;
  }

  /** Numbers used so far; the newest may have been lost to a tear. */
  get lastSequence(): number {
    const newest = this.#blocks.at(-1);
    return newest === undefined ? 0 : newest.firstSequence + this.#used - 1;
  }

  /** Number and chain of the newest row. */
  get head(): LogHead {
    this.#head ??= this.#findHead();
    return this.#head;
  }

  /** Durable when it returns. Throws StorageError. */
  append(entry: EventEntry): EventRow {
    let row: EventRow | undefined;
    programWithRetry('a row of the event log', () => {
      const block = this.#blockWithRoom(entry);
      row = block && this.#put(block, entry);
      return row !== undefined;
    });
    invariant(row, 'the row was written');
    return row;
  }

  /** Rows from a number on, in order, as far as they are there. */
  *read(fromSequence: number): Generator<EventRow> {
    const { flash } = this.#parts;
    for (const block of this.#blocks) {
      const places = placesOf(flash, block.region);
      if (block.firstSequence + places <= fromSequence) continue;
      for (let place = Math.max(0, fromSequence - block.firstSequence); place < places; place++) {
        const row = this.#open(block, place);
        if (row?.sequence === block.firstSequence + place) yield row;
      }
    }
  }

  /** The chain at that row; undefined where the row is not there. */
  chainAt(sequence: number): Hash | undefined {
    const [row] = this.read(sequence);
    return row?.sequence === sequence ? row.chain : undefined;
  }

  /** Rows up to this number may go. */
  get acknowledged(): number {
    return this.#parts.settings.values.eventsAcknowledged;
  }

  /** First number that the owner of today may be told of. */
  get firstTold(): number {
    return this.#parts.settings.values.eventsDisowned + 1;
  }

  /** What was written so far is nobody's any more: its owner has released the lock. Durable when it returns. */
  disown(): void {
    const { lastSequence } = this;
    this.#parts.settings.write({ eventsAcknowledged: lastSequence, eventsDisowned: lastSequence });
  }

  /** Rows up to this number may be overwritten. The caller has checked the cloud's signature. */
  acknowledge(upToSequence: number): void {
    const { settings } = this.#parts;
    if (upToSequence <= settings.values.eventsAcknowledged) return;
    invariant(upToSequence <= this.lastSequence, 'only rows that were written are acknowledged');
    settings.write({ eventsAcknowledged: upToSequence });
  }

  /** Undefined where the flash did not keep the row that explains a gap. */
  #blockWithRoom(entry: EventEntry): EventBlock | undefined {
    const newest = this.#blocks.at(-1);
    const isFull = newest === undefined || this.#used >= placesOf(this.#parts.flash, newest.region);
    const mustSkip = this.lastSequence < this.#parts.settings.values.eventsSkipTo;
    const block = isFull || this.#isClosed || mustSkip ? this.#startBlock() : newest;
    if (this.#used > 0) return block;
    // Told from what is in flash, so that a cut between the format and this row loses nothing.
    const gap = this.#gapBefore(block);
    if (gap === undefined) return block;
    const data = encodeEventData('gap', gap);
    return this.#put(block, { ...entry, type: 'gap', data }) === undefined ? undefined : block;
  }

  #startBlock(): EventBlock {
    const { regions, settings } = this.#parts;
    const newest = this.#blocks.at(-1);
    // Read before the old rows go: they may be all there is.
    this.#head ??= this.#findHead();
    const firstSequence = Math.max(this.lastSequence, settings.values.eventsSkipTo) + 1;
    const others = regions.length - (newest === undefined ? 0 : 1);
    for (let step = 1; step <= others; step++) {
      const index = ((newest?.index ?? -1) + step) % regions.length;
      const block = this.#bad.has(index) ? undefined : this.#format(index, firstSequence);
      if (block !== undefined) return block;
    }
    this.#bad = NONE_BAD;
    throw flashWorn('a block of the event log');
  }

  /** Undefined where the flash keeps no block there: what still shows of the old one is told as before. */
  #format(index: number, firstSequence: number): EventBlock | undefined {
    const { flash, regions } = this.#parts;
    const region = regions[index];
    invariant(region, 'the ring has that block');
    const generation = 1 + Math.max(0, ...this.#blocks.map((other) => other.generation));
    const block: EventBlock = { index, region, generation, firstSequence };
    const others = this.#blocks.filter((old) => old.index !== index);
    if (isKeptWithRetry(() => formatBlock(flash, block))) {
      this.#blocks = [...others, block];
      this.#used = 0;
      this.#isClosed = false;
      return block;
    }
    this.#bad = new Set([...this.#bad, index]);
    const left = findBlock(flash, region, index);
    if (left === undefined || left.firstSequence >= firstSequence) this.#blocks = others;
    return undefined;
  }

  /** Undefined where the flash did not keep the row: its number is used up and the block closed. */
  #put(block: EventBlock, entry: EventEntry): EventRow | undefined {
    const { flash, engine, settings } = this.#parts;
    const sequence = block.firstSequence + this.#used;
    if (sequence > settings.values.eventsReserved) {
      settings.write({ eventsReserved: sequence + EVENT_NUMBERS_PER_RESERVATION - 1 });
    }
    const { bytes, row } = sealRow(
      engine,
      this.#rowKey(),
      block.generation,
      sequence,
      entry,
      this.head.chain,
    );
    const isKept = programPlace(flash, block, this.#used, bytes);
    this.#used++;
    if (!isKept) {
      this.#isClosed = true;
      return undefined;
    }
    this.#head = { sequence, chain: row.chain };
    return row;
  }

  /** What the first row of `block` has to explain. */
  #gapBefore(block: EventBlock): Gap | undefined {
    const acknowledged = this.#parts.settings.values.eventsAcknowledged;
    const gaps: Gap[] = [];
    const oldest = this.#oldestOfRun()?.firstSequence ?? block.firstSequence;
    if (oldest > acknowledged + 1) {
      gaps.push({ from: acknowledged + 1, to: oldest - 1, reasons: EVENT_GAP_REASONS.overflow });
    }
    let after = block;
    for (const before of this.#blocks.filter((other) => other !== block).reverse()) {
      const scan = scanBlock(this.#parts.flash, before);
      const end = before.firstSequence + scan.used;
      if (end < after.firstSequence) {
        gaps.push({ from: end, to: after.firstSequence - 1, reasons: EVENT_GAP_REASONS.skipped });
      }
      if (scan.damaged !== undefined) {
        const { from, to } = scan.damaged;
        const first = before.firstSequence;
        gaps.push({ from: first + from, to: first + to, reasons: EVENT_GAP_REASONS.damaged });
      }
      if (explainsItself(scan)) break;
      after = before;
    }
    return gaps.length === 0 ? undefined : gaps.reduce(merge);
  }

  /** A block that went bad may still show old rows: what stood between it and the next was overwritten. */
  #oldestOfRun(): EventBlock | undefined {
    const follows = (at: number): boolean =>
      this.#blocks[at]?.generation === (this.#blocks[at - 1]?.generation ?? 0) + 1;
    return this.#blocks.findLast((_, at) => at === 0 || !follows(at));
  }

  #findHead(): LogHead {
    for (const block of this.#blocks.toReversed()) {
      const { lastWhole } = scanBlock(this.#parts.flash, block);
      for (let place = lastWhole ?? -1; place >= 0; place--) {
        const row = this.#open(block, place);
        if (row !== undefined) return { sequence: row.sequence, chain: row.chain };
      }
    }
    return NO_LOG;
  }

  #open(block: EventBlock, place: number): EventRow | undefined {
    return openRow(this.#parts.engine, this.#rowKey(), readPlace(this.#parts.flash, block, place));
  }

  #rowKey(): Uint8Array {
    this.#key ??= eventKey(this.#parts.engine, this.#parts.secure.contents.logSecret);
    return this.#key;
  }
}

/** The first row of a block explains what lies before the block; where it is there, nothing older is open. */
const explainsItself = ({ used, damaged }: BlockScan): boolean => used > 0 && damaged?.from !== 0;

const merge = (a: Gap, b: Gap): Gap => ({
  from: Math.min(a.from, b.from),
  to: Math.max(a.to, b.to),
  reasons: a.reasons | b.reasons,
});
