// Changing a record: names, phone and marks, and the address as long as nobody has signed in with it. Nothing of somebody
// who holds Keys beyond the caller's is the caller's to change.
import type { PersonEdit, PersonEdited } from '#protocol/api/people.ts';
import { countGuests } from './guests-remaining.ts';
import { changeAddress } from './person-address.ts';
import { searchOf } from './people.ts';
import { changedPerson, shownPerson } from './person-change.ts';
import { Refusal } from '../refusal.ts';
import { requireNoOtherKeys } from '../rights/specific-rights.ts';
import { personOf } from '../rights/tenancy.ts';
import type { Work } from '../work.ts';

/** Throws PERSON_EXISTS, ADDRESS_FIXED, CREDENTIAL_FIXED. */
export async function editPerson(work: Work, personId: string, edit: PersonEdit): Promise<PersonEdited> {
  const person = await personOf(work, personId);
  await requireNoOtherKeys(work, person, 'change this person');
  if (edit.credential !== undefined && edit.credential !== person.credential) {
    throw new Refusal('CREDENTIAL_FIXED', 'The app and daily doorcodes are not exchanged for each other.', {
      subject: personId,
      next: 'Delete the person and invite the address anew: old codes and guests end, and the Keys are given again.',
    });
  }
  const { email: before } = await shownPerson(work, personId);
  const email = edit.email ?? before;
  const contact = {
    firstName: edit.firstName ?? person.first_name,
    lastName: edit.lastName ?? person.last_name,
    phone: edit.phone === undefined ? person.phone : edit.phone,
  };
  const mayShare = flag(edit.mayShare, person.may_share);
  await work.trx
    .updateTable('people')
    .set({
      first_name: contact.firstName,
      last_name: contact.lastName,
      ...searchOf({ ...contact, email }),
      phone: contact.phone,
      resident: flag(edit.resident, person.resident),
      may_share: mayShare,
    })
    .where('id', '=', personId)
    .execute();
  // After the names, which the new welcome says.
  if (email !== before) await changeAddress(work, person, email);
  return {
    ...(await changedPerson(work, person)),
    guestsRemaining: mayShare === 1 ? 0 : await countGuests(work, { hostId: personId }),
  };
}

const flag = (wanted: boolean | undefined, present: number): number =>
  wanted === undefined ? present : wanted ? 1 : 0;
