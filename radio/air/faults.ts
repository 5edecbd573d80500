// What can go wrong in the air, as one record with a seed: the same seed and the same traffic give the same run.
import type { Random } from '#protocol/ports/random.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';

export interface Faults {
  readonly seed: number | string;
  /** Shares of 0..1. A lost packet is sent again in the next event, as the link layer does; a lost report is gone. */
  readonly packetLoss?: number;
  readonly reportLoss?: number;
  readonly reportDuplicate?: number;
  /** Up to so much on top of each packet's way between host and controller. */
  readonly delayMsMax?: number;
  /** Every link drops in place of its n-th ACL packet, both directions counted, from 1. */
  readonly disconnectAtPacket?: number;
  /** The air lowers what a central asks for in an MTU exchange. */
  readonly attMtuMax?: number;
}

export const NO_FAULTS: Faults = { seed: 0 };

export class FaultDice {
  readonly faults: Faults;
  readonly #random: Random;

  constructor(faults: Faults) {
    this.faults = faults;
    this.#random = seededRandom(faults.seed);
  }

  packetLost(): boolean {
    return this.#falls(this.faults.packetLoss);
  }

  reportLost(): boolean {
    return this.#falls(this.faults.reportLoss);
  }

  reportDoubled(): boolean {
    return this.#falls(this.faults.reportDuplicate);
  }

  delayMs(): number {
    const most = this.faults.delayMsMax ?? 0;
    return most > 0 ? most * this.share() : 0;
  }

  /** Uniform in 0..1, 1 excluded. */
  share(): number {
    const bytes = this.#random.bytes(4);
    return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) / 0x1_0000_0000;
  }

  #falls(share = 0): boolean {
    return share > 0 && this.share() < share;
  }
}
