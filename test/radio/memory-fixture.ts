// A lock-like GATT, a peripheral that remembers its calls, and virtual time that is stepped until a promise settles.
import { VirtualClock } from '#protocol/ports/virtual-clock.ts';
import type { Central, CentralLink } from '#radio/ports/central.ts';
import type { Advert, ServiceSpec } from '#radio/ports/gatt.ts';
import type { PeripheralHandler, PeripheralLink } from '#radio/ports/peripheral.ts';
import type { AddressedPeripheral, MemoryRadio, MemoryRadioOptions } from '#radio/memory/memory-radio.ts';
import { openMemoryRadio } from '#radio/memory/memory-radio.ts';
import { inVirtualTime, turn } from '#test/builders/virtual-time.ts';

export const SERVICE = '00112233445566778899aabbccddee00';
export const STATUS = '00112233445566778899aabbccddee01';
export const CONTROL = '00112233445566778899aabbccddee02';
export const DATA = '00112233445566778899aabbccddee03';

export const SERVICES: readonly ServiceSpec[] = [
  { uuid: '180a', characteristics: [{ uuid: '2a29', properties: ['read'] }] },
  { uuid: '180f', characteristics: [{ uuid: '2a19', properties: ['read', 'notify'] }] },
  {
    uuid: SERVICE,
    characteristics: [
      { uuid: STATUS, properties: ['read', 'notify'] },
      { uuid: CONTROL, properties: ['write', 'writeWithoutResponse', 'notify'] },
      { uuid: DATA, properties: ['writeWithoutResponse'] },
    ],
  },
];

/** The MTU exchange and the discovery of the fixture's table. */
export const SETUP_PDUS = 22;

export const anAdvert = (manufacturerData = Uint8Array.of(0xff, 0xff, 1)): Advert => ({
  serviceUuids: [SERVICE],
  localName: 'lock',
  manufacturerData,
});

/** Answers as a test says, and notes each call as one line. */
export class RecordingHandler implements PeripheralHandler {
  readonly calls: string[] = [];
  link: PeripheralLink | undefined;
  readValue: Uint8Array | number = Uint8Array.of(1, 2, 3);
  writeStatus = 0;
  onWritten: (link: PeripheralLink, value: Uint8Array) => void = () => {};
  onSubscribed: (link: PeripheralLink) => void = () => {};

  onConnect(link: PeripheralLink): void {
    this.link = link;
    this.calls.push(`connect ${link.epoch} mtu ${link.mtu}`);
  }
  onDisconnect(link: PeripheralLink): void {
    this.calls.push(`disconnect ${link.epoch}`);
  }
  onRead(_link: PeripheralLink, characteristic: string): Uint8Array | number {
    this.calls.push(`read ${shortOf(characteristic)}`);
    return this.readValue;
  }
  onWrite(link: PeripheralLink, characteristic: string, value: Uint8Array, kind: string): number {
    this.calls.push(`${kind} ${shortOf(characteristic)} ${hex(value)}`);
    this.onWritten(link, value);
    return this.writeStatus;
  }
  onSubscribe(link: PeripheralLink, characteristic: string): void {
    this.calls.push(`subscribe ${shortOf(characteristic)}`);
    this.onSubscribed(link);
  }
  onUnsubscribe(_link: PeripheralLink, characteristic: string): void {
    this.calls.push(`unsubscribe ${shortOf(characteristic)}`);
  }
}

const shortOf = (uuid: string): string => uuid.slice(-2);

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

export interface Met {
  readonly clock: VirtualClock;
  readonly radio: MemoryRadio;
  readonly central: Central;
  readonly peripheral: AddressedPeripheral;
  readonly handler: RecordingHandler;
  /** Each PDU as `>hex` to the peripheral, `<hex` to the central. */
  readonly trace: string[];
  /** Steps time until the promise settles; throws where nothing is left to step. */
  settle<T>(promise: Promise<T>, limitMs?: number): Promise<T>;
  connect(): Promise<CentralLink>;
}

/** One central, and one peripheral that advertises. */
export async function meet(
  options: Partial<MemoryRadioOptions> = {},
  services: readonly ServiceSpec[] = SERVICES,
): Promise<Met> {
  const clock = new VirtualClock();
  const trace: string[] = [];
  const radio = openMemoryRadio({
    clock,
    onAtt: (_link, from, pdu) => trace.push((from === 'central' ? '>' : '<') + hex(pdu)),
    ...options,
  });
  const central = await radio.central();
  const peripheral = await radio.peripheral();
  const handler = new RecordingHandler();
  await peripheral.open(services, handler);
  await peripheral.advertise(anAdvert());
  const settle = <T>(promise: Promise<T>, limitMs?: number): Promise<T> => settleOn(clock, promise, limitMs);
  const connect = (): Promise<CentralLink> => settle(central.connect(peripheral.peripheralId));
  return { clock, radio, central, peripheral, handler, trace, settle, connect };
}

export const settleOn = <T>(clock: VirtualClock, promise: Promise<T>, limitMs?: number): Promise<T> =>
  inVirtualTime(clock, promise, turn, limitMs);

/** The radio error's code, or `none`. */
export const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'none',
    (error: unknown) => (error as { code?: unknown }).code ?? error,
  );
