// The head of a door's table: its property's zone for the years to come, and the policies. The salt changes only
// with the rest of the head, so that one version has one table and one hash.
import { equalBytes } from '#protocol/bytes.ts';
import { WireError } from '#protocol/wire-error.ts';
import { ZONE_TRANSITIONS_MAX } from '#protocol/limits.ts';
import type { Random } from '#protocol/ports/random.ts';
import { decodeHead, encodeHead, plainHead, SALT_BYTES } from '#protocol/table/head.ts';
import { Refusal } from '../domain/refusal.ts';
import { offsetAtS, transitionsOf } from '../domain/zone.ts';

/** From the start of this year, so that the head changes with the year at most: at least five years ahead. */
const ZONE_YEARS = 6;

/** `previous`: the head of the table before. Throws HEAD_LIMIT. */
export function headBytesFor(
  random: Random,
  nowS: number,
  zone: string,
  previous: Uint8Array | undefined,
): Uint8Array {
  const withSalt = (salt: Uint8Array): Uint8Array =>
    encoded({ ...plainHead(salt), zone: zoneOf(zone, nowS) });
  if (previous !== undefined) {
    const kept = withSalt(decodeHead(previous).salt);
    if (equalBytes(kept, previous)) return previous;
  }
  return withSalt(random.bytes(SALT_BYTES));
}

function zoneOf(zone: string, nowS: number) {
  const year = new Date(nowS * 1000).getUTCFullYear();
  const fromS = Date.UTC(year, 0, 1) / 1000;
  const untilS = Date.UTC(year + ZONE_YEARS, 0, 1) / 1000;
  return {
    offsetS: offsetAtS(zone, fromS),
    transitions: transitionsOf(zone, fromS, untilS, ZONE_TRANSITIONS_MAX),
  };
}

function encoded(head: Parameters<typeof encodeHead>[0]): Uint8Array {
  try {
    return encodeHead(head);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw new Refusal('HEAD_LIMIT', `The head of the table is beyond a limit: ${error.message}.`, {
      cause: error,
      next: 'Use fewer schedules, holidays or daily codes at this door.',
    });
  }
}
