// Whether this machine's clock can be right: not before the program was made, and not before what the database has
// seen. What is signed and what expires goes by it.
import { migrationState } from '../db/migrate.ts';
import type { Trx } from '../db/store.ts';
import { cloudCheck, type CloudCheck } from './check.ts';

/** 2026-01-01T00:00:00Z: no program of this version ran before. */
const CLOCK_FLOOR_S = 1_767_225_600;
/** 2100-01-01T00:00:00Z: nor will one run this long. */
const CLOCK_CEILING_S = 4_102_444_800;
/** How far two machines on one database may differ; a lock's clock is set to the second. */
const BEHIND_WARN_S = 5;
const BEHIND_MAX_S = 300;

const SET_CLOCK = 'timedatectl set-ntp true, and look again';

/** The time of the last commit that anything tells of; read by keys alone, however large the tables are. */
export async function lastTimeSeen(trx: Trx): Promise<number> {
  const { appliedAtS } = await migrationState(trx);
  const outbox = await trx
    .selectFrom('outbox')
    .select('created_at_s as at_s')
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
  const audit = await trx
    .selectFrom('audit')
    .select('at_s')
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
  const keySet = await trx
    .selectFrom('key_sets')
    .select('adopted_at_s as at_s')
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
  return Math.max(appliedAtS, outbox?.at_s ?? 0, audit?.at_s ?? 0, keySet?.at_s ?? 0);
}

/** `lastS`: 0 where nothing is known of it. */
export function judgeClock(nowS: number, lastS: number): CloudCheck {
  const isoNow = new Date(nowS * 1000).toISOString();
  if (nowS < CLOCK_FLOOR_S) {
    return cloudCheck('clock', 'fail', `it says ${isoNow}, before this program was made`, SET_CLOCK);
  }
  if (nowS > CLOCK_CEILING_S) return cloudCheck('clock', 'fail', `it says ${isoNow}`, SET_CLOCK);
  const behindS = lastS - nowS;
  if (behindS > BEHIND_WARN_S) {
    const status = behindS > BEHIND_MAX_S ? 'fail' : 'warn';
    return cloudCheck(
      'clock',
      status,
      `it stands ${behindS} s before the last change in the database`,
      SET_CLOCK,
    );
  }
  return cloudCheck('clock', 'ok', lastS === 0 ? isoNow : `${isoNow}, in step with the database`);
}
