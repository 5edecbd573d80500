// Changes from several lanes at once on processes that may go away, and what must be in the database afterwards:
// everything that was acknowledged, and versions and numbers without a hole or a repeat.
import { expect, onTestFinished } from 'vitest';
import { openDataFolder } from '#cloud/data-folder.ts';
import { systemClock } from '#protocol/node/system-clock.ts';
import type { Client } from './cloud-fixture.ts';
import type { Cluster } from './cluster.ts';
import { aHouse, invite, type House } from './house.ts';
import { activate } from './paper-lock.ts';

const LANES = 4;

/** What was answered, and so has to be there. */
interface Acknowledged {
  readonly invited: Set<string>;
  readonly revoked: Set<string>;
}

export class Load {
  /** What was answered to those that failed. */
  readonly failures: string[] = [];
  readonly acknowledged: Acknowledged = { invited: new Set(), revoked: new Set() };
  readonly #cluster: Cluster;
  readonly #client: Client;
  readonly #house: House;
  readonly #lanes: Promise<void>[];
  #isOver = false;
  #count = 0;
  #onCount = (): void => {};

  /** On a property whose door 4B has a lock, so that each of its versions leaves a task. */
  static async start(cluster: Cluster): Promise<Load> {
    const client = await cluster.client();
    const house = await aHouse(client);
    await activate(client, house.door('4B'));
    return new Load(cluster, client, house);
  }

  private constructor(cluster: Cluster, client: Client, house: House) {
    this.#cluster = cluster;
    this.#client = client;
    this.#house = house;
    this.#lanes = Array.from({ length: LANES }, (_, lane) => this.#lane(lane));
  }

  /** Until so many more changes were acknowledged. */
  async more(changes: number): Promise<void> {
    const enough = this.#count + changes;
    while (this.#count < enough) {
      await new Promise<void>((resolve) => {
        this.#onCount = resolve;
      });
    }
  }

  /** The lanes come to their end, and then the database is held against what they were told. */
  async endAndCheck(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#lanes);
    const { invited, revoked } = this.acknowledged;
    const there = await whatIsThere(this.#cluster.dataFolder, this.#house.door('4B'));
    expect(missing(invited, there.people)).toEqual([]);
    expect(missing(revoked, there.revoked)).toEqual([]);
    // One version for the lock's activation, and one for each change that is there.
    expect(there.target).toBe(1 + there.people.size + there.revoked.size);
    expect(there.versions).toEqual(upTo(there.target ?? 0));
    expect(there.outbox).toEqual(upTo(there.outbox.length));
  }

  /** Every third person loses the Keys again: both kinds raise each of the two doors once. */
  async #lane(lane: number): Promise<void> {
    for (let i = 0; !this.#isOver; i++) {
      const email = `p${lane}-${i}@example.com`;
      await this.#cluster.someUp();
      const person = await this.#tried(invite(this.#client, this.#house, { email }));
      if (person === undefined) continue;
      this.#note(this.acknowledged.invited, person.id);
      if (i % 3 !== 0) continue;
      await this.#cluster.someUp();
      const params = { personId: person.id };
      const revoked = await this.#tried(this.#client.call('revokeAllKeys', { params }));
      if (revoked !== undefined) this.#note(this.acknowledged.revoked, person.id);
    }
  }

  /** Whether a change that failed was made, nobody knows. */
  async #tried<T>(change: Promise<T>): Promise<T | undefined> {
    try {
      return await change;
    } catch (error) {
      this.failures.push(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  #note(set: Set<string>, id: string): void {
    set.add(id);
    this.#count++;
    this.#onCount();
  }
}

/** Everything that the rest of the database can be held against. */
async function whatIsThere(dataFolder: string, doorId: string) {
  const store = await openDataFolder(dataFolder, systemClock);
  onTestFinished(() => store.close());
  return await store.read(async (trx) => {
    const people = await trx.selectFrom('people').select('id').execute();
    const revoked = await trx
      .selectFrom('grants')
      .select('person_id')
      .distinct()
      .where('revoked_at_s', 'is not', null)
      .execute();
    const tasks = await trx
      .selectFrom('sync_tasks')
      .select('table_version')
      .where('door_id', '=', doorId)
      .orderBy('table_version')
      .execute();
    const doors = await trx.selectFrom('doors').select(['id', 'target_version']).execute();
    const outbox = await trx.selectFrom('outbox').select('number').orderBy('number').execute();
    return {
      people: new Set(people.map(({ id }) => id)),
      revoked: new Set(revoked.map((row) => row.person_id)),
      versions: tasks.map((row) => row.table_version),
      target: doors.find(({ id }) => id === doorId)?.target_version,
      outbox: outbox.map(({ number }) => number),
    };
  });
}

const missing = (wanted: ReadonlySet<string>, there: ReadonlySet<string>): string[] =>
  [...wanted].filter((id) => !there.has(id));

const upTo = (last: number): number[] => Array.from({ length: last }, (_, i) => i + 1);
