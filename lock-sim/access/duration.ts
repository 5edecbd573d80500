// Spans and local times as a sentence spells them.
import { weekdayOf, type LocalTime } from '#protocol/table/zone.ts';

const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;
const UNITS = [
  { name: 'd', seconds: 86_400 },
  { name: 'h', seconds: 3_600 },
  { name: 'min', seconds: 60 },
] as const;

/** In the largest unit of which there are two at least, rounded down: "90 s" is "90 s", 7,300 s are "2 h". */
export function spellSpan(seconds: number): string {
  const unit = UNITS.find((candidate) => seconds >= 2 * candidate.seconds);
  return unit === undefined ? `${seconds} s` : `${Math.floor(seconds / unit.seconds)} ${unit.name}`;
}

/** "Saturday 07:05". */
export function spellLocal({ day, minute }: LocalTime): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${DAYS[weekdayOf(day)] ?? ''} ${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}
