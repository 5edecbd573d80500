// One link between two controllers: who is at its ends, what passed, and how it ends. How packets travel is its
// transport's: at once (unpaced), or in connection events (paced-transport.ts).
import type { Clock, Timer } from '#protocol/ports/clock.ts';
import { HCI_ERROR } from '../hci/events.ts';
import { MIC_BYTES, packetUs, USUAL_LINK } from './link-model.ts';
import { ACL_CONTINUING, ACL_FIRST_TO_HOST } from '../hci/h4.ts';
import type { VirtualController } from '../hci/virtual-controller.ts';
import type { AttRecord, LinkRole } from './att-tap.ts';
import { ATT_CHANNEL, attPdu, L2CAP_HEADER_BYTES, Recombiner } from '../hci/recombiner.ts';
import type { LinkFaults } from './faults.ts';

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
  /** Another object once the air's faults are others. */
  readonly faultsOf: (linkId: number) => LinkFaults;
  /** Undefined while nobody listens. */
  readonly tap: ((record: AttRecord) => void) | undefined;
  readonly hostLatencyMs: number;
  ended(link: Link): void;
}

/** Without and with the data length extension (Vol 6 Part B, 4.5.10). */
export const PAYLOAD_BYTES_MIN = 27;
export const PAYLOAD_BYTES_MAX = 251;

export const otherRole = (role: LinkRole): LinkRole => (role === 'central' ? 'peripheral' : 'central');

export class Link {
  readonly id: number;
  readonly central: LinkSide;
  readonly peripheral: LinkSide;
  parameters: LinkParameters;
  phy2M: boolean;
  readonly #air: LinkAir;
  readonly #transport: Transport;
  readonly #recombiners = { central: new Recombiner(), peripheral: new Recombiner() };
  #pdus = 0;
  #bytes = 0;
  /** The peripheral's host is dead on this link. */
  #deaf = false;
  #supervision: Timer | undefined;
  #up = true;

  constructor(
    id: number,
    sides: { central: LinkSide; peripheral: LinkSide },
    parameters: LinkParameters,
    air: LinkAir,
    transport: (link: Link) => Transport,
    phy2M = false,
  ) {
    this.phy2M = phy2M;
    this.id = id;
    this.central = sides.central;
    this.peripheral = sides.peripheral;
    this.parameters = parameters;
    this.#air = air;
    this.#transport = transport(this);
  }

  get faults(): LinkFaults {
    return this.#air.faultsOf(this.id);
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
    // Its buffer is free again, for whatever it still sends.
    if (this.#deaf && from === 'peripheral') this.completed(from);
    else this.#transport.send(from, boundary, this.#let(boundary, data));
  }

  /** To the other host. `event` is the connection event it arrives in. */
  deliver(from: LinkRole, boundary: number, data: Buffer, event: number): void {
    const { faults } = this;
    if (this.#isLostAt(boundary, data, faults)) return this.drop();
    if (this.#deaf) return;
    this.#pass(from, boundary, data, event, faults);
    const pdu = wholePdu(boundary, data);
    if (pdu !== undefined && faults.doubled(pdu)) this.#pass(from, boundary, data, event, faults);
  }

  #pass(from: LinkRole, boundary: number, data: Buffer, event: number, faults: LinkFaults): void {
    const { tap, clock } = this.#air;
    if (tap !== undefined) {
      const pdu = attPdu(this.#recombiners[from].add(boundary, data));
      if (pdu !== undefined) {
        tap({ linkId: this.id, from, pdu: Uint8Array.from(pdu), atMs: clock.monotonicMs(), event });
      }
    }
    const to = this[otherRole(from)];
    const flag = boundary === ACL_CONTINUING ? ACL_CONTINUING : ACL_FIRST_TO_HOST;
    const lateMs = from === 'central' ? faults.slowPeerMs : 0;
    to.controller.acl(to.handle, flag, data, this.#air.hostLatencyMs + faults.delayMs() + lateMs);
  }

  /** One ACL packet of that host is through: its buffer is free. */
  completed(from: LinkRole): void {
    if (!this.#up) return;
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

  /** Both hosts hear what it is by then, where they asked to. */
  setDataLength(octets: number): void {
    const most = this.faults.noDataLength ? PAYLOAD_BYTES_MIN : PAYLOAD_BYTES_MAX;
    const agreed = Math.min(Math.max(octets, PAYLOAD_BYTES_MIN), most);
    this.#transport.setDataLength(agreed);
    for (const { controller, handle } of [this.central, this.peripheral]) {
      controller.dataLengthChanged(
        handle,
        agreed,
        packetUs({ ...USUAL_LINK, phy: '1M' }, agreed + MIC_BYTES),
      );
    }
  }

  setPhy(phy2M: boolean): void {
    this.phy2M = phy2M;
    this.#transport.setPhy(phy2M);
    for (const { controller, handle } of [this.central, this.peripheral]) {
      controller.phyUpdated(handle, phy2M ? 2 : 1);
    }
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

  #isLostAt(boundary: number, data: Buffer, { loseAtPdu, loseAtBytes, silentFromPdu }: LinkFaults): boolean {
    const isFirst = boundary !== ACL_CONTINUING;
    if (isFirst) this.#pdus++;
    this.#bytes += data.length - (isFirst ? L2CAP_HEADER_BYTES : 0);
    if (this.#pdus >= silentFromPdu) this.#deaf = true;
    return this.#pdus === loseAtPdu || this.#bytes > loseAtBytes;
  }

  /** The packet as the air lets it through. */
  #let(boundary: number, data: Buffer): Buffer {
    const pdu = wholePdu(boundary, data);
    if (pdu === undefined) return data;
    const passed = this.faults.passed(pdu);
    return passed === pdu ? data : Buffer.concat([data.subarray(0, L2CAP_HEADER_BYTES), passed]);
  }
}

/** The ATT PDU that this packet alone is, if it is one. */
function wholePdu(boundary: number, data: Buffer): Buffer | undefined {
  if (boundary === ACL_CONTINUING || data.length <= L2CAP_HEADER_BYTES) return undefined;
  const isWhole = data.readUInt16LE(0) === data.length - L2CAP_HEADER_BYTES;
  return isWhole && data.readUInt16LE(2) === ATT_CHANNEL ? data.subarray(L2CAP_HEADER_BYTES) : undefined;
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
