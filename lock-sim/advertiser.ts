// What the lock shows to the air: a fresh nonce every 15 minutes and whenever what it says has changed, so that
// only who holds the advertising key recognises it. WIRE 8.2.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import type { Clock, Timer } from '#protocol/ports/clock.ts';
import type { Random } from '#protocol/ports/random.ts';
import {
  ADVERT_NONCE_BYTES,
  ADVERT_ROTATION_MS,
  advertManufacturerData,
  makeAdvert,
  nonceOfAdvert,
  type AdvertState,
} from '#protocol/sync/advert.ts';
import { DOOR_SYNC_SERVICE } from '#protocol/sync/gatt.ts';
import type { Peripheral } from '#radio/ports/peripheral.ts';

const LOCAL_NAME = 'Doorlab';
const SERVICE_UUIDS = [DOOR_SYNC_SERVICE];

export interface AdvertiserParts {
  readonly peripheral: Peripheral;
  readonly engine: CryptoEngine;
  readonly clock: Clock;
  readonly random: Random;
  readonly stateNow: () => AdvertState & { readonly advertisingKey: Uint8Array };
  /** The radio did not take the advert: the lock goes on, unseen. */
  readonly onFailure: (error: unknown) => void;
}

export class Advertiser {
  readonly #parts: AdvertiserParts;
  #rotation: Timer | undefined;
  #advert: Uint8Array;

  constructor(parts: AdvertiserParts) {
    this.#parts = parts;
    this.#advert = this.#make();
  }

  /** The 16 bytes on the air now. */
  get advert(): Uint8Array {
    return this.#advert;
  }

  get nonce(): Uint8Array {
    return nonceOfAdvert(this.#advert);
  }

  /** Shows the state as it is now, under a fresh nonce. */
  refresh(): void {
    const { clock, peripheral, onFailure } = this.#parts;
    this.#advert = this.#make();
    this.#rotation?.cancel();
    this.#rotation = clock.after(ADVERT_ROTATION_MS, () => this.refresh());
    const manufacturerData = advertManufacturerData(this.#advert);
    peripheral
      .advertise({ serviceUuids: SERVICE_UUIDS, localName: LOCAL_NAME, manufacturerData })
      .catch(onFailure);
  }

  stop(): void {
    this.#rotation?.cancel();
  }

  #make(): Uint8Array {
    const { engine, random, stateNow } = this.#parts;
    const { advertisingKey, ...state } = stateNow();
    return makeAdvert(engine, advertisingKey, random.bytes(ADVERT_NONCE_BYTES), state);
  }
}
