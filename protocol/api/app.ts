// What the app of a resident or guest is told and may do: their own doors, codes, guests and phone, wherever they are
// people. Nothing of anybody else, and nothing of DOOR OS.
import { z } from 'zod';
import { CourierDoor } from './door-sync.ts';
import { Code, DailyCode, DoorsBehind, grantStates, PersonCredential } from './people.ts';
import { DoorType } from './property.ts';
import { Bytes, Email, Id, Line, Page, Phone, TimeS } from './values.ts';

export const PHONE_KEY_BYTES = 32;
/** Guests whose access is in force or to come, of one resident at one property. */
export const GUESTS_MAX = 20;

export const AppPhone = z.object({ id: Id, label: z.string(), publicKey: z.string(), createdAtS: TimeS });
export type AppPhone = z.infer<typeof AppPhone>;

/** `publicKey`: X25519; the secret key never leaves the phone. */
export const AppPhoneWish = z.strictObject({
  publicKey: Bytes(PHONE_KEY_BYTES, PHONE_KEY_BYTES),
  label: Line,
});

/** The account as a person of one property. */
export const AppPerson = z.object({
  personId: Id,
  propertyId: Id,
  propertyName: z.string(),
  zone: z.string(),
  firstName: z.string(),
  lastName: z.string(),
  resident: z.boolean(),
  mayShare: z.boolean(),
});
export type AppPerson = z.infer<typeof AppPerson>;

export const AppMe = z.object({
  accountId: Id,
  email: z.string(),
  people: z.array(AppPerson),
  /** The one phone that opens doors for the account. */
  phone: AppPhone.nullable(),
});
export type AppMe = z.infer<typeof AppMe>;

/** A Key in force or to come. */
export const AppKey = z.object({
  grantId: Id,
  keyId: Id,
  keyName: z.string(),
  propertyId: Id,
  state: z.enum(['current', 'future']),
  startsAtS: TimeS,
  expiresAtS: TimeS.nullable(),
  /** Guests can be invited with it now. */
  sharable: z.boolean(),
  /** In the order of names. */
  doors: z.array(z.object({ doorId: Id, doorName: z.string() })),
});
export type AppKey = z.infer<typeof AppKey>;
export const AppKeys = z.object({ items: z.array(AppKey) });

export const AppDoor = z.object({
  doorId: Id,
  doorName: z.string(),
  type: DoorType,
  propertyId: Id,
  propertyName: z.string(),
  internet: z.boolean(),
  /** By its dates; a Key Schedule may close it for hours, and the lock must know of the access. */
  opensNow: z.boolean(),
  /** When the access begins, where it has not. */
  startsAtS: TimeS.nullable(),
  /** When the last of it ends; null where it does not. */
  endsAtS: TimeS.nullable(),
  /** The lock runs an older set than it should. */
  syncNeeded: z.boolean(),
  /** How to find its lock and bring it the newest set; null without a lock, and before the access begins. */
  carry: CourierDoor.nullable(),
});
export type AppDoor = z.infer<typeof AppDoor>;
export const AppDoorPage = Page(AppDoor);

export const AppCode = Code.extend({ propertyId: Id, propertyName: z.string() });
export type AppCode = z.infer<typeof AppCode>;
export const AppCodes = z.object({ items: z.array(AppCode) });

/** What would be a link, an address or a number to call in a mail. */
const LINK = /[/@:\\]|[^\s.]\.[\p{L}\p{N}]{2}|[\p{Nd}]{5}/u;

/** A mail to anybody says it, by the word of a resident: no links, addresses or numbers to call. */
const GuestName = Line.refine(
  (text) => !LINK.test(text),
  'a guest’s name holds no link, address or number: no “/”, “@” or “:”, and a space after a full stop',
);

/** Absent dates: from now, and for as long as the resident's own Key. */
export const GuestWish = z
  .strictObject({
    keyId: Id,
    email: Email,
    firstName: GuestName,
    lastName: GuestName,
    phone: Phone.nullable().default(null),
    credential: PersonCredential.default('app'),
    startsAtS: TimeS.optional(),
    expiresAtS: TimeS.optional(),
  })
  .refine(
    ({ startsAtS, expiresAtS }) =>
      startsAtS === undefined || expiresAtS === undefined || startsAtS < expiresAtS,
    { message: 'the start must come before the expiration', path: ['expiresAtS'] },
  );
export type GuestWish = z.infer<typeof GuestWish>;

/** One Key that one guest was given. */
export const AppGuest = z.object({
  id: Id,
  email: z.string(),
  /** As they were invited; the address alone for somebody whom the property knew already. */
  name: z.string(),
  credential: PersonCredential,
  propertyId: Id,
  keyId: Id,
  keyName: z.string(),
  state: z.enum(grantStates),
  startsAtS: TimeS,
  expiresAtS: TimeS.nullable(),
});
export type AppGuest = z.infer<typeof AppGuest>;
export const AppGuestPage = Page(AppGuest);

export const AppGuestChange = AppGuest.extend(DoorsBehind.shape);
export type AppGuestChange = z.infer<typeof AppGuestChange>;

/** Nothing for a guest with the app, who sees doorcodes there. */
export const AppGuestCodes = z.object({ items: z.array(DailyCode) });
