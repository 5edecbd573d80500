// What the demo is given by its main.
import { encodeBase32 } from '#protocol/bytes.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import type { Clock } from '#protocol/ports/clock.ts';
import type { Log } from '#protocol/ports/log.ts';
import type { Random } from '#protocol/ports/random.ts';
import type { FlashTiming } from '#lock-sim/flash/nor-flash.ts';

export interface DemoParts {
  /** Empty, the demo's own. */
  readonly folder: string;
  /** Of cloud and gateway. */
  readonly engine: CryptoEngine;
  /** Of the locks. */
  readonly lockEngine: CryptoEngine;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Of the locks' flash; a real part's where it is left out. */
  readonly flashTiming?: FlashTiming;
}

const PASSWORD_BYTES = 10;

/** Drawn for each demo: 80 bits, easy to type. */
export const demoPassword = (random: Random): string =>
  encodeBase32(random.bytes(PASSWORD_BYTES)).toLowerCase().match(/.{4}/g)?.join('-') ?? '';
