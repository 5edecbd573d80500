// Which doors are in range, where, and how near: who showed itself within RANGE_LOST_MS of listening. The time in which
// nobody listens does not count: a visit makes nobody go away.
import type { Clock } from '#protocol/ports/clock.ts';
import type { AdvertReport } from '#radio/ports/gatt.ts';
import { RANGE_LOST_MS } from './agent-limits.ts';
import type { DoorRecognition, Place } from './door-recognition.ts';

export interface Present {
  place: Place;
  rssi: number;
  heardAtMs: number;
}

export class Presence {
  readonly #clock: Clock;
  readonly #index: DoorRecognition;
  readonly #byDoor = new Map<string, Present>();
  /** While nobody listens: since when. */
  #deafSinceMs: number | undefined;
  #deafMs = 0;
  /** Adverts, whoever's, and when the last came. */
  reports = 0;
  heardAtMs: number | undefined;
  /** Adverts without manufacturer data, which some platforms hide. */
  hidden = 0;

  constructor(clock: Clock, index: DoorRecognition) {
    this.#clock = clock;
    this.#index = index;
    this.#deafSinceMs = clock.monotonicMs();
  }

  /** The place where it is news: of a door that was not in range, or that shows something else. */
  hear(report: AdvertReport): Place | undefined {
    this.reports++;
    this.heardAtMs = this.#clock.monotonicMs();
    const place = this.#index.look(report);
    if (place === 'hidden') this.hidden++;
    if (place === 'hidden' || place === undefined) return undefined;
    const heardAtMs = this.#listenedMs();
    const before = this.#byDoor.get(place.doorId);
    if (before === undefined) {
      this.#byDoor.set(place.doorId, { place, rssi: report.rssi, heardAtMs });
      return place;
    }
    const isNews = before.place !== place;
    before.place = place;
    before.rssi = report.rssi;
    before.heardAtMs = heardAtMs;
    return isNews ? place : undefined;
  }

  of(doorId: string): Readonly<Present> | undefined {
    return this.#byDoor.get(doorId);
  }

  get size(): number {
    return this.#byDoor.size;
  }

  /** Those that have gone out of range since. */
  sweep(): string[] {
    const nowMs = this.#listenedMs();
    const gone: string[] = [];
    for (const [doorId, { heardAtMs }] of this.#byDoor)
      if (nowMs - heardAtMs > RANGE_LOST_MS) gone.push(doorId);
    for (const doorId of gone) this.#drop(doorId);
    return gone;
  }

  /** To be seen anew: after a visit, or where there was none to be met. */
  forget(doorId: string): void {
    this.#byDoor.delete(doorId);
  }

  /** Also its place: whoever was there was not the lock. */
  #drop(doorId: string): void {
    this.#byDoor.delete(doorId);
    this.#index.forget(doorId);
  }

  misled(doorId: string): void {
    this.#drop(doorId);
  }

  clear(): void {
    this.#byDoor.clear();
    this.#index.clear();
  }

  deaf(): void {
    this.#deafSinceMs ??= this.#clock.monotonicMs();
  }

  listening(): void {
    if (this.#deafSinceMs === undefined) return;
    this.#deafMs += this.#clock.monotonicMs() - this.#deafSinceMs;
    this.#deafSinceMs = undefined;
  }

  /** Stands still while nobody listens. */
  #listenedMs(): number {
    return (this.#deafSinceMs ?? this.#clock.monotonicMs()) - this.#deafMs;
  }
}
