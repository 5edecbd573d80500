// The real noble on a socket of ours. noble's bindings make their own socket; it is exchanged before they start.
// What this rests on are private fields: each is named here, and nowhere else, through `privateField`.
import type { EventEmitter } from 'node:events';
import {
  holdPoll,
  loadWith,
  privateField,
  require,
  SOCKET_PACKAGE,
  withoutProcessListeners,
} from '../hci/host-modules.ts';
import type { HostSocket } from '../hci/host-socket.ts';
import { InertSocket } from '../hci/host-socket.ts';

/** What noble found of a service and a characteristic, as its own events give it. */
export interface FoundService {
  readonly uuid: string;
  readonly startHandle: number;
  readonly endHandle: number;
}
export interface FoundCharacteristic extends FoundService {
  readonly properties: number;
  readonly valueHandle: number;
}

export interface NobleService extends EventEmitter {
  readonly uuid: string;
  discoverCharacteristics(uuids: readonly string[]): void;
}

export interface NoblePeripheral extends EventEmitter {
  readonly id: string;
  readonly connectable: boolean;
  readonly rssi: number;
  readonly mtu: number | null;
  readonly state: string;
  /** noble changes it in place with every report. */
  readonly advertisement: {
    readonly localName?: string;
    readonly manufacturerData?: Buffer;
    readonly serviceUuids?: readonly string[];
  };
  connect(parameters: ConnectParameters): void;
  discoverServices(uuids: readonly string[]): void;
}

/** In HCI's units: intervals of 1.25 ms, a timeout of 10 ms. */
export interface ConnectParameters {
  readonly minInterval: number;
  readonly maxInterval: number;
  readonly latency: number;
  readonly timeout: number;
}

export interface Noble extends EventEmitter {
  /** Reading it first starts the stack. */
  readonly state: string;
  startScanning(serviceUuids: readonly string[], allowDuplicates: boolean): void;
  stopScanning(): void;
  cancelConnect(peripheralId: string): void;
  disconnect(peripheralId: string): void;
  readHandle(peripheralId: string, handle: number): void;
  writeHandle(peripheralId: string, handle: number, data: Buffer, withoutResponse: boolean): void;
}

interface Bindings {
  readonly _hci: Hci;
  readonly _gap: { _discoveries: object };
}
interface Hci {
  _socket: unknown;
  _userChannel: unknown;
  pollIsDevUp(): void;
}
type BindingsClass = new (options: object) => Bindings;

const BINDINGS = '@abandonware/noble/lib/hci-socket/bindings';
const WHERE = "noble's hci-socket";
/** By peripheral id; nothing in noble ever takes one out. */
const KEPT_BY_NOBLE = [
  '_peripherals',
  '_services',
  '_characteristics',
  '_descriptors',
  '_discoveredPeripheralUUids',
];
const KEPT_BY_BINDINGS = ['_addresses', '_addresseTypes', '_connectable', 'scannable'];

export interface StartedNoble {
  readonly noble: Noble;
  /** What noble wants done as the process exits. */
  readonly onExit: readonly (() => void)[];
  /** Drops what noble keeps of every device that it ever heard, however foreign. */
  readonly forget: () => void;
  /** Drops the rest of what noble keeps of one device. Not of one that is connected. */
  readonly forgetDevice: (peripheralId: string) => void;
}

/**
 * Starts a noble of its own on `socket`. `again` gets the stack's poll of the adapter's state each time it would
 * set a timer.
 */
export function startNoble(socket: HostSocket, again: (poll: () => void) => void): StartedNoble {
  const NobleBindings = loadWith(BINDINGS, { [SOCKET_PACKAGE]: InertSocket }) as BindingsClass;
  const withBindings = require('@abandonware/noble/with-bindings') as (bindings: Bindings) => Noble;
  const bindings = new NobleBindings({});
  const hci = privateField(bindings, '_hci', WHERE) as Hci;
  privateField(hci, '_socket', WHERE);
  hci._socket = socket;
  // On the user channel noble never asks for the buffer sizes and hangs.
  hci._userChannel = undefined;
  holdPoll(hci, WHERE, again);
  const gap = privateField(bindings, '_gap', WHERE) as Bindings['_gap'];
  privateField(gap, '_discoveries', WHERE);
  const noble = withBindings(bindings);
  const onExit = withoutProcessListeners(() => noble.state);
  const forget = (): void => {
    gap._discoveries = {};
  };
  // noble has some of them anew with each scan.
  const keeps = (): object[] => [
    ...KEPT_BY_NOBLE.map((name) => privateField(noble, name, 'noble') as object),
    ...KEPT_BY_BINDINGS.map((name) => privateField(bindings, name, WHERE) as object),
  ];
  keeps();
  const forgetDevice = (peripheralId: string): void => {
    for (const kept of keeps()) Reflect.deleteProperty(kept, peripheralId);
  };
  return { noble, onExit, forget, forgetDevice };
}
