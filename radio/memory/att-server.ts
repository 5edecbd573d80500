// The peripheral's half of one connection: answers each request as bleno's gatt.js does, errors included. State is
// the MTU and what the central subscribed to; both end with the connection.
import type { Uuid } from '../ports/gatt.ts';
import { ATT_DEFAULT_MTU, ATT_SUCCESS, ATT_UNLIKELY_ERROR, FULL_PACKET_VALUE_BYTES } from '../ports/gatt.ts';
import * as att from './att.ts';
import type { AttributeTable, CharacteristicEntry, ServiceEntry } from './attribute-table.ts';
import { PROPERTY_BITS } from './attribute-table.ts';

/** bleno's `maxMtu`. */
const MAX_MTU = 256;
/** Either bit of a client configuration subscribes. */
const SUBSCRIBED_BITS = 0x0003;

/** Where requests lead. Called before the answer is sent, so that what they send comes first. */
export interface AttServerHandler {
  read(characteristic: Uuid): Uint8Array | number;
  write(characteristic: Uuid, value: Uint8Array, kind: 'request' | 'command'): number;
  subscription(characteristic: Uuid, subscribed: boolean): void;
}

export class AttServer {
  readonly #table: AttributeTable;
  readonly #handler: AttServerHandler;
  readonly #send: (pdu: Uint8Array) => void;
  readonly #configurations = new Map<number, number>();
  #mtu = ATT_DEFAULT_MTU;

  constructor(table: AttributeTable, handler: AttServerHandler, send: (pdu: Uint8Array) => void) {
    this.#table = table;
    this.#handler = handler;
    this.#send = send;
  }

  get mtu(): number {
    return this.#mtu;
  }

  isSubscribed(characteristic: Uuid): boolean {
    const handle = this.#table.byUuid.get(characteristic)?.configurationHandle;
    return handle !== undefined && (this.#configuration(handle) & SUBSCRIBED_BITS) !== 0;
  }

  /** The characteristics that stay subscribed, in the order of their handles. */
  subscribed(): Uuid[] {
    return [...this.#table.byUuid.keys()].filter((uuid) => this.isSubscribed(uuid));
  }

  notify(characteristic: Uuid, value: Uint8Array): boolean {
    const entry = this.#table.byUuid.get(characteristic);
    if (entry === undefined || !this.isSubscribed(characteristic)) return false;
    if (value.length > this.#mtu - att.VALUE_HEADER_BYTES) return false;
    this.#send(att.valuePdu(att.ATT_OP.notification, entry.valueHandle, value));
    return true;
  }

  receive(pdu: Uint8Array): void {
    const answer = this.#answer(pdu);
    if (answer !== undefined) this.#send(answer);
  }

  #answer(pdu: Uint8Array): Uint8Array | undefined {
    const opcode = att.opcodeOf(pdu);
    switch (opcode) {
      case att.ATT_OP.mtuRequest:
        this.#mtu = Math.min(Math.max(att.readLe16(pdu, 1), ATT_DEFAULT_MTU), MAX_MTU);
        return att.mtuPdu(att.ATT_OP.mtuResponse, this.#mtu);
      case att.ATT_OP.readByGroupRequest:
        return this.#services(att.readLe16(pdu, 1), att.readLe16(pdu, 3), att.readLe16(pdu, 5));
      case att.ATT_OP.readByTypeRequest:
        return this.#byType(att.readLe16(pdu, 1), att.readLe16(pdu, 3), att.readLe16(pdu, 5));
      case att.ATT_OP.readRequest:
        return this.#read(att.readLe16(pdu, 1));
      case att.ATT_OP.writeRequest:
      case att.ATT_OP.writeCommand:
        return this.#write(opcode, att.readLe16(pdu, 1), pdu.slice(att.VALUE_HEADER_BYTES));
      default:
        return att.errorPdu(opcode, 0, att.ATT_ERROR.requestNotSupported);
    }
  }

  #services(start: number, end: number, type: number): Uint8Array {
    const request = att.ATT_OP.readByGroupRequest;
    if (type !== att.PRIMARY_SERVICE) {
      return att.errorPdu(request, start, att.ATT_ERROR.unsupportedGroupType);
    }
    const entries = this.#table.services
      .filter((service) => service.startHandle >= start && service.startHandle <= end)
      .map(serviceBytes);
    return this.#list(request, att.ATT_OP.readByGroupResponse, start, entries);
  }

  #byType(start: number, end: number, type: number): Uint8Array {
    const request = att.ATT_OP.readByTypeRequest;
    const within = (handle: number | undefined): boolean =>
      handle !== undefined && handle >= start && handle <= end;
    if (type === att.CHARACTERISTIC) {
      const found = this.#table.characteristics.filter(({ startHandle }) => within(startHandle));
      return this.#list(request, att.ATT_OP.readByTypeResponse, start, found.map(declarationBytes));
    }
    const handle =
      type === att.CLIENT_CONFIGURATION
        ? this.#table.characteristics.map((entry) => entry.configurationHandle).find(within)
        : undefined;
    if (handle === undefined) return att.errorPdu(request, start, att.ATT_ERROR.attributeNotFound);
    const value = att.le16(this.#configuration(handle));
    return att.listPdu(att.ATT_OP.readByTypeResponse, 4, [Uint8Array.of(...att.le16(handle), ...value)]);
  }

  /** As many leading entries of one length as the MTU holds. */
  #list(request: number, response: number, start: number, entries: readonly Uint8Array[]): Uint8Array {
    const entryBytes = entries[0]?.length;
    if (entryBytes === undefined) return att.errorPdu(request, start, att.ATT_ERROR.attributeNotFound);
    const other = entries.findIndex((entry) => entry.length !== entryBytes);
    const fitting = Math.floor((this.#mtu - 2) / entryBytes);
    return att.listPdu(
      response,
      entryBytes,
      entries.slice(0, Math.min(fitting, other < 0 ? fitting : other)),
    );
  }

  #read(handle: number): Uint8Array {
    const refuse = (status: number): Uint8Array => att.errorPdu(att.ATT_OP.readRequest, handle, status);
    const entry = this.#table.byHandle.get(handle);
    if (entry === undefined) return refuse(att.ATT_ERROR.invalidHandle);
    if (handle === entry.configurationHandle) return readAnswer(att.le16(this.#configuration(handle)));
    if ((entry.properties & PROPERTY_BITS.read) === 0) return refuse(att.ATT_ERROR.readNotPermitted);
    const value = entry.fixedValue ?? this.#handler.read(entry.uuid);
    if (typeof value === 'number') return refuse(value === ATT_SUCCESS ? ATT_UNLIKELY_ERROR : value);
    return value.length > FULL_PACKET_VALUE_BYTES ? refuse(ATT_UNLIKELY_ERROR) : readAnswer(value);
  }

  #write(opcode: number, handle: number, value: Uint8Array): Uint8Array | undefined {
    const refuse = (status: number): Uint8Array => att.errorPdu(opcode, handle, status);
    const command = opcode === att.ATT_OP.writeCommand;
    const entry = this.#table.byHandle.get(handle);
    if (entry === undefined) return refuse(att.ATT_ERROR.invalidHandle);
    let status: number;
    if (handle === entry.configurationHandle) {
      status = this.#configure(entry, handle, value);
    } else {
      const needed = command ? PROPERTY_BITS.writeWithoutResponse : PROPERTY_BITS.write;
      // bleno answers this error to a command too, although no command may be answered.
      if ((entry.properties & needed) === 0) return refuse(att.ATT_ERROR.writeNotPermitted);
      status = this.#handler.write(entry.uuid, value, command ? 'command' : 'request');
    }
    if (command) return undefined;
    return status === ATT_SUCCESS ? Uint8Array.of(att.ATT_OP.writeResponse) : refuse(status);
  }

  #configure(entry: CharacteristicEntry, handle: number, value: Uint8Array): number {
    if (value.length !== 2) return att.ATT_ERROR.invalidValueLength;
    const bits = att.readLe16(value, 0);
    this.#configurations.set(handle, bits);
    if (entry.fixedValue === undefined) {
      this.#handler.subscription(entry.uuid, (bits & SUBSCRIBED_BITS) !== 0);
    }
    return ATT_SUCCESS;
  }

  #configuration(handle: number): number {
    return this.#configurations.get(handle) ?? 0;
  }
}

const readAnswer = (value: ArrayLike<number>): Uint8Array => {
  const pdu = new Uint8Array(1 + value.length);
  pdu[0] = att.ATT_OP.readResponse;
  pdu.set(value, 1);
  return pdu;
};

const serviceBytes = (service: ServiceEntry): Uint8Array =>
  Uint8Array.of(...att.le16(service.startHandle), ...att.le16(service.endHandle), ...service.uuidBytes);

const declarationBytes = (entry: CharacteristicEntry): Uint8Array =>
  Uint8Array.of(
    ...att.le16(entry.startHandle),
    entry.properties,
    ...att.le16(entry.valueHandle),
    ...entry.uuidBytes,
  );
