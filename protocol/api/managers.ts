// Managers of a portfolio and what each may do at which property.
import { z } from 'zod';

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
