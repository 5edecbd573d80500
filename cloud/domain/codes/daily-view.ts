// Daily doorcodes of a person: today's code at each door, whether its lock takes it, and where one that was taken away
// still opens until midnight.
import type { DailyCode, Exposure } from '#protocol/api/people.ts';
import { codesOfEpoch, dailyDoorOf, permanentCodesAt } from './daily-codes.ts';
import { lastEndS } from './daily-lapses.ts';
import type { Head } from '#protocol/table/head.ts';
import { DAILY_CODE_OPENS_MAX_S, dayAtLock, startOfDayAtLock } from '../sync/day-at-lock.ts';
import { headsAtLock, takesSlot } from '../sync/heads-at-lock.ts';
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
    const { proven } = await headsTaking(work, row);
    // A lock goes by the day of the zone that it knows.
    const today = proven === undefined ? localDayOf(door.zone, work.nowS) : dayAtLock(proven, work.nowS);
    const codeOf = codesOfEpoch(work, door, row.epoch);
    const code = codeOf?.(row.slot, today);
    const isTaken = code !== undefined && (await permanentCodesAt(work, row.door_id)).has(code);
    const isLater = startsAtS > work.nowS;
    codes.push({
      doorId: row.door_id,
      doorName: door.name,
      isSingleUse: row.single_use === 1,
      code: code === undefined || isTaken || isLater ? null : code,
      untilS: proven === undefined ? startOfDayS(door.zone, today + 1) : startOfDayAtLock(proven, today + 1),
      atLock:
        code === undefined
          ? 'no-lock'
          : isTaken
            ? 'not-today'
            : proven === undefined
              ? 'waits-for-sync'
              : isLater
                ? 'starts-later'
                : 'live',
      startsAtS: isLater ? startsAtS : null,
    });
  }
  return codes;
}

interface Slot {
  readonly door_id: string;
  readonly epoch: number;
  readonly slot: number;
  readonly single_use: number;
}

/** Of those that the door's lock may have, with which it takes the slot's codes. */
async function headsTaking(work: Work, row: Slot): Promise<{ proven: Head | undefined; all: Head[] }> {
  const taking = (await headsAtLock(work, row.door_id)).filter(({ head }) =>
    takesSlot(head, row.epoch, row.slot, row.single_use === 1),
  );
  return {
    proven: taking.find(({ isProven }) => isProven)?.head,
    all: taking.map(({ head }) => head),
  };
}

/**
 * A code that was shown today opens until midnight at the lock, whose zone may be another one by now, unless the lock has a
 * table that bars it, or it was used up.
 */
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
    const live = await liveGrantsAt(work.trx, [row.door_id], work.nowS, [personId]);
    if (live.some(({ providesDoorcodes }) => providesDoorcodes)) continue;
    // Nobody had to act for access to end by its date, so its slot is still the person's.
    const endedAtS = row.ended_at_s ?? (await lastEndS(work, personId, row.door_id));
    if (endedAtS === null || endedAtS <= work.nowS - DAILY_CODE_OPENS_MAX_S) continue;
    const untilS = await opensUntilS(work, row, row.zone, endedAtS);
    const before = exposed.get(row.door_id);
    if (untilS <= work.nowS || (before?.untilS ?? 0) >= untilS) continue;
    exposed.set(row.door_id, {
      doorId: row.door_id,
      doorName: row.name,
      by: [row.single_use === 1 ? 'single-use-doorcode' : 'daily-doorcode'],
      untilS,
    });
  }
  return [...exposed.values()];
}

/** The end of the last day whose code the person was shown, by every zone that the lock may go by; 0 for no more. */
async function opensUntilS(work: Work, row: Slot, zone: string, endedAtS: number): Promise<number> {
  const { proven, all } = await headsTaking(work, row);
  const dayAtEnd = (head: Head): number => dayAtLock(head, endedAtS);
  const lastDay =
    proven === undefined ? Math.max(localDayOf(zone, endedAtS), ...all.map(dayAtEnd)) : dayAtEnd(proven);
  return Math.max(0, ...all.map((head) => startOfDayAtLock(head, lastDay + 1)));
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
