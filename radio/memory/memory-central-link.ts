// A central's link: the port's operations as ATT procedures on one client. Whatever ends the link, what is open
// fails first and `closed` settles last.
import type { Clock } from '#protocol/ports/clock.ts';
import { invariant } from '#protocol/errors.ts';
import type { CentralLink, ConnectOptions } from '../ports/central.ts';
import { RadioError } from '../ports/errors.ts';
import type { GattTable, Uuid } from '../ports/gatt.ts';
import { ATT_DEFAULT_MTU } from '../ports/gatt.ts';
import * as att from './att.ts';
import type { Outcome } from './att-client.ts';
import { AttClient } from './att-client.ts';
import type { Characteristic, Procedure } from './att-procedures.ts';
import { discover, exchangeMtu, read, subscribe, write } from './att-procedures.ts';
import type { LinkEnd, MemoryLink } from './memory-link.ts';

/** From the call to the answer. Beyond the supervision timeout, so that a lost link is told as such. */
const DEFAULT_OPERATION_DEADLINE_MS = 5_000;

export class MemoryCentralLink implements CentralLink, LinkEnd {
  readonly peripheralId: string;
  readonly closed: Promise<void>;
  readonly #link: MemoryLink;
  readonly #client: AttClient;
  readonly #onDown: () => void;
  readonly #listeners = new Map<number, (value: Uint8Array) => void>();
  #settleClosed!: () => void;
  #mtu = ATT_DEFAULT_MTU;
  #gattTable: GattTable | undefined;

  constructor(options: { peripheralId: string; clock: Clock; link: MemoryLink; onDown: () => void }) {
    this.peripheralId = options.peripheralId;
    this.closed = new Promise((resolve) => (this.#settleClosed = resolve));
    this.#link = options.link;
    this.#onDown = options.onDown;
    this.#client = new AttClient({
      clock: options.clock,
      send: (pdu) => {
        this.#link.send('central', pdu);
      },
      onNotification: (valueHandle, value) => this.#listeners.get(valueHandle)?.(value),
      onDead: () => {
        this.#end(new RadioError('LINK_LOST', 'the link was dropped because the peer no longer answers'));
      },
    });
  }

  /** What comes before the link is handed out: the MTU, and the table where none is known. */
  establish({ gattTable, serviceUuids }: ConnectOptions, done: (outcome: Outcome<void>) => void): void {
    const setMtu = (mtu: number): void => {
      this.#mtu = mtu;
    };
    const setTable = (table: GattTable): void => {
      this.#gattTable = table;
    };
    const procedure = (function* (): Procedure<void> {
      setMtu(yield* exchangeMtu());
      setTable(gattTable ?? (yield* discover(serviceUuids)));
    })();
    this.#client.run(procedure, undefined, done);
  }

  get mtu(): number {
    return this.#mtu;
  }

  get gattTable(): GattTable {
    invariant(this.#gattTable, 'a link is handed out with its table');
    return this.#gattTable;
  }

  async read(characteristic: Uuid, deadlineMs = DEFAULT_OPERATION_DEADLINE_MS): Promise<Uint8Array> {
    return this.#run(read(this.#find(characteristic)), deadlineMs);
  }

  async write(
    characteristic: Uuid,
    value: Uint8Array,
    deadlineMs = DEFAULT_OPERATION_DEADLINE_MS,
  ): Promise<void> {
    const found = this.#find(characteristic);
    this.#refuseLong(value);
    // A copy: it may wait, and the caller use its bytes again.
    return this.#run(write(found, value.slice()), deadlineMs);
  }

  async writeCommand(characteristic: Uuid, value: Uint8Array): Promise<void> {
    const { valueHandle } = this.#find(characteristic);
    this.#refuseLong(value);
    const pdu = att.valuePdu(att.ATT_OP.writeCommand, valueHandle, value);
    return settled((done) => {
      this.#client.command(pdu, done);
    });
  }

  async subscribe(
    characteristic: Uuid,
    onValue: (value: Uint8Array) => void,
    deadlineMs = DEFAULT_OPERATION_DEADLINE_MS,
  ): Promise<void> {
    const found = this.#find(characteristic);
    // Before the answer: a peer may notify as it is subscribed to, and that comes first.
    const before = this.#listeners.get(found.valueHandle);
    this.#listeners.set(found.valueHandle, onValue);
    try {
      await this.#run(subscribe(found), deadlineMs);
    } catch (error) {
      if (before === undefined) this.#listeners.delete(found.valueHandle);
      else this.#listeners.set(found.valueHandle, before);
      throw error;
    }
  }

  async disconnect(): Promise<void> {
    return this.close(new RadioError('LINK_LOST', 'the link was ended by this side'));
  }

  /** As `disconnect`, with the error for what is open. */
  async close(error: RadioError): Promise<void> {
    this.#end(error);
    return this.closed;
  }

  receive(pdu: Uint8Array): void {
    this.#client.receive(pdu);
  }

  down(): void {
    this.#client.end(new RadioError('LINK_LOST', 'the link dropped'));
    this.#onDown();
    this.#settleClosed();
  }

  #end(error: RadioError): void {
    this.#client.end(error);
    this.#listeners.clear();
    this.#link.terminate('central');
  }

  #run<T>(procedure: Procedure<T>, deadlineMs: number): Promise<T> {
    return settled((done) => {
      this.#client.run(procedure, deadlineMs, done);
    });
  }

  #find(uuid: Uuid): Characteristic {
    for (const service of this.gattTable.services) {
      for (const characteristic of service.characteristics) {
        if (characteristic.uuid === uuid) return characteristic;
      }
    }
    throw new RadioError('NO_CHARACTERISTIC', `the peer has no characteristic ${uuid}`);
  }

  #refuseLong(value: Uint8Array): void {
    const limit = this.#mtu - att.VALUE_HEADER_BYTES;
    if (value.length <= limit) return;
    throw new RadioError('VALUE_TOO_LONG', `a value of ${value.length} bytes where ${limit} fit`);
  }
}

function settled<T>(start: (done: (outcome: Outcome<T>) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((outcome) => {
      if ('error' in outcome) reject(outcome.error);
      else resolve(outcome.result);
    });
  });
}
