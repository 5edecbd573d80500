// Who may call a route, in OpenAPI's words: a bearer token with one of its scopes, or the session of the page.
import { scopes, type Contract } from '#protocol/api/contract.ts';

export const securitySchemes = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    description: `A token of an account. Its scopes are some of ${scopes.map((scope) => `\`${scope}\``).join(', ')}.`,
  },
};

type Requirement = Readonly<Record<string, readonly string[]>>;

/** One of them has to be met; an empty list is an open route. */
export function securityOf({ access }: Contract): readonly Requirement[] {
  if (access === 'open') return [];
  if (access === 'any') return [{ bearer: [] }];
  return access.map((scope) => ({ bearer: [scope] }));
}
