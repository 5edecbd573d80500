// Managers of a portfolio and what each may do at which property.
import { z } from 'zod';
import { Email, Id, Line, Page, TimeS } from './values.ts';

/** A portfolio manager may do everything at every property of the portfolio, and alone adds and removes managers. */
export const managerRoles = ['portfolio', 'property'] as const;
export const ManagerRole = z.enum(managerRoles);
export type ManagerRole = z.infer<typeof ManagerRole>;

/**
 * `full`: create, edit and delete Keys, give and revoke them. `limited`: give and revoke. `specific`: give and revoke
 * named Keys alone. `none`: nothing on the People tab.
 */
export const keyManagements = ['none', 'limited', 'specific', 'full'] as const;
export const KeyManagement = z.enum(keyManagements);
export type KeyManagement = z.infer<typeof KeyManagement>;

export const MANAGED_PROPERTIES_MAX = 2_000;
export const MANAGED_KEYS_MAX = 2_000;

/** `keyIds`: for Key Management `specific` alone, and Keys of that property. */
export const PropertyRightsWish = z
  .strictObject({
    keyManagement: KeyManagement,
    deviceManagement: z.boolean().default(false),
    activation: z.boolean().default(false),
    keyIds: z
      .array(Id)
      .max(MANAGED_KEYS_MAX)
      .transform((list) => [...new Set(list)])
      .default([]),
  })
  .refine(({ keyManagement, keyIds }) => keyManagement === 'specific' || keyIds.length === 0, {
    message: 'Keys are named for Key Management `specific` alone',
    path: ['keyIds'],
  });
export type PropertyRightsWish = z.infer<typeof PropertyRightsWish>;

const managedProperty = z.strictObject({ propertyId: Id, rights: PropertyRightsWish });

export const ManagerWish = z
  .strictObject({
    email: Email,
    name: Line,
    role: ManagerRole,
    properties: z.array(managedProperty).max(MANAGED_PROPERTIES_MAX).default([]),
  })
  .refine(({ role, properties }) => role === 'property' || properties.length === 0, {
    message: 'a portfolio manager has every property',
    path: ['properties'],
  });
export type ManagerWish = z.infer<typeof ManagerWish>;

export const ManagerEdit = z.strictObject({ name: Line.optional(), role: ManagerRole.optional() });

export const ManagedProperty = z.object({
  propertyId: Id,
  propertyName: z.string(),
  keyManagement: KeyManagement,
  deviceManagement: z.boolean(),
  activation: z.boolean(),
  keyIds: z.array(Id),
});
export type ManagedProperty = z.infer<typeof ManagedProperty>;

export const Manager = z.object({
  /** The id of the account. */
  id: Id,
  email: z.string(),
  name: z.string(),
  role: ManagerRole,
  account: z.enum(['pending', 'active']),
  createdAtS: TimeS,
  /** Of a property manager; a portfolio manager has every property. */
  properties: z.array(ManagedProperty),
});
export type Manager = z.infer<typeof Manager>;
export const ManagerPage = Page(Manager);

/** What the caller may do, so that a page shows nothing that would be refused. */
export const SessionRights = z.object({
  role: z.enum(['portfolio', 'property', 'app', 'none']),
  properties: z.array(ManagedProperty),
});
export type SessionRights = z.infer<typeof SessionRights>;
