// A virtual LE controller: H4 packets from and to one host, and the air on the other side. It holds what the
// host set (advertising, scanning, initiating) and the handles of its links; what happens between controllers is
// the air's. It never calls the host from within `fromHost`, unless its queue was told to.
import type { Clock } from '#protocol/ports/clock.ts';
import type { DeviceAddress } from './address.ts';
import * as commands from './commands.ts';
import type { ConnectionUpdate, CreateConnection } from './commands.ts';
import { OPCODE } from './commands.ts';
import * as events from './events.ts';
import { HCI_ERROR } from './events.ts';
import type { HciCommand } from './h4.ts';
import { decodeH4, encodeAcl, HANDLE_MAX } from './h4.ts';
import type { Pacing } from './host-queue.ts';
import { HostQueue } from './host-queue.ts';
import type { ControllerIdentity } from './replies.ts';
import { HostSettings, type Advertising } from './host-settings.ts';
import { linkCommand, type LinkFloor } from './link-commands.ts';
import { returnParameters } from './replies.ts';

/** What a controller asks of the air around it. */
export interface ControllerAir {
  advertisingChanged(controller: VirtualController): void;
  scanningChanged(controller: VirtualController): void;
  initiatingChanged(controller: VirtualController): void;
  sendAcl(controller: VirtualController, handle: number, boundary: number, data: Buffer): void;
  disconnect(controller: VirtualController, handle: number): void;
  /** All of them, at once: their peers hear a connection timeout. */
  dropLinks(controller: VirtualController): void;
  update(controller: VirtualController, update: ConnectionUpdate): void;
  setDataLength(controller: VirtualController, handle: number, octets: number): void;
  setPhy(controller: VirtualController, handle: number, phy2M: boolean): void;
  /** 1 for 1M, 2 for 2M. */
  phyOf(controller: VirtualController, handle: number): number;
}

export interface ControllerOptions extends ControllerIdentity {
  readonly clock: Clock;
  readonly pacing: Pacing;
  readonly toHost: (packet: Buffer) => void;
}

/** Where a handle's numbers begin; 0 is never used, noble takes it for none. */
const HANDLE_FIRST = 0x0040;
/** Reports are dropped rather than queued without end at a slow host. */
const REPORTS_QUEUED_MAX = 256;

export class VirtualController {
  readonly identity: ControllerIdentity;
  readonly #air: ControllerAir;
  readonly #queue: HostQueue;
  readonly #settings = new HostSettings();
  #handles = new Set<number>();
  #completed = new Map<number, { count: number }>();

  #advertises = false;
  #scans: { filterDuplicates: boolean; seen: Set<string> } | undefined;
  #initiates: CreateConnection | undefined;
  /** The host hangs: its data neither comes nor goes, its links stay up. */
  silent = false;

  readonly #floor: LinkFloor;

  constructor(options: ControllerOptions, air: ControllerAir) {
    this.identity = options;
    this.#air = air;
    this.#queue = new HostQueue(options.clock, options.pacing, options.toHost);
    this.#floor = {
      identity: options,
      isUp: (handle) => this.#handles.has(handle),
      post: (packet) => this.#post(packet),
      postLe: (subevent, packet) => this.#postLe(subevent, packet),
      disconnect: (handle) => air.disconnect(this, handle),
      update: (update) => air.update(this, update),
      setDataLength: (handle, octets) => air.setDataLength(this, handle, octets),
      setPhy: (handle, phy2M) => air.setPhy(this, handle, phy2M),
      phyOf: (handle) => air.phyOf(this, handle),
    };
  }

  /** By which it is met while it advertises: the identity's, or the random one that its host chose. */
  get advertisingAddress(): DeviceAddress {
    return this.#address(this.#settings.advertising.ownAddressRandom);
  }

  /** By which a peripheral sees it. */
  get initiatingAddress(): DeviceAddress {
    return this.#address(this.#initiates?.ownAddressRandom === true);
  }

  /** Whether it waits for that one. */
  seeks(peer: DeviceAddress): boolean {
    const wanted = this.#initiates;
    if (wanted === undefined) return false;
    if (wanted.anyAccepted === true) return this.#settings.accepts(peer);
    return wanted.peer.address === peer.address && wanted.peer.random === peer.random;
  }

  get advertising(): Advertising | undefined {
    if (!this.#advertises) return undefined;
    return this.#settings.advertising;
  }

  get scanning(): boolean {
    return this.#scans !== undefined;
  }

  get initiating(): CreateConnection | undefined {
    return this.#initiates;
  }

  /** Nothing waits for the host but what is due later. */
  get idle(): boolean {
    return this.#queue.idle;
  }

  /** One H4 packet from the host. What cannot be decoded is dropped. */
  fromHost(bytes: Uint8Array): void {
    const packet = decodeH4(bytes);
    if (packet?.kind === 'command') this.#command(packet);
    else if (packet?.kind === 'acl' && this.#handles.has(packet.handle)) {
      if (this.silent) this.completed(packet.handle, 0);
      else this.#air.sendAcl(this, packet.handle, packet.boundary, Buffer.from(packet.data));
    }
  }

  report(report: events.AdvertisingReport): void {
    if (this.#scans === undefined || !this.#settings.hears(report.from)) return;
    if (this.#queue.length > REPORTS_QUEUED_MAX) return;
    if (this.#scans.filterDuplicates) {
      const key = `${report.from.address}/${report.type}`;
      if (this.#scans.seen.has(key)) return;
      this.#scans.seen.add(key);
    }
    this.#post(events.advertisingReport(report));
  }

  /** A link is up: advertising or initiating ends with it. Gives the link's handle. */
  connected(complete: Omit<events.ConnectionComplete, 'status' | 'handle'>): number {
    let handle = HANDLE_FIRST;
    while (this.#handles.has(handle) && handle < HANDLE_MAX) handle++;
    this.#handles.add(handle);
    if (complete.role === 0) {
      this.#initiates = undefined;
      this.#air.initiatingChanged(this);
    } else {
      this.#advertises = false;
      this.#air.advertisingChanged(this);
    }
    this.#post(events.connectionComplete({ ...complete, status: HCI_ERROR.success, handle }));
    return handle;
  }

  acl(handle: number, boundary: number, data: Buffer, delayMs: number): void {
    if (!this.silent) this.#queue.push(() => encodeAcl(handle, boundary, data), delayMs);
  }

  /** The host may send one more ACL packet. Counts that wait in the queue grow instead of queueing again. */
  completed(handle: number, delayMs: number): void {
    const waiting = this.#completed.get(handle);
    if (waiting !== undefined) {
      waiting.count++;
      return;
    }
    const entry = { count: 1 };
    this.#completed.set(handle, entry);
    this.#queue.push(() => {
      if (this.#completed.get(handle) === entry) this.#completed.delete(handle);
      return events.numberOfCompletedPackets(handle, entry.count);
    }, delayMs);
  }

  disconnected(handle: number, reason: number, delayMs: number): void {
    if (!this.#handles.delete(handle)) return;
    // The next link of this handle begins its own count, behind its own Connection Complete.
    this.#completed.delete(handle);
    this.#post(events.disconnectionComplete(handle, reason), delayMs);
  }

  updated(handle: number, interval: number, latency: number, supervisionTimeout: number): void {
    this.#post(events.connectionUpdateComplete(handle, interval, latency, supervisionTimeout));
  }

  /** 1 for 1M, 2 for 2M. */
  phyUpdated(handle: number, phy: number): void {
    this.#postLe(events.LE_SUBEVENT.phyUpdateComplete, events.phyUpdateComplete(handle, phy));
  }

  dataLengthChanged(handle: number, octets: number, timeUs: number): void {
    this.#postLe(events.LE_SUBEVENT.dataLengthChange, events.dataLengthChange(handle, octets, timeUs));
  }

  /** The host is gone: nothing more is told to it. */
  detach(): void {
    this.#silence();
    this.#queue.clear();
  }

  #silence(): void {
    this.#advertises = false;
    this.#scans = undefined;
    this.#initiates = undefined;
    this.#air.advertisingChanged(this);
    this.#air.scanningChanged(this);
    this.#air.initiatingChanged(this);
    for (const handle of [...this.#handles]) this.#air.disconnect(this, handle);
  }

  #post(packet: Buffer, delayMs = 0): void {
    this.#queue.push(() => packet, delayMs);
  }

  /** An event that no host gets before it asked for it. */
  #postLe(subevent: number, packet: Buffer): void {
    if (this.#settings.wants(subevent)) this.#post(packet);
  }

  #address(random: boolean): DeviceAddress {
    const { address } = this.identity;
    return this.#settings.address(address, random) ?? { address, random: false };
  }

  #complete(opcode: number, status: number): void {
    this.#post(events.commandComplete(opcode, Buffer.of(status)));
  }

  #command(command: HciCommand): void {
    if (linkCommand(command, this.#floor)) return;
    const { opcode, parameters } = command;
    switch (opcode) {
      case OPCODE.reset:
        this.#reset();
        return this.#complete(opcode, HCI_ERROR.success);
      case OPCODE.leSetAdvertisingEnable:
        if (parameters[0] === 1 && !this.#settings.hasAdvertisingAddress) {
          return this.#complete(opcode, HCI_ERROR.invalidParameters);
        }
        this.#advertises = parameters[0] === 1;
        this.#air.advertisingChanged(this);
        return this.#complete(opcode, HCI_ERROR.success);
      case OPCODE.leSetScanEnable:
      case OPCODE.leSetExtendedScanEnable:
        this.#scans =
          parameters[0] === 1 ? { filterDuplicates: parameters[1] === 1, seen: new Set() } : undefined;
        this.#air.scanningChanged(this);
        return this.#complete(opcode, HCI_ERROR.success);
      case OPCODE.leCreateConnection:
        return this.#initiate(opcode, commands.decodeCreateConnection(parameters));
      case OPCODE.leExtendedCreateConnection:
        return this.#initiate(opcode, commands.decodeExtendedCreateConnection(parameters));
      case OPCODE.leCreateConnectionCancel:
        return this.#cancel(opcode);
      case OPCODE.leEnableEncryption:
        // No keys are kept here: pairing is refused at its last step.
        this.#post(events.commandStatus(opcode, HCI_ERROR.unsupportedParameter));
        return;
      default:
    }
    const returned =
      this.#settings.command(opcode, parameters) ?? returnParameters(opcode, parameters, this.identity);
    if (returned === undefined) this.#complete(opcode, HCI_ERROR.unknownCommand);
    else this.#post(events.commandComplete(opcode, returned));
  }

  /** Held until a match or a cancel (7.8.12). */
  #initiate(opcode: number, connection: CreateConnection | undefined): void {
    if (this.#initiates !== undefined || connection === undefined) {
      const status = connection === undefined ? HCI_ERROR.invalidParameters : HCI_ERROR.commandDisallowed;
      this.#post(events.commandStatus(opcode, status));
      return;
    }
    this.#post(events.commandStatus(opcode, HCI_ERROR.success));
    this.#initiates = connection;
    this.#air.initiatingChanged(this);
  }

  #cancel(opcode: number): void {
    if (this.#initiates === undefined) return this.#complete(opcode, HCI_ERROR.commandDisallowed);
    this.#initiates = undefined;
    this.#air.initiatingChanged(this);
    this.#complete(opcode, HCI_ERROR.success);
    this.#post(events.connectionCancelled());
  }

  /** As one that was just given power (7.3.2): its host hears no more of its links, their peers miss it. */
  #reset(): void {
    this.#handles.clear();
    this.#air.dropLinks(this);
    this.#silence();
    this.#settings.reset();
    this.#completed.clear();
  }
}
