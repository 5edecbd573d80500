// The audit trail: who changed what.
import { z } from 'zod';
import { Id, Page, pageQuery, TimeS } from './values.ts';

export const AuditQuery = z.strictObject({
  ...pageQuery,
  propertyId: Id.optional(),
  accountId: Id.optional(),
  /** The id of what was changed. */
  subject: Id.optional(),
  /** A route’s name, as invitePerson. */
  action: z
    .string()
    .regex(/^[a-zA-Z]{1,64}$/, 'a name of a route')
    .optional(),
  fromS: z.coerce.number().pipe(TimeS).optional(),
  /** Without it. */
  toS: z.coerce.number().pipe(TimeS).optional(),
});
export type AuditQuery = z.output<typeof AuditQuery>;

export const AuditEntry = z.object({
  number: z.int(),
  atS: TimeS,
  /** The route’s name. */
  action: z.string(),
  subject: z.string().nullable(),
  propertyId: Id.nullable(),
  /** Null for the cloud itself. */
  accountId: Id.nullable(),
  email: z.string().nullable(),
  tokenId: Id.nullable(),
  tokenLabel: z.string().nullable(),
  /** Names of the fields that were given, never what they held. */
  fields: z.array(z.string()),
});
export type AuditEntry = z.infer<typeof AuditEntry>;
export const AuditPage = Page(AuditEntry);
