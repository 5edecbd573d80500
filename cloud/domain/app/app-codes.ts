// The doorcodes of the account of an app, and the reset of those of a residence.
import type { AppCode } from '#protocol/api/app.ts';
import { takeBudget } from './app-budget.ts';
import { ownPeople, type OwnPerson } from './app-people.ts';
import { resetCode } from '../codes/code-changes.ts';
import { personCodes } from '../people/person-codes.ts';
import { notFound } from '../refusal.ts';
import type { Work } from '../work.ts';

export async function appCodes(work: Work): Promise<AppCode[]> {
  const codes: AppCode[] = [];
  for (const person of await ownPeople(work)) codes.push(...(await codesOf(work, person)));
  return codes;
}

/** Throws NOT_FOUND for a door without a code of the account's, CODE_NOT_RESETTABLE, TOO_MANY_ATTEMPTS. */
export async function resetAppCode(work: Work, doorId: string): Promise<AppCode> {
  for (const person of await ownPeople(work)) {
    const isHere = (await codesOf(work, person)).some((code) => code.doorId === doorId);
    if (!isHere) continue;
    await takeBudget(work, 'code-reset', doorId);
    await resetCode(work, person.id, doorId);
    const fresh = (await codesOf(work, person)).find((code) => code.doorId === doorId);
    if (fresh !== undefined) return fresh;
  }
  throw notFound('doorcode');
}

async function codesOf(work: Work, person: OwnPerson): Promise<AppCode[]> {
  const codes = await personCodes(work, person.id);
  return codes.map((code) => ({
    ...code,
    propertyId: person.property_id,
    propertyName: person.property_name,
  }));
}
