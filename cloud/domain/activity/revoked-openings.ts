// Openings by what had been taken away. Under a table from before that they are what was told of as exposure; where the
// lock had proven a table without the credential, something is wrong with the lock, and that is an alarm.
import { decodeEvent } from '#protocol/log/event-fields.ts';
import type { DatedEntry, Holder } from './activity-holders.ts';
import { raiseAlarm, type AlarmDoor } from './alarms.ts';
import { dateOfDay, localDayOf } from '../local-day.ts';
import type { Work } from '../work.ts';

export interface RevokedOpening {
  readonly revokedAtS: number;
  /** The version of the table that opened, which the lock itself names. */
  readonly tableVersion: number;
  /** The first version without the credential, where the lock had proven it or a later one. */
  readonly provenGone: number | null;
}

/** Undefined for anything else. */
export async function revokedOpening(
  work: Work,
  lockId: string,
  entry: DatedEntry,
  holder: Holder | undefined,
): Promise<RevokedOpening | undefined> {
  const end = holder?.end ?? null;
  if (end === null) return undefined;
  const event = decodeEvent(entry.typeNumber, entry.data);
  if (event?.type !== 'opened') return undefined;
  const { tableVersion } = event;
  const { goneVersion, atS: revokedAtS } = end;
  const isProven =
    goneVersion !== null &&
    (tableVersion >= goneVersion || (await provenBefore(work, lockId, entry.number)) >= goneVersion);
  if (!isProven && entry.atS < revokedAtS) return undefined;
  return { revokedAtS, tableVersion, provenGone: isProven ? goneVersion : null };
}

/** What receipts say of the lock's table up to that row of its log; 0 for nothing. */
async function provenBefore(work: Work, lockId: string, number: number): Promise<number> {
  const highest = await work.trx
    .selectFrom('receipts')
    .select('active_version')
    .where('lock_id', '=', lockId)
    .where('log_sequence', '<', number)
    .orderBy('active_version', 'desc')
    .limit(1)
    .executeTakeFirst();
  return highest?.active_version ?? 0;
}

/** Who still lives there is not named: that would tell of coming home. */
export async function raiseRevokedOpened(
  work: Work,
  door: AlarmDoor,
  { personId, livesHere }: Holder,
  tableVersion: number,
  goneVersion: number,
): Promise<void> {
  const table =
    tableVersion >= goneVersion
      ? `table version ${tableVersion}, which is without it`
      : `table version ${tableVersion}, though the lock had proven version ${goneVersion}, which is without it`;
  const detail = `A credential that had been taken away opened by ${table}.`;
  await raiseAlarm(work, door, 'revoked-opened', detail, livesHere ? null : personId);
}

/** The row's sentence, with what there is to say of a credential that had been taken away. */
export function withRevocation(
  sentence: string,
  zone: string,
  revokedAtS: number | null,
  isGoneProven: boolean,
): string {
  if (revokedAtS === null) return sentence;
  const date = dateOfDay(localDayOf(zone, revokedAtS));
  const lock = isGoneProven ? 'and the lock had proven a table without it' : 'the lock had not been synced';
  return `${sentence.replace(/\.$/, '')}: revoked on ${date}, ${lock}.`;
}
