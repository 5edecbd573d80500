// One connection of a noble central. One request at a time is on the air; the others wait their turn, and each
// settles: with the peer's answer, its ATT error, the end of the link, or its deadline. Handles come from the GATT
// table, so that a link of an earlier meeting's table works at once.
import type { Clock, Timer } from '#protocol/ports/clock.ts';
import { deferred, type Deferred } from '#protocol/ports/deferred.ts';
import { handled } from '../hci/defect.ts';
import type { CentralLink } from '../ports/central.ts';
import { RadioError } from '../ports/errors.ts';
import type { GattTable, Uuid } from '../ports/gatt.ts';
import { ATT_DEFAULT_MTU } from '../ports/gatt.ts';
import type { AttError } from './host-events.ts';
import type { Noble, NoblePeripheral } from './load.ts';

/** Beyond the supervision timeout of 4 s, so that a lost link is told as such. */
export const REQUEST_DEADLINE_MS = 5_000;
/** A controller reports the end within the supervision timeout; then the link counts as down anyhow. */
const DISCONNECT_DEADLINE_MS = 5_000;
/** noble asks for 256 and takes whatever the server answers; the lower of the two holds. */
const NOBLE_MTU = 256;
/** Without the data length extension (Vol 6 Part B, 4.5.10). */
const PACKET_BYTES_MIN = 27;
/** Opcode and handle in front of a value. */
const VALUE_HEADER_BYTES = 3;
/** A characteristic's configuration follows its value (Door Sync's GATT and every table of bleno). */
const CONFIGURATION_OFFSET = 1;
const NOTIFY = Uint8Array.of(1, 0);

/** ATT opcodes of the requests that are made here (Vol 3 Part F, 3.4.4.3 and 3.4.5.1). */
const READ_REQUEST = 0x0a;
const READ_BLOB_REQUEST = 0x0c;
const WRITE_REQUEST = 0x12;
/** After these noble keeps its request for ever or starts to pair: the link is of no more use. */
const POISONING_STATUSES = new Set([0x04, 0x05, 0x08, 0x0f]);

interface Operation {
  /** The ATT requests whose errors are this operation's; none for a discovery, which ends by one. */
  readonly requests: readonly number[];
  /** Hands it to noble. Returns what takes its listeners away. */
  start(): () => void;
  reject(error: Error): void;
}

export class NobleLink implements CentralLink {
  readonly peripheralId: string;
  readonly closed: Promise<void>;
  /** The handle at the controller. */
  readonly handle: number;
  readonly #noble: Noble;
  readonly #peripheral: NoblePeripheral;
  readonly #clock: Clock;
  readonly #packetBytes: () => number | undefined;
  readonly #down: Deferred<void> = deferred();
  readonly #subscribers = new Map<number, (value: Uint8Array) => void>();
  readonly #waiting: Operation[] = [];
  #current: { operation: Operation; stop: () => void } | undefined;
  #table: GattTable = { services: [] };
  #ended: RadioError | undefined;

  constructor(
    noble: Noble,
    peripheral: NoblePeripheral,
    handle: number,
    clock: Clock,
    packetBytes: () => number | undefined,
  ) {
    this.peripheralId = peripheral.id;
    this.handle = handle;
    this.closed = this.#down.promise;
    this.#noble = noble;
    this.#peripheral = peripheral;
    this.#clock = clock;
    this.#packetBytes = packetBytes;
    peripheral.on('handleNotify', this.#onNotify);
    peripheral.once('disconnect', this.#onDisconnect);
  }

  get mtu(): number {
    return Math.min(this.#peripheral.mtu ?? ATT_DEFAULT_MTU, NOBLE_MTU);
  }

  /** A link begins with the shortest, and its controller was asked to tell of longer ones. */
  get packetBytes(): number {
    return this.#packetBytes() ?? PACKET_BYTES_MIN;
  }

  get gattTable(): GattTable {
    return this.#table;
  }

  set gattTable(table: GattTable) {
    this.#table = table;
  }

  async read(characteristic: Uuid, deadlineMs = REQUEST_DEADLINE_MS): Promise<Uint8Array> {
    const handle = this.#valueHandle(characteristic);
    return this.run<Uint8Array>([READ_REQUEST, READ_BLOB_REQUEST], deadlineMs, (done) => {
      const event = `handleRead${handle}`;
      const onRead = (data: Buffer): void => done(Uint8Array.from(data));
      this.#peripheral.once(event, onRead);
      this.#noble.readHandle(this.peripheralId, handle);
      return () => this.#peripheral.removeListener(event, onRead);
    });
  }

  async write(characteristic: Uuid, value: Uint8Array, deadlineMs = REQUEST_DEADLINE_MS): Promise<void> {
    const handle = this.#valueHandle(characteristic);
    this.#refuseLong(value);
    return this.#writeRequest(handle, value, deadlineMs);
  }

  async writeCommand(characteristic: Uuid, value: Uint8Array): Promise<void> {
    const handle = this.#valueHandle(characteristic);
    this.#refuseLong(value);
    const data = Buffer.from(value);
    if (this.#ended === undefined && this.#current === undefined) {
      this.#noble.writeHandle(this.peripheralId, handle, data, true);
      return;
    }
    return this.run([], undefined, (done) => {
      this.#noble.writeHandle(this.peripheralId, handle, data, true);
      done();
      return () => {};
    });
  }

  async subscribe(
    characteristic: Uuid,
    onValue: (value: Uint8Array) => void,
    deadlineMs = REQUEST_DEADLINE_MS,
  ): Promise<void> {
    const handle = this.#valueHandle(characteristic);
    this.#subscribers.set(handle, onValue);
    return this.#writeRequest(handle + CONFIGURATION_OFFSET, NOTIFY, deadlineMs);
  }

  async disconnect(): Promise<void> {
    this.drop(new RadioError('LINK_LOST', `the link to ${this.peripheralId} was closed here`));
    await this.closed;
  }

  /** Asks for the end; what waits fails with `reason` at once. */
  drop(reason: RadioError): void {
    if (this.#ended !== undefined) return;
    this.#fail(reason);
    this.#noble.disconnect(this.peripheralId);
    const timer = this.#clock.after(DISCONNECT_DEADLINE_MS, () => this.#onDisconnect());
    void this.closed.then(() => timer.cancel());
  }

  /** The peer answered an error. Those of a discovery are how it ends. */
  onAttError({ request, status }: AttError): void {
    const current = this.#current;
    if (current?.operation.requests.includes(request) === true) {
      const hex = `0x${status.toString(16).padStart(2, '0')}`;
      const what = `the peer answered ATT error ${hex}`;
      this.#settle(() => current.operation.reject(new RadioError('ATT_ERROR', what, { attStatus: status })));
    }
    if (POISONING_STATUSES.has(status)) {
      this.drop(new RadioError('LINK_LOST', `the link was closed after ATT error 0x${status.toString(16)}`));
    }
  }

  /**
   * Takes a turn: `start` hands the request to noble and calls `done` with its answer. A request that is late
   * ends the link: an answer may still come, and would be taken for that of the next one.
   */
  run<T>(
    requests: readonly number[],
    deadlineMs: number | undefined,
    start: (done: (value: T) => void) => () => void,
  ): Promise<T> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const answer = deferred<T>();
    let timer: Timer | undefined;
    const operation: Operation = {
      requests,
      start: () =>
        start((value) => {
          timer?.cancel();
          answer.resolve(value);
          if (this.#current?.operation === operation) this.#settle(() => {});
        }),
      reject: (error) => {
        timer?.cancel();
        answer.reject(error);
      },
    };
    if (deadlineMs !== undefined) {
      timer = this.#clock.after(deadlineMs, () => {
        const late = new RadioError('TIMEOUT', `no answer from ${this.peripheralId} within ${deadlineMs} ms`);
        operation.reject(late);
        this.drop(new RadioError('LINK_LOST', 'the link was closed after an answer did not come'));
      });
    }
    this.#waiting.push(operation);
    this.#advance();
    return answer.promise;
  }

  #writeRequest(handle: number, value: Uint8Array, deadlineMs: number): Promise<void> {
    const data = Buffer.from(value);
    return this.run([WRITE_REQUEST], deadlineMs, (done) => {
      const event = `handleWrite${handle}`;
      const onWrite = (): void => done();
      this.#peripheral.once(event, onWrite);
      this.#noble.writeHandle(this.peripheralId, handle, data, false);
      return () => this.#peripheral.removeListener(event, onWrite);
    });
  }

  #advance(): void {
    while (this.#current === undefined && this.#ended === undefined) {
      const operation = this.#waiting.shift();
      if (operation === undefined) return;
      const current = { operation, stop: (): void => {} };
      this.#current = current;
      current.stop = operation.start();
    }
  }

  /** Ends the current operation; noble has seen the packet behind it before the next one starts. */
  #settle(tell: () => void): void {
    const current = this.#current;
    if (current === undefined) return;
    this.#current = undefined;
    current.stop();
    tell();
    queueMicrotask(() => this.#advance());
  }

  readonly #onNotify = (handle: number, data: Buffer): void => {
    handled(() => this.#subscribers.get(handle)?.(Uint8Array.from(data)), undefined);
  };

  readonly #onDisconnect = (): void => {
    this.#peripheral.removeListener('handleNotify', this.#onNotify);
    this.#peripheral.removeListener('disconnect', this.#onDisconnect);
    this.#fail(new RadioError('LINK_LOST', `the link to ${this.peripheralId} was lost`));
    this.#down.resolve();
  };

  #fail(reason: RadioError): void {
    this.#ended ??= reason;
    this.#subscribers.clear();
    const current = this.#current;
    this.#current = undefined;
    current?.stop();
    current?.operation.reject(reason);
    for (const operation of this.#waiting.splice(0)) operation.reject(reason);
  }

  #valueHandle(characteristic: Uuid): number {
    for (const service of this.#table.services) {
      const found = service.characteristics.find(({ uuid }) => uuid === characteristic);
      if (found !== undefined) return found.valueHandle;
    }
    throw new RadioError('NO_CHARACTERISTIC', `the peer has no characteristic ${characteristic}`);
  }

  #refuseLong(value: Uint8Array): void {
    const most = this.mtu - VALUE_HEADER_BYTES;
    if (value.length <= most) return;
    throw new RadioError('VALUE_TOO_LONG', `a value of ${value.length} bytes; this link takes ${most}`);
  }
}
