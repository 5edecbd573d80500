// What a file would do, without doing it: each row is decided against the people as they are and as the rows before it
// would leave them. It only reads, a few hundred rows at a time, so that nobody waits for it.
import type { ImportRow } from '#protocol/api/imports.ts';
import type { Schema } from '../db/schema.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Work } from '../domain/work.ts';
import type { RowOutcome } from './counted.ts';
import { DoorRoom } from './door-room.ts';
import { NO_DEFAULTS, type Entry, type Pause } from './file-rows.ts';
import { knownPeople, type KnownPerson } from './known-people.ts';
import { planRow, type RowPlan } from './row-plan.ts';

const ROWS_A_READ = 250;

type Read = <T>(run: (work: Work) => Promise<T>) => Promise<T>;

export interface Previewed {
  readonly outcomes: readonly RowOutcome[];
  readonly items: readonly ImportRow[];
}

export async function previewRows(
  read: Read,
  propertyId: string,
  entries: readonly Entry[],
  pause: Pause,
): Promise<Previewed> {
  const people = new Map<string, KnownPerson | undefined>();
  const room = await read((work) => DoorRoom.of(work, propertyId));
  const outcomes: RowOutcome[] = [];
  for (let i = 0; i < entries.length; i += ROWS_A_READ) {
    await pause();
    const some = entries.slice(i, i + ROWS_A_READ);
    const fresh = some.flatMap((entry) => ('row' in entry ? [entry.row.values.email] : []));
    const unread = [...new Set(fresh)].filter((email) => !people.has(email));
    await read(async (work) => {
      const known = await knownPeople(work, propertyId, unread);
      for (const email of unread) people.set(email, known.get(email));
      await room.load(
        work,
        some.flatMap((entry) => ('row' in entry ? entry.row.keyIds : [])),
      );
      for (const entry of some) outcomes.push(previewed(entry, people, room, work.nowS));
    });
  }
  return {
    outcomes,
    items: outcomes.flatMap((outcome) => ('action' in outcome ? [outcome] : [])),
  };
}

function previewed(
  entry: Entry,
  people: Map<string, KnownPerson | undefined>,
  room: DoorRoom,
  nowS: number,
): RowOutcome {
  if ('errors' in entry) return entry;
  const { line, row } = entry;
  const { email } = row.values;
  const before = people.get(email);
  try {
    const plan = planRow(before, row, NO_DEFAULTS, nowS);
    const after = afterRow(before, plan);
    // A code a day is no row of a table.
    if (row.values.credential === 'app') room.take(before?.held, after.held);
    people.set(email, after);
    return { line, email, action: plan.action };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { line, errors: [{ line, column: null, reason: error.message }] };
  }
}

function afterRow(before: KnownPerson | undefined, plan: RowPlan): KnownPerson {
  const held = new Map(before?.held);
  for (const { keyId, startsAtS, expiresAtS } of plan.gives) {
    held.set(keyId, grantOf(keyId, startsAtS, expiresAtS));
  }
  for (const { grant, startsAtS, expiresAtS } of plan.changes) {
    held.set(grant.key_id, { ...grant, starts_at_s: startsAtS, expires_at_s: expiresAtS });
  }
  return {
    personId: before?.personId ?? '',
    held,
    hasLostAccess: before?.hasLostAccess === true && held.size === 0,
  };
}

const grantOf = (keyId: string, startsAtS: number, expiresAtS: number | null): Schema['grants'] => ({
  id: '',
  person_id: '',
  key_id: keyId,
  host_id: null,
  starts_at_s: startsAtS,
  expires_at_s: expiresAtS,
  revoked_at_s: null,
  created_at_s: startsAtS,
});
