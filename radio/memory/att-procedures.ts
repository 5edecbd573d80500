// The central's procedures as noble's gatt.js runs them: each yields one request, is handed its answer, and ends
// with a result or throws ATT_ERROR. No I/O and no state but their own.
import { invariant } from '#protocol/errors.ts';
import { RadioError } from '../ports/errors.ts';
import type { GattTable, Uuid } from '../ports/gatt.ts';
import { ATT_DEFAULT_MTU } from '../ports/gatt.ts';
import * as att from './att.ts';

export type Procedure<T> = Generator<Uint8Array, T, Uint8Array>;

type Service = GattTable['services'][number];
export type Characteristic = Service['characteristics'][number];

/** noble's `_desired_mtu`. */
const DESIRED_MTU = 256;
const NOTIFY_BIT = 0x0001;

/** The MTU that the peer answers, or the default where it refuses. */
export function* exchangeMtu(): Procedure<number> {
  const answer = yield att.mtuPdu(att.ATT_OP.mtuRequest, DESIRED_MTU);
  return att.opcodeOf(answer) === att.ATT_OP.mtuResponse ? att.readLe16(answer, 1) : ATT_DEFAULT_MTU;
}

/** All primary services, then the characteristics of each in turn, or of the wanted ones alone. */
export function* discover(wanted: readonly Uuid[] | undefined): Procedure<GattTable> {
  const services: Service[] = [];
  for (const found of yield* discoverServices()) {
    const isWanted = wanted === undefined || wanted.includes(found.uuid);
    services.push({ ...found, characteristics: isWanted ? yield* discoverCharacteristics(found) : [] });
  }
  return { services };
}

/** Vol 3 Part G, 4.4.1: asks on behind the last end handle until an error says that there is none. */
function* discoverServices(): Procedure<Omit<Service, 'characteristics'>[]> {
  const services: Omit<Service, 'characteristics'>[] = [];
  for (let from = att.FIRST_HANDLE; ;) {
    const answer = yield att.rangePdu(
      att.ATT_OP.readByGroupRequest,
      from,
      att.LAST_HANDLE,
      att.PRIMARY_SERVICE,
    );
    if (att.opcodeOf(answer) !== att.ATT_OP.readByGroupResponse) return services;
    for (const entry of att.listEntries(answer)) {
      services.push({
        uuid: att.uuidOf(entry.subarray(4)),
        startHandle: att.readLe16(entry, 0),
        endHandle: att.readLe16(entry, 2),
      });
    }
    const last = services.at(-1);
    invariant(last, 'a list answer has entries');
    if (last.endHandle === att.LAST_HANDLE) return services;
    from = last.endHandle + 1;
  }
}

/**
 * Vol 3 Part G, 4.6.1: asks on behind the last value handle, and stops without an error only where that is the
 * service's last handle. A last characteristic without notifications therefore saves one round trip.
 */
function* discoverCharacteristics(service: Omit<Service, 'characteristics'>): Procedure<Characteristic[]> {
  const found: Omit<Characteristic, 'endHandle'>[] = [];
  for (let from = service.startHandle; ;) {
    const answer = yield att.rangePdu(
      att.ATT_OP.readByTypeRequest,
      from,
      service.endHandle,
      att.CHARACTERISTIC,
    );
    if (att.opcodeOf(answer) !== att.ATT_OP.readByTypeResponse) break;
    for (const entry of att.listEntries(answer)) {
      found.push({
        uuid: att.uuidOf(entry.subarray(5)),
        properties: att.byteAt(entry, 2),
        startHandle: att.readLe16(entry, 0),
        valueHandle: att.readLe16(entry, 3),
      });
    }
    const last = found.at(-1);
    invariant(last, 'a list answer has entries');
    if (last.valueHandle === service.endHandle) break;
    from = last.valueHandle + 1;
  }
  return found.map((characteristic, index) => ({
    ...characteristic,
    endHandle: (found[index + 1]?.startHandle ?? service.endHandle + 1) - 1,
  }));
}

export function* read(characteristic: Characteristic): Procedure<Uint8Array> {
  const answer = yield att.readPdu(characteristic.valueHandle);
  refuseError(answer, 'read', characteristic);
  return answer.slice(1);
}

export function* write(characteristic: Characteristic, value: Uint8Array): Procedure<void> {
  const answer = yield att.valuePdu(att.ATT_OP.writeRequest, characteristic.valueHandle, value);
  refuseError(answer, 'write', characteristic);
}

/** Without looking it up: the configuration follows its value in every table that bleno lays out. */
export function* subscribe(characteristic: Characteristic): Procedure<void> {
  const value = Uint8Array.of(...att.le16(NOTIFY_BIT));
  const answer = yield att.valuePdu(att.ATT_OP.writeRequest, characteristic.valueHandle + 1, value);
  refuseError(answer, 'subscribe to', characteristic);
}

function refuseError(answer: Uint8Array, doing: string, characteristic: Characteristic): void {
  if (att.opcodeOf(answer) !== att.ATT_OP.error) return;
  const attStatus = att.byteAt(answer, 4);
  const status = `0x${attStatus.toString(16).padStart(2, '0')}`;
  throw new RadioError(
    'ATT_ERROR',
    `the peer refused to ${doing} characteristic ${characteristic.uuid}: ATT error ${status}`,
    { attStatus },
  );
}
