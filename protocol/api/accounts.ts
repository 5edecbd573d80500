// Signing in and tokens. A token is shown once, when it is made; afterwards only its label and dates are.
import { z } from 'zod';
import { grantableScopes, scopes } from './contract.ts';
import { Email, Id, Line, TimeS } from './values.ts';

export const PASSWORD_MIN_CHARACTERS = 10;
export const PASSWORD_MAX_CHARACTERS = 256;
export const TOKEN_MAX_LIFE_S = 2 * 365 * 86_400;

export const Password = z.string().min(PASSWORD_MIN_CHARACTERS).max(PASSWORD_MAX_CHARACTERS);

export const SignIn = z.strictObject({ email: Email, password: z.string().max(PASSWORD_MAX_CHARACTERS) });

export const Token = z.object({
  id: Id,
  label: z.string(),
  scopes: z.array(z.enum(scopes)),
  createdAtS: TimeS,
  expiresAtS: TimeS,
  lastUsedAtS: TimeS.nullable(),
  revokedAtS: TimeS.nullable(),
});
export type Token = z.infer<typeof Token>;

/** `token` is the bearer token itself. */
export const NewToken = Token.extend({ token: z.string() });
export type NewToken = z.infer<typeof NewToken>;

export const TokenWish = z.strictObject({
  label: Line,
  scopes: z
    .array(z.enum(grantableScopes))
    .min(1)
    .transform((list) => [...new Set(list)]),
  lifeS: z
    .int()
    .min(60)
    .max(TOKEN_MAX_LIFE_S)
    .default(90 * 86_400),
});

export const Session = z.object({
  accountId: Id,
  email: z.string(),
  /** Null for the app, whose tenant is the account itself. */
  portfolioId: Id.nullable(),
  scopes: z.array(z.enum(scopes)),
  expiresAtS: TimeS,
});
export type Session = z.infer<typeof Session>;
