// The keys of a serving cloud over time: looks for a newer key set in the keys folder and takes it up whole, or stays
// with what it has and says why. What was loaded once is kept until the database has moved on.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import { DoorlabError } from '#protocol/errors.ts';
import type { Clock } from '#protocol/ports/clock.ts';
import type { Log } from '#protocol/ports/log.ts';
import { loadKeys, type CloudKeys } from './cloud-keys.ts';
import { keySetNumbers } from './key-folder.ts';

export interface KeyRingParts {
  readonly keysFolder: string;
  readonly engine: CryptoEngine;
  readonly clock: Clock;
  readonly log: Log;
}

/** Requests that find the folder behind look again, but no more often than this. */
const LOOK_AGAIN_MS = 200;

export class KeyRing {
  readonly #parts: KeyRingParts;
  readonly #byNumber = new Map<number, CloudKeys>();
  #newest: CloudKeys;
  #lookedAtMs: number;
  #trouble: string | undefined;

  /** Throws KeyFileError, WireError. */
  constructor(parts: KeyRingParts) {
    this.#parts = parts;
    this.#newest = loadKeys(parts.keysFolder, parts.engine);
    this.#byNumber.set(this.#newest.keySet.number, this.#newest);
    this.#lookedAtMs = parts.clock.monotonicMs();
  }

  /** Of the folder as it was last looked at. */
  get newest(): CloudKeys {
    return this.#newest;
  }

  /** Why a newer key set that lies in the folder can't be used. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** The keys of that key set, as far as this process has them. */
  at(number: number): CloudKeys | undefined {
    const isDue = this.#parts.clock.monotonicMs() - this.#lookedAtMs >= LOOK_AGAIN_MS;
    if (number > this.#newest.keySet.number && isDue) this.look();
    return this.#byNumber.get(number);
  }

  /** Takes up a newer key set where there is one; true if it did. Never throws. */
  look(): boolean {
    const { keysFolder, engine, clock } = this.#parts;
    this.#lookedAtMs = clock.monotonicMs();
    try {
      const number = keySetNumbers(keysFolder).at(-1) ?? 0;
      if (number <= this.#newest.keySet.number) {
        this.#trouble = undefined;
        return false;
      }
      const keys = loadKeys(keysFolder, engine);
      this.#newest = keys;
      this.#byNumber.set(keys.keySet.number, keys);
      this.#trouble = undefined;
      return true;
    } catch (error) {
      this.#tell(error);
      return false;
    }
  }

  /** Nobody signs by sets before `number` any more. */
  forgetBefore(number: number): void {
    for (const known of this.#byNumber.keys()) if (known < number) this.#byNumber.delete(known);
  }

  /** Once for each different trouble: copying keys by hand takes a moment, and looking goes on. */
  #tell(error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    if (why === this.#trouble) return;
    this.#trouble = why;
    const code = error instanceof DoorlabError ? error.code : 'UNEXPECTED';
    this.#parts.log.error('keys.newer-set-unusable', { errorCode: code, why });
  }
}
