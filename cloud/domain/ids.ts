// Opaque ids: what they name, and 16 random bytes in base32. A door's bytes are its id on the wire.
import { decodeBase32, encodeBase32 } from '#protocol/bytes.ts';
import { invariant } from '#protocol/errors.ts';
import { asDoorId, DOOR_ID_BYTES, type DoorId } from '#protocol/ids.ts';
import type { Random } from '#protocol/ports/random.ts';

export type IdKind =
  | 'portfolio'
  | 'account'
  | 'token'
  | 'property'
  | 'door'
  | 'key'
  | 'person'
  | 'grant'
  | 'task'
  | 'import'
  | 'activation'
  | 'receipt'
  | 'session'
  | 'syncrequest'
  | 'alarm'
  | 'daily'
  | 'phone'
  | 'keycard'
  | 'mail';

export const newId = (random: Random, kind: IdKind): string =>
  `${kind}_${encodeBase32(random.bytes(DOOR_ID_BYTES)).toLowerCase()}`;

/** The 16 bytes that tables, statements and receipts name a door by. */
export function wireDoorId(doorId: string): DoorId {
  const bytes = decodeBase32(doorId.replace(/^door_/, ''));
  const id = bytes === undefined ? undefined : asDoorId(bytes);
  invariant(id, 'a door id as newId made it');
  return id;
}
