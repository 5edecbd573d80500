// Deleting a Key takes it from everyone who holds it, so the caller has to know from how many. The record stays for
// the sake of the grants that were of it; its name is free again.
import type { KeyDeleted } from '#protocol/api/people.ts';
import { settleCredentials } from '../codes/credentials.ts';
import { doorsBehind } from '../sync/doors-behind.ts';
import { doorsOfKeys, isLive } from './live-access.ts';
import { liveGrants } from './live-grants.ts';
import { Refusal } from '../refusal.ts';
import { keyOf } from '../rights/tenancy.ts';
import type { Work } from '../work.ts';

/** Throws KEY_HELD with the number of people, unless `confirm` is that number. */
export async function deleteKey(work: Work, keyId: string, confirm: number | undefined): Promise<KeyDeleted> {
  const key = await keyOf(work, keyId);
  const held = await liveGrants(work).where('key_id', '=', keyId).execute();
  const holders = [...new Set(held.map(({ person_id }) => person_id))];
  const people = holders.length;
  if (people > 0 && confirm !== people) {
    const who = people === 1 ? '1 person holds' : `${people} people hold`;
    throw new Refusal('KEY_HELD', `${who} the Key ${key.name} and would lose it.`, {
      subject: keyId,
      next: `To delete it and take it from them, send confirm=${people}.`,
    });
  }
  const { trx, nowS } = work;
  const doorIds = await doorsOfKeys(trx, [keyId]);
  await trx
    .updateTable('grants')
    .set({ revoked_at_s: nowS })
    .where('key_id', '=', keyId)
    .where(isLive(nowS))
    .execute();
  await trx.deleteFrom('key_doors').where('key_id', '=', keyId).execute();
  await trx.deleteFrom('managed_keys').where('key_id', '=', keyId).execute();
  await trx.updateTable('access_keys').set({ deleted_at_s: nowS }).where('id', '=', keyId).execute();
  if (people > 0) {
    await settleCredentials(work, holders, doorIds, { reason: 'access-revoked', dueS: nowS });
    work.outbox.announce({ kind: 'people', propertyId: key.property_id });
  }
  return { id: keyId, people, ...(await doorsBehind(work)) };
}
