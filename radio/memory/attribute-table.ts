// The attributes of a peripheral with the handles that bleno gives them: Generic Access and Generic Attribute
// first, then the services as registered. Peripherals with the same services share one table.
import type { Property, ServiceSpec, Uuid } from '../ports/gatt.ts';
import { uuidBytes } from './att.ts';

export interface ServiceEntry {
  readonly uuidBytes: Uint8Array;
  readonly startHandle: number;
  readonly endHandle: number;
}

export interface CharacteristicEntry {
  readonly uuid: Uuid;
  readonly uuidBytes: Uint8Array;
  /** The bit field of Vol 3 Part G, 3.3.1.1. */
  readonly properties: number;
  readonly startHandle: number;
  readonly valueHandle: number;
  /** Client Characteristic Configuration, where there is something to subscribe to. */
  readonly configurationHandle: number | undefined;
  /** Of bleno's own services alone: what a read gives without asking the handler. */
  readonly fixedValue: Uint8Array | undefined;
}

export interface AttributeTable {
  readonly services: readonly ServiceEntry[];
  readonly characteristics: readonly CharacteristicEntry[];
  /** What a value or configuration handle belongs to. */
  readonly byHandle: ReadonlyMap<number, CharacteristicEntry>;
  /** The handler's characteristics; where a UUID stands twice, its first. */
  readonly byUuid: ReadonlyMap<Uuid, CharacteristicEntry>;
}

/** Vol 3 Part G, 3.3.1.1. */
export const PROPERTY_BITS = { read: 0x02, writeWithoutResponse: 0x04, write: 0x08, notify: 0x10 } as const;
const INDICATE_BIT = 0x20;

interface Layout {
  readonly uuid: Uuid;
  readonly characteristics: readonly { uuid: Uuid; properties: number; fixedValue?: Uint8Array }[];
}

/** What bleno puts in front of every table (its gatt.js, setServices). The name there is the machine's. */
const BLENO_SERVICES: readonly Layout[] = [
  {
    uuid: '1800',
    characteristics: [
      { uuid: '2a00', properties: PROPERTY_BITS.read, fixedValue: new TextEncoder().encode('doorlab') },
      { uuid: '2a01', properties: PROPERTY_BITS.read, fixedValue: Uint8Array.of(0x80, 0x00) },
    ],
  },
  {
    uuid: '1801',
    characteristics: [{ uuid: '2a05', properties: INDICATE_BIT, fixedValue: new Uint8Array(4) }],
  },
];

/** Tables by what they were made of: ten thousand locks of one kind hold one. */
export class AttributeTables {
  readonly #bySpecs = new Map<string, AttributeTable>();

  of(specs: readonly ServiceSpec[]): AttributeTable {
    const key = JSON.stringify(specs);
    let table = this.#bySpecs.get(key);
    if (table === undefined) this.#bySpecs.set(key, (table = layOut(specs)));
    return table;
  }
}

function layOut(specs: readonly ServiceSpec[]): AttributeTable {
  const services: ServiceEntry[] = [];
  const characteristics: CharacteristicEntry[] = [];
  const byHandle = new Map<number, CharacteristicEntry>();
  const byUuid = new Map<Uuid, CharacteristicEntry>();
  let handle = 0;
  for (const service of [...BLENO_SERVICES, ...specs.map(layoutOf)]) {
    const startHandle = ++handle;
    for (const { uuid, properties, fixedValue } of service.characteristics) {
      const entry: CharacteristicEntry = {
        uuid,
        uuidBytes: uuidBytes(uuid),
        properties,
        startHandle: ++handle,
        valueHandle: ++handle,
        configurationHandle:
          (properties & (PROPERTY_BITS.notify | INDICATE_BIT)) === 0 ? undefined : ++handle,
        fixedValue,
      };
      characteristics.push(entry);
      byHandle.set(entry.valueHandle, entry);
      if (entry.configurationHandle !== undefined) byHandle.set(entry.configurationHandle, entry);
      if (fixedValue === undefined && !byUuid.has(uuid)) byUuid.set(uuid, entry);
    }
    services.push({ uuidBytes: uuidBytes(service.uuid), startHandle, endHandle: handle });
  }
  return { services, characteristics, byHandle, byUuid };
}

const layoutOf = (service: ServiceSpec): Layout => ({
  uuid: service.uuid,
  characteristics: service.characteristics.map(({ uuid, properties }) => ({
    uuid,
    properties: propertyBits(properties),
  })),
});

const propertyBits = (properties: readonly Property[]): number =>
  properties.reduce((bits, property) => bits | PROPERTY_BITS[property], 0);
