// A link's packets in connection events: every interval an event, in it whole pairs while either side has a
// packet ready, each packet acknowledged by the next one. Idle events are not made: nothing would happen in them.
// Core Specification 5.4: Vol 6 Part B, 4.5.1 and 4.5.6 (closing an event), 4.5.9 (acknowledgement), 2.4.
import type { Timer } from '#protocol/ports/clock.ts';
import { ACL_CONTINUING } from '../hci/h4.ts';
import type { LinkRole } from './att-tap.ts';
import { PAYLOAD_BYTES_MIN, type Link, type LinkAir, type Transport } from './link.ts';
import type { LinkSettings } from './link-model.ts';
import { packetUs, pairUs } from './link-model.ts';

/** LL_TERMINATE_IND: opcode and error code (Vol 6 Part B, 2.4.2.3). */
const TERMINATE_BYTES = 2;
/** From the packet that asks for a connection to its first event at the earliest (Vol 6 Part B, 4.5.3). */
const TRANSMIT_WINDOW_DELAY_MS = 1.25;
/** Instants closer than this are one: floating-point milliseconds. */
const SAME_INSTANT_MS = 1e-6;

interface AirPacket {
  readonly bytes: number;
  readonly readyMs: number;
  readonly arrived: (event: number) => void;
}

export class PacedTransport implements Transport {
  readonly #link: Link;
  readonly #air: LinkAir;
  #settings: LinkSettings;
  /** Event `firstEvent` begins here; later ones an interval apart. */
  #anchorMs: number;
  #firstEvent = 0;
  /** The event that is on or was last. */
  #event = -1;
  #pairs = 0;
  readonly #queues: Record<LinkRole, AirPacket[]> = { central: [], peripheral: [] };
  #timer: Timer | undefined;
  #stopped = false;

  constructor(link: Link, settings: LinkSettings, air: LinkAir) {
    this.#link = link;
    this.#air = air;
    this.#settings = settings;
    this.#anchorMs = air.clock.monotonicMs() + TRANSMIT_WINDOW_DELAY_MS;
  }

  send(from: LinkRole, boundary: number, data: Buffer): void {
    const readyMs = this.#readyMs();
    const payloadBytes = this.#link.faults.noDataLength ? PAYLOAD_BYTES_MIN : this.#settings.maxPayloadBytes;
    for (let at = 0; at < data.length; at += payloadBytes) {
      const part = data.subarray(at, at + payloadBytes);
      const flag = at === 0 ? boundary : ACL_CONTINUING;
      const last = at + part.length >= data.length;
      const arrived = (event: number): void => {
        this.#link.deliver(from, flag, part, event);
        if (last) this.#link.completed(from);
      };
      this.#queues[from].push({ bytes: part.length, readyMs, arrived });
    }
    this.#wake();
  }

  terminate(from: LinkRole, done: () => void): void {
    this.#queues[from].push({ bytes: TERMINATE_BYTES, readyMs: this.#readyMs(), arrived: done });
    this.#wake();
  }

  setInterval(intervalMs: number): void {
    // The new interval counts from the next anchor on.
    this.#firstEvent = this.#event + 1;
    this.#anchorMs = Math.max(this.#eventMs(this.#event + 1), this.#air.clock.monotonicMs());
    this.#settings = { ...this.#settings, intervalMs };
  }

  setDataLength(octets: number): void {
    this.#settings = {
      ...this.#settings,
      maxPayloadBytes: octets,
    };
  }

  setPhy(phy2M: boolean): void {
    this.#settings = { ...this.#settings, phy: phy2M ? '2M' : '1M' };
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  #readyMs(): number {
    return this.#air.clock.monotonicMs() + this.#settings.hostLatencyMs + this.#link.faults.delayMs();
  }

  #eventMs(event: number): number {
    return this.#anchorMs + (event - this.#firstEvent) * this.#settings.intervalMs;
  }

  /** Where nothing is under way, waits for the first event at which a packet will be ready. */
  #wake(): void {
    if (this.#timer !== undefined || this.#stopped || this.#link.silent) return;
    const heads = [this.#queues.central[0], this.#queues.peripheral[0]];
    const readyMs = Math.min(...heads.map((packet) => packet?.readyMs ?? Infinity));
    if (readyMs === Infinity) return;
    const earliestMs = Math.max(readyMs, this.#air.clock.monotonicMs());
    const events = (earliestMs - this.#anchorMs - SAME_INSTANT_MS) / this.#settings.intervalMs;
    this.#event = Math.max(this.#event + 1, this.#firstEvent + Math.max(0, Math.ceil(events)));
    this.#pairs = 0;
    this.#at(this.#eventMs(this.#event), (atMs) => this.#pair(atMs));
  }

  #at(ms: number, run: (atMs: number) => void): void {
    this.#timer = this.#air.clock.after(ms - this.#air.clock.monotonicMs(), () => {
      this.#timer = undefined;
      run(ms);
    });
  }

  /** One pair from `atMs` on, if there is something to send and it fits; otherwise the event closes. */
  #pair(atMs: number): void {
    if (this.#stopped || this.#link.silent) return;
    const central = this.#ready('central', atMs);
    const replyMs = atMs + packetUs(this.#settings, central?.bytes ?? 0) / 1000;
    const peripheral = this.#ready('peripheral', replyMs);
    const endMs = atMs + pairUs(this.#settings, central?.bytes ?? 0, peripheral?.bytes ?? 0) / 1000;
    const fits = endMs <= this.#eventMs(this.#event + 1) + SAME_INSTANT_MS;
    const most = Math.min(this.#settings.pairsPerEventMax ?? Infinity, this.#link.faults.pairsPerEventMax);
    const spent = this.#pairs >= most;
    if ((central === undefined && peripheral === undefined) || !fits || spent) return this.#wake();
    // After a packet that is not heard the event closes; it is sent again in the next one.
    if (this.#link.faults.packetLost()) return this.#wake();
    this.#pairs++;
    this.#at(endMs, () => {
      if (this.#link.silent) return;
      if (central !== undefined) this.#arrive('central', central);
      if (peripheral !== undefined) this.#arrive('peripheral', peripheral);
      this.#next(endMs);
    });
  }

  /** Without host latency the hosts get their turn first: what they answer may ride in the next pair. */
  #next(endMs: number): void {
    if (this.#settings.hostLatencyMs > 0) this.#pair(endMs);
    else if (!this.#stopped) this.#at(endMs, (atMs) => this.#pair(atMs));
  }

  #arrive(from: LinkRole, packet: AirPacket): void {
    if (this.#stopped) return;
    this.#queues[from].shift();
    packet.arrived(this.#event);
  }

  #ready(from: LinkRole, atMs: number): AirPacket | undefined {
    const head = this.#queues[from][0];
    // On a real clock timers come late, and hosts with them: what is here by now counts.
    const byMs = Math.max(atMs, this.#air.clock.monotonicMs()) + SAME_INSTANT_MS;
    return head !== undefined && head.readyMs <= byMs ? head : undefined;
  }
}
