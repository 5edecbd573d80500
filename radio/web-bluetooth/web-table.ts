// A browser's discovery, and the GATT table made of it. Browsers tell no handles: those in the table are places in the
// order of discovery, of no use to any other radio; properties are the peer's own.
import type { GattTable, Uuid } from '../ports/gatt.ts';
import { PROPERTY_BITS } from '../ports/gatt.ts';
import type { WebCharacteristic, WebServer } from './web-api.ts';
import { portUuid } from './web-uuid.ts';

export interface FoundService {
  readonly uuid: Uuid;
  readonly characteristics: readonly { readonly uuid: Uuid; readonly web: WebCharacteristic }[];
}

/** Of the services that the page may use; one after another, as a browser takes one operation at a time. */
export async function discover(
  server: WebServer,
  wanted: readonly Uuid[] | undefined,
): Promise<FoundService[]> {
  const found: FoundService[] = [];
  for (const service of await server.getPrimaryServices()) {
    const uuid = portUuid(service.uuid);
    const isWanted = wanted === undefined || wanted.includes(uuid);
    const characteristics = isWanted ? await service.getCharacteristics() : [];
    found.push({ uuid, characteristics: characteristics.map((web) => ({ uuid: portUuid(web.uuid), web })) });
  }
  return found;
}

export function tableOf(services: readonly FoundService[]): GattTable {
  let handle = 0;
  return {
    services: services.map(({ uuid, characteristics }) => {
      const startHandle = ++handle;
      const table = characteristics.map(({ uuid: of, web }) => {
        const start = ++handle;
        return {
          uuid: of,
          properties: propertiesOf(web),
          startHandle: start,
          valueHandle: ++handle,
          endHandle: handle,
        };
      });
      return { uuid, startHandle, endHandle: handle, characteristics: table };
    }),
  };
}

function propertiesOf({ properties }: WebCharacteristic): number {
  const { read, write, writeWithoutResponse, notify } = PROPERTY_BITS;
  return (
    (properties.read ? read : 0) |
    (properties.writeWithoutResponse ? writeWithoutResponse : 0) |
    (properties.write ? write : 0) |
    (properties.notify ? notify : 0)
  );
}
