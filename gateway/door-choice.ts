// Doors as a person names them: by id, or by name in any case where only one door bears it.
import { Id } from '#protocol/api/values.ts';
import { GatewayError } from './gateway-error.ts';

export const isDoorId = (text: string): boolean => Id.safeParse(text).success;

interface NamedDoor {
  readonly doorId: string;
  readonly doorName: string;
}

/** An error names no more than a person reads. */
const DOORS_NAMED_MAX = 12;

/** One door for each name, doubles once. Throws DOOR_UNKNOWN, DOOR_AMBIGUOUS. */
export function chooseDoors<D extends NamedDoor>(doors: readonly D[], names: readonly string[]): D[] {
  return [...new Set(names.map((name) => chooseDoor(doors, name)))];
}

/** `what` says to people which doors these are. */
export function chooseDoor<D extends NamedDoor>(
  doors: readonly D[],
  name: string,
  what = 'doors with a lock',
): D {
  const byId = doors.find(({ doorId }) => doorId === name);
  if (byId !== undefined) return byId;
  const folded = fold(name);
  const found = doors.filter(({ doorName }) => fold(doorName) === folded);
  const exact = found.filter(({ doorName }) => doorName === name);
  const [door, other] = exact.length === 1 ? exact : found;
  if (door === undefined) {
    const names = doors.slice(0, DOORS_NAMED_MAX).map(({ doorName }) => doorName);
    const more = doors.length > names.length ? ` and ${doors.length - names.length} more` : '';
    throw new GatewayError('DOOR_UNKNOWN', `There is no door ${name} among the ${what}.`, {
      next: names.length === 0 ? `There are no ${what} yet.` : `Name one of ${names.join(', ')}${more}.`,
    });
  }
  if (other !== undefined) {
    throw new GatewayError('DOOR_AMBIGUOUS', `${found.length} doors are called ${name}.`, {
      next: `Name it by its id: ${found.map(({ doorId }) => doorId).join(', ')}.`,
    });
  }
  return door;
}

const fold = (text: string): string => text.normalize('NFC').trim().toLowerCase();
