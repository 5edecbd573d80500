// UUIDs as Web Bluetooth spells them, always in full, and as the ports do.
import type { Uuid } from '../ports/gatt.ts';

/** Of the Bluetooth SIG's numbers (Core Specification, Vol 3 Part B, 2.5.1). */
const BASE_TAIL = '-0000-1000-8000-00805f9b34fb';

export const webUuid = (uuid: Uuid): string =>
  uuid.length === 4
    ? `0000${uuid}${BASE_TAIL}`
    : [8, 12, 16, 20, 32].map((end, part) => uuid.slice([0, 8, 12, 16, 20][part], end)).join('-');

export const portUuid = (spelled: string): Uuid =>
  spelled.startsWith('0000') && spelled.endsWith(BASE_TAIL)
    ? spelled.slice(4, 8)
    : spelled.replaceAll('-', '');
