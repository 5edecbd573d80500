// One connection as two queues between two hosts. What is sent arrives on a later turn, at a connection event
// where the link has an interval, in order, and never after the link is down; an idle link has no timer.
import type { Clock, Timer } from '#protocol/ports/clock.ts';
import { invariant } from '#protocol/errors.ts';
import type { LinkRole } from '../air/att-tap.ts';
import { linkLimit, USUAL_LINK } from '../air/link-model.ts';
import type { LinkFaults } from './memory-faults.ts';

/** `from` is who sent it. The bytes are not to be changed. */
export type OnAtt = (linkId: number, from: LinkRole, pdu: Uint8Array) => void;

export interface LinkTiming {
  /** Of the connection events. noble is asked for 30. */
  readonly intervalMs: number;
  /** PDUs of each side that one event takes; by default as many full packets as the usual link carries. */
  readonly pairsPerEvent?: number;
  /** From the loss of a link until both hosts notice. */
  readonly supervisionMs?: number;
}

const DEFAULT_SUPERVISION_MS = 4_000;
/** Of an event, against the rounding of a clock that counts fractions. */
const SAME_EVENT = 1e-6;

/** A host's end. Called on a turn of the link alone, never from within its own `send`. */
export interface LinkEnd {
  receive(pdu: Uint8Array): void;
  /** The last call. */
  down(): void;
}

/** In a queue: the end of the connection, behind what its side had to send. */
const TERMINATE = null;
type Queued = Uint8Array | typeof TERMINATE;

export class MemoryLink {
  readonly id: number;
  readonly #clock: Clock;
  readonly #intervalMs: number | undefined;
  readonly #pairsPerTurn: number;
  readonly #supervisionMs: number;
  readonly #faults: LinkFaults;
  readonly #onAtt: OnAtt | undefined;
  readonly #anchorMs: number;
  readonly #queues: Record<LinkRole, Queued[]> = { central: [], peripheral: [] };
  #ends: Record<LinkRole, LinkEnd> | undefined;
  #state: 'up' | 'lost' | 'down' = 'up';
  #silent = false;
  #pdus = 0;
  #turn: Timer | undefined;

  constructor(
    id: number,
    options: { clock: Clock; timing?: LinkTiming | undefined; faults: LinkFaults; onAtt?: OnAtt | undefined },
  ) {
    this.id = id;
    this.#clock = options.clock;
    const { timing } = options;
    this.#intervalMs = timing?.intervalMs;
    this.#pairsPerTurn =
      timing === undefined ? Infinity : (timing.pairsPerEvent ?? usualPairs(timing.intervalMs));
    this.#supervisionMs = timing === undefined ? 0 : (timing.supervisionMs ?? DEFAULT_SUPERVISION_MS);
    this.#faults = options.faults;
    this.#onAtt = options.onAtt;
    this.#anchorMs = options.clock.monotonicMs();
  }

  join(central: LinkEnd, peripheral: LinkEnd): void {
    this.#ends = { central, peripheral };
  }

  /** The link keeps the bytes. Where it is lost or down they go nowhere. */
  send(from: LinkRole, pdu: Uint8Array): void {
    this.#queue(from, pdu);
  }

  /** Ends the connection for both, once what that side has queued before has been sent. */
  terminate(from: LinkRole): void {
    this.#queue(from, TERMINATE);
  }

  /** Both hosts lose the link on the next turn; what is queued is gone. */
  drop(): void {
    this.#loseWithin(0);
  }

  /** The peer is out of reach: nothing more arrives, and both hosts notice after the supervision timeout. */
  lose(): void {
    this.#loseWithin(this.#supervisionMs);
  }

  /** The peripheral's host is dead, or back; its controller keeps the link up all the while. */
  silence(silent: boolean): void {
    this.#silent = silent;
  }

  #loseWithin(ms: number): void {
    if (this.#state === 'down') return;
    this.#state = 'lost';
    this.#turn?.cancel();
    this.#empty();
    this.#clock.after(ms, () => {
      this.#down();
    });
  }

  #queue(from: LinkRole, item: Queued): void {
    if (this.#state !== 'up') return;
    this.#queues[from].push(item);
    this.#schedule();
  }

  #schedule(): void {
    this.#turn ??= this.#clock.after(this.#untilNextTurnMs(), () => {
      this.#run();
    });
  }

  #untilNextTurnMs(): number {
    if (this.#intervalMs === undefined) return 0;
    const sinceAnchorMs = this.#clock.monotonicMs() - this.#anchorMs;
    const nextEvent = Math.floor(sinceAnchorMs / this.#intervalMs + SAME_EVENT) + 1;
    return nextEvent * this.#intervalMs - sinceAnchorMs;
  }

  /** What was queued before this turn, pair by pair; what its arrival makes the hosts send waits for the next. */
  #run(): void {
    this.#turn = undefined;
    const { central, peripheral } = this.#queues;
    try {
      const fromCentral = Math.min(central.length, this.#pairsPerTurn);
      const fromPeripheral = Math.min(peripheral.length, this.#pairsPerTurn);
      for (let pair = 0; pair < Math.max(fromCentral, fromPeripheral); pair++) {
        if (pair < fromCentral) this.#carry('central');
        if (pair < fromPeripheral) this.#carry('peripheral');
      }
    } finally {
      if (this.#state === 'up' && central.length + peripheral.length > 0) this.#schedule();
    }
  }

  #carry(from: LinkRole): void {
    if (this.#state !== 'up') return;
    const item = this.#queues[from].shift();
    if (item === undefined) return;
    if (item === TERMINATE) {
      this.#down();
      return;
    }
    this.#pdus++;
    if (this.#pdus === this.#faults.loseAtPdu) {
      this.lose();
      return;
    }
    if (this.#pdus >= this.#faults.silentFromPdu) this.#silent = true;
    if (this.#silent && from === 'peripheral') return;
    this.#onAtt?.(this.id, from, item);
    if (!this.#silent) this.#end(from === 'central' ? 'peripheral' : 'central').receive(item);
  }

  #down(): void {
    if (this.#state === 'down') return;
    this.#state = 'down';
    this.#turn?.cancel();
    this.#empty();
    this.#end('central').down();
    this.#end('peripheral').down();
  }

  #empty(): void {
    this.#queues.central.length = 0;
    this.#queues.peripheral.length = 0;
  }

  #end(role: LinkRole): LinkEnd {
    invariant(this.#ends, 'a link carries nothing before both hosts joined it');
    return this.#ends[role];
  }
}

const usualPairs = (intervalMs: number): number => linkLimit({ ...USUAL_LINK, intervalMs }).pairsPerEvent;
