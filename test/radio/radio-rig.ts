// What the contract of the ports runs on: one radio with its faults and its ATT PDUs, and `run`, which lets time
// pass while a test's body waits. On a virtual clock nothing depends on the machine's speed.
import { systemClock } from '#protocol/node/system-clock.ts';
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import { Air } from '#radio/air/air.ts';
import type { LinkSettings } from '#radio/air/link-model.ts';
import { openH4Radio } from '#radio/h4/h4-radio.ts';
import { serveH4 } from '#radio/h4/h4-server.ts';
import { openMemoryRadio, type MemoryRadio } from '#radio/memory/memory-radio.ts';
import { PairedPeripheral } from '#radio/paired/paired-peripheral.ts';
import type { Central, CentralLink, ConnectOptions } from '#radio/ports/central.ts';
import type { Advert, AdvertReport, ServiceSpec } from '#radio/ports/gatt.ts';
import type { Peripheral, PeripheralHandler, PeripheralLink } from '#radio/ports/peripheral.ts';
import type { Radio } from '#radio/ports/radio.ts';
import { serveAir } from '#radio/virtual/air-server.ts';
import { openVirtualRadio } from '#radio/virtual/virtual-radio.ts';
import { openWsRadio } from '#radio/virtual/ws-radio.ts';

/** One ATT PDU as `>hex` from the central or `<hex` from the peripheral. */
export type AttLine = string;

export interface Ports {
  central(): Promise<Central>;
  peripheral(): Promise<Peripheral>;
}

export interface RadioRig extends Ports {
  readonly att: AttLine[];
  /** Both hosts lose that peripheral's link. */
  dropLink(peripheralId: string): void;
  /** The peripheral's host hangs. */
  silence(peripheralId: string): void;
  run(body: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** A test whose body is run in the rig's time. */
export type InTime = (sentence: string, body: () => Promise<void>) => void;

/** More virtual time than any test of the contract takes. */
const LIMIT_MS = 600_000;
const TURNS_WITHOUT_TIMER = 1_000;

const line = (from: 'central' | 'peripheral', pdu: Uint8Array): AttLine =>
  (from === 'central' ? '>' : '<') + Buffer.from(pdu).toString('hex');

/** Steps the clock while the body waits; a body that waits for something that no timer brings fails. */
export async function stepped(
  clock: VirtualClock,
  settle: () => Promise<void>,
  body: () => Promise<void>,
): Promise<void> {
  let ended = false;
  const isEnded = (): boolean => ended;
  const end = body().finally(() => {
    ended = true;
  });
  end.catch(() => {});
  let turns = 0;
  while (!isEnded()) {
    await settle();
    const due = clock.nextDueMs();
    // A body may be taking turns of its own while no timer is due.
    if (due === undefined) turns++;
    else turns = 0;
    const waitsForever = turns > TURNS_WITHOUT_TIMER || clock.monotonicMs() > LIMIT_MS;
    if (waitsForever) throw new Error(`the test waits for what never comes (at ${clock.monotonicMs()} ms)`);
    if (!isEnded()) clock.step();
  }
  await end;
}

/** noble and bleno on virtual controllers, in virtual time. */
export async function virtualRig(link: 'unpaced' | LinkSettings): Promise<RadioRig> {
  const clock = new VirtualClock();
  const radio = openVirtualRadio({ clock, link });
  return {
    ...overTheAir(radio, radio.air),
    run: (body) => stepped(clock, radio.settle, body),
    close: () => stepped(clock, radio.settle, () => radio.close()),
  };
}

/** noble and bleno in real time, as fast as they go. */
export async function realTimeRig(): Promise<RadioRig> {
  const radio = openVirtualRadio({ clock: systemClock });
  return {
    ...overTheAir(radio, radio.air),
    run: (body) => body(),
    close: () => radio.close(),
  };
}

/** noble and bleno here, their controllers behind a WebSocket each. */
export async function webSocketRig(): Promise<RadioRig> {
  const server = await serveAir({ clock: systemClock, port: 0, link: 'unpaced' });
  const radio = openWsRadio(server.url, { clock: systemClock });
  return {
    ...overTheAir(radio, server.air),
    run: (body) => body(),
    close: async () => {
      await radio.close();
      await server.close();
    },
  };
}

/** noble and bleno here, their controllers behind a TCP connection each. */
export async function h4Rig(): Promise<RadioRig> {
  const air = new Air({ clock: systemClock, link: 'unpaced' });
  const server = await serveH4(air, { kind: 'tcp', host: '127.0.0.1', port: 0 });
  const radio = openH4Radio(server.endpoint, { clock: systemClock });
  return {
    ...overTheAir(radio, air),
    run: (body) => body(),
    close: async () => {
      await radio.close();
      await server.close();
      air.close();
    },
  };
}

/** What a rig has of a radio whose air is in this process. */
function overTheAir(radio: Radio, air: Air): Omit<RadioRig, 'run' | 'close'> {
  const att: AttLine[] = [];
  air.onAtt(({ from, pdu }) => att.push(line(from, pdu)));
  return {
    att,
    central: () => radio.central(),
    peripheral: () => radio.peripheral(),
    dropLink: (id) => air.dropLink(air.linkOf(id)),
    silence: (id) => air.silence(id, true),
  };
}

export async function memoryRig(): Promise<RadioRig> {
  const clock = new VirtualClock();
  const { radio, rig } = inMemory(clock);
  return { ...rig, close: () => rig.run(() => radio.close()) };
}

/** Peripherals on two radios in memory; met on the first. */
export async function pairedRig(): Promise<RadioRig> {
  const clock = new VirtualClock();
  const { radio, rig } = inMemory(clock);
  const other = openMemoryRadio({ clock });
  return {
    ...rig,
    peripheral: async () => new PairedPeripheral(await radio.peripheral(), await other.peripheral()),
    close: () =>
      rig.run(async () => {
        await radio.close();
        await other.close();
      }),
  };
}

function inMemory(clock: VirtualClock): { radio: MemoryRadio; rig: Omit<RadioRig, 'close'> } {
  const att: AttLine[] = [];
  const radio = openMemoryRadio({ clock, onAtt: (_link, from, pdu) => att.push(line(from, pdu)) });
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const rig = {
    att,
    central: () => radio.central(),
    peripheral: () => radio.peripheral(),
    dropLink: (id: string) => radio.dropLink(id),
    silence: (id: string) => radio.silence(id, true),
    run: (body: () => Promise<void>) => stepped(clock, settle, body),
  };
  return { radio, rig };
}

export const SERVICE = 'd0010000000000000000000000000001';
export const STATUS = 'd0010000000000000000000000000002';
export const CONTROL = 'd0010000000000000000000000000003';
export const DATA = 'd0010000000000000000000000000004';
export const OTHER_SERVICE = 'd0020000000000000000000000000001';

export const SERVICES: readonly ServiceSpec[] = [
  { uuid: '180f', characteristics: [{ uuid: '2a19', properties: ['read', 'notify'] }] },
  {
    uuid: SERVICE,
    characteristics: [
      { uuid: STATUS, properties: ['read', 'notify'] },
      { uuid: CONTROL, properties: ['read', 'write', 'writeWithoutResponse', 'notify'] },
      { uuid: DATA, properties: ['writeWithoutResponse'] },
    ],
  },
];

export const anAdvert = (advert: Partial<Advert> = {}): Advert => ({
  serviceUuids: [SERVICE],
  localName: 'lock',
  manufacturerData: Uint8Array.of(0xff, 0xff, 1, 2, 3),
  ...advert,
});

/** A handler that answers as it is told and notes each call as a line. */
export class RecordingHandler implements PeripheralHandler {
  readonly calls: string[] = [];
  link: PeripheralLink | undefined;
  read: (link: PeripheralLink) => Uint8Array | number = () => Uint8Array.of(1, 2, 3);
  write: (value: Uint8Array, link: PeripheralLink) => number = () => 0;
  subscribed: (link: PeripheralLink) => void = () => {};
  connected: (link: PeripheralLink) => void = () => {};
  #waiting: { call: string; resolve: () => void }[] = [];

  onConnect(link: PeripheralLink): void {
    this.link = link;
    this.#note(`connect ${link.epoch}`);
    this.connected(link);
  }
  onDisconnect(link: PeripheralLink): void {
    this.#note(`disconnect ${link.epoch}`);
  }
  onRead(link: PeripheralLink, characteristic: string): Uint8Array | number {
    this.#note(`read ${nameOf(characteristic)}`);
    return this.read(link);
  }
  onWrite(link: PeripheralLink, characteristic: string, value: Uint8Array, kind: string): number {
    this.#note(`${kind} ${nameOf(characteristic)} ${Buffer.from(value).toString('hex')}`);
    return this.write(value, link);
  }
  onSubscribe(link: PeripheralLink, characteristic: string): void {
    this.#note(`subscribe ${nameOf(characteristic)}`);
    this.subscribed(link);
  }
  onUnsubscribe(_link: PeripheralLink, characteristic: string): void {
    this.#note(`unsubscribe ${nameOf(characteristic)}`);
  }

  /** Waits until the call was made, if it was not yet. */
  async called(call: string): Promise<void> {
    if (this.calls.includes(call)) return;
    await new Promise<void>((resolve) => this.#waiting.push({ call, resolve }));
  }

  #note(call: string): void {
    this.calls.push(call);
    for (const waiting of this.#waiting) if (waiting.call === call) waiting.resolve();
    this.#waiting = this.#waiting.filter((waiting) => waiting.call !== call);
  }
}

const NAMES: Record<string, string> = { [STATUS]: 'status', [CONTROL]: 'control', [DATA]: 'data' };
const nameOf = (uuid: string): string => NAMES[uuid] ?? uuid;

export interface ALock {
  readonly peripheral: Peripheral;
  readonly handler: RecordingHandler;
}

/** Open and advertising. */
export async function aLock(rig: Ports, advert = anAdvert()): Promise<ALock> {
  const peripheral = await rig.peripheral();
  const handler = new RecordingHandler();
  await peripheral.open(SERVICES, handler);
  await peripheral.advertise(advert);
  return { peripheral, handler };
}

/** The first report that fits, from a scan of its own. */
export async function sight(
  central: Central,
  fits: (report: AdvertReport) => boolean = () => true,
  service = SERVICE,
): Promise<AdvertReport> {
  let found!: (report: AdvertReport) => void;
  const report = new Promise<AdvertReport>((resolve) => {
    found = resolve;
  });
  const scan = await central.scan({
    serviceUuids: [service],
    onReport: (one) => {
      if (fits(one)) found(one);
    },
  });
  const first = await report;
  await scan.stop();
  return first;
}

export interface Met extends ALock {
  readonly central: Central;
  readonly link: CentralLink;
  readonly id: string;
}

/** A lock, and a central with a link to it. */
export async function met(rig: Ports, options: ConnectOptions = {}): Promise<Met> {
  const lock = await aLock(rig);
  const central = await rig.central();
  const { peripheralId: id } = await sight(central);
  const link = await central.connect(id, options);
  return { ...lock, central, link, id };
}
