// The real bleno, many times in one process, each on a socket of ours. bleno's modules make one set of bindings as
// they load; here they load without them, and each instance gets its own. What this rests on are private fields:
// each is named here, and nowhere else, through `privateField`.
import type { EventEmitter } from 'node:events';
import {
  holdPoll,
  loadWith,
  privateField,
  SOCKET_PACKAGE,
  withoutProcessListeners,
} from '../hci/host-modules.ts';
import type { HostSocket } from '../hci/host-socket.ts';
import { InertSocket } from '../hci/host-socket.ts';

export interface BlenoCharacteristicOptions {
  readonly uuid: string;
  readonly properties: readonly string[];
  onReadRequest(offset: number, callback: (result: number, data?: Buffer) => void): void;
  onWriteRequest(
    data: Buffer,
    offset: number,
    withoutResponse: boolean,
    callback: (result: number) => void,
  ): void;
  onSubscribe(maxValueBytes: number, updateValueCallback: (data: Buffer) => void): void;
  onUnsubscribe(): void;
}

export interface Bleno extends EventEmitter {
  readonly state: string;
  readonly Characteristic: new (options: BlenoCharacteristicOptions) => object;
  readonly PrimaryService: new (options: { uuid: string; characteristics: object[] }) => object;
  setServices(services: readonly object[]): void;
  startAdvertisingWithEIRData(data: Buffer, scanResponse: Buffer): void;
  stopAdvertising(): void;
  disconnect(): void;
}

interface Hci {
  _socket: unknown;
  pollIsDevUp(): void;
}
interface Bindings extends EventEmitter {
  readonly _hci: Hci;
}
interface Classes {
  readonly Bindings: new () => Bindings;
  readonly Bleno: new () => Bleno & { _bindings: unknown };
}

const BINDINGS = '@abandonware/bleno/lib/hci-socket/bindings';
const WHERE = "bleno's hci-socket";
/** Read by bleno as services are set; by default it would tell everyone the machine's name. */
const DEVICE_NAME = 'BLENO_DEVICE_NAME';

let classes: Classes | undefined;
/** What the next Bleno listens to: its class takes the bindings from its module. */
let bindingsOfNext: Bindings | undefined;

function load(): Classes {
  const bindings = loadWith(BINDINGS, { [SOCKET_PACKAGE]: InertSocket }) as object;
  const redirect = {
    on: (event: string, listener: (...given: unknown[]) => void) => bindingsOfNext?.on(event, listener),
  };
  const Bleno = loadWith('@abandonware/bleno/lib/bleno', {
    './hci-socket/bindings': redirect,
    './mac/bindings': redirect,
  }) as Classes['Bleno'];
  return { Bindings: bindings.constructor as Classes['Bindings'], Bleno };
}

/** A bleno of its own on `socket`, not started yet: `startBleno` does that. */
export function makeBleno(socket: HostSocket, again: (poll: () => void) => void): Bleno {
  classes ??= load();
  const bindings = new classes.Bindings();
  const hci = privateField(bindings, '_hci', WHERE) as Hci;
  privateField(hci, '_socket', WHERE);
  hci._socket = socket;
  holdPoll(hci, WHERE, again);
  bindingsOfNext = bindings;
  const bleno = new classes.Bleno();
  bindingsOfNext = undefined;
  privateField(bleno, '_bindings', 'bleno');
  bleno._bindings = bindings;
  return bleno;
}

/** The first listener of stateChange starts it. Gives what bleno wants done as the process exits. */
export function startBleno(bleno: Bleno, onState: (state: string) => void): readonly (() => void)[] {
  return withoutProcessListeners(() => bleno.on('stateChange', onState));
}

export function setServices(bleno: Bleno, deviceName: string, services: readonly object[]): void {
  const before = process.env[DEVICE_NAME];
  process.env[DEVICE_NAME] = deviceName;
  try {
    bleno.setServices(services);
  } finally {
    if (before === undefined) Reflect.deleteProperty(process.env, DEVICE_NAME);
    else process.env[DEVICE_NAME] = before;
  }
}
