// What managers may not see: how residents live. A Resident's own entries at a Residence door are theirs alone, and so is
// what the door itself tells of coming and going there; guests, staff and whoever lives there no more are seen, and so is
// what endangers the door. Decided when a row comes in, and kept: a mark that is taken off later opens no past.
import type { DoorType } from '#protocol/api/property.ts';
import { decodeEvent } from '#protocol/log/event-fields.ts';
import { eventTypeOf, type EventType } from '#protocol/log/event-types.ts';

export interface RowToHide {
  readonly typeNumber: number;
  readonly data: Uint8Array;
  /** Whose credential it names, where that is known. */
  readonly holder: { readonly livesHere: boolean } | undefined;
}

/** Of an inhabited door: who comes and goes, though no name stands there. */
const MOVEMENTS: readonly EventType[] = [
  'boltLocked',
  'boltUnlocked',
  'manualUnlock',
  'privacyThrown',
  'privacyReleased',
];

export function isHidden(doorType: DoorType, { typeNumber, data, holder }: RowToHide): boolean {
  if (doorType !== 'residence') return false;
  const type = eventTypeOf(typeNumber);
  // What this version cannot read may say anything.
  if (type === undefined) return true;
  if (MOVEMENTS.includes(type)) return true;
  const event = decodeEvent(typeNumber, data);
  if (event?.type === 'opened' || event?.type === 'refused') {
    // A wrong code is nobody's; a credential of whom we know nothing may be a resident's.
    return holder?.livesHere ?? (event.type === 'opened' || event.credentialId !== 0);
  }
  if (event?.type === 'rowsCounted') return event.ofType === 'opened' || MOVEMENTS.includes(event.ofType);
  if (event?.type === 'lockoutEnded') return event.cause === 'app' || event.cause === 'credential';
  return false;
}
