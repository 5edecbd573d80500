// Looks every second for a key set newer than the one in force, and has it adopted: a rotation needs no restart.
import type { Clock, Timer } from '#protocol/ports/clock.ts';
import type { Log } from '#protocol/ports/log.ts';
import type { CloudKeys } from './cloud-keys.ts';
import type { KeyRing } from './key-ring.ts';

export const KEY_LOOK_MS = 1_000;

export interface KeyWatchParts {
  readonly ring: KeyRing;
  readonly clock: Clock;
  readonly log: Log;
  /** How many locks need a Door Sync for it; 0 where another process was first. */
  adopt(keys: CloudKeys): Promise<number>;
}

export class KeyWatch {
  readonly #parts: KeyWatchParts;
  #adopted: number;
  #timer: Timer | undefined;
  #working: Promise<void> = Promise.resolve();
  #isStopped = false;

  /** `adopted`: the number of the key set in force. */
  constructor(parts: KeyWatchParts, adopted: number) {
    this.#parts = parts;
    this.#adopted = adopted;
    this.#wait();
  }

  /** When it resolves nothing of it runs any more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    await this.#working;
  }

  #wait(): void {
    if (this.#isStopped) return;
    this.#timer = this.#parts.clock.after(KEY_LOOK_MS, () => {
      this.#working = this.#look().finally(() => this.#wait());
    });
  }

  async #look(): Promise<void> {
    const { ring, log, adopt } = this.#parts;
    ring.look();
    const keys = ring.newest;
    const { number } = keys.keySet;
    if (number <= this.#adopted) return;
    try {
      const doors = await adopt(keys);
      this.#adopted = number;
      // A transaction that began before may still sign by the one before.
      ring.forgetBefore(number - 1);
      log.info('keys.adopted', { keySet: number, doors });
    } catch (error) {
      log.error('keys.not-adopted', {
        keySet: number,
        why: error instanceof Error ? error.message : String(error),
      });
    }
  }
}
