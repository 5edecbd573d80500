// What goes wrong on an in-memory radio, as one record of plain data: its seed and a link's number alone say whether
// and at which PDU that link fails, so that a printed record replays the failure.
import type { Random } from '#protocol/ports/random.ts';
import { uniform } from '#protocol/ports/random.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';

export interface MemoryFaults {
  /** Each link draws from its own stream, whatever the other links do. */
  readonly seed: number | string;
  /** One link in so many is given the faults below; 1, every link, where left out. */
  readonly oneLinkIn?: number;
  /**
   * The PDU, counted from 1 in both directions together, in place of which the link is lost: one number, or
   * drawn evenly from the range, ends included.
   */
  readonly loseLinkAtPdu?: number | readonly [from: number, to: number];
  /** From this PDU on the peripheral's host is dead: it hears and answers nothing, while the link stays up. */
  readonly silentFromPdu?: number | readonly [from: number, to: number];
}

/** Infinity where the fault never comes. */
export interface LinkFaults {
  readonly loseAtPdu: number;
  readonly silentFromPdu: number;
}

const NO_FAULTS: LinkFaults = { loseAtPdu: Infinity, silentFromPdu: Infinity };

export function faultsOfLink(faults: MemoryFaults | undefined, linkId: number): LinkFaults {
  if (faults === undefined) return NO_FAULTS;
  const random = seededRandom(faults.seed).fork(`link ${linkId}`);
  if (uniform(random, faults.oneLinkIn ?? 1) !== 0) return NO_FAULTS;
  return {
    loseAtPdu: drawn(random, faults.loseLinkAtPdu),
    silentFromPdu: drawn(random, faults.silentFromPdu),
  };
}

function drawn(random: Random, at: number | readonly [number, number] | undefined): number {
  if (at === undefined) return Infinity;
  if (typeof at === 'number') return at;
  return at[0] + uniform(random, at[1] - at[0] + 1);
}
