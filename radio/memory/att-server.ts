// The peripheral's half of one connection: answers each request as bleno's gatt.js does, errors included. State is
// the MTU and what the central subscribed to; both end with the connection.
import type { Uuid } from '../ports/gatt.ts';
import { ATT_DEFAULT_MTU, ATT_SUCCESS, ATT_UNLIKELY_ERROR, FULL_PACKET_VALUE_BYTES } from '../ports/gatt.ts';
import * as att from './att.ts';
import type { Attribute, AttributeTable, Characteristic } from './attribute-table.ts';
import { PROPERTY_BITS } from './attribute-table.ts';

/** bleno's `maxMtu`. */
const MAX_MTU = 256;
/** Either bit of a client configuration subscribes. */
const SUBSCRIBED_BITS = 0x0003;

/** Where requests lead. Called before the answer is sent, so that what they send comes first. */
interface AttServerHandler {
  read(characteristic: Uuid): Uint8Array | number;
  write(characteristic: Uuid, value: Uint8Array, kind: 'request' | 'command'): number;
  subscription(characteristic: Uuid, subscribed: boolean): void;
}

export class AttServer {
  readonly #table: AttributeTable;
  readonly #handler: AttServerHandler;
  readonly #send: (pdu: Uint8Array) => void;
  readonly #configurations = new Map<Characteristic, number>();
  #mtu = ATT_DEFAULT_MTU;

  constructor(table: AttributeTable, handler: AttServerHandler, send: (pdu: Uint8Array) => void) {
    this.#table = table;
    this.#handler = handler;
    this.#send = send;
  }

  get mtu(): number {
    return this.#mtu;
  }

  isSubscribed(uuid: Uuid): boolean {
    const characteristic = this.#table.byUuid.get(uuid);
    return characteristic !== undefined && (this.#configuration(characteristic) & SUBSCRIBED_BITS) !== 0;
  }

  notify(uuid: Uuid, value: Uint8Array): boolean {
    const characteristic = this.#table.byUuid.get(uuid);
    if (characteristic === undefined || !this.isSubscribed(uuid)) return false;
    if (value.length > this.#mtu - att.VALUE_HEADER_BYTES) return false;
    this.#send(att.valuePdu(att.ATT_OP.notification, characteristic.valueHandle, value));
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
        return this.#list(pdu, 'service', att.ATT_OP.readByGroupResponse);
      case att.ATT_OP.readByTypeRequest:
        return this.#list(pdu, 'declaration', att.ATT_OP.readByTypeResponse);
      case att.ATT_OP.readRequest:
        return this.#read(att.readLe16(pdu, 1));
      case att.ATT_OP.writeRequest:
      case att.ATT_OP.writeCommand:
        return this.#write(opcode, att.readLe16(pdu, 1), pdu.slice(att.VALUE_HEADER_BYTES));
      default:
        return att.errorPdu(opcode, 0, att.ATT_ERROR.requestNotSupported);
    }
  }

  /** As many of the range as are of one length with the first, and as the MTU holds. */
  #list(pdu: Uint8Array, kind: 'service' | 'declaration', response: number): Uint8Array {
    const [start, end] = [att.readLe16(pdu, 1), att.readLe16(pdu, 3)];
    const range = this.#table.attributes.slice(start - 1, end);
    const found = range.flatMap((one) => (one.kind === kind ? [one.listed] : []));
    const entryBytes = found[0]?.length;
    if (entryBytes === undefined) {
      return att.errorPdu(att.opcodeOf(pdu), start, att.ATT_ERROR.attributeNotFound);
    }
    const other = found.findIndex((entry) => entry.length !== entryBytes);
    const fitting = Math.floor((this.#mtu - 2) / entryBytes);
    return att.listPdu(response, entryBytes, found.slice(0, other < 0 ? fitting : Math.min(fitting, other)));
  }

  #read(handle: number): Uint8Array {
    const value = this.#valueOf(this.#attribute(handle));
    if (typeof value === 'number') return att.errorPdu(att.ATT_OP.readRequest, handle, value);
    const pdu = new Uint8Array(1 + value.length);
    pdu[0] = att.ATT_OP.readResponse;
    pdu.set(value, 1);
    return pdu;
  }

  /** Or an ATT error code. */
  #valueOf(attribute: Attribute | undefined): Uint8Array | number {
    if (attribute === undefined) return att.ATT_ERROR.invalidHandle;
    if (attribute.kind === 'service' || attribute.kind === 'declaration') return attribute.value;
    const { characteristic } = attribute;
    if (attribute.kind === 'configuration') {
      return Uint8Array.of(...att.le16(this.#configuration(characteristic)));
    }
    if ((characteristic.properties & PROPERTY_BITS.read) === 0) return att.ATT_ERROR.readNotPermitted;
    const value = characteristic.fixedValue ?? this.#handler.read(characteristic.uuid);
    if (typeof value === 'number') return value === ATT_SUCCESS ? ATT_UNLIKELY_ERROR : value;
    return value.length > FULL_PACKET_VALUE_BYTES ? ATT_UNLIKELY_ERROR : value;
  }

  #write(opcode: number, handle: number, value: Uint8Array): Uint8Array | undefined {
    const command = opcode === att.ATT_OP.writeCommand;
    const attribute = this.#attribute(handle);
    const refused = refusal(attribute, command);
    // bleno answers this error to a command too, although no command may be answered.
    if (refused !== undefined) return att.errorPdu(opcode, handle, refused);
    const status = this.#take(attribute, value, command);
    if (command) return undefined;
    return status === ATT_SUCCESS
      ? Uint8Array.of(att.ATT_OP.writeResponse)
      : att.errorPdu(opcode, handle, status);
  }

  #take(attribute: Attribute | undefined, value: Uint8Array, command: boolean): number {
    if (attribute === undefined || attribute.kind === 'service') return ATT_UNLIKELY_ERROR;
    const { characteristic, kind } = attribute;
    if (kind === 'configuration') return this.#configure(characteristic, value);
    // bleno takes a write to the declaration for one to its value.
    return this.#handler.write(characteristic.uuid, value, command ? 'command' : 'request');
  }

  #configure(characteristic: Characteristic, value: Uint8Array): number {
    if (value.length !== 2) return att.ATT_ERROR.invalidValueLength;
    const bits = att.readLe16(value, 0);
    this.#configurations.set(characteristic, bits);
    if (characteristic.fixedValue === undefined) {
      this.#handler.subscription(characteristic.uuid, (bits & SUBSCRIBED_BITS) !== 0);
    }
    return ATT_SUCCESS;
  }

  #configuration(characteristic: Characteristic): number {
    return this.#configurations.get(characteristic) ?? 0;
  }

  #attribute(handle: number): Attribute | undefined {
    return this.#table.attributes[handle - 1];
  }
}

/** The ATT error for a write that does not reach its attribute. */
function refusal(attribute: Attribute | undefined, command: boolean): number | undefined {
  if (attribute === undefined) return att.ATT_ERROR.invalidHandle;
  if (attribute.kind === 'configuration') return undefined;
  const needed = command ? PROPERTY_BITS.writeWithoutResponse : PROPERTY_BITS.write;
  const properties = attribute.kind === 'service' ? 0 : attribute.characteristic.properties;
  return (properties & needed) === 0 ? att.ATT_ERROR.writeNotPermitted : undefined;
}
