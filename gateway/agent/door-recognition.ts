// Which door an advert is of, for thousands of adverts a second. Each is compared with what its sender showed before; only
// what is new costs MACs, of which there are so many a second: whoever sprays adverts gets nobody's attention for long.
import { encodeHex, equalBytes } from '#protocol/bytes.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import type { Clock } from '#protocol/ports/clock.ts';
import {
  advertOfManufacturerData,
  advertReader,
  type AdvertReader,
  type RecognisedAdvert,
} from '#protocol/sync/advert.ts';
import type { AdvertReport } from '#radio/ports/gatt.ts';
import { keysOf, type AdvertisedDoor } from '../courier/recognise.ts';
import * as limits from './agent-limits.ts';

export interface Place {
  readonly doorId: string;
  readonly peripheralId: string;
  readonly advert: RecognisedAdvert;
}

/** The same object as long as the door shows the same; `hidden`: the platform shows no manufacturer data. */
export type Looked = Place | 'hidden' | undefined;

interface Known {
  readonly place: Place;
  readonly manufacturerData: Uint8Array;
}

export class DoorRecognition {
  readonly #engine: CryptoEngine;
  readonly #clock: Clock;
  #keys = new Map<string, readonly Uint8Array[]>();
  /** At most one a door, both ways. */
  readonly #byPeripheral = new Map<string, Known>();
  readonly #peripheralOf = new Map<string, string>();
  /** By sender and advert: nobody's, or those of a door that has its place elsewhere. */
  readonly #strangers = new Map<string, string | undefined>();
  #macs = limits.MACS_AT_ONCE;
  #filledAtMs: number;

  constructor({ engine, clock }: { readonly engine: CryptoEngine; readonly clock: Clock }) {
    this.#engine = engine;
    this.#clock = clock;
    this.#filledAtMs = clock.monotonicMs();
  }

  /** Those of the newest list. */
  setDoors(doors: readonly AdvertisedDoor[]): void {
    const before = this.#keys;
    this.#keys = new Map(doors.map((door) => [door.doorId, keysOf(door)]));
    let isNews = false;
    for (const [doorId, keys] of this.#keys) {
      if (isSame(before.get(doorId), keys)) continue;
      isNews = true;
      this.forget(doorId);
    }
    for (const doorId of before.keys()) if (!this.#keys.has(doorId)) this.forget(doorId);
    if (isNews) this.#strangers.clear();
  }

  /** The door may be anywhere from now on. */
  forget(doorId: string): void {
    const peripheralId = this.#peripheralOf.get(doorId);
    if (peripheralId === undefined) return;
    this.#peripheralOf.delete(doorId);
    this.#byPeripheral.delete(peripheralId);
  }

  clear(): void {
    this.#peripheralOf.clear();
    this.#byPeripheral.clear();
  }

  look({ peripheralId, manufacturerData }: AdvertReport): Looked {
    if (manufacturerData === undefined) return 'hidden';
    const known = this.#byPeripheral.get(peripheralId);
    if (known !== undefined && equalBytes(known.manufacturerData, manufacturerData)) return known.place;
    const advert = advertOfManufacturerData(manufacturerData);
    const read = advert && advertReader(this.#engine, advert);
    if (advert === undefined || read === undefined) return undefined;
    // One that rotated is most likely still of the same door.
    const same = known && this.#try(known.place.doorId, read);
    if (known !== undefined && same !== undefined)
      return this.#put(known.place.doorId, peripheralId, manufacturerData, same);
    return this.#meet(peripheralId, manufacturerData, `${peripheralId} ${encodeHex(advert)}`, read);
  }

  /** `spelled`: sender and advert. */
  #meet(
    peripheralId: string,
    manufacturerData: Uint8Array,
    spelled: string,
    read: AdvertReader,
  ): Place | undefined {
    if (this.#strangers.has(spelled)) {
      const doorId = this.#strangers.get(spelled);
      // Its lock shows itself at another place still, or nobody's: nothing is tried twice.
      if (doorId === undefined || this.#peripheralOf.has(doorId)) return undefined;
      this.#strangers.delete(spelled);
      const again = this.#try(doorId, read);
      return again && this.#put(doorId, peripheralId, manufacturerData, again);
    }
    // Not remembered: it shows itself again, when there is time for it.
    if (!this.#mayTry()) return undefined;
    const found = this.#search(read);
    if (found !== undefined && !this.#peripheralOf.has(found.doorId))
      return this.#put(found.doorId, peripheralId, manufacturerData, found.advert);
    this.#strangers.set(spelled, found?.doorId);
    const [oldest] = this.#strangers.keys();
    if (this.#strangers.size > limits.STRANGERS_MAX && oldest !== undefined) this.#strangers.delete(oldest);
    return undefined;
  }

  /** Doors that have no place yet first: most new adverts are of those. */
  #search(read: AdvertReader): { readonly doorId: string; readonly advert: RecognisedAdvert } | undefined {
    for (const isPlaced of [false, true])
      for (const doorId of this.#keys.keys()) {
        if (this.#peripheralOf.has(doorId) !== isPlaced) continue;
        const advert = this.#try(doorId, read);
        if (advert !== undefined) return { doorId, advert };
      }
    return undefined;
  }

  #try(doorId: string, read: AdvertReader): RecognisedAdvert | undefined {
    for (const key of this.#keys.get(doorId) ?? []) {
      this.#macs--;
      const advert = read(key);
      if (advert !== undefined) return advert;
    }
    return undefined;
  }

  /** A search is never cut short, so that it may overdraw; the next waits for longer. */
  #mayTry(): boolean {
    const nowMs = this.#clock.monotonicMs();
    const filled = this.#macs + ((nowMs - this.#filledAtMs) / 1_000) * limits.MACS_PER_SECOND;
    this.#macs = Math.min(limits.MACS_AT_ONCE, filled);
    this.#filledAtMs = nowMs;
    return this.#macs > 0;
  }

  #put(doorId: string, peripheralId: string, data: Uint8Array, advert: RecognisedAdvert): Place {
    const place = { doorId, peripheralId, advert };
    const before = this.#byPeripheral.get(peripheralId);
    if (before !== undefined && before.place.doorId !== doorId) this.forget(before.place.doorId);
    this.#byPeripheral.set(peripheralId, { place, manufacturerData: data });
    this.#peripheralOf.set(doorId, peripheralId);
    return place;
  }
}

const isSame = (before: readonly Uint8Array[] | undefined, now: readonly Uint8Array[]): boolean =>
  before?.length === now.length && before.every((key, i) => equalBytes(key, now[i] ?? NO_KEY));
const NO_KEY = new Uint8Array(0);
