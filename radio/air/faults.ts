// What can go wrong in the air, as one record of plain data with a seed, the same for links of controllers and for links
// in memory: the same seed and the same traffic give the same run, and a printed record replays a failure.
import type { Random } from '#protocol/ports/random.ts';
import { uniform } from '#protocol/ports/random.ts';
import { seededRandom } from '#protocol/ports/seeded-random.ts';

/** The n-th, counted from 1, or one drawn evenly from the range, ends included. */
export type FaultAt = number | readonly [from: number, to: number];

/**
 * Shares are of 0..1. PDUs are ATT's, those of both directions counted together, as they arrive. What is about events needs a
 * link that has some: in an unpaced air no packet is lost and none waits for an event.
 */
export interface Faults {
  /** Each link draws from its own stream, whatever the other links do. */
  readonly seed: number | string;
  /** One link in so many has faults; every link where left out. Adverts have them anyhow. */
  readonly oneLinkIn?: number;

  /** A lost packet is sent again in the next event, as the link layer does; the event in which it was lost is over. */
  readonly packetLoss?: number;
  /** A write command or notification reaches its host twice, where it fills one packet. Nothing else may, by ATT. */
  readonly pduDuplicate?: number;
  /** Up to so much on top of each packet's way between host and controller. */
  readonly delayMsMax?: number;

  /** A report that is lost is gone; a doubled one comes twice. */
  readonly reportLoss?: number;
  readonly reportDuplicate?: number;

  /** The PDU in place of which the link is lost. */
  readonly loseLinkAtPdu?: FaultAt;
  /** Each link is lost once its PDUs had so many bytes. */
  readonly loseLinkEveryBytes?: number;
  /** From this PDU on the peripheral's host is dead: it hears and answers nothing, while the link stays up. */
  readonly silentFromPdu?: FaultAt;

  /** The peripheral's host hears each PDU so much later. */
  readonly slowPeerMs?: number;
  /** The air lowers what a central asks for in an MTU exchange. */
  readonly attMtuMax?: number;
  /** Packets of 27 bytes, whatever either side asks for. */
  readonly noDataLength?: boolean;
  /** Phones end an event after so many pairs of packets. */
  readonly pairsPerEventMax?: number;
}

export const NO_FAULTS: Faults = { seed: 0 };

/** An air's own chances: those of adverts. */
export class FaultDice {
  readonly faults: Faults;
  readonly #random: Random;

  constructor(faults: Faults) {
    this.faults = faults;
    this.#random = seededRandom(faults.seed);
  }

  reportLost(): boolean {
    return falls(this.#random, this.faults.reportLoss);
  }

  reportDoubled(): boolean {
    return falls(this.#random, this.faults.reportDuplicate);
  }

  /** Uniform in 0..1, 1 excluded. */
  share(): number {
    return share(this.#random);
  }

  /** That of the link of that number, counted from 1. */
  link(id: number): LinkFaults {
    return new LinkFaults(this.faults, id);
  }
}

/** What one link has of the faults, its draws made. */
export class LinkFaults {
  /** Infinity where it never comes. */
  readonly loseAtPdu: number;
  readonly loseAtBytes: number;
  readonly silentFromPdu: number;
  readonly slowPeerMs: number;
  readonly attMtuMax: number;
  readonly noDataLength: boolean;
  readonly pairsPerEventMax: number;
  readonly #faults: Faults;
  readonly #random: Random;

  constructor(faults: Faults, linkId: number) {
    this.#random = seededRandom(faults.seed).fork(`link ${linkId}`);
    const spared = uniform(this.#random, faults.oneLinkIn ?? 1) !== 0;
    const own = spared ? NO_FAULTS : faults;
    this.#faults = own;
    this.loseAtPdu = drawn(this.#random, own.loseLinkAtPdu);
    this.silentFromPdu = drawn(this.#random, own.silentFromPdu);
    this.loseAtBytes = own.loseLinkEveryBytes ?? Infinity;
    this.slowPeerMs = own.slowPeerMs ?? 0;
    this.attMtuMax = own.attMtuMax ?? Infinity;
    this.noDataLength = own.noDataLength ?? false;
    this.pairsPerEventMax = own.pairsPerEventMax ?? Infinity;
  }

  packetLost(): boolean {
    return falls(this.#random, this.#faults.packetLoss);
  }

  /** Whether that ATT PDU comes twice. */
  doubled(pdu: Uint8Array): boolean {
    const alone = pdu[0] === WRITE_COMMAND || pdu[0] === NOTIFICATION;
    return alone && falls(this.#random, this.#faults.pduDuplicate);
  }

  delayMs(): number {
    const most = this.#faults.delayMsMax ?? 0;
    return most > 0 ? most * share(this.#random) : 0;
  }

  /** The PDU as the air lets it through; a copy where it is another. */
  passed(pdu: Uint8Array): Uint8Array {
    const asked = (pdu[1] ?? 0) | ((pdu[2] ?? 0) << 8);
    if (pdu[0] !== MTU_REQUEST || pdu.length !== MTU_REQUEST_BYTES || asked <= this.attMtuMax) return pdu;
    return Uint8Array.of(MTU_REQUEST, this.attMtuMax & 0xff, this.attMtuMax >> 8);
  }
}

/** ATT opcodes (Vol 3 Part F, 3.4.2.1, 3.4.5.3 and 3.4.7.1): what nobody answers may come twice. */
const MTU_REQUEST = 0x02;
const MTU_REQUEST_BYTES = 3;
const WRITE_COMMAND = 0x52;
const NOTIFICATION = 0x1b;

function drawn(random: Random, at: FaultAt | undefined): number {
  if (at === undefined) return Infinity;
  if (typeof at === 'number') return at;
  return at[0] + uniform(random, at[1] - at[0] + 1);
}

function share(random: Random): number {
  const bytes = random.bytes(4);
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) / 0x1_0000_0000;
}

const falls = (random: Random, chance = 0): boolean => chance > 0 && share(random) < chance;
