// What a manager of named Keys may not do: take or change what other Keys give, or see what they open.
import { doorsOfKeys } from '../access/live-access.ts';
import { liveGrants } from '../access/live-grants.ts';
import { Refusal } from '../refusal.ts';
import { keysWithin } from './rights-check.ts';
import { personOf } from './tenancy.ts';
import type { Work } from '../work.ts';

/** Throws PERMISSION_MISSING where the person holds Keys now that the caller does not manage. */
export async function requireNoOtherKeys(
  work: Work,
  person: { readonly id: string; readonly property_id: string },
  toDo: string,
): Promise<void> {
  const within = keysWithin(work, person.property_id);
  if (within === undefined) return;
  const held = await liveGrants(work).where('person_id', '=', person.id).execute();
  const others = new Set(held.map(({ key_id }) => key_id).filter((keyId) => !within.has(keyId)));
  if (others.size === 0) return;
  throw new Refusal(
    'PERMISSION_MISSING',
    `To ${toDo} needs all Keys the person holds to be yours to manage; ${others.size} ${others.size === 1 ? 'is' : 'are'} not.`,
    {
      subject: person.id,
      next: 'Take single Keys away, or ask a manager with full or limited Key Management.',
    },
  );
}

/** What is at doors of the named Keys: other doors of the person are none of the caller's. */
export async function onlyShown<T extends { readonly doorId: string }>(
  work: Work,
  personId: string,
  items: readonly T[],
): Promise<T[]> {
  const within = keysWithin(work, (await personOf(work, personId)).property_id);
  if (within === undefined) return [...items];
  const doorIds = new Set(await doorsOfKeys(work.trx, [...within]));
  return items.filter(({ doorId }) => doorIds.has(doorId));
}
