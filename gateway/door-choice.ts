// Doors as a person names them: by id, or by name in any case where only one door bears it.
import { Id } from '#protocol/api/values.ts';
import { GatewayError } from './gateway-error.ts';

export const isDoorId = (text: string): boolean => Id.safeParse(text).success;

interface NamedDoor {
  readonly doorId: string;
  readonly doorName: string;
}

/** One door for each name, doubles once. Throws DOOR_UNKNOWN, DOOR_AMBIGUOUS. */
export function chooseDoors<D extends NamedDoor>(doors: readonly D[], names: readonly string[]): D[] {
  return [...new Set(names.map((name) => chooseDoor(doors, name)))];
}

export function chooseDoor<D extends NamedDoor>(doors: readonly D[], name: string): D {
  const byId = doors.find(({ doorId }) => doorId === name);
  if (byId !== undefined) return byId;
  const folded = fold(name);
  const found = doors.filter(({ doorName }) => fold(doorName) === folded);
  const exact = found.filter(({ doorName }) => doorName === name);
  const [door, other] = exact.length === 1 ? exact : found;
  if (door === undefined) {
    throw new GatewayError('DOOR_UNKNOWN', `There is no door ${name} with a lock.`, {
      next: 'List the doors with doorlab status; a door without a lock is activated first.',
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
