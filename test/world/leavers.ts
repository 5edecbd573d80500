// Residents of one door who are revoked one after another: whom its lock lets in tells which table it has.
import { expect } from 'vitest';
import type { OneDoor, Resident } from './one-door.ts';

export class Leavers {
  readonly #scene: OneDoor;
  readonly #neighbour: Resident;
  #number: number;
  #leaver: Resident;

  private constructor(scene: OneDoor, number: number, neighbour: Resident) {
    this.#scene = scene;
    this.#number = number;
    this.#neighbour = neighbour;
    this.#leaver = neighbour;
  }

  /** From the resident of that number on; the last of so many stays, and opens to the end. */
  static async of(scene: OneDoor, { from = 0, residents }: { from?: number; residents: number }) {
    return new Leavers(scene, from, await scene.resident(residents - 1));
  }

  /** Revokes the next one at the cloud, whom the lock still lets in. */
  async next(): Promise<void> {
    this.#leaver = await this.#scene.resident(this.#number++);
    expect(this.#leaver.person.id).not.toBe(this.#neighbour.person.id);
    await this.#scene.revoke(this.#leaver);
  }

  /** Of the lock: that of before the last revocation, or that with it. */
  expectTable(table: 'old' | 'new'): void {
    expect(this.#scene.opens(this.#leaver.code)).toBe(table === 'old');
    // A right code last, so that no row of wrong ones shuts everybody out.
    expect(this.#scene.opens(this.#neighbour.code)).toBe(true);
  }
}
