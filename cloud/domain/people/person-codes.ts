// A person's credentials against what the locks hold: where each opens now, and where it waits for a Door Sync.
import type { Code, DeviceAccess } from '#protocol/api/people.ts';
import type { CredentialKind } from '../../db/schema/people.ts';
import { liveGrantsAt, type LiveGrant } from '../access/live-access.ts';
import { windowsOf } from '../access/key-schedules.ts';
import { isSameSchedule } from '../sync/exposed-rows.ts';
import { headsAtLock } from '../sync/heads-at-lock.ts';
import { hoursNow } from '../sync/hours-at-lock.ts';
import { rowsAtLock, type RowAtLock } from '../sync/rows-at-lock.ts';
import { personOf } from '../rights/tenancy.ts';
import type { Work } from '../work.ts';

/** Doorcodes of access that is in force or to come, with what the door's lock has proven to hold of each. */
export async function personCodes(work: Work, personId: string): Promise<Code[]> {
  const held = await credentialsOf(work, personId, ['doorcode']);
  return held.map(({ value, ...access }) => ({ ...access, kind: 'doorcode', code: value }));
}

/** The same of the person's phone and card, at each door. */
export async function personDevices(work: Work, personId: string): Promise<DeviceAccess[]> {
  const held = await credentialsOf(work, personId, ['app', 'keycard']);
  return held.flatMap(({ doorId, doorName, kind, atLock, startsAtS }) =>
    kind === 'doorcode' ? [] : [{ doorId, doorName, kind, atLock, startsAtS }],
  );
}

/** An app asks for its own account's people alone, which it has looked up itself. */
export async function requirePerson(work: Work, personId: string): Promise<void> {
  if (work.rights.kind !== 'app') await personOf(work, personId);
}

interface HeldCredential {
  readonly doorId: string;
  readonly doorName: string;
  readonly kind: CredentialKind;
  readonly value: string;
  readonly atLock: Code['atLock'];
  readonly startsAtS: number | null;
  readonly endsAtS: number | null;
}

async function credentialsOf(
  work: Work,
  personId: string,
  kinds: readonly CredentialKind[],
): Promise<HeldCredential[]> {
  await requirePerson(work, personId);
  const rows = await work.trx
    .selectFrom('credentials')
    .innerJoin('doors', 'doors.id', 'credentials.door_id')
    .select(['credentials.number', 'credentials.kind', 'credentials.door_id', 'credentials.value'])
    .select('doors.name')
    .where('credentials.person_id', '=', personId)
    .where('credentials.kind', 'in', [...kinds])
    .orderBy('doors.name')
    .orderBy('doors.id')
    .orderBy('credentials.kind')
    .execute();
  const doorIds = [...new Set(rows.map((row) => row.door_id))];
  const live = await liveGrantsAt(work.trx, doorIds, work.nowS, [personId]);
  const held: HeldCredential[] = [];
  for (const { number, kind, door_id: doorId, value, name: doorName } of rows) {
    const wanted = live.filter(
      (grant) => grant.doorId === doorId && (kind !== 'doorcode' || grant.providesDoorcodes),
    );
    if (wanted.length === 0) continue;
    const atLockRows = await rowsAtLock(work, doorId, new Set([number]));
    const isAtHours = wanted.some(({ schedule }) => schedule !== null)
      ? await provenHours(work, doorId)
      : () => false;
    const atLock =
      atLockRows === undefined ? 'no-lock' : stateOf(wanted, atLockRows.proven, work.nowS, isAtHours);
    const startsAtS = Math.min(...wanted.map((grant) => grant.startsAtS));
    held.push({
      doorId,
      doorName,
      kind,
      value,
      atLock,
      startsAtS: startsAtS > work.nowS ? startsAtS : null,
      endsAtS: lastOf(wanted.map((grant) => grant.expiresAtS)),
    });
  }
  return held;
}

const lastOf = (ends: readonly (number | null)[]): number | null =>
  ends.reduce((last, end) => (last === null || end === null ? null : Math.max(last, end)));

/** Whether the schedule of that number, by the table that the lock has proven, is this one, and falls when it does now. */
type IsAtHours = (number: number, schedule: string) => boolean;

async function provenHours(work: Work, doorId: string): Promise<IsAtHours> {
  const head = (await headsAtLock(work, doorId)).find(({ isProven }) => isProven)?.head;
  if (head === undefined || !(await hoursNow(work, doorId))(head)) return () => false;
  return (number, schedule) => {
    const windows = head.schedules[number - 1];
    return windows !== undefined && isSameSchedule(windows, windowsOf(schedule));
  };
}

/** Live only by a row that is wanted as it is: other dates and other hours wait for their Door Sync. */
function stateOf(
  wanted: readonly LiveGrant[],
  proven: readonly RowAtLock[],
  nowS: number,
  isAtHours: IsAtHours,
): Code['atLock'] {
  const there = wanted.filter((grant) =>
    proven.some(
      (row) =>
        hasDatesOf(row, grant) &&
        (grant.schedule === null ? row.schedule === 0 : isAtHours(row.schedule, grant.schedule)),
    ),
  );
  if (there.some((grant) => grant.startsAtS <= nowS)) return 'live';
  const isNothingDueYet = wanted.every((grant) => grant.startsAtS > nowS);
  return isNothingDueYet && there.length > 0 ? 'starts-later' : 'waits-for-sync';
}

const hasDatesOf = (row: RowAtLock, grant: LiveGrant): boolean =>
  row.startsAtS === grant.startsAtS && row.expiresAtS === grant.expiresAtS;
