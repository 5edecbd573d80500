// The attributes of a peripheral with the handles that bleno gives them: Generic Access and Generic Attribute
// first, then the services as registered. Peripherals with the same services share one table.
import type { Property, ServiceSpec, Uuid } from '../ports/gatt.ts';
import { le16, uuidBytes } from './att.ts';

export interface Characteristic {
  readonly uuid: Uuid;
  /** The bit field of Vol 3 Part G, 3.3.1.1. */
  readonly properties: number;
  readonly valueHandle: number;
  /** Of bleno's own services alone: what a read gives without asking the handler. */
  readonly fixedValue: Uint8Array | undefined;
}

/** What a handle stands for. `listed` is its entry in an answer to discovery, `value` what a read of it gives. */
export type Attribute =
  | { readonly kind: 'service'; readonly listed: Uint8Array; readonly value: Uint8Array }
  | {
      readonly kind: 'declaration';
      readonly listed: Uint8Array;
      readonly value: Uint8Array;
      readonly characteristic: Characteristic;
    }
  | { readonly kind: 'value'; readonly characteristic: Characteristic }
  | { readonly kind: 'configuration'; readonly characteristic: Characteristic };

export interface AttributeTable {
  /** By handle less 1: handles count from 1 without a gap. */
  readonly attributes: readonly Attribute[];
  /** The handler's characteristics; where a UUID stands twice, its first. */
  readonly byUuid: ReadonlyMap<Uuid, Characteristic>;
}

/** Vol 3 Part G, 3.3.1.1. */
export const PROPERTY_BITS = { read: 0x02, writeWithoutResponse: 0x04, write: 0x08, notify: 0x10 } as const;
const INDICATE_BIT = 0x20;

interface Layout {
  readonly uuid: Uuid;
  readonly characteristics: readonly { uuid: Uuid; properties: number; fixedValue?: Uint8Array }[];
}

/** What bleno puts in front of every table (its gatt.js, setServices). The name is the peripheral adapter's. */
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
    if (table === undefined)
      this.#bySpecs.set(key, (table = layOut([...BLENO_SERVICES, ...specs.map(layoutOf)])));
    return table;
  }
}

function layOut(services: readonly Layout[]): AttributeTable {
  const attributes: Attribute[] = [];
  const byUuid = new Map<Uuid, Characteristic>();
  for (const service of services) {
    const serviceHandle = attributes.length + 1;
    const own: Attribute[] = [];
    for (const { uuid, properties, fixedValue } of service.characteristics) {
      const startHandle = serviceHandle + own.length + 1;
      const characteristic = { uuid, properties, valueHandle: startHandle + 1, fixedValue };
      const value = Uint8Array.of(properties, ...le16(characteristic.valueHandle), ...uuidBytes(uuid));
      const listed = Uint8Array.of(...le16(startHandle), ...value);
      own.push({ kind: 'declaration', listed, value, characteristic }, { kind: 'value', characteristic });
      if ((properties & (PROPERTY_BITS.notify | INDICATE_BIT)) !== 0) {
        own.push({ kind: 'configuration', characteristic });
      }
      if (fixedValue === undefined && !byUuid.has(uuid)) byUuid.set(uuid, characteristic);
    }
    const value = uuidBytes(service.uuid);
    const handles = [...le16(serviceHandle), ...le16(serviceHandle + own.length)];
    attributes.push({ kind: 'service', listed: Uint8Array.of(...handles, ...value), value }, ...own);
  }
  return { attributes, byUuid };
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
