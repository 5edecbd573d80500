// Keycards: activated separately, one active card a person, which opens every door of the person's Keys from the next
// Door Sync on. A card is one person's at a property.
import type { Keycard } from '#protocol/api/keycards.ts';
import { settleCredentials } from './credentials.ts';
import { newId } from '../ids.ts';
import { doorsOfPerson } from '../access/live-access.ts';
import { notFound, Refusal } from '../refusal.ts';
import { personOf } from '../rights/tenancy.ts';
import type { Work } from '../work.ts';

/** `value`: hex of what the reader reads. The same card again changes nothing. Throws KEYCARD_IN_USE, KEYCARD_NEEDS_APP. */
export async function activateKeycard(work: Work, personId: string, value: string): Promise<Keycard> {
  const person = await personOf(work, personId);
  if (person.credential !== 'app') {
    throw new Refusal('KEYCARD_NEEDS_APP', 'This person opens with daily doorcodes only.', {
      subject: personId,
      next: 'Invite the person with the DOOR App to give a keycard.',
    });
  }
  const holder = await holderOf(work, person.property_id, value);
  if (holder?.id === personId) return keycardOf(work, personId);
  if (holder !== undefined) {
    throw new Refusal(
      'KEYCARD_IN_USE',
      `This card is the active one of ${holder.first_name} ${holder.last_name}.`,
      { subject: holder.id, next: 'End the card of that person first, or use another card.' },
    );
  }
  const isReplaced = await endActive(work, personId);
  await work.trx
    .insertInto('keycards')
    .values({
      id: newId(work.random, 'keycard'),
      person_id: personId,
      value,
      activated_at_s: work.nowS,
      ended_at_s: null,
    })
    .execute();
  // The card before opens until the lock knows.
  await settle(work, personId, isReplaced ? 'access-revoked' : 'access-given');
  return keycardOf(work, personId);
}

/** The active one. Throws NOT_FOUND where there is none. */
export async function keycardOf(work: Work, personId: string): Promise<Keycard> {
  await personOf(work, personId);
  const card = await work.trx
    .selectFrom('keycards')
    .selectAll()
    .where('person_id', '=', personId)
    .where('ended_at_s', 'is', null)
    .executeTakeFirst();
  if (card === undefined) throw notFound('keycard');
  return { value: card.value, activatedAtS: card.activated_at_s };
}

/** Throws NOT_FOUND where there is none. */
export async function deactivateKeycard(work: Work, personId: string): Promise<Record<string, never>> {
  await keycardOf(work, personId);
  await endActive(work, personId);
  await settle(work, personId, 'access-revoked');
  return {};
}

/** Whether there was one. */
async function endActive(work: Work, personId: string): Promise<boolean> {
  const ended = await work.trx
    .updateTable('keycards')
    .set({ ended_at_s: work.nowS })
    .where('person_id', '=', personId)
    .where('ended_at_s', 'is', null)
    .returning('id')
    .execute();
  return ended.length > 0;
}

async function settle(
  work: Work,
  personId: string,
  reason: 'access-given' | 'access-revoked',
): Promise<void> {
  const doorIds = await doorsOfPerson(work.trx, personId, work.nowS);
  await settleCredentials(work, personId, doorIds, { reason, dueS: work.nowS, isSameAccess: true });
}

const holderOf = (work: Work, propertyId: string, value: string) =>
  work.trx
    .selectFrom('keycards')
    .innerJoin('people', 'people.id', 'keycards.person_id')
    .select(['people.id', 'people.first_name', 'people.last_name'])
    .where('keycards.value', '=', value)
    .where('keycards.ended_at_s', 'is', null)
    .where('people.property_id', '=', propertyId)
    .where('people.deleted_at_s', 'is', null)
    .executeTakeFirst();
