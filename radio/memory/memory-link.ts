// One connection as two queues between two hosts. What is sent arrives on a later turn, at a connection event
// where the link has an interval, in order, and never after the link is down; an idle link has no timer.
import type { Clock, Timer } from '#protocol/ports/clock.ts';
import { invariant } from '#protocol/errors.ts';
import type { LinkFaults } from './memory-faults.ts';

export type AttDirection = 'to-peripheral' | 'to-central';
export type OnAtt = (linkId: number, direction: AttDirection, bytes: Uint8Array) => void;

export interface LinkTiming {
  /** Of the connection events. noble is asked for 30. */
  readonly intervalMs: number;
  /** PDUs that fit one event in each direction; where left out, whole packets of 251 bytes at 1M. */
  readonly pairsPerEvent?: number;
  /** How long after the last PDU both hosts notice that a link is lost. Default 4,000. */
  readonly supervisionMs?: number;
}

/** One packet pair at 1M, 251 bytes one way and an empty reply, unencrypted (Vol 6 Part B, 2.1 and 4.1). */
const FULL_PAIR_MS = 2.468;
export const DEFAULT_SUPERVISION_MS = 4_000;
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
  readonly #timing: LinkTiming | undefined;
  readonly #faults: LinkFaults;
  readonly #onAtt: OnAtt | undefined;
  readonly #anchorMs: number;
  readonly #queues: Record<AttDirection, Queued[]> = { 'to-peripheral': [], 'to-central': [] };
  #ends: Record<AttDirection, LinkEnd> | undefined;
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
    this.#timing = options.timing;
    this.#faults = options.faults;
    this.#onAtt = options.onAtt;
    this.#anchorMs = options.clock.monotonicMs();
  }

  join(central: LinkEnd, peripheral: LinkEnd): void {
    this.#ends = { 'to-central': central, 'to-peripheral': peripheral };
  }

  /** The link keeps the bytes. Where it is lost or down they go nowhere. */
  send(direction: AttDirection, pdu: Uint8Array): void {
    this.#queue(direction, pdu);
  }

  /** Ends the connection for both, once what that side has queued before has been sent. */
  terminate(direction: AttDirection): void {
    this.#queue(direction, TERMINATE);
  }

  /** The peripheral is out of reach: nothing more arrives, and both hosts notice by supervision. */
  lose(): void {
    if (this.#state !== 'up') return;
    this.#state = 'lost';
    this.#turn?.cancel();
    this.#empty();
    const supervisionMs =
      this.#timing === undefined ? 0 : (this.#timing.supervisionMs ?? DEFAULT_SUPERVISION_MS);
    this.#clock.after(supervisionMs, () => this.#down());
  }

  /** The peripheral's host is dead, or back; its controller keeps the link up all the while. */
  silence(silent: boolean): void {
    this.#silent = silent;
  }

  #queue(direction: AttDirection, item: Queued): void {
    if (this.#state !== 'up') return;
    this.#queues[direction].push(item);
    this.#schedule();
  }

  #schedule(): void {
    this.#turn ??= this.#clock.after(this.#untilNextTurnMs(), () => this.#run());
  }

  #untilNextTurnMs(): number {
    if (this.#timing === undefined) return 0;
    const { intervalMs } = this.#timing;
    const sinceAnchorMs = this.#clock.monotonicMs() - this.#anchorMs;
    const nextEvent = Math.floor(sinceAnchorMs / intervalMs + SAME_EVENT) + 1;
    return nextEvent * intervalMs - sinceAnchorMs;
  }

  /** What was queued before this turn, pair by pair; what its arrival makes the hosts send waits for the next. */
  #run(): void {
    this.#turn = undefined;
    try {
      const toPeripheral = Math.min(this.#queues['to-peripheral'].length, this.#pairsPerTurn());
      const toCentral = Math.min(this.#queues['to-central'].length, this.#pairsPerTurn());
      for (let pair = 0; pair < Math.max(toPeripheral, toCentral); pair++) {
        if (pair < toPeripheral) this.#carry('to-peripheral');
        if (pair < toCentral) this.#carry('to-central');
      }
    } finally {
      const waiting = this.#queues['to-peripheral'].length + this.#queues['to-central'].length;
      if (this.#state === 'up' && waiting > 0) this.#schedule();
    }
  }

  #pairsPerTurn(): number {
    if (this.#timing === undefined) return Infinity;
    const { intervalMs, pairsPerEvent } = this.#timing;
    return pairsPerEvent ?? Math.max(1, Math.floor(intervalMs / FULL_PAIR_MS));
  }

  #carry(direction: AttDirection): void {
    if (this.#state !== 'up') return;
    const item = this.#queues[direction].shift();
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
    if (this.#silent && direction === 'to-central') return;
    this.#onAtt?.(this.id, direction, item);
    if (!this.#silent) this.#end(direction).receive(item);
  }

  #down(): void {
    if (this.#state === 'down') return;
    this.#state = 'down';
    this.#turn?.cancel();
    this.#empty();
    this.#end('to-central').down();
    this.#end('to-peripheral').down();
  }

  #empty(): void {
    this.#queues['to-peripheral'].length = 0;
    this.#queues['to-central'].length = 0;
  }

  #end(direction: AttDirection): LinkEnd {
    invariant(this.#ends, 'a link carries nothing before both hosts joined it');
    return this.#ends[direction];
  }
}
