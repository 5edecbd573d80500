// The phone that opens doors for the account of an app: the newest one registered.
import type { AppPhone, AppPhoneWish } from '#protocol/api/app.ts';
import { decodeHex } from '#protocol/bytes.ts';
import { invariant } from '#protocol/errors.ts';
import type { z } from 'zod';
import { accountOfApp, activePhone, phoneView } from './app-people.ts';
import { setPhone } from '../codes/phones.ts';
import type { Work } from '../work.ts';

/** Throws PHONE_IN_USE. */
export async function registerPhone(work: Work, wish: z.output<typeof AppPhoneWish>): Promise<AppPhone> {
  const accountId = accountOfApp(work);
  const publicKey = decodeHex(wish.publicKey);
  invariant(publicKey, 'hex, as the schema says');
  await setPhone(work, accountId, publicKey, wish.label);
  const phone = await activePhone(work, accountId);
  invariant(phone, 'the phone that was just registered');
  return phoneView(phone);
}
