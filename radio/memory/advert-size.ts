// What an advert takes on the air, so that one that bleno could not show is refused before it is stored.
import { RadioError } from '../ports/errors.ts';
import type { Advert } from '../ports/gatt.ts';

/** Of advertising data and of scan response data alike (Core Specification, Vol 4 Part E, 7.8.7 and 7.8.8). */
export const ADVERT_DATA_BYTES = 31;
/** bleno on macOS breaks longer names. */
export const LOCAL_NAME_BYTES = 8;

/** Length and type, in front of each structure's data (Vol 3 Part C, 11). */
const STRUCTURE_HEADER_BYTES = 2;
const FLAGS_BYTES = STRUCTURE_HEADER_BYTES + 1;

export interface AdvertSize {
  /** Flags and one list for each length of UUID. */
  readonly advertBytes: number;
  /** Manufacturer data and the name. */
  readonly scanResponseBytes: number;
  readonly nameBytes: number;
}

export function advertSize(advert: Advert): AdvertSize {
  const short = advert.serviceUuids.filter((uuid) => uuid.length === 4).length;
  const long = advert.serviceUuids.length - short;
  const nameBytes = new TextEncoder().encode(advert.localName ?? '').length;
  return {
    advertBytes: FLAGS_BYTES + structureBytes(2 * short) + structureBytes(16 * long),
    scanResponseBytes: structureBytes(advert.manufacturerData?.length ?? 0) + structureBytes(nameBytes),
    nameBytes,
  };
}

/** Throws ADVERT_INVALID where a part would not fit. */
export function refuseOversized(advert: Advert): void {
  const size = advertSize(advert);
  refuse('the advert', size.advertBytes, ADVERT_DATA_BYTES);
  refuse('the scan response', size.scanResponseBytes, ADVERT_DATA_BYTES);
  refuse('the local name', size.nameBytes, LOCAL_NAME_BYTES);
}

function refuse(what: string, bytes: number, limit: number): void {
  if (bytes > limit) {
    throw new RadioError('ADVERT_INVALID', `${what} takes ${bytes} bytes where ${limit} fit`);
  }
}

const structureBytes = (dataBytes: number): number =>
  dataBytes === 0 ? 0 : STRUCTURE_HEADER_BYTES + dataBytes;
