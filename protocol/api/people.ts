// People of a property and what opens doors for them. E-mail is the identity; a grant is one Key held by one
// person from its start to its end.
import { PersonMail } from './mails.ts';
import { z } from 'zod';
import { Email, Flag, Id, Line, Page, pageQuery, Phone, TimeS } from './values.ts';

export const GRANTS_PER_INVITE_MAX = 50;

const startBeforeEnd = (value: { startsAtS?: number | undefined; expiresAtS?: number | null | undefined }) =>
  typeof value.startsAtS !== 'number' ||
  typeof value.expiresAtS !== 'number' ||
  value.startsAtS < value.expiresAtS;
const startBeforeEndMessage = { message: 'the start must come before the expiration', path: ['expiresAtS'] };

/** Absent start: now. Null expiration: no end. */
const dates = { startsAtS: TimeS.optional(), expiresAtS: TimeS.nullable().default(null) };

/** `app`: DOOR App, doorcodes and keycards; `daily-doorcode`: a numeric code a day, and no app. */
export const personCredentials = ['app', 'daily-doorcode'] as const;
export const PersonCredential = z.enum(personCredentials);
export type PersonCredential = z.infer<typeof PersonCredential>;

export const Invite = z
  .strictObject({
    email: Email,
    firstName: Line,
    lastName: Line,
    phone: Phone.nullable().default(null),
    credential: PersonCredential.default('app'),
    /** Of daily doorcodes: each opens once. */
    singleUse: z.boolean().default(false),
    resident: z.boolean().default(false),
    mayShare: z.boolean().default(false),
    keyIds: z
      .array(Id)
      .max(GRANTS_PER_INVITE_MAX)
      .transform((list) => [...new Set(list)])
      .default([]),
    ...dates,
  })
  .refine(startBeforeEnd, startBeforeEndMessage);
export type Invite = z.infer<typeof Invite>;

/** Whoever must be named in the reply to a change: doors whose locks do not know of it yet. */
const doorsBehind = {
  /** With a lock and without a network: they run the set from before, until their next Door Sync. */
  doorsToSync: z.array(Id),
  /** Internet-connected: they get it by themselves, within minutes. */
  doorsUpdating: z.array(Id),
};
export const DoorsBehind = z.object(doorsBehind);
export type DoorsBehind = z.infer<typeof DoorsBehind>;

/**
 * `email`: as long as nobody has signed in by the address. `credential`: not to be changed, so that whoever tries is told
 * what to do instead.
 */
export const PersonEdit = z.strictObject({
  email: Email.optional(),
  credential: PersonCredential.optional(),
  firstName: Line.optional(),
  lastName: Line.optional(),
  phone: Phone.nullable().optional(),
  resident: z.boolean().optional(),
  mayShare: z.boolean().optional(),
});
export type PersonEdit = z.infer<typeof PersonEdit>;

export const GrantWish = z
  .strictObject({ keyId: Id, ...dates })
  .refine(startBeforeEnd, startBeforeEndMessage);

export const GrantEdit = z
  .strictObject({ startsAtS: TimeS.optional(), expiresAtS: TimeS.nullable().optional() })
  .refine(startBeforeEnd, startBeforeEndMessage);

/** The dates of every Key that a person holds, or of the named ones among them. */
export const GrantsEdit = z
  .strictObject({
    keyIds: z.array(Id).min(1).max(GRANTS_PER_INVITE_MAX).optional(),
    startsAtS: TimeS.optional(),
    expiresAtS: TimeS.nullable().optional(),
  })
  .refine(startBeforeEnd, startBeforeEndMessage);
export type GrantsEdit = z.infer<typeof GrantsEdit>;

export const grantStates = ['current', 'future', 'expired', 'revoked'] as const;

export const Grant = z.object({
  id: Id,
  keyId: Id,
  keyName: z.string(),
  state: z.enum(grantStates),
  startsAtS: TimeS,
  expiresAtS: TimeS.nullable(),
  revokedAtS: TimeS.nullable(),
  /** The resident whose guest this makes the person; null where a manager gave the Key. */
  host: z.object({ personId: Id, firstName: z.string(), lastName: z.string() }).nullable(),
});
export type Grant = z.infer<typeof Grant>;

export const GrantChange = Grant.extend(doorsBehind);
export type GrantChange = z.infer<typeof GrantChange>;

export const accountStates = ['pending', 'active'] as const;

export const Person = z.object({
  id: Id,
  propertyId: Id,
  email: z.string(),
  firstName: z.string(),
  lastName: z.string(),
  phone: z.string().nullable(),
  credential: PersonCredential,
  resident: z.boolean(),
  mayShare: z.boolean(),
  account: z.enum(accountStates),
  /** `expired`: held Keys once and holds none now; listed only with showExpired. */
  access: z.enum(['current', 'future', 'expired', 'none']),
  /** Has access now, and none that lasts longer than another 30 days. */
  expiringSoon: z.boolean(),
  grants: z.array(Grant),
  /** Keys held now that are beyond the caller's Key Management, and so not among the grants. */
  otherKeys: z.int(),
  /** The newest mail of the invite, and whether it could be delivered; null once it is forgotten. */
  mail: PersonMail.nullable(),
});
export type Person = z.infer<typeof Person>;
export const PersonPage = Page(Person);

export const PersonChange = Person.extend(doorsBehind);
export type PersonChange = z.infer<typeof PersonChange>;

/** `guestsRemaining`: who keep what they were given though the person may share nothing more; 0 while they may. */
export const PersonEdited = PersonChange.extend({ guestsRemaining: z.int() });
export type PersonEdited = z.infer<typeof PersonEdited>;

export const PeopleQuery = z.strictObject({
  ...pageQuery,
  showExpired: Flag,
  /** Part of a name or an address. */
  search: z.string().max(80).optional(),
  /** The whole address of one person. */
  email: Email.optional(),
  credential: PersonCredential.optional(),
  resident: z.enum(['true', 'false']).optional(),
  account: z.enum(accountStates).optional(),
  /** Who holds this Key now, or will. */
  keyId: Id.optional(),
  /** Only those whose access ends within 30 days. */
  expiringSoon: Flag,
});
export type PeopleQuery = z.output<typeof PeopleQuery>;

/**
 * `live` and `starts-later`: the table that the lock's last receipt proved has the code with its dates; what was given
 * or changed since then counts after the next Door Sync.
 */
export const Code = z.object({
  doorId: Id,
  doorName: z.string(),
  kind: z.literal('doorcode'),
  code: z.string(),
  atLock: z.enum(['live', 'starts-later', 'waits-for-sync', 'no-lock']),
  /** Of access that is yet to begin; null once any has. */
  startsAtS: TimeS.nullable(),
  /** When the last of it ends; null where it does not. */
  endsAtS: TimeS.nullable(),
});
export type Code = z.infer<typeof Code>;

/** What opens a door without a code to tell. */
export const DeviceAccess = z.object({
  doorId: Id,
  doorName: z.string(),
  kind: z.enum(['app', 'keycard']),
  atLock: Code.shape.atLock,
  startsAtS: TimeS.nullable(),
});
export type DeviceAccess = z.infer<typeof DeviceAccess>;

/**
 * A doorcode of one local day. `not-today`: its digits are today those of somebody’s doorcode at the door, so there is
 * none; tomorrow has others.
 */
export const DailyCode = z.object({
  doorId: Id,
  doorName: z.string(),
  isSingleUse: z.boolean(),
  /** Today’s; null where there is none now. */
  code: z.string().nullable(),
  /** Midnight at the door. */
  untilS: TimeS,
  atLock: z.enum(['live', 'starts-later', 'waits-for-sync', 'no-lock', 'not-today']),
  startsAtS: TimeS.nullable(),
});
export type DailyCode = z.infer<typeof DailyCode>;

export const Codes = z.object({
  items: z.array(Code),
  daily: z.array(DailyCode),
  devices: z.array(DeviceAccess),
});

export const exposedKinds = ['app', 'doorcode', 'keycard', 'daily-doorcode', 'single-use-doorcode'] as const;

/** A door whose lock may still open for somebody beyond what they hold, until its next Door Sync. */
export const Exposure = z.object({
  doorId: Id,
  doorName: z.string(),
  /** What may open, not the code itself. A single-use code does until it was used. */
  by: z.array(z.enum(exposedKinds)),
  /** When that ends by itself; null where it does not. */
  untilS: TimeS.nullable(),
});
export type Exposure = z.infer<typeof Exposure>;
export const Exposures = z.object({ items: z.array(Exposure) });

/** `guests`: people whose access ended with that of their host. */
export const Revoked = z.object({ person: Person, guests: z.int(), ...doorsBehind });
export type Revoked = z.infer<typeof Revoked>;

export const PersonDeleted = z.object({ id: Id, guests: z.int(), ...doorsBehind });
export type PersonDeleted = z.infer<typeof PersonDeleted>;

/** How many people hold the Key, as the caller was told: a Key that somebody holds goes only with the right number. */
export const KeyDeletionQuery = z.strictObject({ confirm: z.coerce.number().int().min(0).optional() });
export const KeyDeleted = z.object({ id: Id, people: z.int(), ...doorsBehind });
export type KeyDeleted = z.infer<typeof KeyDeleted>;
