// How many rows the locks of a property have left, as the rows of a file would fill them: one for each doorcode and its
// dates. An estimate for the preview; the change itself is counted exactly.
import { invariant } from '#protocol/errors.ts';
import { ROWS_MAX } from '#protocol/limits.ts';
import type { Schema } from '../db/schema.ts';
import { isLive } from '../domain/access/live-access.ts';
import { tableFull } from '../domain/access/capacity.ts';
import type { Work } from '../domain/work.ts';

interface Room {
  readonly name: string;
  readonly capacity: number;
  /** Undefined until they are counted. */
  rows: number | undefined;
}

type Held = ReadonlyMap<string, Schema['grants']>;

export class DoorRoom {
  /** Doors with a lock: others have no limit yet. */
  readonly #rooms = new Map<string, Room>();
  /** By Key, the doors with a lock where it provides doorcodes. */
  readonly #doorsOf = new Map<string, readonly string[]>();

  static async of(work: Work, propertyId: string): Promise<DoorRoom> {
    const room = new DoorRoom();
    const locks = await work.trx
      .selectFrom('locks')
      .innerJoin('doors', 'doors.id', 'locks.door_id')
      .select(['doors.id', 'doors.name', 'locks.capacity_rows'])
      .where('doors.property_id', '=', propertyId)
      .execute();
    for (const { id, name, capacity_rows: capacity } of locks) {
      room.#rooms.set(id, { name, capacity: Math.min(capacity, ROWS_MAX), rows: undefined });
    }
    return room;
  }

  /** What these Keys open, and how full it is. */
  async load(work: Work, keyIds: readonly string[]): Promise<void> {
    const unknown = [...new Set(keyIds)].filter((keyId) => !this.#doorsOf.has(keyId));
    if (unknown.length === 0 || this.#rooms.size === 0) return;
    const doors = await work.trx
      .selectFrom('key_doors')
      .select(['key_id', 'door_id'])
      .where('key_id', 'in', unknown)
      .where('provide_doorcodes', '=', 1)
      .execute();
    for (const keyId of unknown) this.#doorsOf.set(keyId, []);
    for (const { key_id, door_id } of doors) {
      if (this.#rooms.has(door_id)) {
        this.#doorsOf.set(key_id, [...(this.#doorsOf.get(key_id) ?? []), door_id]);
      }
    }
    const uncounted = new Set(
      unknown
        .flatMap((keyId) => this.#doorsOf.get(keyId) ?? [])
        .filter((doorId) => this.#rooms.get(doorId)?.rows === undefined),
    );
    for (const doorId of uncounted) {
      const room = this.#rooms.get(doorId);
      if (room !== undefined) room.rows = await rowsAt(work, doorId);
    }
  }

  /** Takes the room that the change needs, or none and throws TABLE_FULL. */
  take(before: Held | undefined, after: Held): void {
    const [had, has] = [this.#rowsOf(before ?? new Map()), this.#rowsOf(after)];
    const grown = [...has].map(
      ([doorId, rows]) => [doorId, rows.size - (had.get(doorId)?.size ?? 0)] as const,
    );
    const filled = grown.map(([doorId, more]) => {
      const room = this.#rooms.get(doorId);
      invariant(room?.rows !== undefined, 'counted as its Key was loaded');
      const rows = room.rows + more;
      if (more > 0 && rows > room.capacity) throw tableFull(doorId, room.name, rows, room.capacity);
      return { room, rows };
    });
    for (const { room, rows } of filled) room.rows = rows;
  }

  /** Distinct dates by door. */
  #rowsOf(held: Held): Map<string, Set<string>> {
    const rows = new Map<string, Set<string>>();
    for (const grant of held.values()) {
      const dates = `${grant.starts_at_s} ${grant.expires_at_s ?? ''}`;
      for (const doorId of this.#doorsOf.get(grant.key_id) ?? []) {
        rows.set(doorId, (rows.get(doorId) ?? new Set()).add(dates));
      }
    }
    return rows;
  }
}

/** Phones and cards have one row each here, whatever their dates. */
async function rowsAt({ trx, nowS }: Work, doorId: string): Promise<number> {
  const codes = trx
    .selectFrom('grants')
    .innerJoin('key_doors', 'key_doors.key_id', 'grants.key_id')
    .select(['grants.person_id', 'grants.starts_at_s', 'grants.expires_at_s'])
    .distinct()
    .where('key_doors.door_id', '=', doorId)
    .where('key_doors.provide_doorcodes', '=', 1)
    .where(isLive(nowS));
  const { count } = await trx
    .selectFrom(codes.as('codes'))
    .select(({ fn }) => fn.countAll().as('count'))
    .executeTakeFirstOrThrow();
  const others = await trx
    .selectFrom('credentials')
    .select(({ fn }) => fn.countAll().as('count'))
    .where('door_id', '=', doorId)
    .where('kind', '!=', 'doorcode')
    .executeTakeFirstOrThrow();
  return Number(count) + Number(others.count);
}
