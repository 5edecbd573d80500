// Doors by id, never changed: a change makes another table that shares all but a few doors with the one before. A map
// that is copied for each change costs a thousand entries each.
const CHUNK_DOORS = 32;

export class DoorTable<D extends { readonly doorId: string }> {
  readonly #placeOf: ReadonlyMap<string, number>;
  readonly #chunks: readonly (readonly D[])[];

  private constructor(placeOf: ReadonlyMap<string, number>, chunks: readonly (readonly D[])[]) {
    this.#placeOf = placeOf;
    this.#chunks = chunks;
  }

  /** Of two with one id the last. */
  static of<D extends { readonly doorId: string }>(doors: readonly D[]): DoorTable<D> {
    const byId = [...new Map(doors.map((door) => [door.doorId, door])).values()];
    const chunks: D[][] = [];
    for (let at = 0; at < byId.length; at += CHUNK_DOORS) chunks.push(byId.slice(at, at + CHUNK_DOORS));
    return new DoorTable(new Map(byId.map(({ doorId }, place) => [doorId, place])), chunks);
  }

  get size(): number {
    return this.#placeOf.size;
  }

  get(doorId: string): D | undefined {
    const place = this.#placeOf.get(doorId);
    if (place === undefined) return undefined;
    return this.#chunks[Math.floor(place / CHUNK_DOORS)]?.[place % CHUNK_DOORS];
  }

  *values(): Generator<D> {
    for (const chunk of this.#chunks) yield* chunk;
  }

  map(change: (door: D) => D): DoorTable<D> {
    return new DoorTable(
      this.#placeOf,
      this.#chunks.map((chunk) => chunk.map(change)),
    );
  }

  /** This table where there is no such door. */
  with(doorId: string, change: (door: D) => D): DoorTable<D> {
    const place = this.#placeOf.get(doorId);
    const door = this.get(doorId);
    if (place === undefined || door === undefined) return this;
    const at = Math.floor(place / CHUNK_DOORS);
    const chunk = this.#chunks[at]?.with(place % CHUNK_DOORS, change(door)) ?? [];
    return new DoorTable(this.#placeOf, this.#chunks.with(at, chunk));
  }
}
