// What a host tells its controller once and rests on later: which LE events it wants, what it advertises, its random
// address, and whom it accepts. A reset forgets all of it. Core Specification 5.4, Vol 4 Part E, 7.8.1 to 7.8.18.
import { addressFrom, type DeviceAddress } from './address.ts';
import { decodeAdvertisingData, decodeAdvertisingParameters, OPCODE } from './commands.ts';
import type { AdvertisingParameters } from './commands.ts';
import { HCI_ERROR } from './events.ts';

/** Before a host asks for others: the first five (7.8.1). */
const DEFAULT_LE_EVENTS = 0x1fn;
const ACCEPT_LIST_MAX = 64;

export interface Advertising extends AdvertisingParameters {
  readonly data: Buffer;
  readonly scanResponse: Buffer;
}

const FIRST_ADVERTISING: Advertising = {
  intervalMin: 160,
  intervalMax: 160,
  type: 0,
  ownAddressRandom: false,
  data: Buffer.alloc(0),
  scanResponse: Buffer.alloc(0),
};

export class HostSettings {
  advertising = FIRST_ADVERTISING;
  #leEvents = DEFAULT_LE_EVENTS;
  #randomAddress: string | undefined;
  readonly #accepted = new Set<string>();
  #scansAccepted = false;

  reset(): void {
    this.advertising = FIRST_ADVERTISING;
    this.#leEvents = DEFAULT_LE_EVENTS;
    this.#randomAddress = undefined;
    this.#accepted.clear();
    this.#scansAccepted = false;
  }

  /** The return parameters, or undefined where the command is not about these. */
  command(opcode: number, p: Buffer): Buffer | undefined {
    switch (opcode) {
      case OPCODE.leSetEventMask:
        if (p.length < 8) return status(HCI_ERROR.invalidParameters);
        this.#leEvents = p.readBigUInt64LE(0);
        return status(HCI_ERROR.success);
      case OPCODE.leSetRandomAddress:
        if (p.length < 6) return status(HCI_ERROR.invalidParameters);
        this.#randomAddress = addressFrom(p, 0);
        return status(HCI_ERROR.success);
      case OPCODE.leSetAdvertisingParameters:
        this.advertising = { ...this.advertising, ...decodeAdvertisingParameters(p) };
        return status(HCI_ERROR.success);
      case OPCODE.leSetAdvertisingData:
      case OPCODE.leSetScanResponseData:
        return status(this.#setData(opcode, p));
      case OPCODE.leSetScanParameters:
        this.#scansAccepted = ((p[6] ?? 0) & 1) === 1;
        return status(HCI_ERROR.success);
      case OPCODE.leReadAcceptListSize:
        return Buffer.of(HCI_ERROR.success, ACCEPT_LIST_MAX);
      case OPCODE.leClearAcceptList:
        this.#accepted.clear();
        return status(HCI_ERROR.success);
      case OPCODE.leAddToAcceptList:
      case OPCODE.leRemoveFromAcceptList:
        return status(this.#changeAcceptList(opcode, p));
      default:
        return undefined;
    }
  }

  /** Whether the host asked for that LE event, by its subevent code. */
  wants(subevent: number): boolean {
    return (this.#leEvents >> BigInt(subevent - 1)) % 2n === 1n;
  }

  accepts(peer: DeviceAddress): boolean {
    return this.#accepted.has(keyOf(peer));
  }

  hears(peer: DeviceAddress): boolean {
    return !this.#scansAccepted || this.accepts(peer);
  }

  /** Undefined where it shall be random and none was set. */
  address(identity: string, random: boolean): DeviceAddress | undefined {
    if (!random) return { address: identity, random };
    return this.#randomAddress === undefined ? undefined : { address: this.#randomAddress, random };
  }

  get hasAdvertisingAddress(): boolean {
    return !this.advertising.ownAddressRandom || this.#randomAddress !== undefined;
  }

  #setData(opcode: number, p: Buffer): number {
    const data = decodeAdvertisingData(p);
    if (data === undefined) return HCI_ERROR.invalidParameters;
    const what = opcode === OPCODE.leSetAdvertisingData ? { data } : { scanResponse: data };
    this.advertising = { ...this.advertising, ...what };
    return HCI_ERROR.success;
  }

  #changeAcceptList(opcode: number, p: Buffer): number {
    if (p.length < 7) return HCI_ERROR.invalidParameters;
    const key = keyOf({ random: p[0] === 1, address: addressFrom(p, 1) });
    if (opcode === OPCODE.leRemoveFromAcceptList) this.#accepted.delete(key);
    else if (this.#accepted.size >= ACCEPT_LIST_MAX) return HCI_ERROR.memoryExceeded;
    else this.#accepted.add(key);
    return HCI_ERROR.success;
  }
}

const status = (code: number): Buffer => Buffer.of(code);
const keyOf = ({ address, random }: DeviceAddress): string => `${address}/${random ? 1 : 0}`;
