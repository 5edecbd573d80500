// How often within an hour an app may change what stands in the tables of doors, and have mails sent. The counts are rows,
// shared by all processes, and written with the change: what is refused is not counted.
import { throttleKey } from '../../accounts/throttle.ts';
import { Refusal } from '../refusal.ts';
import type { Work } from '../work.ts';
import { accountOfApp } from './app-people.ts';

const HOUR_S = 3_600;
/** Taking away is not counted: there is no more of it than of giving. */
const BUDGETS = {
  phone: { most: 10, what: 'phones registered' },
  'code-reset': { most: 10, what: 'doorcodes reset at this door' },
  guest: { most: 30, what: 'guests invited' },
} as const;

/** `of`: a door, say, where each has a count of its own. Throws TOO_MANY_ATTEMPTS. */
export async function takeBudget(work: Work, name: keyof typeof BUDGETS, of = ''): Promise<void> {
  const { trx, nowS, engine } = work;
  const { most, what } = BUDGETS[name];
  const key = throttleKey(engine, 'app', name, accountOfApp(work), of);
  const row = await trx.selectFrom('throttles').selectAll().where('key', '=', key).executeTakeFirst();
  // A clock that was set back must not make an hour a year.
  const isOver = row === undefined || row.until_s <= nowS || row.until_s - nowS > HOUR_S;
  if (!isOver && row.failures >= most) {
    throw new Refusal('TOO_MANY_ATTEMPTS', `More than ${most} ${what} within an hour.`, {
      next: 'Wait; what was done so far stays.',
      retryAfterS: row.until_s - nowS,
    });
  }
  const values = {
    failures: isOver ? 1 : row.failures + 1,
    last_at_s: nowS,
    until_s: isOver ? nowS + HOUR_S : row.until_s,
  };
  await trx
    .insertInto('throttles')
    .values({ key, ...values })
    .onConflict((conflict) => conflict.column('key').doUpdateSet(values))
    .execute();
}
