// Daily doorcodes of a person: today's code at each door, whether its lock takes it, and where one that was taken away
// still opens until midnight.
import type { DailyCode, Exposure } from '#protocol/api/people.ts';
import { codesOfEpoch, dailyDoorOf, permanentCodesAt } from './daily-codes.ts';
import { lastEndS } from './daily-lapses.ts';
import { headsAtLock, takesSlot, type HeadAtLock } from '../sync/heads-at-lock.ts';
import { liveGrantsAt } from '../access/live-access.ts';
import { localDayOf, startOfDayS } from '../local-day.ts';
import { requirePerson } from '../people/person-codes.ts';
import type { Work } from '../work.ts';

/** One grant of a person, where the others are not the asker's to know. */
export interface OneGrant {
  /** Where it gives doorcodes. */
  readonly doorIds: ReadonlySet<string>;
  readonly startsAtS: number;
}

/** Of access that is in force or to come. Digits are shown from its start on, and those of the local day alone. */
export async function personDailyCodes(work: Work, personId: string, by?: OneGrant): Promise<DailyCode[]> {
  await requirePerson(work, personId);
  const codes: DailyCode[] = [];
  for (const row of await slotsOf(work, personId)) {
    if (by?.doorIds.has(row.door_id) === false) continue;
    const grants = (await liveGrantsAt(work.trx, [row.door_id], work.nowS, [personId])).filter(
      ({ providesDoorcodes }) => providesDoorcodes,
    );
    if (grants.length === 0) continue;
    const startsAtS = by?.startsAtS ?? Math.min(...grants.map((grant) => grant.startsAtS));
    const door = await dailyDoorOf(work, row.door_id);
    const today = localDayOf(door.zone, work.nowS);
    const codeOf = codesOfEpoch(work, door, row.epoch);
    const code = codeOf?.(row.slot, today);
    const isTaken = code !== undefined && (await permanentCodesAt(work, row.door_id)).has(code);
    const isLater = startsAtS > work.nowS;
    codes.push({
      doorId: row.door_id,
      doorName: door.name,
      isSingleUse: row.single_use === 1,
      code: code === undefined || isTaken || isLater ? null : code,
      untilS: startOfDayS(door.zone, today + 1),
      atLock:
        code === undefined
          ? 'no-lock'
          : isTaken
            ? 'not-today'
            : stateOf(row, await headsAtLock(work, row.door_id), isLater),
      startsAtS: isLater ? startsAtS : null,
    });
  }
  return codes;
}

interface Slot {
  readonly epoch: number;
  readonly slot: number;
  readonly single_use: number;
}

function stateOf(row: Slot, heads: readonly HeadAtLock[], isLater: boolean): DailyCode['atLock'] {
  const isTaken = ({ head }: HeadAtLock): boolean =>
    takesSlot(head, row.epoch, row.slot, row.single_use === 1);
  if (!heads.some((head) => head.isProven && isTaken(head))) return 'waits-for-sync';
  return isLater ? 'starts-later' : 'live';
}

/** A code that was shown today opens until midnight, unless the lock has a table that bars it, or it was used up. */
export async function exposedDailyCodes(work: Work, personId: string): Promise<Exposure[]> {
  const rows = await work.trx
    .selectFrom('daily_codes')
    .innerJoin('doors', 'doors.id', 'daily_codes.door_id')
    .innerJoin('properties', 'properties.id', 'doors.property_id')
    .innerJoin('locks', 'locks.door_id', 'doors.id')
    .selectAll('daily_codes')
    .select(['doors.name', 'properties.zone'])
    .where('daily_codes.person_id', '=', personId)
    .execute();
  const exposed = new Map<string, Exposure>();
  for (const row of rows) {
    const today = localDayOf(row.zone, work.nowS);
    if (row.ended_at_s !== null && localDayOf(row.zone, row.ended_at_s) < today) continue;
    const live = await liveGrantsAt(work.trx, [row.door_id], work.nowS, [personId]);
    if (live.some(({ providesDoorcodes }) => providesDoorcodes)) continue;
    if (row.ended_at_s === null && !(await endedToday(work, personId, row.door_id, row.zone, today)))
      continue;
    const heads = await headsAtLock(work, row.door_id);
    const isSingleUse = row.single_use === 1;
    if (!heads.some(({ head }) => takesSlot(head, row.epoch, row.slot, isSingleUse))) continue;
    exposed.set(row.door_id, {
      doorId: row.door_id,
      doorName: row.name,
      by: [isSingleUse ? 'single-use-doorcode' : 'daily-doorcode'],
      untilS: startOfDayS(row.zone, today + 1),
    });
  }
  return [...exposed.values()];
}

/** Nobody had to act for access to end by its date, so its slot is still the person's. */
async function endedToday(
  work: Work,
  personId: string,
  doorId: string,
  zone: string,
  today: number,
): Promise<boolean> {
  const last = await lastEndS(work, personId, doorId);
  return last !== null && localDayOf(zone, last) === today;
}

const slotsOf = (work: Work, personId: string) =>
  work.trx
    .selectFrom('daily_codes')
    .innerJoin('doors', 'doors.id', 'daily_codes.door_id')
    .selectAll('daily_codes')
    .where('daily_codes.person_id', '=', personId)
    .where('daily_codes.ended_at_s', 'is', null)
    .orderBy('doors.name')
    .orderBy('doors.id')
    .execute();
