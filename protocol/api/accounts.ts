// Signing in, passwords and tokens. A token is shown once, when it is made; afterwards only its label and dates are.
import { z } from 'zod';
import { grantableScopes, scopes } from './contract.ts';
import { SessionRights } from './managers.ts';
import { Email, Id, Line, Page, TimeS } from './values.ts';

export const PASSWORD_MIN_CHARACTERS = 10;
export const PASSWORD_MAX_CHARACTERS = 256;
export const TOKEN_MAX_LIFE_S = 2 * 365 * 86_400;

export const Password = z.string().min(PASSWORD_MIN_CHARACTERS).max(PASSWORD_MAX_CHARACTERS);
/** One that is there already, under whatever rules it was made. */
const PresentPassword = z.string().max(PASSWORD_MAX_CHARACTERS);

/** `door-os`: what managers work with; `app`: the doors of the account itself. */
export const surfaces = ['door-os', 'app'] as const;
export const Surface = z.enum(surfaces);
export type Surface = z.infer<typeof Surface>;

export const SignIn = z.strictObject({
  email: Email,
  password: PresentPassword,
  surface: Surface.default('door-os'),
  /** `cookie`: for a page, which then sends `csrfToken` back with all that it changes. */
  session: z.enum(['token', 'cookie']).default('token'),
  /** Of an account that manages several; otherwise the first one. */
  portfolioId: Id.optional(),
});
export type SignIn = z.infer<typeof SignIn>;

/** `session`: somebody who signed in; `bearer`: a program or courier; `lock`: an internet-connected lock. */
export const tokenKinds = ['session', 'bearer', 'lock'] as const;

export const Token = z.object({
  id: Id,
  kind: z.enum(tokenKinds),
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

/** With `session: cookie` the token is in the cookie alone, and `csrfToken` goes into the header X-CSRF-Token. */
export const SignedIn = Token.extend({ token: z.string().optional(), csrfToken: z.string().optional() });
export type SignedIn = z.infer<typeof SignedIn>;

export const CSRF_HEADER = 'x-csrf-token';
/** Says which of two cookies a request means, where a browser holds one for each surface. */
export const SURFACE_HEADER = 'x-doorlab-surface';

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

/** A token with the account that it acts for. */
export const ManagerToken = Token.extend({ accountId: Id, email: z.string() });
export const ManagerTokenPage = Page(ManagerToken);

/** How many tokens were ended. */
export const Ended = z.object({ ended: z.int() });
export type Ended = z.infer<typeof Ended>;

export const Session = z.object({
  accountId: Id,
  email: z.string(),
  /** Null for the app, whose tenant is the account itself. */
  portfolioId: Id.nullable(),
  scopes: z.array(z.enum(scopes)),
  expiresAtS: TimeS,
  rights: SessionRights,
  /** Of a cookie, the same in every tab: what has to come in the header X-CSRF-Token with every change. */
  csrfToken: z.string().optional(),
});
export type Session = z.infer<typeof Session>;

export const PasswordResetWish = z.strictObject({ email: Email });

/** `token`: from the link of a mail. */
export const PasswordWish = z.strictObject({ token: z.string().max(128), password: Password });

export const PasswordChange = z.strictObject({ present: PresentPassword, password: Password });

/** Where the account can sign in now. */
export const PasswordSet = z.object({ email: z.string(), surfaces: z.array(Surface) });
export type PasswordSet = z.infer<typeof PasswordSet>;
