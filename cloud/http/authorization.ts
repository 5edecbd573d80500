// Who is asking: a bearer token in force, or the page's cookie, with a scope that the route takes. No route is reached
// without it but those that say they are open; and what a cookie is to change must prove that the page asked for it.
import type { Request } from 'express';
import { CSRF_HEADER, SURFACE_HEADER } from '#protocol/api/accounts.ts';
import type { Access } from '#protocol/api/contract.ts';
import { equalSecret } from '#protocol/bytes.ts';
import { chosenSession, sessionsIn } from '../accounts/session-cookie.ts';
import type { Site } from '../accounts/site.ts';
import { isUseDue, noteUse, principalOf, tokenHash, type Principal } from '../accounts/tokens.ts';
import type { Desk } from '../desk.ts';
import { Refusal } from '../domain/refusal.ts';

/** Throws NOT_SIGNED_IN, SCOPE_MISSING, CSRF_REFUSED. */
export async function authorize(
  desk: Desk,
  access: Access,
  request: Request,
): Promise<Principal | undefined> {
  if (access === 'open') return undefined;
  const principal = await principalFrom(desk, request);
  if (access === 'any' || access.some((scope) => principal.scopes.includes(scope))) return principal;
  throw new Refusal('SCOPE_MISSING', `This needs a token with the scope ${access.join(' or ')}.`, {
    next: 'Ask a manager for such a token.',
  });
}

/** What `principalFrom` reads of a request; an upgrade to a WebSocket has it as well. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  header(name: string): string | undefined;
}

export const principalFrom = (desk: Desk, request: Request): Promise<Principal> =>
  principalOfAsked(desk, {
    method: request.method,
    path: request.path,
    header: (name) => request.get(name),
  });

/** Throws NOT_SIGNED_IN, CSRF_REFUSED, and INPUT_INVALID for both kinds at once. */
export async function principalOfAsked(desk: Desk, asked: Asked): Promise<Principal> {
  const { token, by } = tokenIn(desk.parts.site, asked);
  const nowS = desk.nowS();
  const { store, engine } = desk.parts;
  const principal = await store.read((trx) => principalOf(trx, engine, nowS, token, by));
  if (principal === undefined) {
    throw new Refusal('NOT_SIGNED_IN', 'The token is unknown, revoked or expired.', {
      next: 'Sign in again.',
    });
  }
  if (principal.csrfToken !== null && asked.method !== 'GET' && asked.method !== 'HEAD') {
    requireOwnOrigin(desk.parts.site, asked);
    const given = tokenHash(engine, asked.header(CSRF_HEADER) ?? '');
    if (!equalSecret(given, tokenHash(engine, principal.csrfToken)))
      throw csrfRefused('It lacks the csrfToken of its session.');
  }
  if (isUseDue(principal, nowS)) await store.write((trx) => noteUse(trx, nowS, principal.tokenId));
  return principal;
}

function tokenIn(site: Site, asked: Asked): { token: string; by: 'bearer' | 'cookie' } {
  const authorization = asked.header('authorization');
  const sessions = sessionsIn(site, asked.header('cookie'));
  const cookie = chosenSession(sessions, asked.path, asked.header(SURFACE_HEADER));
  if (authorization !== undefined && cookie !== undefined) {
    throw new Refusal('INPUT_INVALID', 'The request has a bearer token and a session cookie.', {
      next: 'Send one of the two.',
    });
  }
  if (cookie !== undefined) return { token: cookie, by: 'cookie' };
  const token = /^Bearer ([a-z0-9_]+)$/i.exec(authorization ?? '')?.[1];
  if (token !== undefined) return { token, by: 'bearer' };
  throw new Refusal('NOT_SIGNED_IN', 'The request has no bearer token.', {
    next: 'Sign in, and send Authorization: Bearer with the token.',
  });
}

/**
 * Browsers say which site a request comes from. Where one says nothing it is no page of another site, or a browser too
 * old to know. Throws CSRF_REFUSED.
 */
export function requireOwnOrigin(site: Site, { header }: Pick<Asked, 'header'>): void {
  const origin = header('origin');
  const fetchSite = header('sec-fetch-site');
  const isOwn = origin === undefined || origin === site.origin;
  const isSame = fetchSite === undefined || fetchSite === 'same-origin' || fetchSite === 'none';
  if (!isOwn || !isSame) throw csrfRefused('It comes from another site.');
}

const csrfRefused = (why: string): Refusal =>
  new Refusal('CSRF_REFUSED', `The request cannot be told from one that another site made up. ${why}`, {
    next: 'Open the page at its public address, and send the csrfToken that GET /session tells.',
  });
