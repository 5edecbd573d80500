// How a door's lock is met again and again after it was seen: first where it was, and after a failed meeting wherever it
// shows itself, for a restarted lock may have moved.
import type { Central, CentralLink, ConnectOptions } from '#radio/ports/central.ts';
import { RadioError } from '#radio/ports/errors.ts';
import type { CarrierOptions } from './courier/carrier.ts';
import type { DoorFinder, Sighting } from './courier/door-finder.ts';
import type { AdvertisedDoor } from './courier/recognise.ts';

export function connectorOf<D extends AdvertisedDoor & { readonly doorName: string }>(
  central: Central,
  finder: DoorFinder<D>,
  { door, ...seen }: Sighting<D>,
): Pick<CarrierOptions, 'connect' | 'shownNonce'> {
  let peripheralId: string | undefined = seen.peripheralId;
  let { nonce } = seen.advert;
  const { doorId, doorName } = door;
  const connect = async (options: ConnectOptions): Promise<CentralLink> => {
    if (peripheralId === undefined) {
      const again = await finder.next(new Set([doorId]), { signal: options.signal });
      if (again === undefined) throw new RadioError('CONNECT_TIMEOUT', `${doorName} no longer shows itself`);
      peripheralId = again.peripheralId;
      nonce = again.advert.nonce;
    }
    try {
      return await central.connect(peripheralId, options);
    } catch (error) {
      peripheralId = undefined;
      throw error;
    }
  };
  return { connect, shownNonce: () => nonce };
}
