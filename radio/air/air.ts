// The air that controllers share: who hears whose adverts, who connects to whom, which links are up. Paced, its
// links follow the link model on the air's clock; unpaced, they are as fast as the hosts.
import { invariant } from '#protocol/errors.ts';
import type { Clock } from '#protocol/ports/clock.ts';
import type { ConnectionUpdate, CreateConnection } from '../hci/commands.ts';
import { airAddress } from '../hci/address.ts';
import { REPORT_TYPE } from '../hci/events.ts';
import type { Pacing } from '../hci/host-queue.ts';
import type { ControllerAir } from '../hci/virtual-controller.ts';
import { VirtualController } from '../hci/virtual-controller.ts';
import { AdvertisingSchedule } from './advertising.ts';
import type { AttRecord } from './att-tap.ts';
import type { Faults, LinkFaults } from './faults.ts';
import { FaultDice, NO_FAULTS } from './faults.ts';
import type { LinkAir, Transport } from './link.ts';
import { Link, PAYLOAD_BYTES_MAX, UnpacedTransport } from './link.ts';
import type { LinkSettings } from './link-model.ts';
import { PacedTransport } from './paced-transport.ts';

export interface AirOptions {
  readonly clock: Clock;
  /** `unpaced`, or the link model's settings. The interval is the one that the central asks for. */
  readonly link: 'unpaced' | LinkSettings;
  readonly faults?: Faults;
}

export interface AttachOptions {
  readonly pacing: Pacing;
  readonly toHost: (packet: Buffer) => void;
  readonly aclBufferBytes?: number;
  readonly aclBuffers?: number;
}

/** 251 bytes fill one link-layer packet: 244 of value, 3 of ATT, 4 of L2CAP. */
const ACL_BUFFER_BYTES = 251;
/** Fewer starve a 2M link between two turns of the host. */
const ACL_BUFFERS = 32;
const RSSI_DBM = -52;
const ADVERTISING_UNIT_MS = 0.625;
/** The fastest advertising that an air makes (Vol 6 Part B, 4.4.2.2.1). */
const ADVERTISING_INTERVAL_MS_MIN = 20;

export class Air implements ControllerAir {
  readonly clock: Clock;
  readonly #link: 'unpaced' | LinkSettings;
  readonly #controllers = new Set<VirtualController>();
  readonly #scanners = new Set<VirtualController>();
  readonly #initiators = new Map<VirtualController, CreateConnection>();
  readonly #advertising: AdvertisingSchedule;
  readonly #links = new Map<VirtualController, Map<number, Link>>();
  readonly #taps = new Set<(record: AttRecord) => void>();
  #dice: FaultDice;
  #linkFaults = new Map<number, LinkFaults>();
  #attached = 0;
  #linksMade = 0;

  constructor(options: AirOptions) {
    this.clock = options.clock;
    this.#link = options.link;
    this.#dice = new FaultDice(options.faults ?? NO_FAULTS);
    const atOnce = options.link === 'unpaced';
    const phases = new FaultDice({ seed: `${String(options.faults?.seed ?? 0)}/advertising` });
    this.#advertising = new AdvertisingSchedule(this.clock, phases, atOnce, (controller) =>
      this.#advertisingEvent(controller),
    );
  }

  attach(options: AttachOptions): VirtualController {
    const identity = {
      address: airAddress(++this.#attached),
      aclBufferBytes: options.aclBufferBytes ?? ACL_BUFFER_BYTES,
      aclBuffers: options.aclBuffers ?? ACL_BUFFERS,
      dataLengthExtension: this.#dice.faults.noDataLength !== true,
    };
    const controller = new VirtualController({ ...options, ...identity, clock: this.clock }, this);
    this.#controllers.add(controller);
    this.#links.set(controller, new Map());
    return controller;
  }

  /** Its power is gone: the peers of its links hear a connection timeout. */
  detach(controller: VirtualController): void {
    if (!this.#controllers.delete(controller)) return;
    this.dropLinks(controller);
    controller.detach();
    this.#links.delete(controller);
  }

  /** From now on; links that are up see it too. */
  setFaults(faults: Faults): void {
    this.#dice = new FaultDice(faults);
    this.#linkFaults.clear();
  }

  /** Every ATT PDU as it arrives. Returns what ends it. */
  onAtt(listener: (record: AttRecord) => void): () => void {
    this.#taps.add(listener);
    return () => this.#taps.delete(listener);
  }

  /** Links that are up, by age. */
  links(): Link[] {
    return [...new Set([...this.#links.values()].flatMap((links) => [...links.values()]))].sort(
      (a, b) => a.id - b.id,
    );
  }

  /** The link of the peripheral at that address. */
  linkOf(peripheralAddress: string): Link | undefined {
    return this.links().find(
      ({ peripheral }) => peripheral.controller.identity.address === peripheralAddress,
    );
  }

  /** Both hosts lose it at once, by supervision timeout. False where there is none. */
  dropLink(link: Link | undefined): boolean {
    link?.drop();
    return link !== undefined;
  }

  /** The host at that address hangs: its links stay up and it answers nothing; or it is alive again. */
  silence(address: string, silent: boolean): void {
    for (const controller of this.#controllers) {
      if (controller.identity.address === address) controller.silent = silent;
    }
  }

  /** No host has a packet waiting that is due: only time can bring something new. */
  get idle(): boolean {
    for (const controller of this.#controllers) if (!controller.idle) return false;
    return true;
  }

  /** Gives hosts in this process their turn until none has anything to answer any more. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < QUIET_ROUNDS; quiet = this.idle ? quiet + 1 : 0) {
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  close(): void {
    for (const controller of [...this.#controllers]) this.detach(controller);
    this.#taps.clear();
  }

  advertisingChanged(controller: VirtualController): void {
    const advertising = controller.advertising;
    const intervalMs = (advertising?.intervalMin ?? 0) * ADVERTISING_UNIT_MS;
    this.#advertising.set(controller, advertising && Math.max(intervalMs, ADVERTISING_INTERVAL_MS_MIN));
    if (this.#link === 'unpaced' && advertising !== undefined) this.#match(controller);
  }

  scanningChanged(controller: VirtualController): void {
    if (controller.scanning) this.#scanners.add(controller);
    else this.#scanners.delete(controller);
    this.#listen();
  }

  initiatingChanged(controller: VirtualController): void {
    const wanted = controller.initiating;
    if (wanted === undefined) this.#initiators.delete(controller);
    else this.#initiators.set(controller, wanted);
    this.#listen();
    if (this.#link !== 'unpaced' || wanted === undefined) return;
    for (const advertiser of [...this.#advertising.advertisers]) this.#match(advertiser);
  }

  sendAcl(controller: VirtualController, handle: number, boundary: number, data: Buffer): void {
    const link = this.#linksOf(controller).get(handle);
    link?.send(link.roleOf(controller), boundary, data);
  }

  disconnect(controller: VirtualController, handle: number): void {
    const link = this.#linksOf(controller).get(handle);
    link?.terminate(link.roleOf(controller));
  }

  dropLinks(controller: VirtualController): void {
    for (const link of [...this.#linksOf(controller).values()]) link.drop();
  }

  update(controller: VirtualController, update: ConnectionUpdate): void {
    this.#linksOf(controller).get(update.handle)?.update({
      interval: update.intervalMax,
      latency: update.latency,
      supervisionTimeout: update.supervisionTimeout,
    });
  }

  setDataLength(controller: VirtualController, handle: number, octets: number): void {
    this.#linksOf(controller).get(handle)?.setDataLength(octets);
  }

  setPhy(controller: VirtualController, handle: number, phy2M: boolean): void {
    this.#linksOf(controller).get(handle)?.setPhy(phy2M);
  }

  phyOf(controller: VirtualController, handle: number): number {
    return this.#linksOf(controller).get(handle)?.phy2M === true ? 2 : 1;
  }

  #linksOf(controller: VirtualController): Map<number, Link> {
    return this.#links.get(controller) ?? new Map<number, Link>();
  }

  #listen(): void {
    this.#advertising.listen(this.#scanners.size > 0 || this.#initiators.size > 0);
  }

  #advertisingEvent(controller: VirtualController): void {
    for (const scanner of this.#scanners) {
      if (scanner === controller || this.#dice.reportLost()) continue;
      this.#report(controller, scanner);
      if (this.#dice.reportDoubled()) this.#report(controller, scanner);
    }
    this.#match(controller);
  }

  /** The scan response follows even when it is empty: noble waits for it. */
  #report(controller: VirtualController, scanner: VirtualController): void {
    const advertising = controller.advertising;
    if (advertising === undefined) return;
    const { type, data, scanResponse } = advertising;
    const from = controller.advertisingAddress;
    scanner.report({ type, from, data, rssi: RSSI_DBM });
    if (type === REPORT_TYPE.nonConnectable) return;
    scanner.report({ type: REPORT_TYPE.scanResponse, from, data: scanResponse, rssi: RSSI_DBM });
  }

  /** Connects the first that waits for this advertiser. */
  #match(advertiser: VirtualController): void {
    if (advertiser.advertising?.type !== REPORT_TYPE.connectable) return;
    for (const [initiator, wanted] of this.#initiators) {
      if (initiator === advertiser || !initiator.seeks(advertiser.advertisingAddress)) continue;
      this.#connect(initiator, advertiser, wanted);
      return;
    }
  }

  #connect(central: VirtualController, peripheral: VirtualController, wanted: CreateConnection): void {
    const { latency, supervisionTimeout } = wanted;
    const addresses = { central: central.initiatingAddress, peripheral: peripheral.advertisingAddress };
    const parameters = { interval: wanted.intervalMax, latency, supervisionTimeout };
    const sides = {
      central: {
        controller: central,
        handle: central.connected({ ...parameters, role: 0, peer: addresses.peripheral }),
      },
      peripheral: {
        controller: peripheral,
        handle: peripheral.connected({ ...parameters, role: 1, peer: addresses.central }),
      },
    };
    const settings = this.#link;
    const air = this.#linkAir();
    const transport = (self: Link): Transport =>
      settings === 'unpaced'
        ? new UnpacedTransport(self)
        : new PacedTransport(self, { ...settings, intervalMs: wanted.intervalMax * 1.25 }, air);
    const phy2M = settings !== 'unpaced' && settings.phy === '2M';
    const link = new Link(++this.#linksMade, sides, parameters, air, transport, phy2M);
    for (const { controller, handle } of [link.central, link.peripheral]) {
      invariant(!this.#linksOf(controller).has(handle), 'a handle names one link');
      this.#linksOf(controller).set(handle, link);
    }
    // As controllers do it that make packets longer by themselves.
    link.setDataLength(settings === 'unpaced' ? PAYLOAD_BYTES_MAX : settings.maxPayloadBytes);
  }

  #linkAir(): LinkAir {
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- getters below have their own `this`
    const air = this;
    return {
      clock: air.clock,
      hostLatencyMs: air.#link === 'unpaced' ? 0 : air.#link.hostLatencyMs,
      faultsOf: (id) => {
        let faults = air.#linkFaults.get(id);
        if (faults === undefined) air.#linkFaults.set(id, (faults = air.#dice.link(id)));
        return faults;
      },
      get tap() {
        return air.#taps.size === 0 ? undefined : air.#tap;
      },
      ended: (link) => {
        air.#linkFaults.delete(link.id);
        for (const { controller, handle } of [link.central, link.peripheral]) {
          air.#linksOf(controller).delete(handle);
        }
      },
    };
  }

  readonly #tap = (record: AttRecord): void => {
    for (const tap of this.#taps) tap(record);
  };
}

/** Hosts hop through a few promises before they answer. */
const QUIET_ROUNDS = 3;
