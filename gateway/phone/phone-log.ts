// What a phone takes along behind an opening, on the link that is up: the lock gets the time, and its event log goes to the
// cloud. Bounded, since a lock serves one phone at a time; whatever cuts it off, the next visit goes on from there.
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import type { Clock } from '#protocol/ports/clock.ts';
import type { Log } from '#protocol/ports/log.ts';
import type { Random } from '#protocol/ports/random.ts';
import { NONCE_BYTES } from '#protocol/signed/receipt.ts';
import { WireError } from '#protocol/wire-error.ts';
import type { CentralLink } from '#radio/ports/central.ts';
import { RadioError } from '#radio/ports/errors.ts';
import type { Cloud } from '../cloud-client.ts';
import { ControlLink } from '../courier/control-link.ts';
import { greet } from '../courier/greeting.ts';
import { Talk, TalkEnded } from '../courier/talk.ts';
import { keepUp, type UpkeepReport } from '../courier/upkeep.ts';
import { noteUpkeep, upkeepOf } from '../door-upkeep.ts';
import type { PhoneDoor } from './phone-door.ts';

/** How long who comes next may have to wait for the lock. */
export const LOG_BEHIND_MS = 3_000;

export interface LogParts {
  readonly engine: CryptoEngine;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly carried: Cloud;
}

/** Undefined where the lock could not be greeted. The link stays the caller's. Rejects for nothing that a lock does. */
export async function carryLogBehind(
  parts: LogParts,
  { doorId, lockId, advertisingKey }: PhoneDoor,
  link: CentralLink,
): Promise<UpkeepReport | undefined> {
  const { engine, clock, random, log, carried } = parts;
  const over = new AbortController();
  const timer = clock.after(LOG_BEHIND_MS, () => over.abort());
  const signal = AbortSignal.any([parts.signal, over.signal]);
  try {
    const control = new ControlLink(link);
    const isGreeted = await greeted(control, link, {
      engine,
      clock,
      signal,
      advertisingKey,
      courierNonce: random.bytes(NONCE_BYTES),
    });
    if (!isGreeted) return undefined;
    const report = await keepUp(control, { clock, signal, lockId, cloud: upkeepOf(carried, doorId, signal) });
    noteUpkeep(log, doorId, report);
    return report;
  } finally {
    timer.cancel();
  }
}

interface GreetingParts {
  readonly engine: CryptoEngine;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly advertisingKey: Uint8Array;
  readonly courierNonce: Uint8Array;
}

async function greeted(control: ControlLink, link: CentralLink, parts: GreetingParts): Promise<boolean> {
  const { engine, advertisingKey, courierNonce } = parts;
  const talk = new Talk(control, parts);
  try {
    await greet(talk, link, { engine, advertisingKeys: [advertisingKey], courierNonce });
    return true;
  } catch (error) {
    if (error instanceof TalkEnded || error instanceof WireError || error instanceof RadioError) return false;
    throw error;
  } finally {
    talk.close();
  }
}
