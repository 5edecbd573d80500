// A zone as heads of tables carry it: the offsets of the years to come, from the start of this year on, so that a head
// changes with the year at most.
import { ZONE_TRANSITIONS_MAX } from '#protocol/limits.ts';
import type { Head } from '#protocol/table/head.ts';
import { offsetAtS, transitionsOf } from './zone.ts';

/** At least five years ahead. */
const ZONE_YEARS = 6;
/** By zone and year; every door of a zone has the same. */
const zones = new Map<string, Head['zone']>();
const ZONES_KEPT = 500;

export function zoneOfHeads(zone: string, nowS: number): Head['zone'] {
  const year = new Date(nowS * 1000).getUTCFullYear();
  const known = zones.get(`${zone} ${year}`);
  if (known !== undefined) return known;
  const fromS = Date.UTC(year, 0, 1) / 1000;
  const untilS = Date.UTC(year + ZONE_YEARS, 0, 1) / 1000;
  const made = {
    offsetS: offsetAtS(zone, fromS),
    transitions: transitionsOf(zone, fromS, untilS, ZONE_TRANSITIONS_MAX),
  };
  if (zones.size >= ZONES_KEPT) zones.clear();
  zones.set(`${zone} ${year}`, made);
  return made;
}
