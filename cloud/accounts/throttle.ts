// Slower and slower: after a few failures each further attempt has to wait, twice as long each time. The counts are
// rows, so that all processes share them; an attempt is counted before it is tried, so that a hundred at once are a
// hundred; and one that has to wait is not counted, so that nobody can prolong another one's wait.
import { encodeHex, utf8 } from '#protocol/bytes.ts';
import type { CryptoEngine } from '#protocol/crypto/engine.ts';
import type { Trx } from '../db/store.ts';
import { Refusal } from '../domain/refusal.ts';
import { SWEPT_MAX } from '../domain/sweep.ts';

export interface ThrottleRule {
  /** Failures without a wait. */
  readonly free: number;
  readonly delayMaxS: number;
  /** Failures are forgotten when none came for this long. */
  readonly forgetS: number;
}

export interface Attempt {
  /** As `throttleKey` made it. */
  readonly key: string;
  readonly rule: ThrottleRule;
}

const DELAY_MIN_S = 1;
/** The longest time that any row counts. */
export const THROTTLE_KEPT_S = 90 * 86_400;

/** Pure: the wait that the n-th failure in a row leaves behind. */
export function delayAfter({ free, delayMaxS }: ThrottleRule, failures: number): number {
  if (failures < free) return 0;
  return Math.min(delayMaxS, DELAY_MIN_S * 2 ** Math.min(failures - free, 30));
}

/** What it is of, hashed: the table is no list of addresses. */
export const throttleKey = (engine: CryptoEngine, ...parts: readonly string[]): string =>
  encodeHex(engine.sha256(utf8(JSON.stringify(parts))));

/** Counts it as failed until `forgive`. Throws TOO_MANY_ATTEMPTS where one of them has to wait, counting none. */
export async function takeAttempt(trx: Trx, nowS: number, attempts: readonly Attempt[]): Promise<void> {
  const rows = await trx
    .selectFrom('throttles')
    .selectAll()
    .where(
      'key',
      'in',
      attempts.map(({ key }) => key),
    )
    .execute();
  const rowOf = new Map(rows.map((row) => [row.key, row]));
  const untilS = Math.max(...attempts.map(({ key }) => rowOf.get(key)?.until_s ?? 0));
  // A clock that was set back must not make a wait of minutes one of years.
  const longestS = Math.max(...attempts.map(({ rule }) => rule.delayMaxS));
  if (untilS > nowS && untilS - nowS <= longestS) throw tooMany(untilS - nowS);
  for (const { key, rule } of attempts) {
    const row = rowOf.get(key);
    const before = row === undefined || row.last_at_s <= nowS - rule.forgetS ? 0 : row.failures;
    const failures = before + 1;
    const values = { failures, last_at_s: nowS, until_s: nowS + delayAfter(rule, failures) };
    await trx
      .insertInto('throttles')
      .values({ key, ...values })
      .onConflict((conflict) => conflict.column('key').doUpdateSet(values))
      .execute();
  }
  await sweepThrottles(trx, nowS);
}

/** The failures of `forgiven` go; those of `takenBack` are one less. */
export async function forgive(
  trx: Trx,
  nowS: number,
  forgiven: readonly string[],
  takenBack: readonly string[],
): Promise<void> {
  if (forgiven.length > 0)
    await trx
      .deleteFrom('throttles')
      .where('key', 'in', [...forgiven])
      .execute();
  if (takenBack.length === 0) return;
  await trx
    .updateTable('throttles')
    .set((eb) => ({ failures: eb('failures', '-', 1), until_s: nowS }))
    .where('key', 'in', [...takenBack])
    .where('failures', '>', 0)
    .execute();
}

/** A place that an account has signed in from: a row without failures. */
export async function notePlace(trx: Trx, nowS: number, key: string): Promise<void> {
  const values = { failures: 0, last_at_s: nowS, until_s: 0 };
  await trx
    .insertInto('throttles')
    .values({ key, ...values })
    .onConflict((conflict) => conflict.column('key').doUpdateSet(values))
    .execute();
}

export async function isPlaceKnown(trx: Trx, nowS: number, key: string): Promise<boolean> {
  const row = await trx
    .selectFrom('throttles')
    .select('key')
    .where('key', '=', key)
    .where('last_at_s', '>', nowS - THROTTLE_KEPT_S)
    .executeTakeFirst();
  return row !== undefined;
}

async function sweepThrottles(trx: Trx, nowS: number): Promise<void> {
  const over = await trx
    .selectFrom('throttles')
    .select('key')
    .where('last_at_s', '<=', nowS - THROTTLE_KEPT_S)
    .limit(SWEPT_MAX)
    .execute();
  if (over.length === 0) return;
  const keys = over.map(({ key }) => key);
  await trx.deleteFrom('throttles').where('key', 'in', keys).execute();
}

const tooMany = (waitS: number): Refusal =>
  new Refusal('TOO_MANY_ATTEMPTS', `Too many failed attempts; the next one is taken in ${waitS} s.`, {
    next: 'Wait, or set a new password by "forgot password".',
    retryAfterS: waitS,
  });
