// What a transaction has to tell others once it is committed. It only ever wakes them: who hears of it reads the
// database for what is so.

/**
 * `door-target`: a door's wanted version rose. `door-state`: a lock proved something new. `sync-request`: somebody
 * pressed Sync now, the subject is the request. `token-ended`: the subject may do nothing any more. `activity`: new
 * rows of the activity. `people`: a person of the property changed, the subject; without one, many did. `imports`: an upload of
 * people went on, the subject.
 */
export type OutboxKind =
  'door-target' | 'door-state' | 'sync-request' | 'token-ended' | 'activity' | 'people' | 'imports';

export interface Announcement {
  readonly kind: OutboxKind;
  readonly propertyId?: string;
  readonly doorId?: string;
  /** The id of what it is about, where that is no door. */
  readonly subject?: string;
}

/** In the order they were made, each once, however often a transaction says it. */
export class Announcements {
  readonly #made = new Map<string, Announcement>();

  announce(announcement: Announcement): void {
    const { kind, propertyId, doorId, subject } = announcement;
    const key = JSON.stringify([kind, propertyId, doorId, subject]);
    if (!this.#made.has(key)) this.#made.set(key, announcement);
  }

  addAll(other: Announcements): void {
    for (const announcement of other.entries()) this.announce(announcement);
  }

  entries(): readonly Announcement[] {
    return [...this.#made.values()];
  }
}
