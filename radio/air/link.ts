// One link between two controllers: who is at its ends, what passed, and how it ends. How packets travel is its
// transport's: at once (unpaced), or in connection events (paced-transport.ts).
import type { Clock, Timer } from '#protocol/ports/clock.ts';
import { HCI_ERROR } from '../hci/events.ts';
import { ACL_CONTINUING, ACL_FIRST_TO_HOST } from '../hci/h4.ts';
import type { VirtualController } from '../hci/virtual-controller.ts';
import type { AttRecord, LinkRole } from './att-tap.ts';
import { ATT_CHANNEL, attPdu, Recombiner } from '../hci/recombiner.ts';
import type { FaultDice } from './faults.ts';

export interface LinkSide {
  readonly controller: VirtualController;
  readonly handle: number;
}

export interface LinkParameters {
  /** In units of 1.25 ms and 10 ms. */
  readonly interval: number;
  readonly latency: number;
  readonly supervisionTimeout: number;
}

export interface Transport {
  send(from: LinkRole, boundary: number, data: Buffer): void;
  /** Behind what that side has already sent, then `done`. */
  terminate(from: LinkRole, done: () => void): void;
  setInterval(intervalMs: number): void;
  setDataLength(octets: number): void;
  setPhy(phy2M: boolean): void;
  stop(): void;
}

/** What a link needs of its air. */
export interface LinkAir {
  readonly clock: Clock;
  readonly dice: FaultDice;
  /** Undefined while nobody listens. */
  readonly tap: ((record: AttRecord) => void) | undefined;
  readonly hostLatencyMs: number;
  ended(link: Link): void;
}

/** Opcode and value of the ATT MTU request (Vol 3 Part F, 3.4.2.1). */
const MTU_REQUEST = 0x02;
const MTU_REQUEST_PACKET_BYTES = 7;

export const otherRole = (role: LinkRole): LinkRole => (role === 'central' ? 'peripheral' : 'central');

export class Link {
  readonly id: number;
  readonly central: LinkSide;
  readonly peripheral: LinkSide;
  parameters: LinkParameters;
  readonly #air: LinkAir;
  readonly #transport: Transport;
  readonly #recombiners = { central: new Recombiner(), peripheral: new Recombiner() };
  #packets = 0;
  #supervision: Timer | undefined;
  #up = true;

  constructor(
    id: number,
    sides: { central: LinkSide; peripheral: LinkSide },
    parameters: LinkParameters,
    air: LinkAir,
    transport: (link: Link) => Transport,
  ) {
    this.id = id;
    this.central = sides.central;
    this.peripheral = sides.peripheral;
    this.parameters = parameters;
    this.#air = air;
    this.#transport = transport(this);
  }

  get up(): boolean {
    return this.#up;
  }

  /** No packet passes any more: out of range, until the supervision timeout notices. */
  get silent(): boolean {
    return this.#supervision !== undefined;
  }

  roleOf(controller: VirtualController): LinkRole {
    return this.central.controller === controller ? 'central' : 'peripheral';
  }

  /** From a host. */
  send(from: LinkRole, boundary: number, data: Buffer): void {
    if (!this.#up) return;
    this.#packets++;
    if (this.#packets === this.#air.dice.faults.disconnectAtPacket) return this.drop();
    this.#lowerMtu(data);
    this.#transport.send(from, boundary, data);
  }

  /** To the other host. `event` is the connection event it arrives in. */
  deliver(from: LinkRole, boundary: number, data: Buffer, event: number): void {
    const { tap, clock } = this.#air;
    if (tap !== undefined) {
      const pdu = attPdu(this.#recombiners[from].add(boundary, data));
      if (pdu !== undefined) {
        tap({ linkId: this.id, from, pdu: Uint8Array.from(pdu), atMs: clock.monotonicMs(), event });
      }
    }
    const to = this[otherRole(from)];
    const flag = boundary === ACL_CONTINUING ? ACL_CONTINUING : ACL_FIRST_TO_HOST;
    to.controller.acl(to.handle, flag, data, this.#hostWayMs());
  }

  /** One ACL packet of that host is through: its buffer is free. */
  completed(from: LinkRole): void {
    const { controller, handle } = this[from];
    controller.completed(handle, this.#air.hostLatencyMs);
  }

  /** A host asked for the end; the other side hears that the remote user did (Vol 6 Part B, 5.1.6). */
  terminate(from: LinkRole): void {
    this.#transport.terminate(from, () => {
      const own = { [from]: HCI_ERROR.localHostTerminated };
      const other = { [otherRole(from)]: HCI_ERROR.remoteUserTerminated };
      this.#end({ ...own, ...other } as Record<LinkRole, number>);
    });
    // Where nothing gets through, the host still gets its answer.
    if (this.silent) this.drop();
  }

  update(parameters: LinkParameters): void {
    this.parameters = parameters;
    this.#transport.setInterval(parameters.interval * 1.25);
    const { interval, latency, supervisionTimeout } = parameters;
    for (const { controller, handle } of [this.central, this.peripheral]) {
      controller.updated(handle, interval, latency, supervisionTimeout);
    }
  }

  setDataLength(octets: number): void {
    this.#transport.setDataLength(octets);
  }

  setPhy(phy2M: boolean): void {
    this.#transport.setPhy(phy2M);
  }

  /** Both sides lose it at once, by supervision timeout. */
  drop(): void {
    this.#end({ central: HCI_ERROR.connectionTimeout, peripheral: HCI_ERROR.connectionTimeout });
  }

  /** Nothing passes from now on; both sides notice after the supervision timeout. */
  silence(): void {
    if (!this.#up || this.silent) return;
    this.#supervision = this.#air.clock.after(this.parameters.supervisionTimeout * 10, () => this.drop());
  }

  #end(reasons: Record<LinkRole, number>): void {
    if (!this.#up) return;
    this.#up = false;
    this.#supervision?.cancel();
    this.#transport.stop();
    this.#air.ended(this);
    for (const role of ['central', 'peripheral'] as const) {
      this[role].controller.disconnected(this[role].handle, reasons[role], this.#air.hostLatencyMs);
    }
  }

  #hostWayMs(): number {
    return this.#air.hostLatencyMs + this.#air.dice.delayMs();
  }

  #lowerMtu(data: Buffer): void {
    const most = this.#air.dice.faults.attMtuMax;
    if (most === undefined || data.length !== MTU_REQUEST_PACKET_BYTES) return;
    if (data.readUInt16LE(2) !== ATT_CHANNEL || data[4] !== MTU_REQUEST) return;
    data.writeUInt16LE(Math.min(data.readUInt16LE(5), most), 5);
  }
}

/** As fast as the two hosts go: a packet is at the other side as it is sent. */
export class UnpacedTransport implements Transport {
  readonly #link: Link;

  constructor(link: Link) {
    this.#link = link;
  }

  send(from: LinkRole, boundary: number, data: Buffer): void {
    if (this.#link.silent) return;
    this.#link.deliver(from, boundary, data, -1);
    this.#link.completed(from);
  }

  terminate(_from: LinkRole, done: () => void): void {
    done();
  }

  setInterval(): void {}
  setDataLength(): void {}
  setPhy(): void {}
  stop(): void {}
}
