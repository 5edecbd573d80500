// One connection as two queues between two hosts. What is sent arrives on a later turn, at a connection event
// where the link has an interval, in order, and never after the link is down; an idle link has no timer.
import type { Clock, Timer } from '#protocol/ports/clock.ts';
import { invariant } from '#protocol/errors.ts';
import type { LinkRole } from '../air/att-tap.ts';
import type { LinkFaults } from '../air/faults.ts';
import { linkLimit, USUAL_LINK } from '../air/link-model.ts';

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
/** Without the data length extension, and what stands in front of a PDU in its first packet (Vol 3 Part A, 3.1). */
const SHORT_PAYLOAD_BYTES = 27;
const L2CAP_HEADER_BYTES = 4;
/** Of an event, against the rounding of a clock that counts fractions. */
const SAME_EVENT = 1e-6;

/** A host's end. Called on a turn of the link alone, never from within its own `send`. */
export interface LinkEnd {
  receive(pdu: Uint8Array): void;
  /** The last call. */
  down(): void;
}

interface Queued {
  /** Null: the end of the connection, behind what its side had to send. */
  readonly pdu: Uint8Array | null;
  readonly readyMs: number;
  /** Packets that are still to be sent of it. */
  packets: number;
}

export class MemoryLink {
  readonly id: number;
  readonly #clock: Clock;
  readonly #intervalMs: number | undefined;
  readonly #pairsPerTurn: number;
  readonly #supervisionMs: number;
  /** Undefined where nothing goes wrong. */
  readonly #faults: LinkFaults | undefined;
  readonly #onAtt: OnAtt | undefined;
  readonly #anchorMs: number;
  readonly #queues: Record<LinkRole, Queued[]> = { central: [], peripheral: [] };
  #ends: Record<LinkRole, LinkEnd> | undefined;
  #state: 'up' | 'lost' | 'down' = 'up';
  #silent = false;
  #pdus = 0;
  #bytes = 0;
  #turn: Timer | undefined;

  constructor(
    id: number,
    options: {
      clock: Clock;
      timing?: LinkTiming | undefined;
      faults?: LinkFaults | undefined;
      onAtt?: OnAtt | undefined;
    },
  ) {
    this.id = id;
    this.#clock = options.clock;
    const { timing, faults } = options;
    this.#intervalMs = timing?.intervalMs;
    const pairs = timing === undefined ? Infinity : pairsPerEvent(timing, faults?.noDataLength ?? false);
    this.#pairsPerTurn = Math.min(pairs, faults?.pairsPerEventMax ?? Infinity);
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
    this.#queue(from, this.#faults?.passed(pdu) ?? pdu);
  }

  /** Ends the connection for both, once what that side has queued before has been sent. */
  terminate(from: LinkRole): void {
    this.#queue(from, null);
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

  #queue(from: LinkRole, pdu: Uint8Array | null): void {
    if (this.#state !== 'up') return;
    const faults = this.#faults;
    const lateMs = faults === undefined ? 0 : faults.delayMs() + (from === 'central' ? faults.slowPeerMs : 0);
    const packets = faults?.noDataLength === true ? shortPackets(pdu) : 1;
    this.#queues[from].push({ pdu, readyMs: this.#clock.monotonicMs() + lateMs, packets });
    this.#schedule();
  }

  #schedule(): void {
    this.#turn ??= this.#clock.after(this.#untilNextTurnMs(), () => {
      this.#run();
    });
  }

  #untilNextTurnMs(): number {
    const nowMs = this.#clock.monotonicMs();
    const { central, peripheral } = this.#queues;
    const readyMs = Math.min(central[0]?.readyMs ?? Infinity, peripheral[0]?.readyMs ?? Infinity);
    const waitMs = Math.max(0, readyMs - nowMs);
    if (this.#intervalMs === undefined) return waitMs;
    const sinceAnchorMs = nowMs - this.#anchorMs;
    // An event after now, and not before something is ready.
    const events = sinceAnchorMs / this.#intervalMs + SAME_EVENT;
    const readyEvents = (sinceAnchorMs + waitMs) / this.#intervalMs - SAME_EVENT;
    const nextEvent = Math.max(Math.floor(events) + 1, Math.ceil(readyEvents));
    return nextEvent * this.#intervalMs - sinceAnchorMs;
  }

  /** What was ready before this turn, pair by pair; what its arrival makes the hosts send waits for the next. */
  #run(): void {
    this.#turn = undefined;
    const { central, peripheral } = this.#queues;
    const left = { central: this.#ready(central), peripheral: this.#ready(peripheral) };
    try {
      for (let pair = 0; pair < this.#pairsPerTurn && left.central + left.peripheral > 0; pair++) {
        // The event is over; what was lost is sent again in the next.
        if (this.#faults?.packetLost() === true) break;
        for (const from of ['central', 'peripheral'] as const) {
          if (left[from] > 0 && this.#packet(from)) left[from]--;
        }
      }
    } finally {
      if (this.#state === 'up' && central.length + peripheral.length > 0) this.#schedule();
    }
  }

  #ready(queue: readonly Queued[]): number {
    const byMs = this.#clock.monotonicMs() + SAME_EVENT;
    const first = queue.findIndex(({ readyMs }) => readyMs > byMs);
    return first < 0 ? queue.length : first;
  }

  /** One packet of the first PDU. True once that was the last one of it. */
  #packet(from: LinkRole): boolean {
    const head = this.#queues[from][0];
    if (this.#state !== 'up' || head === undefined) return true;
    head.packets--;
    if (head.packets > 0) return false;
    this.#queues[from].shift();
    if (head.pdu === null) this.#down();
    else this.#carry(from, head.pdu);
    return true;
  }

  #carry(from: LinkRole, pdu: Uint8Array): void {
    const faults = this.#faults;
    this.#pdus++;
    this.#bytes += pdu.length;
    if (faults !== undefined && (this.#pdus === faults.loseAtPdu || this.#bytes > faults.loseAtBytes)) {
      this.lose();
      return;
    }
    if (this.#pdus >= (faults?.silentFromPdu ?? Infinity)) this.#silent = true;
    if (this.#silent && from === 'peripheral') return;
    const times = faults?.doubled(pdu) === true ? 2 : 1;
    for (let time = 0; time < times; time++) {
      this.#onAtt?.(this.id, from, pdu);
      if (!this.#silent) this.#end(from === 'central' ? 'peripheral' : 'central').receive(pdu);
    }
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

function pairsPerEvent({ intervalMs, pairsPerEvent: given }: LinkTiming, noDataLength: boolean): number {
  const payload = noDataLength ? { maxPayloadBytes: SHORT_PAYLOAD_BYTES } : {};
  return given ?? linkLimit({ ...USUAL_LINK, ...payload, intervalMs }).pairsPerEvent;
}

const shortPackets = (pdu: Uint8Array | null): number =>
  pdu === null ? 1 : Math.ceil((pdu.length + L2CAP_HEADER_BYTES) / SHORT_PAYLOAD_BYTES);
