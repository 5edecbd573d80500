// What a peer offers, as noble finds it: all primary services, then the characteristics of the wanted ones.
import { deferred } from '#protocol/ports/deferred.ts';
import type { GattTable, Uuid } from '../ports/gatt.ts';
import type { FoundCharacteristic, FoundService, NoblePeripheral, NobleService } from './load.ts';
import type { NobleLink } from './noble-link.ts';

/** One turn of the link. Rejects as the link's operations do; without a deadline of its own. */
export function discoverTable(
  link: NobleLink,
  peripheral: NoblePeripheral,
  wanted: readonly Uuid[] | undefined,
): Promise<GattTable> {
  return link.run<GattTable>([], undefined, (done) => {
    const stopped = deferred<never>();
    discover(peripheral, wanted, stopped.promise).then(done, () => {});
    return () => stopped.reject(new Error('stopped'));
  });
}

async function discover(
  peripheral: NoblePeripheral,
  wanted: readonly Uuid[] | undefined,
  stopped: Promise<never>,
): Promise<GattTable> {
  // Both events of one answer: the handles, then noble's objects.
  let found: readonly FoundService[] = [];
  const onFound = (_peripheral: unknown, services: readonly FoundService[]): void => {
    found = services;
  };
  peripheral.once('servicesDiscovered', onFound);
  const objects = await next<readonly NobleService[]>(peripheral, 'servicesDiscover', stopped, () =>
    peripheral.discoverServices([]),
  ).finally(() => peripheral.removeListener('servicesDiscovered', onFound));

  const services: GattTable['services'][number][] = [];
  for (const { uuid, startHandle, endHandle } of found) {
    const object = objects.find((candidate) => candidate.uuid === uuid);
    const isWanted = wanted === undefined || wanted.includes(fullUuid(uuid));
    const characteristics =
      object === undefined || !isWanted
        ? []
        : await next<readonly FoundCharacteristic[]>(object, 'characteristicsDiscovered', stopped, () =>
            object.discoverCharacteristics([]),
          );
    services.push({
      uuid: fullUuid(uuid),
      startHandle,
      endHandle,
      characteristics: characteristics.map((characteristic) => ({
        uuid: fullUuid(characteristic.uuid),
        properties: characteristic.properties,
        startHandle: characteristic.startHandle,
        endHandle: characteristic.endHandle,
        valueHandle: characteristic.valueHandle,
      })),
    });
  }
  return { services };
}

function next<T>(
  emitter: NoblePeripheral | NobleService,
  event: string,
  stopped: Promise<never>,
  ask: () => void,
): Promise<T> {
  const answer = deferred<T>();
  const onAnswer = (value: T): void => answer.resolve(value);
  emitter.once(event, onAnswer);
  ask();
  return Promise.race([answer.promise, stopped]).finally(() => emitter.removeListener(event, onAnswer));
}

/** noble writes 16-bit UUIDs without leading zeros. */
export const fullUuid = (uuid: string): Uuid => (uuid.length < 4 ? uuid.padStart(4, '0') : uuid);

export const shortUuid = (uuid: Uuid): string => (uuid.length === 4 ? uuid.replace(/^0+/, '') : uuid);
