// A batch of a file's rows, done within one transaction: new people all at once, everybody else row by row. Each row goes
// in whole or is skipped with its reason; where a batch as a whole is refused, its rows are tried one by one.
import { sql } from 'kysely';
import { requireCapacity } from '../domain/access/capacity.ts';
import { insertGrants, insertGrantsOfMany } from '../domain/access/grant-rows.ts';
import { changeDates } from '../domain/access/grants.ts';
import { insertPeople } from '../domain/people/people.ts';
import { notePerson } from '../domain/people/person-change.ts';
import { Refusal } from '../domain/refusal.ts';
import { DoorChanges, type Work } from '../domain/work.ts';
import { Announcements } from '../live/announcements.ts';
import { enqueueInviteMails } from '../mail/invite-mail.ts';
import type { RowOutcome } from './counted.ts';
import type { Entry, GoodRow, ImportDefaults } from './file-rows.ts';
import { knownPeople, type KnownPerson } from './known-people.ts';
import { planRow, type RowPlan } from './row-plan.ts';

/** In the order of the entries. */
export async function importBatch(
  work: Work,
  propertyId: string,
  entries: readonly Entry[],
  defaults: ImportDefaults,
): Promise<RowOutcome[]> {
  const job: Job = { propertyId, defaults };
  const rows = entries.flatMap((entry) => ('row' in entry ? [entry.row] : []));
  const emails = rows.map(({ values }) => values.email);
  const known = await knownPeople(work, propertyId, [...new Set(emails)]);
  const isAlone = (email: string): boolean => emails.indexOf(email) === emails.lastIndexOf(email);
  const strangers = rows.filter(({ values: { email } }) => isAlone(email) && !known.has(email));
  const invited = await inviteAll(work, job, strangers);
  const outcomes: RowOutcome[] = [];
  for (const entry of entries) {
    if ('errors' in entry) {
      outcomes.push(entry);
      continue;
    }
    const { line, row } = entry;
    const { email } = row.values;
    if (invited.has(line)) outcomes.push({ line, email, action: 'invite' });
    else outcomes.push(await importRow(work, job, row, isAlone(email) ? known.get(email) : undefined));
  }
  return outcomes;
}

interface Job {
  readonly propertyId: string;
  readonly defaults: ImportDefaults;
}

/** The lines of those invited: of all these rows, or of none where anything is wrong with any. */
async function inviteAll(work: Work, job: Job, rows: readonly GoodRow[]): Promise<ReadonlySet<number>> {
  if (rows.length === 0) return new Set();
  const isDone = await attempt(work, async (inner) => {
    const plans = rows.map((row) => planRow(undefined, row, job.defaults, inner.nowS));
    const personIds = await insertPeople(
      inner,
      job.propertyId,
      rows.map(({ values }) => values),
    );
    const personOf = (i: number): string => personIds[i] ?? '';
    await insertGrantsOfMany(
      inner,
      plans.flatMap(({ gives }, i) =>
        gives.map(({ keyId, ...dates }) => ({
          personId: personOf(i),
          keyIds: [keyId],
          hostId: null,
          ...dates,
        })),
      ),
    );
    await enqueueInviteMails(
      inner,
      plans.map(({ gives }, i) => ({ personId: personOf(i), startsAtS: firstStart(gives, inner.nowS) })),
    );
    await requireCapacity(inner);
  });
  return new Set(typeof isDone === 'string' ? [] : rows.map(({ values }) => values.line));
}

async function importRow(
  work: Work,
  job: Job,
  row: GoodRow,
  alreadyKnown: KnownPerson | undefined,
): Promise<RowOutcome> {
  const { line, email } = row.values;
  let plan: RowPlan | undefined;
  const refused = await attempt(work, async (inner) => {
    const known = alreadyKnown ?? (await knownPeople(inner, job.propertyId, [email])).get(email);
    plan = planRow(known, row, job.defaults, inner.nowS);
    if (plan.action === 'nothing') return;
    await carryOut(inner, job, row, known?.personId, plan);
    await requireCapacity(inner);
  });
  if (refused !== undefined) return { line, errors: [{ line, column: null, reason: refused }] };
  return { line, email, action: plan?.action ?? 'nothing' };
}

async function carryOut(
  work: Work,
  { propertyId }: Job,
  row: GoodRow,
  knownId: string | undefined,
  plan: RowPlan,
): Promise<void> {
  const personId = knownId ?? (await insertPeople(work, propertyId, [row.values]))[0] ?? '';
  for (const { keyId, ...dates } of plan.gives) {
    await insertGrants(work, { personId, keyIds: [keyId], hostId: null, ...dates });
  }
  for (const { grant, ...dates } of plan.changes) await changeDates(work, grant, dates);
  if (knownId === undefined) {
    await enqueueInviteMails(work, [{ personId, startsAtS: firstStart(plan.gives, work.nowS) }]);
  }
  notePerson(work, { id: personId, property_id: propertyId });
}

const firstStart = (gives: RowPlan['gives'], nowS: number): number =>
  gives.length === 0 ? nowS : Math.min(...gives.map(({ startsAtS }) => startsAtS));

/** Behind a savepoint: what is refused leaves nothing behind. The reason, where it is. */
async function attempt(work: Work, run: (inner: Work) => Promise<void>): Promise<string | undefined> {
  const inner: Work = { ...work, changes: new DoorChanges(), outbox: new Announcements() };
  await sql`savepoint import_rows`.execute(work.trx);
  try {
    await run(inner);
    await sql`release savepoint import_rows`.execute(work.trx);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    await sql`rollback to savepoint import_rows`.execute(work.trx);
    await sql`release savepoint import_rows`.execute(work.trx);
    return error.message;
  }
  work.changes.addAll(inner.changes);
  work.outbox.addAll(inner.outbox);
  return undefined;
}
