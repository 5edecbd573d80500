// Time zones by their IANA names, through the runtime's own zone data: local times to UTC, and the transitions
// that a table's head carries.

export interface LocalTime {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
}

export interface Transition {
  readonly atS: number;
  /** Local time minus UTC, from then on. */
  readonly offsetS: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'iso8601',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formats.set(zone, made);
  return made;
}

export function isZone(zone: string): boolean {
  try {
    formatOf(zone);
    return true;
  } catch {
    return false;
  }
}

/** As IANA writes it, however it was typed; a good name that the runtime knows by another one stays. */
export function zoneName(zone: string): string {
  const known = formatOf(zone).resolvedOptions().timeZone;
  const titled = zone.toLowerCase().replace(/(^|[/_-])[a-z]/g, (start) => start.toUpperCase());
  return known.toLowerCase() !== zone.toLowerCase() && titled === zone ? zone : known;
}

/** Local time minus UTC at this moment, in seconds. */
export function offsetAtS(zone: string, atS: number): number {
  const parts = new Map(
    formatOf(zone)
      .formatToParts(atS * 1000)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  const localMs = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
  return localMs / 1000 - atS;
}

/**
 * UTC seconds of a local time. A time that a forward change skips is moved on by the gap; of one that happens
 * twice the first is taken.
 */
export function utcOfLocalS(zone: string, local: LocalTime): number {
  const asUtcS = Date.UTC(local.year, local.month - 1, local.day, local.hour, local.minute) / 1000;
  const before = asUtcS - offsetAtS(zone, asUtcS - 86_400);
  if (before + offsetAtS(zone, before) === asUtcS) return before;
  const after = asUtcS - offsetAtS(zone, asUtcS + 86_400);
  return after + offsetAtS(zone, after) === asUtcS ? after : before;
}

/** Changes of offset in [fromS, untilS), to the second, at most `max` of them. */
export function transitionsOf(zone: string, fromS: number, untilS: number, max: number): Transition[] {
  const found: Transition[] = [];
  let offsetS = offsetAtS(zone, fromS);
  for (let atS = fromS; atS < untilS && found.length < max; atS += STEP_S) {
    const endS = Math.min(atS + STEP_S, untilS);
    const laterS = offsetAtS(zone, endS - 1);
    if (laterS === offsetS) continue;
    found.push({ atS: firstWith(zone, laterS, atS, endS - 1), offsetS: laterS });
    offsetS = laterS;
  }
  return found;
}

/** Shorter than the time between any two changes that zones have made in a row since 1970 but for Ramadan's. */
const STEP_S = 7 * 86_400;

/** The first second in (afterS, untilS] at which the zone has this offset; it has it at `untilS`. */
function firstWith(zone: string, offsetS: number, afterS: number, untilS: number): number {
  let low = afterS;
  let high = untilS;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAtS(zone, middle) === offsetS) high = middle;
    else low = middle;
  }
  return high;
}
