// The phone that opens doors for the account of an app: the newest one registered.
import type { AppPhone, AppPhoneWish } from '#protocol/api/app.ts';
import { decodeHex } from '#protocol/bytes.ts';
import { invariant } from '#protocol/errors.ts';
import type { z } from 'zod';
import { takeBudget } from './app-budget.ts';
import { accountOfApp, activePhone, phoneView } from './app-people.ts';
import { setPhone } from '../codes/phones.ts';
import { Refusal } from '../refusal.ts';
import type { Work } from '../work.ts';

/** X25519 of it with any key of small order is nothing at all; which secret is tried makes no difference. */
const ANY_SECRET = new Uint8Array(32).fill(1);

/** Throws PHONE_IN_USE, TOO_MANY_ATTEMPTS, INPUT_INVALID for a key that is nobody's. */
export async function registerPhone(work: Work, wish: z.output<typeof AppPhoneWish>): Promise<AppPhone> {
  const accountId = accountOfApp(work);
  const publicKey = decodeHex(wish.publicKey);
  invariant(publicKey, 'hex, as the schema says');
  if (work.engine.x25519(ANY_SECRET, publicKey) === undefined) {
    throw new Refusal('INPUT_INVALID', 'This is no key that a phone can have.', {
      fields: [{ path: 'publicKey', message: 'a point of small order' }],
      next: 'Let the app make a new key and register that one.',
    });
  }
  if (await setPhone(work, accountId, publicKey, wish.label)) await takeBudget(work, 'phone');
  const phone = await activePhone(work, accountId);
  invariant(phone, 'the phone that was just registered');
  return phoneView(phone);
}
