// People of a property and what opens doors for them. E-mail is the identity; a grant is one Key held by one
// person from its start to its end.
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

export const PersonEdit = z.strictObject({
  firstName: Line.optional(),
  lastName: Line.optional(),
  phone: Phone.nullable().optional(),
  resident: z.boolean().optional(),
  mayShare: z.boolean().optional(),
});

export const GrantWish = z
  .strictObject({ keyId: Id, ...dates })
  .refine(startBeforeEnd, startBeforeEndMessage);

export const GrantEdit = z
  .strictObject({ startsAtS: TimeS.optional(), expiresAtS: TimeS.nullable().optional() })
  .refine(startBeforeEnd, startBeforeEndMessage);

export const grantStates = ['current', 'future', 'expired', 'revoked'] as const;

export const Grant = z.object({
  id: Id,
  keyId: Id,
  keyName: z.string(),
  state: z.enum(grantStates),
  startsAtS: TimeS,
  expiresAtS: TimeS.nullable(),
  revokedAtS: TimeS.nullable(),
});
export type Grant = z.infer<typeof Grant>;

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
  grants: z.array(Grant),
});
export type Person = z.infer<typeof Person>;
export const PersonPage = Page(Person);

export const PeopleQuery = z.strictObject({
  ...pageQuery,
  showExpired: Flag,
  /** Part of a name or an address. */
  search: z.string().max(80).optional(),
  /** The whole address of one person. */
  email: Email.optional(),
});

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
});
export type Code = z.infer<typeof Code>;
export const Codes = z.object({ items: z.array(Code) });

/** A door whose lock may still open for somebody beyond what they hold, until its next Door Sync. */
export const Exposure = z.object({
  doorId: Id,
  doorName: z.string(),
  /** When that ends by itself; null where it does not. */
  untilS: TimeS.nullable(),
});
export type Exposure = z.infer<typeof Exposure>;
export const Exposures = z.object({ items: z.array(Exposure) });

/** Doors whose locks still run the set from before, until their next Door Sync. */
export const Revoked = z.object({ person: Person, doorsToSync: z.array(Id) });
export type Revoked = z.infer<typeof Revoked>;
