// Who may call a route, in OpenAPI's words: a bearer token with one of its scopes, or the session of a page, whose changes
// prove where they come from.
import { CSRF_HEADER } from '#protocol/api/accounts.ts';
import { scopes, type Contract, type Scope } from '#protocol/api/contract.ts';

export const securitySchemes = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    description: `A token of an account. Its scopes are some of ${scopes.map((scope) => `\`${scope}\``).join(', ')}.`,
  },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-doorlab',
    description: 'Of a page, from signing in with `session: cookie`. Without TLS the name lacks `__Host-`.',
  },
  appSession: {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-doorlab-app',
    description:
      'The same for the app of residents, from signing in with `surface: app`. A browser that has both names the one that counts by `X-Doorlab-Surface: app` or `manager`, where the path does not tell.',
  },
  csrf: {
    type: 'apiKey',
    in: 'header',
    name: CSRF_HEADER,
    description: 'The `csrfToken` of signing in and of `GET /session`, with each change that a cookie makes.',
  },
};

type Requirement = Readonly<Record<string, readonly string[]>>;

/** The scopes that a session of a page has. */
const SESSIONS: Partial<Record<Scope, string>> = { manager: 'session', app: 'appSession' };

/** One of them has to be met; an empty list is an open route. */
export function securityOf({ access, method }: Contract): readonly Requirement[] {
  if (access === 'open') return [];
  const taken: readonly Scope[] = access === 'any' ? ['manager', 'app'] : access;
  const proof: Requirement = method === 'GET' ? {} : { csrf: [] };
  const sessions = taken.flatMap((scope): Requirement[] => {
    const name = SESSIONS[scope];
    return name === undefined ? [] : [{ [name]: [], ...proof }];
  });
  const bearers: Requirement[] =
    access === 'any' ? [{ bearer: [] }] : access.map((scope) => ({ bearer: [scope] }));
  return [...bearers, ...sessions];
}
