// Which door an advert is of. Only who holds a door's advertising key can tell; the keys are tried once for each new
// advert of a peripheral, not for each report of it.
import { encodeHex } from '#protocol/bytes.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { advertOfManufacturerData, recogniseAdvert, type RecognisedAdvert } from '#protocol/sync/advert.ts';
import type { Triple } from '#protocol/triple.ts';
import type { AdvertReport } from '#radio/ports/gatt.ts';

/** A door's lock as its adverts are recognised by: its own key, or its label's before activation. */
export interface AdvertisedDoor {
  readonly doorId: string;
  readonly advertisingKey: Uint8Array;
  /** It is to leave the door, and may go by this key as well. */
  readonly leaving?: { readonly advertisingKey: Uint8Array } | undefined;
}

export const keysOf = ({ advertisingKey, leaving }: AdvertisedDoor): readonly Uint8Array[] =>
  leaving === undefined ? [advertisingKey] : [advertisingKey, leaving.advertisingKey];

export interface Recognised<D extends AdvertisedDoor> {
  readonly door: D;
  readonly advert: RecognisedAdvert;
}

/** Peripherals whose last advert is remembered; beyond it the oldest is forgotten and tried anew. */
const REMEMBERED_MAX = 4_096;

export class Recogniser<D extends AdvertisedDoor> {
  readonly #engine: CryptoEngine;
  readonly #doors: readonly D[];
  /** By peripheral: its last advert and what it was found to be. */
  readonly #seen = new Map<string, { readonly advert: string; readonly found: Recognised<D> | undefined }>();

  constructor(engine: CryptoEngine, doors: readonly D[]) {
    this.#engine = engine;
    this.#doors = doors;
  }

  /** `hidden`: the platform shows no manufacturer data, and only lock-status can tell. */
  ofReport(report: AdvertReport): Recognised<D> | 'hidden' | undefined {
    if (report.manufacturerData === undefined) return 'hidden';
    const advert = advertOfManufacturerData(report.manufacturerData);
    return advert === undefined ? undefined : this.ofAdvert(report.peripheralId, advert);
  }

  /** `advert`: the 16 bytes, out of an advert or of lock-status. */
  ofAdvert(peripheralId: string, advert: Uint8Array): Recognised<D> | undefined {
    const spelled = encodeHex(advert);
    const before = this.#seen.get(peripheralId);
    if (before?.advert === spelled) return before.found;
    const found = this.#try(advert, before?.found?.door);
    this.#seen.delete(peripheralId);
    this.#seen.set(peripheralId, { advert: spelled, found });
    if (this.#seen.size > REMEMBERED_MAX) {
      const [oldest] = this.#seen.keys();
      if (oldest !== undefined) this.#seen.delete(oldest);
    }
    return found;
  }

  /** An advert that rotated is most likely still of the same door. */
  #try(advert: Uint8Array, likely: D | undefined): Recognised<D> | undefined {
    for (const door of likely === undefined ? this.#doors : [likely, ...this.#doors]) {
      for (const key of keysOf(door)) {
        const recognised = recogniseAdvert(this.#engine, key, advert);
        if (recognised !== undefined) return { door, advert: recognised };
      }
    }
    return undefined;
  }
}

/** Nothing to do, and so no connection: the lock shows the target's version and its receipt is with the cloud. */
export const isUpToDate = (
  advert: RecognisedAdvert,
  cloud: { readonly target: Triple; readonly isProven: boolean },
): boolean =>
  cloud.isProven && !advert.notActivated && advert.versionBits === (cloud.target.tableVersion & 0xffff);
